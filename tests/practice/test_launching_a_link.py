"""A person opens a link; the tool learns who, what and where, and nobody can bend that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from practice import Settings, create_app
from tests.practice.conftest import Browser, Clock
from tests.practice.tiny_tool import AGS, LTI, TinyTool, form_of

Person = Callable[[str], Browser]
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"


def authorize(browser: Browser, request: dict[str, str]) -> dict[str, str]:
    """What the browser then posts to the tool."""
    return form_of(browser.post("/lti/authorize", data=request))[1]


def test_a_student_opens_a_module(tool: TinyTool, clock: Clock, signed_in: Person) -> None:
    browser = signed_in("amina")

    address, initiation = form_of(browser.get("/launch/leerbuddy-warme-band?in=iframe"))
    assert address == f"{tool.address}/lti/login"
    assert initiation["iss"] == "http://localhost:8100"
    assert initiation["target_link_uri"] == f"{tool.address}/lti/launch/warme-band"
    assert initiation["lti_deployment_id"] == "1"

    address, fields = form_of(browser.post("/lti/authorize", data=tool.login_answer(initiation)))
    assert address == f"{tool.address}/lti/launch"
    assert fields["state"] == "state-1"

    claims = tool.read_id_token(browser, fields["id_token"], clock())
    assert claims["sub"] == "amina"
    assert claims["nonce"] == "nonce-1"
    assert claims["exp"] - claims["iat"] == timedelta(minutes=5).total_seconds()
    assert claims[f"{LTI}message_type"] == "LtiResourceLinkRequest"
    assert claims[f"{LTI}version"] == "1.3.0"
    assert claims[f"{LTI}deployment_id"] == "1"
    assert claims[f"{LTI}roles"][0] == f"{MEMBERSHIP}Learner"
    assert claims[f"{LTI}context"]["title"] == "Leerbuddy 2026-2027"
    assert claims[f"{LTI}resource_link"]["id"] == "leerbuddy-warme-band"
    assert claims[f"{LTI}custom"] == {"module": "warme-band"}
    assert claims[f"{LTI}launch_presentation"]["locale"] == "nl-BE"
    assert claims[f"{LTI}launch_presentation"]["document_target"] == "iframe"
    assert claims[AGS]["lineitem"].endswith("/lineitem?type_id=1")
    assert {scope.rsplit("/", 1)[1] for scope in claims[AGS]["scope"]} == {
        "lineitem",
        "lineitem.readonly",
        "result.readonly",
        "score",
    }


def test_a_teacher_comes_as_a_teacher(launch: Callable[[str, str], dict[str, Any]]) -> None:
    roles = launch("katrien", "leerbuddy-feedback")[f"{LTI}roles"]
    assert f"{MEMBERSHIP}Instructor" in roles
    assert f"{MEMBERSHIP}Learner" not in roles


def test_a_link_may_have_no_column_or_no_module(launch: Callable[[str, str], dict[str, Any]]) -> None:
    without_column = launch("jef", "stage-feedback")
    assert "lineitem" not in without_column[AGS]
    assert "lineitems" in without_column[AGS]

    without_module = launch("jef", "stage-te-kiezen")
    assert f"{LTI}custom" not in without_module
    assert without_module[f"{LTI}target_link_uri"].endswith("/lti/launch")


def test_the_chosen_language_and_a_new_window_travel_along(
    tool: TinyTool, clock: Clock, signed_in: Person
) -> None:
    browser = signed_in("lotte")
    browser.post("/language", data={"locale": "en", "link": "leerbuddy-online"})

    fields = authorize(browser, tool.login_answer(browser.initiation("leerbuddy-online", "in=window")))

    presentation = tool.read_id_token(browser, fields["id_token"], clock())[f"{LTI}launch_presentation"]
    assert presentation["locale"] == "en"
    assert presentation["document_target"] == "window"


def test_the_login_can_be_repeated_at_top_level(tool: TinyTool, signed_in: Person) -> None:
    """A tool whose cookies do not hold in the frame starts again in a new window, with the same hints."""
    browser = signed_in("amina")
    initiation = browser.initiation("leerbuddy-warme-band")
    assert "id_token" in authorize(browser, tool.login_answer(initiation))
    assert "id_token" in authorize(browser, tool.login_answer(initiation, nonce="nonce-2"))


def test_the_request_may_come_as_a_query(tool: TinyTool, signed_in: Person) -> None:
    browser = signed_in("amina")
    request = tool.login_answer(browser.initiation("leerbuddy-warme-band"))
    assert "id_token" in form_of(browser.get("/lti/authorize", query_string=request))[1]


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": "http://127.0.0.1:9/evil"},
        {"redirect_uri": "http://127.0.0.1:8000/lti/launch/../evil"},
        {"redirect_uri": ""},
        {"client_id": "somebody-else"},
    ],
)
def test_nothing_is_sent_to_an_address_that_is_not_registered(
    tool: TinyTool, signed_in: Person, changed: dict[str, str]
) -> None:
    browser = signed_in("amina")
    answer = browser.post(
        "/lti/authorize", data=tool.login_answer(browser.initiation("leerbuddy-warme-band"), **changed)
    )
    assert answer.status_code == 400
    assert "<form id=" not in answer.text


def test_the_registered_address_counts_character_by_character(tool: TinyTool, signed_in: Person) -> None:
    browser = signed_in("amina")
    initiation = browser.initiation("leerbuddy-warme-band")
    for wrong in (f"{tool.address}/lti/launch/", f"{tool.address}/lti/launch?x=1", tool.address.upper()):
        request = tool.login_answer(initiation, redirect_uri=wrong)
        assert browser.post("/lti/authorize", data=request).status_code == 400


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"scope": "openid profile"}, "invalid_scope"),
        ({"response_type": "code"}, "unsupported_response_type"),
        ({"response_mode": "query"}, "invalid_request"),
        ({"prompt": "login"}, "invalid_request"),
        ({"nonce": ""}, "invalid_request"),
        ({"login_hint": "jef"}, "login_required"),
        ({"lti_message_hint": "made-up"}, "invalid_request"),
    ],
)
def test_a_wrong_request_is_refused_at_the_tool(
    tool: TinyTool, signed_in: Person, changed: dict[str, str], error: str
) -> None:
    browser = signed_in("amina")
    fields = authorize(browser, tool.login_answer(browser.initiation("leerbuddy-warme-band"), **changed))
    assert fields["error"] == error
    assert fields["error_description"]
    assert fields["state"] == "state-1"
    assert "id_token" not in fields


def test_a_member_given_twice_is_refused(tool: TinyTool, signed_in: Person) -> None:
    browser = signed_in("amina")
    request: dict[str, Any] = tool.login_answer(browser.initiation("leerbuddy-warme-band"))
    request["nonce"] = ["one", "two"]
    assert authorize(browser, request)["error"] == "invalid_request"


def test_the_hint_of_another_person_opens_nothing(tool: TinyTool, signed_in: Person) -> None:
    """Given a message hint made for Jef, when it comes back from Amina's browser, then it is refused."""
    hint_of_jef = signed_in("jef").initiation("leerbuddy-warme-band")["lti_message_hint"]
    amina = signed_in("amina")
    request = tool.login_answer(amina.initiation("leerbuddy-feedback"), lti_message_hint=hint_of_jef)
    assert authorize(amina, request)["error"] == "access_denied"


