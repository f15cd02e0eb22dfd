"""A teacher takes modules from the tool's catalogue into a course."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from werkzeug.test import TestResponse

from tests.practice.conftest import Browser, Clock
from tests.practice.tiny_tool import AGS, LTI, TinyTool, form_of

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
Answer = Callable[..., TestResponse]


@pytest.fixture
def teacher(signed_in: Callable[[str], Browser]) -> Browser:
    return signed_in("katrien")


@pytest.fixture
def asked(teacher: Browser, tool: TinyTool, clock: Clock) -> dict[str, Any]:
    """What the tool is asked when the teacher opens its catalogue."""
    _, initiation = form_of(teacher.get("/courses/stage/place/start?in=iframe"))
    _, fields = form_of(teacher.post("/lti/authorize", data=tool.login_answer(initiation)))
    return tool.read_id_token(teacher, fields["id_token"], clock())


@pytest.fixture
def give(teacher: Browser, tool: TinyTool, clock: Clock, asked: dict[str, Any]) -> Answer:
    """The tool's answer, through the teacher's browser unless said; claims are changed by name."""
    settings = asked[f"{DL}deep_linking_settings"]

    def answer(
        *items: dict[str, Any], by: Browser = teacher, nonce: str = "n-1", **changed: Any
    ) -> TestResponse:
        claims = {
            "iss": tool.registration["client_id"],
            "aud": tool.registration["issuer"],
            "iat": int(clock().timestamp()),
            "exp": int(clock().timestamp()) + 300,
            "nonce": nonce,
            f"{LTI}message_type": "LtiDeepLinkingResponse",
            f"{LTI}version": "1.3.0",
            f"{LTI}deployment_id": "1",
            f"{DL}data": settings["data"],
            f"{DL}content_items": list(items),
        } | changed
        signed = jwt.encode(claims, tool.key, algorithm="RS256", headers={"kid": tool.kid})
        return by.post(settings["deep_link_return_url"], data={"JWT": signed})

    return answer


def item(tool: TinyTool, **members: Any) -> dict[str, Any]:
    return {
        "type": "ltiResourceLink",
        "title": "Feedback die doet denken",
        "url": f"{tool.address}/lti/launch/feedback",
        "custom": {"module": "feedback", "link": "p-1"},
        "lineItem": {"scoreMaximum": 1},
    } | members


def test_the_question_names_what_may_be_placed(asked: dict[str, Any]) -> None:
    assert asked[f"{LTI}message_type"] == "LtiDeepLinkingRequest"
    assert asked[f"{DL}deep_linking_settings"]["accept_types"] == ["ltiResourceLink"]
    assert f"{LTI}resource_link" not in asked


def test_what_was_chosen_stands_in_the_course_and_opens(
    give: Answer,
    tool: TinyTool,
    signed_in: Callable[[str], Browser],
    launch: Callable[[str, str], dict[str, Any]],
) -> None:
    assert "Toegevoegd" in give(item(tool), item(tool, title="Zonder kolom", lineItem=None)).text

    page = signed_in("amina").get("/courses/stage").text
    first, second = re.findall(r'id="link-(stage-[0-9a-f]{12})"', page)
    claims = launch("amina", first)
    assert claims[f"{LTI}target_link_uri"] == f"{tool.address}/lti/launch/feedback"
    assert claims[f"{LTI}custom"] == {"module": "feedback", "link": "p-1"}
    assert "lineitem" in claims[AGS]
    assert "lineitem" not in launch("amina", second)[AGS]


def test_nothing_chosen_leaves_the_course_as_it_was(give: Answer, teacher: Browser) -> None:
    assert "Er is niets gekozen" in give().text
    assert 'id="link-stage-te-kiezen"' in teacher.get("/courses/stage").text


def test_an_answer_counts_once(give: Answer, tool: TinyTool) -> None:
    assert give(item(tool)).status_code == 200
    assert give(item(tool)).status_code == 400


def test_only_the_teacher_who_asked_is_answered(
    give: Answer, tool: TinyTool, signed_in: Callable[[str], Browser]
) -> None:
    assert give(item(tool), by=signed_in("amina")).status_code == 403
    assert signed_in("amina").get("/courses/stage/place").status_code == 403
    assert signed_in("amina").get("/courses/stage/place/start").status_code == 403


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "somebody-else"},
        {"aud": "https://elsewhere.example"},
        {"exp": 0},
        {"nonce": ""},
        {f"{LTI}message_type": "LtiResourceLinkRequest"},
        {f"{LTI}deployment_id": "2"},
        {f"{DL}data": "made up"},
        {f"{DL}content_items": "none"},
    ],
)
def test_a_wrong_answer_is_refused(
    give: Answer, tool: TinyTool, teacher: Browser, changed: dict[str, Any]
) -> None:
    assert give(**({f"{DL}content_items": [item(tool)]} | changed)).status_code == 400
    assert "Feedback die doet denken" in teacher.get("/courses/stage").text
    assert not re.findall(r'id="link-stage-[0-9a-f]{12}"', teacher.get("/courses/stage").text)


@pytest.mark.parametrize(
    "members",
    [
        {"type": "link"},
        {"url": "https://elsewhere.example/"},
        {"custom": {"module": 1}},
        {"lineItem": {"scoreMaximum": 1.5}},
        {"lineItem": {"scoreMaximum": 101}},
        {"lineItem": 1},
    ],
)
def test_an_item_that_does_not_fit_is_refused(give: Answer, tool: TinyTool, members: dict[str, Any]) -> None:
    assert give(item(tool, **members)).status_code == 400
