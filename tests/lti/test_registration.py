"""We describe ourselves, the LMS makes the tool and tells its client id (LTI Dynamic Registration 1.0, 3.5 and
3.6)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lti
from lti.registration import TOOL_CONFIGURATION
from tests.lti.sides import BASE_URL, DELETE, Server, answer, code_of
from tests.lti.test_platform_configuration import (
    AGS,
    CANVAS_URL,
    CANVASES,
    CONFIGURATION_URL,
    MOODLES,
    NRPS,
    PLATFORM_CONFIGURATION,
    REQUEST,
    changed,
    read,
)

TOOL = lti.ToolDescription(
    name="Buddy Trainer",
    description="Online training of leerbuddies",
    placing_label="Choose modules",
    login_url=f"{BASE_URL}/lti/login",
    launch_url=f"{BASE_URL}/lti/launch",
    deep_linking_url=f"{BASE_URL}/lti/deep-linking",
    key_set_url=f"{BASE_URL}/lti/jwks",
    redirect_urls=(f"{BASE_URL}/lti/launch", f"{BASE_URL}/lti/deep-linking", f"{BASE_URL}/lti/1.3"),
    notice_url=f"{BASE_URL}/lti/notices/7",
)


def described(body: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = body[TOOL_CONFIGURATION]
    return found


# ---- what we ask for


def test_moodle_gets_what_it_needs() -> None:
    body = lti.registration_body(TOOL, read())
    assert body == {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": f"{BASE_URL}/lti/login",
        "redirect_uris": [f"{BASE_URL}/lti/launch", f"{BASE_URL}/lti/deep-linking", f"{BASE_URL}/lti/1.3"],
        "client_name": "Buddy Trainer",
        "jwks_uri": f"{BASE_URL}/lti/jwks",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": f"{AGS}lineitem {AGS}lineitem.readonly {AGS}score {NRPS}",
        TOOL_CONFIGURATION: {
            "domain": "trainer.example",
            "description": "Online training of leerbuddies",
            "target_link_uri": f"{BASE_URL}/lti/launch",
            "custom_parameters": {
                "link_history": "$ResourceLink.id.history",
                "course_history": "$Context.id.history",
            },
            "claims": ["iss", "sub", "name", "given_name", "family_name"],
            "messages": [
                {
                    "type": "LtiDeepLinkingRequest",
                    "target_link_uri": f"{BASE_URL}/lti/deep-linking",
                    "label": "Choose modules",
                    "placements": ["ContentArea"],
                },
                {
                    "type": "LtiResourceLinkRequest",
                    "target_link_uri": f"{BASE_URL}/lti/launch",
                    "label": "Buddy Trainer",
                },
            ],
        },
    }


def test_the_domain_holds_the_port() -> None:
    local = "https://127.0.0.1:9443"
    tool = lti.ToolDescription(
        "x",
        "x",
        "x",
        f"{local}/login",
        f"{local}/launch",
        f"{local}/dl",
        f"{local}/jwks",
        (f"{local}/launch",),
    )
    assert described(lti.registration_body(tool, read()))["domain"] == "127.0.0.1:9443"


@pytest.mark.parametrize(
    ("names", "email", "word"),
    [
        (True, True, "public"),
        (True, False, "name_only"),
        (False, True, "email_only"),
        (False, False, "anonymous"),
    ],
)
def test_canvas_gets_its_own_keys(names: bool, email: bool, word: str) -> None:
    body = lti.registration_body(
        replace(TOOL, with_names=names, with_email=email), read(CANVASES, CANVAS_URL)
    )
    tool = described(body)
    assert tool["https://canvas.instructure.com/lti/privacy_level"] == word
    assert ("name" in tool["claims"], "email" in tool["claims"]) == (names, email)
    # In its own spelling, the places where lecturers place modules, and no entry in every course's menu
    assert [message["type"] for message in tool["messages"]] == ["LtiDeepLinkingRequest"]
    assert tool["messages"][0]["placements"] == [
        "https://canvas.instructure.com/lti/assignment_selection",
        "https://canvas.instructure.com/lti/link_selection",
    ]


def test_notices_of_copies_are_asked_for_where_there_are_any() -> None:
    canvas = read(CANVASES, CANVAS_URL)
    body = lti.registration_body(TOOL, canvas)
    assert lti.NOTICE_HANDLERS in body["scope"].split()
    assert described(body)["notice_handlers"] == [
        {"notice_type": "LtiContextCopyNotice", "handler": f"{BASE_URL}/lti/notices/7"}
    ]
    for tool, configuration in ((replace(TOOL, notice_url=None), canvas), (TOOL, read())):
        body = lti.registration_body(tool, configuration)
        assert lti.NOTICE_HANDLERS not in body["scope"]
        assert "notice_handlers" not in described(body)


def test_only_scopes_that_can_be_had_are_asked_for() -> None:
    assert f"{AGS}lineitem.readonly" not in lti.registration_body(TOOL, read(CANVASES, CANVAS_URL))["scope"]
    unsaid = lti.registration_body(TOOL, read(changed(scopes_supported=DELETE)))["scope"]
    assert unsaid.split() == list(lti.SCOPES)


def test_first_and_last_message_for_placing_are_the_same_one() -> None:
    sakais = changed(
        **{PLATFORM_CONFIGURATION: {"product_family_code": "sakai", "messages_supported": [
            {"type": "LtiResourceLinkRequest"}, {"type": "DataPrivacyLaunchRequest"},
            {"type": "LtiSubmissionReviewRequest"}, {"type": "LtiDeepLinkingRequest"},
        ]}}
    )  # fmt: skip
    messages = described(lti.registration_body(TOOL, read(sakais)))["messages"]
    assert messages[0]["type"] == "LtiDeepLinkingRequest"
    assert "placements" not in messages[0]
    assert [message["type"] for message in messages[1:]] == [
        "LtiResourceLinkRequest",
        "LtiSubmissionReviewRequest",
        "DataPrivacyLaunchRequest",
    ]


def test_a_platform_that_does_not_say_what_it_sends_is_asked_for_both() -> None:
    messages = described(lti.registration_body(TOOL, read(changed(**{PLATFORM_CONFIGURATION: DELETE}))))[
        "messages"
    ]
    assert [message["type"] for message in messages] == ["LtiDeepLinkingRequest", "LtiResourceLinkRequest"]


# ---- what comes of it


def register(
    given_answer: Any, request: lti.RegistrationRequest = REQUEST
) -> tuple[lti.Registration, Server]:
    server = Server(given_answer)
    return lti.register_tool(server, request, read(), TOOL, user_agent="BuddyTrainer/test"), server


def moodles_answer(**changes: Any) -> dict[str, Any]:
    return changed(
        {
            "client_id": "4xDFFHsQubneMWf",
            "scope": " ".join(lti.SCOPES),
            TOOL_CONFIGURATION: {"deployment_id": "30"},
        },
        **changes,
    )


def test_the_lms_makes_the_tool() -> None:
    made, server = register(answer(200, moodles_answer()))
    assert (made.platform.client_id, made.deployment_id, made.withheld) == (
        "4xDFFHsQubneMWf",
        "30",
        frozenset(),
    )
    asked = server.requests[0]
    assert (asked["method"], asked["url"]) == ("POST", "https://lms.example/mod/lti/openid-registration.php")
    assert asked["headers"]["Authorization"] == "Bearer token-1"
    assert asked["headers"]["Content-Type"] == asked["headers"]["Accept"] == "application/json"
    assert json.loads(asked["body"]) == lti.registration_body(TOOL, read())
    lti.check_platform(made.platform)


def test_brightspace_has_no_token() -> None:
    _, server = register(answer(201, {"client_id": "c"}), lti.RegistrationRequest(CONFIGURATION_URL, None))
    assert "Authorization" not in server.requests[0]["headers"]


def test_the_administrator_may_have_taken_scopes_away() -> None:
    kept = [scope for scope in lti.SCOPES if scope != lti.ROSTER]
    for told in (" ".join(kept), kept):
        assert register(answer(200, moodles_answer(scope=told)))[0].withheld == {lti.ROSTER}
    assert register(answer(200, moodles_answer(scope=DELETE)))[0].withheld == frozenset()


@pytest.mark.parametrize("told", ["10000000000001", 10000000000001])
def test_a_client_id_may_be_a_number(told: object) -> None:
    assert register(answer(200, moodles_answer(client_id=told)))[0].platform.client_id == "10000000000001"


@pytest.mark.parametrize("client_id", [DELETE, None, "", True, ["x"], "x" * 256, "a\nb", 10**40, 1.5])
def test_an_answer_without_a_client_id(client_id: object) -> None:
    assert (
        code_of(lambda: register(answer(200, moodles_answer(client_id=client_id))))
        == "lti_registration_answer"
    )


@pytest.mark.parametrize(
    ("given_answer", "words"),
    [
        (answer(422, {"errors": ["redirect_uris must be https", {"message": "scope is unknown"}]}),
         ("redirect_uris must be https", "scope is unknown")),
        (answer(400, {"error": "invalid_redirect_uri", "error_description": "not <b>ours</b>"}),
         ("invalid_redirect_uri", "not <b>ours</b>")),
        (answer(400, b"Missing required attribute: jwks_uri\n"), ("Missing required attribute: jwks_uri",)),
        (answer(404, b"\n<!DOCTYPE html><html>Not found"), ()),
        (answer(401, b""), ()),
        (answer(400, {"errors": {"a": 1}}), ()),
        (answer(400, {"errors": ["x"] * 50}), ("x",) * 10),
    ],
)  # fmt: skip
def test_a_refusal_in_the_platforms_own_words(given_answer: Any, words: tuple[str, ...]) -> None:
    with pytest.raises(lti.RegistrationRefused) as refused:
        register(given_answer)
    assert refused.value.words == words
    assert (refused.value.code, refused.value.status) == ("lti_registration_refused", 422)


@pytest.mark.parametrize(
    ("given_answer", "code"),
    [
        (answer(500), "lti_unreachable"),
        (answer(503), "lti_unreachable"),
        (answer(429), "lti_unreachable"),
        (lti.HttpFailure("reset", True), "lti_unreachable"),
        (lti.HttpFailure("address", False), "url_not_allowed"),
        (answer(302, Location="https://lms.example/login"), "lti_registration_answer"),
        (answer(200, b"<html>"), "lti_registration_answer"),
        (answer(200, b"[]"), "lti_registration_answer"),
    ],
)
def test_when_no_answer_comes(given_answer: Any, code: str) -> None:
    assert code_of(lambda: register(given_answer)) == code


def test_the_page_asks_the_lms_to_close_it() -> None:
    assert dict(lti.CLOSE_MESSAGE) == {"subject": "org.imsglobal.lti.close"}


JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(
        ["type", "placements", "messages_supported", "product_family_code", "deployment_id", "message"]), inner)),
    max_leaves=8,
)  # fmt: skip
NAMES = [*MOODLES, "authorization_server", "client_id", "scope", "errors", "error", TOOL_CONFIGURATION]


@settings(deadline=None)
@given(changes=st.dictionaries(st.sampled_from(NAMES), JSON, max_size=5), status=st.integers(200, 599))
def test_whatever_an_lms_answers(changes: dict[str, Any], status: int) -> None:
    for act in (
        lambda: lti.registration_body(TOOL, read(MOODLES | changes)),
        lambda: register(answer(status, moodles_answer() | changes)),
    ):
        try:
            act()
        except lti.LtiError as refusal:
            assert refusal.status in (422, 503)