def test_who_is_not_signed_in_gets_no_token(tool: TinyTool, signed_in: Person, anonymous: Browser) -> None:
    initiation = signed_in("amina").initiation("leerbuddy-warme-band")
    assert authorize(anonymous, tool.login_answer(initiation))["error"] == "login_required"


def test_a_rotated_key_verifies_beside_the_old_one(
    tool: TinyTool, clock: Clock, signed_in: Person, anonymous: Browser
) -> None:
    browser = signed_in("amina")
    request = tool.login_answer(browser.initiation("leerbuddy-warme-band"))
    before = authorize(browser, request)["id_token"]

    new_kid = anonymous.post("/_test/rotate").get_json()["kid"]

    after = authorize(browser, request)["id_token"]
    key_set = anonymous.get("/lti/jwks")
    assert key_set.headers["Cache-Control"] == "public, max-age=300"
    assert key_set.get_json()["keys"][0]["kid"] == new_kid
    assert not {"d", "p", "q"} & set(key_set.get_json()["keys"][0])
    assert tool.read_id_token(browser, before, clock())["sub"] == "amina"
    assert tool.read_id_token(browser, after, clock())["sub"] == "amina"


def test_it_can_be_set_to_start_by_get_and_to_send_no_names(
    tool: TinyTool, clock: Clock, tmp_path: Path
) -> None:
    settings = Settings(
        origin="http://localhost:8100",
        tool=tool.address,
        store=tmp_path / "other",
        login_method="get",
        share_names=False,
    )
    app: Flask = create_app(settings, clock=clock)
    tool.registration = settings.registration()
    browser = Browser(app, app.response_class)
    browser.post("/sign-in", data={"person": "amina"})

    answer = browser.get("/launch/leerbuddy-warme-band")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"{tool.address}/lti/login?")
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    initiation = {name: values[0] for name, values in query.items()}

    claims = tool.read_id_token(
        browser, authorize(browser, tool.login_answer(initiation))["id_token"], clock()
    )
    assert not {"name", "given_name", "family_name", "email"} & set(claims)
