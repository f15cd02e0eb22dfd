"""A lecturer wants to place modules: what the platform's request says (Deep Linking 2.0, 4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import lti
from tests.lti.sides import CLAIM, DELETE, MEMBERSHIP, TARGET, Browser, Lms, Tool, code_of, platform

SETTINGS = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
Receive = Callable[..., lti.AnyMessage]

#: As Moodle 4.1 writes it.
MOODLES = {
    "accept_types": ["ltiResourceLink"],
    "accept_presentation_document_targets": ["frame", "iframe", "window"],
    "accept_copy_advice": False,
    "accept_multiple": True,
    "accept_unsigned": False,
    "auto_create": False,
    "can_confirm": False,
    "deep_link_return_url": "https://lms.example/mod/lti/contentitem_return.php?course=2&id=30&sesskey=5K",
    "title": "Buddy Trainer",
    "text": "",
}
REQUEST = {
    CLAIM + "message_type": "LtiDeepLinkingRequest",
    CLAIM + "roles": [f"{MEMBERSHIP}#Instructor"],
    CLAIM + "resource_link": DELETE,
    SETTINGS: MOODLES,
}


def with_settings(**changes: Any) -> dict[str, Any]:
    settings = {name: value for name, value in (MOODLES | changes).items() if value is not DELETE}
    return REQUEST | {SETTINGS: settings}


def settings_of(receive: Receive, **changes: Any) -> lti.DeepLinkingSettings:
    message = receive(with_settings(**changes))
    assert isinstance(message, lti.DeepLinkingRequest)
    return message.settings


def test_it_works(receive: Receive) -> None:
    message = receive(REQUEST)
    assert isinstance(message, lti.DeepLinkingRequest)
    assert message.may_place
    assert message.settings == lti.DeepLinkingSettings(
        return_url="https://lms.example/mod/lti/contentitem_return.php?course=2&id=30&sesskey=5K",
        accept_types=("ltiResourceLink",),
        accept_multiple=True,
        accept_line_item=False,
        auto_create=False,
        targets=("frame", "iframe", "window"),
        data=None,
    )
    assert message.settings.takes_links
    assert message.context is not None


def test_a_student_may_ask_but_not_place(receive: Receive) -> None:
    message = receive(REQUEST | {CLAIM + "roles": [f"{MEMBERSHIP}#Learner"]})
    assert not message.may_place
    assert lti.ERROR_CODES["lti_may_not_place"].status == 403


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (True, True),
        ("true", True),
        ("True", True),
        (False, False),
        ("false", False),
        (None, False),
        (1, False),
    ],
)
def test_yes_may_be_a_text(receive: Receive, sent: object, read: bool) -> None:
    settings = settings_of(receive, accept_multiple=sent, auto_create=sent, accept_lineitem=sent)
    assert (settings.accept_multiple, settings.auto_create, settings.accept_line_item) == (read, read, read)


def test_moodle_takes_columns_without_saying_so(receive: Receive) -> None:
    message = receive(REQUEST | {CLAIM + "tool_platform": {"product_family_code": "moodle"}})
    assert isinstance(message, lti.DeepLinkingRequest)
    assert message.settings.accept_line_item


def test_a_moodle_that_says_no_is_believed(receive: Receive) -> None:
    moodle = {CLAIM + "tool_platform": {"product_family_code": "moodle"}}
    message = receive(with_settings(accept_lineitem=False) | moodle)
    assert isinstance(message, lti.DeepLinkingRequest)
    assert not message.settings.accept_line_item


@pytest.mark.parametrize(
    ("sent", "takes"),
    [
        (["file", "link"], False),
        (["file", "ltiResourceLink"], True),
        ("link,ltiResourceLink", True),
        ([":::asterisk:::", None, 5], False),
        ([], True),
        (DELETE, True),
    ],
)
def test_what_kinds_of_things_are_wanted(receive: Receive, sent: object, takes: bool) -> None:
    assert settings_of(receive, accept_types=sent).takes_links is takes


@pytest.mark.parametrize("data", ["", "csrf=7;é", "\x00\ud800<>", '{"a": [1,  2]}'])
def test_opaque_data_is_kept_as_it_came(receive: Receive, data: str) -> None:
    assert settings_of(receive, data=data).data == data


@pytest.mark.parametrize("data", [{"a": 1}, ["x"], 5, "x" * 40_000])
def test_data_that_is_no_text_is_refused(receive: Receive, data: object) -> None:
    assert code_of(lambda: receive(with_settings(data=data))) == "lti_claims"


@pytest.mark.parametrize(
    "url",
    [
        DELETE,
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "//lms.example/x",
        "https://evil.example/return",
        "https://lms.example@evil.example/",
        "http://lms.example/plain",
        "https://lms.example.evil.example/",
        ["https://lms.example/"],
        "https://lms.example/" + "x" * 2048,
    ],
)
def test_the_choice_goes_back_to_the_platform_and_nowhere_else(receive: Receive, url: object) -> None:
    assert code_of(lambda: receive(with_settings(deep_link_return_url=url))) == "lti_return_url"


def test_a_shared_issuers_hosts_are_the_platforms(lms: Lms) -> None:
    canvas = platform(issuer="https://canvas.instructure.com")
    side, browser = Lms(canvas, lms.key), Browser()
    request = side.begin()
    browser.follow(request)
    changes = with_settings(
        deep_link_return_url="https://thomasmore.instructure.com/courses/1/deep_linking_response"
    )
    form = [("state", request.state), ("id_token", side.token(side.claims(request.nonce, changes)))]
    message = Tool(side).receive_any(form, browser)
    assert isinstance(message, lti.DeepLinkingRequest)


@pytest.mark.parametrize("settings", [DELETE, None, {}, []])
def test_a_request_without_settings_is_refused(receive: Receive, settings: object) -> None:
    assert code_of(lambda: receive(REQUEST | {SETTINGS: settings})) == "lti_claims"


@pytest.mark.parametrize(
    ("claim", "code"),
    [("deployment_id", "lti_claims"), ("roles", "lti_roles"), ("target_link_uri", "lti_target")],
)
def test_what_every_message_needs_it_needs_too(receive: Receive, claim: str, code: str) -> None:
    assert code_of(lambda: receive(REQUEST | {CLAIM + claim: DELETE})) == code


def test_who_takes_only_placed_modules_refuses_it(launch: Callable[..., Any]) -> None:
    assert code_of(lambda: launch(REQUEST)) == "lti_message_type"


def test_moodle_crossing_two_requests_opens_neither(lms: Lms, tool: Tool) -> None:
    browser, request = Browser(), lms.begin(TARGET + "-other")
    browser.follow(request)
    changes = REQUEST | {CLAIM + "tool_platform": {"product_family_code": "moodle"}}
    form = [("state", request.state), ("id_token", lms.token(lms.claims(request.nonce, changes)))]
    assert code_of(lambda: tool.receive_any(form, browser)) == "lti_crossed"
