"""A launch arrives: what it says, in types."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

import lti
from lti.messages import AgsEndpoint, Context, NrpsEndpoint, ToolPlatform
from tests.lti.sides import (
    BASE_URL,
    CLAIM,
    DELETE,
    MEMBERSHIP,
    NOW,
    TARGET,
    Browser,
    Lms,
    Tool,
    code_of,
    platform,
)

AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
Launch = Callable[..., lti.ResourceLinkLaunch]


def test_it_works(launch: Launch, lms: Lms) -> None:
    message = launch()
    assert message.platform == lms.registration
    assert message.deployment_id == "30"
    assert message.sub == "5"
    assert message.roles == (f"{MEMBERSHIP}#Learner",)
    assert message.context == Context("2", "LTI101", "Course", ("CourseSection",))
    assert message.resource_link == lti.ResourceLink("39", "Warme band")
    assert message.target_link_uri == TARGET
    assert message.nonce_expires_at == NOW + timedelta(minutes=10)
    assert message.has_learner_result
    assert not message.is_lecturer


def test_fields_may_come_as_pairs_or_as_lists(lms: Lms, tool: Tool, browser: Browser) -> None:
    request = lms.begin()
    browser.follow(request)
    token = lms.token(lms.claims(request.nonce))
    by_lists = tool.receive({"state": [request.state], "id_token": [token], "extra": ["1", "2"]}, browser)
    by_pairs = tool.receive(iter([("state", request.state), ("id_token", token), ("extra", "1")]), browser)
    assert by_lists == by_pairs


def test_a_frameworks_view_of_first_values_is_not_taken(lms: Lms, tool: Tool, browser: Browser) -> None:
    # It would hide that a field was given twice
    with pytest.raises(TypeError):
        tool.receive({"state": lms.begin().state, "id_token": "x"}, browser)


def test_the_caller_learns_which_nonce_to_spend(lms: Lms, tool: Tool, browser: Browser) -> None:
    request = lms.begin()
    browser.follow(request)
    form = [("state", request.state), ("id_token", lms.token(lms.claims(request.nonce)))]
    first, again = tool.receive(form, browser), tool.receive(form, browser)
    assert first.nonce_hash == again.nonce_hash, "a unique insert of it has one winner"
    assert request.nonce not in first.nonce_hash


def test_two_tabs_two_modules_each_lands_on_its_own(lms: Lms, tool: Tool, browser: Browser) -> None:
    targets = [f"{BASE_URL}/lti/launch/{module}" for module in ("warme-band", "gespreksvaardigheden")]
    requests = [lms.begin(target) for target in targets]
    for request in requests:
        browser.follow(request)
    for request, target in reversed(list(zip(requests, targets, strict=True))):
        claims = lms.claims(request.nonce, {CLAIM + "target_link_uri": target})
        form = [("state", request.state), ("id_token", lms.token(claims))]
        assert tool.receive(form, browser).target_link_uri == target


MOODLES = {
    "sub": "5",
    CLAIM + "lis": {"person_sourcedid": "SIS-S1", "course_section_sourcedid": "SIS-LTI101"},
    "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome": {
        "lis_result_sourcedid": '{"data":{"instanceid":"39"},"hash":"d3ca"}',
        "lis_outcome_service_url": "https://lms.example/mod/lti/service.php",
    },
    "given_name": "Ana",
    "family_name": "Älvarez",
    "name": "Ana Älvarez",
    "email": "student1@example.com",
    CLAIM + "ext": {"user_username": "student1", "lms": "moodle-2"},
    CLAIM + "launch_presentation": {
        "locale": "nl",
        "document_target": "iframe",
        "return_url": "https://lms.example/mod/lti/return.php?course=2&instanceid=39",
    },
    CLAIM + "tool_platform": {
        "product_family_code": "moodle",
        "version": "2022062400",
        "guid": "1099ae980f885a429c8b7f72f3ef5545",
        "name": "lab",
        "description": "Lab Moodle",
    },
    CLAIM + "custom": {
        "module": "warme-band",
        "due": "$ResourceLink.submission.endDateTime",
        "hist": "",
        "groups": None,
        "tool_const": "x y",
        "price": "$5",
    },
    AGS: {
        "scope": ["https://purl.imsglobal.org/spec/lti-ags/scope/score"],
        "lineitems": "https://lms.example/mod/lti/services.php/2/lineitems?type_id=30",
        "lineitem": "",
    },
    NRPS: {
        "context_memberships_url": "https://lms.example/mod/lti/services.php/memberships",
        "service_versions": ["1.0", "2.0"],
    },
}


def test_moodles_launch_is_read_whole(launch: Launch) -> None:
    message = launch(MOODLES)
    assert (message.name, message.given_name, message.family_name) == ("Ana Älvarez", "Ana", "Älvarez")
    assert message.email == "student1@example.com"
    assert message.locale == "nl"
    assert message.return_url == "https://lms.example/mod/lti/return.php?course=2&instanceid=39"
    assert message.tool_platform == ToolPlatform("1099ae980f885a429c8b7f72f3ef5545", "moodle", "lab")
    assert message.ags == AgsEndpoint(
        ("https://purl.imsglobal.org/spec/lti-ags/scope/score",),
        None,
        "https://lms.example/mod/lti/services.php/2/lineitems?type_id=30",
    )
    assert message.nrps == NrpsEndpoint(
        "https://lms.example/mod/lti/services.php/memberships", ("1.0", "2.0")
    )


def test_the_course_s_sourcedid_is_read_and_never_the_person_s(launch: Launch) -> None:
    def told(lis: Any) -> str | None:
        return launch({CLAIM + "lis": lis}).course_sourcedid

    person = {"person_sourcedid": "r0123456"}
    offering = {**person, "course_offering_sourcedid": "VIVES/LO"}
    assert told({**offering, "course_section_sourcedid": "VIVES/LO/1\x00"}) == "VIVES/LO/1"
    assert told({**offering, "course_section_sourcedid": ""}) == "VIVES/LO"
    assert told({**offering, "course_section_sourcedid": "x" * 300}) == "x" * 255
    for odd in (person, [], "text", 7, {"course_section_sourcedid": {"a": 1}}):
        assert told(odd) is None, odd


def test_a_custom_variable_that_the_platform_left_alone_is_absent(launch: Launch) -> None:
    assert launch(MOODLES).custom == {"module": "warme-band", "tool_const": "x y", "price": "$5"}


def test_a_variable_that_was_left_alone_within_its_quotes_is_absent(launch: Launch) -> None:
    told = {"who": '"$User.Id"', "price": '"$5"', "said": '"hello"', "cut": '"$User.Id'}
    assert launch({CLAIM + "custom": told}).custom == {name: told[name] for name in ("price", "said", "cut")}


def test_the_result_id_of_lti_1_1_is_not_passed_on(launch: Launch) -> None:
    assert "SIS-S1" not in repr(launch(MOODLES))
    assert "d3ca" not in repr(launch(MOODLES))


def test_open_edx_is_understood(other_key: Any, lms: Lms) -> None:
    # Given a set without alg and use, a token with azp that lives an hour, and an item chosen by deep linking
    registration = platform()
    request = lms.begin(f"{BASE_URL}/lti/launch")
    browser = Browser()
    browser.follow(request)
    changes = {
        "azp": registration.client_id,
        "exp": int(NOW.timestamp()) + 3600,
        CLAIM + "target_link_uri": TARGET,
        CLAIM + "roles": [
            "http://purl.imsglobal.org/vocab/lis/v2/system/person#None",
            "http://purl.imsglobal.org/vocab/lis/v2/institution/person#None",
            f"{MEMBERSHIP}#Learner",
        ],
        CLAIM + "tool_platform": {"product_family_code": "openedx"},
    }
    form = [("state", request.state), ("id_token", lms.token(lms.claims(request.nonce, changes)))]
    # Then the module follows the token, not the login
    assert Tool(lms).receive(form, browser).target_link_uri == TARGET


def test_moodle_crossing_two_launches_opens_neither(lms: Lms, tool: Tool, browser: Browser) -> None:
    request = lms.begin(f"{BASE_URL}/lti/launch/another-module")
    browser.follow(request)
    claims = lms.claims(request.nonce, {CLAIM + "tool_platform": {"product_family_code": "moodle"}})
    form = [("state", request.state), ("id_token", lms.token(claims))]
    assert code_of(lambda: tool.receive(form, browser)) == "lti_crossed"


def test_a_moodle_that_does_not_say_so_is_known_by_its_registration(lms: Lms, browser: Browser) -> None:
    side = Lms(platform(family="moodle"), lms.key)
    request = side.begin(f"{BASE_URL}/lti/launch/another-module")
    browser.follow(request)
    form = [("state", request.state), ("id_token", side.token(side.claims(request.nonce)))]
    assert code_of(lambda: Tool(side).receive(form, browser)) == "lti_crossed"


@pytest.mark.parametrize(
    "changes",
    [
        {"name": None, "email": None},
        {"email": "only@example.com"},
        {"given_name": "Only", "family_name": "Names"},
        {CLAIM + "context": DELETE},
        {CLAIM + "context": None},
        {CLAIM + "context": []},
        {CLAIM + "custom": []},
        {CLAIM + "launch_presentation": {}},
        {CLAIM + "roles": []},
        {CLAIM + "resource_link": {"id": "39"}},
        {AGS: {}, NRPS: {}},
        {CLAIM + "lis": "whatever", "unknown": [1, 2]},
    ],
)
def test_what_is_optional_may_be_absent_null_or_empty(launch: Launch, changes: dict[str, Any]) -> None:
    message = launch(changes)
    assert message.sub == "5"
    assert not message.is_lecturer


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example", "ftp://x.example", "https://a@b.example/"],
)
def test_a_return_url_is_http_or_absent(launch: Launch, url: str) -> None:
    assert launch({CLAIM + "launch_presentation": {"return_url": url}}).return_url is None


@pytest.mark.parametrize(
    ("locale", "read"), [("nl-BE", "nl-BE"), ("nl_BE", "nl_BE"), ("<b>", None), ("n", None)]
)
def test_a_locale_looks_like_one_or_is_absent(launch: Launch, locale: str, read: str | None) -> None:
    assert launch({CLAIM + "launch_presentation": {"locale": locale}}).locale == read


def test_texts_for_people_lose_what_no_database_or_page_should_get(launch: Launch) -> None:
    nasty = "A\0B\nC\x1bD\ud800E"
    message = launch(
        {
            "name": nasty,
            CLAIM + "resource_link": {"id": "39", "title": nasty + "x" * 5000},
            CLAIM + "custom": {
                "mo\0dule": nasty,
                "list": ["a"],
                "object": {"a": 1},
                "number": 3,
                "yes": True,
            },
        }
    )
    assert message.name == "AB CDE"
    assert message.resource_link.title is not None
    assert len(message.resource_link.title) == 1000
    assert message.custom == {"module": "AB CDE", "number": "3", "yes": "true"}
    json.dumps(message.name).encode()


def test_service_urls_that_are_none_are_absent(launch: Launch) -> None:
    ags = launch({AGS: {"scope": None, "lineitem": "javascript:x", "lineitems": None}}).ags
    assert ags == AgsEndpoint((), None, None)
    assert launch({NRPS: {"context_memberships_url": "", "service_versions": ["2.0"]}}).nrps is None
