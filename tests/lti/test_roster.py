"""Who is in the course: whole, or not at all (Names and Role Provisioning Services 2.0)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lti
from lti.roster import MAX_MEMBERS, MAX_PAGES, MAX_ROSTER_BYTES, ROSTER_TYPE, fetch_roster
from lti.services import AccessToken, PlatformServices
from tests.lti.sides import MEMBERSHIP, NOW, Server, SharedTokens, answer, platform

TEACHER, LEARNER = (f"{MEMBERSHIP}#Instructor",), (f"{MEMBERSHIP}#Learner",)
URL = "https://lms.example/mod/lti/services.php/CourseSection/2/bindings/30/memberships"


def services(server: Server, tool_key: lti.ToolKey, life: timedelta = timedelta(hours=1)) -> PlatformServices:
    shared, scopes = SharedTokens(), frozenset((lti.ROSTER,))
    shared.save(platform(), scopes, AccessToken("t", scopes, NOW, NOW + life))
    return PlatformServices(server, shared, lambda _now: tool_key, "BuddyTrainer/test")


def roster(
    tool_key: lti.ToolKey, *answers: Any, url: str = URL, **wanted: Any
) -> tuple[list[lti.Member], Server]:
    server = Server(*answers)
    return list(fetch_roster(services(server, tool_key), platform(), url, lambda: NOW, **wanted)), server


def failure(tool_key: lti.ToolKey, *answers: Any, url: str = URL) -> Any:
    with pytest.raises(lti.RosterFailed) as failed:
        roster(tool_key, *answers, url=url)
    return failed.value.outcome


def page(*ids: Any, **headers: str) -> lti.HttpResponse:
    members = [{"user_id": one, "roles": ["Learner"], "status": "Active"} for one in ids]
    return answer(200, {"id": URL, "context": {"id": "2"}, "members": members}, **headers)


MOODLES = {
    "id": URL,
    "context": {"id": "2", "label": "LTI101", "title": "LTI Lab Course"},
    "members": [
        {"status": "Active", "roles": ["Instructor"], "user_id": "3", "lis_person_sourcedid": "SIS-T1",
         "name": "Tina Teacher", "given_name": "Tina", "family_name": "Teacher", "email": "teacher1@example.com"},
        {"status": "Active", "roles": ["Learner"], "user_id": "5", "lis_person_sourcedid": "SIS-S1",
         "name": "Ana Älvarez", "given_name": "Ana", "family_name": "Älvarez", "email": "student1@example.com",
         "message": [{"https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome": {"lis_result_sourcedid": "x"}}]},
    ],
}  # fmt: skip


def test_it_works(tool_key: lti.ToolKey) -> None:
    members, server = roster(tool_key, answer(200, MOODLES))
    assert members == [
        lti.Member(
            "3",
            (f"{MEMBERSHIP}#Instructor",),
            "Active",
            "Tina Teacher",
            "Tina",
            "Teacher",
            "teacher1@example.com",
        ),
        lti.Member(
            "5", (f"{MEMBERSHIP}#Learner",), "Active", "Ana Älvarez", "Ana", "Älvarez", "student1@example.com"
        ),
    ]
    asked = server.requests[0]
    assert (asked["method"], asked["url"]) == ("GET", URL)
    assert (
        asked["headers"]["Accept"]
        == ROSTER_TYPE
        == "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
    )
    assert asked["headers"]["Content-Type"] == ROSTER_TYPE, "Blackboard wants one on GET too"
    assert asked["headers"]["Authorization"] == "Bearer t"
    assert "SIS-S1" not in repr(members), "nobody needs it, so it is not read"


def test_chamilo_refuses_any_other_accept(tool_key: lti.ToolKey) -> None:
    def chamilo(request: dict[str, Any]) -> lti.HttpResponse:
        return page("1") if request["headers"]["Accept"] == ROSTER_TYPE else answer(415)

    assert len(roster(tool_key, chamilo)[0]) == 1


def test_fifty_one_members_in_pages_with_a_cursor_of_mixed_case(tool_key: lti.ToolKey) -> None:
    # Given a platform whose cursor is case-exact, as Canvas's bookmarks are
    cursors = {"": "Ab/C%2Bd", "Ab/C%2Bd": "aB/C%2Bd", "aB/C%2Bd": None}

    def serve(request: dict[str, Any]) -> lti.HttpResponse:
        cursor = urlsplit(request["url"]).query.removeprefix("page=bookmark:")
        following, start = cursors[cursor], list(cursors).index(cursor) * 20
        link = {"Link": f'<{URL}?page=bookmark:{following}>; rel="next"'} if following else {}
        return page(*map(str, range(start, min(start + 20, 51))), **link)

    members, server = roster(tool_key, serve)
    # Then all come, page after page, exactly as the platform wrote the addresses
    assert [member.user_id for member in members] == [str(number) for number in range(51)]
    assert [request["url"] for request in server.requests[1:]] == [
        f"{URL}?page=bookmark:Ab/C%2Bd",
        f"{URL}?page=bookmark:aB/C%2Bd",
    ]


def test_moodles_next_link_drops_the_role(tool_key: lti.ToolKey) -> None:
    first = page("1", Link=f'<{URL}?limit=1&from=1>; rel="next"')
    _, server = roster(
        tool_key, first, page("2"), role=f"{MEMBERSHIP}#Learner", resource_link_id="39", limit=1
    )
    for request, start in zip(server.requests, (None, ["1"]), strict=True):
        asked = parse_qs(urlsplit(request["url"]).query)
        assert asked.pop("from", None) == start
        assert asked == {"role": [f"{MEMBERSHIP}#Learner"], "rlid": ["39"], "limit": ["1"]}


def test_filters_go_behind_the_query_that_is_there(tool_key: lti.ToolKey) -> None:
    _, server = roster(tool_key, page("1"), url=f"{URL}?type_id=30&rlid=7", resource_link_id="39")
    assert server.requests[0]["url"] == f"{URL}?type_id=30&rlid=7"


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ('<https://evil.example/2>; rel="next"', "foreign_host"),
        ('<http://lms.example/2>; rel="next"', "foreign_host"),
        ('<https://lms.example:8443/2>; rel="next"', "foreign_host"),
        ('<https://lms.example@evil.example/2>; rel="next"', "foreign_host"),
        ("<http://169.254.169.254/latest/>; rel=next", "foreign_host"),
        (f'<{URL}>; rel="next"', "unreadable"),
        ("<https://lms.example/2>; rel=“next”", "unreadable"),
        ('<https://lms.example/2?a=1&amp;from=2>; rel="next"', "unreadable"),
        ('<https://[x/>; rel="next"', "unreadable"),
        ("https://lms.example/2; rel=next", "unreadable"),
    ],
)
def test_a_next_page_that_cannot_be_had_makes_no_half_roster(
    tool_key: lti.ToolKey, link: str, reason: str
) -> None:
    assert failure(tool_key, page("1", Link=link), page("2")).reason == reason


def test_pages_that_come_round_again_are_noticed(tool_key: lti.ToolKey) -> None:
    pages = [page("1", Link=f'<{URL}?p=2>; rel="next"'), page("2", Link=f'<{URL}?p=1>; rel="next"')]
    pages += [page("3", Link=f'<{URL}?p=2>; rel="next"')]
    outcome = failure(tool_key, *pages)
    assert (outcome.reason, "round" in outcome.detail) == ("unreadable", True)


def test_pages_without_end_end(tool_key: lti.ToolKey) -> None:
    count = iter(range(10_000))
    server = Server(lambda _request: page(str(next(count)), Link=f'<{URL}?p={next(count)}>; rel="next"'))
    with pytest.raises(lti.RosterFailed) as failed:
        list(fetch_roster(services(server, tool_key), platform(), URL, lambda: NOW))
    assert failed.value.outcome.reason == "unreadable"  # type: ignore[union-attr]
    assert len(server.requests) == MAX_PAGES == 1000


def endless(tool_key: lti.ToolKey, members: list[dict[str, Any]]) -> tuple[str, int]:
    """A platform that goes on telling of people nobody ever saw: why that ended, and after how many."""
    text = json.dumps({"members": members})
    count = iter(range(10_000))

    def more(_request: dict[str, Any]) -> lti.HttpResponse:
        number = next(count)
        body = text.replace('"user_id": "', f'"user_id": "{number}-').encode()
        return lti.HttpResponse(200, {"Link": f'<{URL}?p={number}>; rel="next"'}, body)

    told = 0
    with pytest.raises(lti.RosterFailed) as failed:
        for _ in fetch_roster(services(Server(more), tool_key), platform(), URL, lambda: NOW):
            told += 1
    return failed.value.outcome.reason, told


def test_people_without_end_end_before_the_memory_does(tool_key: lti.ToolKey) -> None:
    """A thousand pages of the largest size would be a billion of them, and this worker serves other platforms too."""
    reason, told = endless(tool_key, [{"user_id": str(number)} for number in range(30_000)])
    assert (reason, told) == ("unreadable", MAX_MEMBERS)


def test_pages_of_the_largest_size_end_before_the_memory_does(tool_key: lti.ToolKey) -> None:
    many = [{"user_id": str(number), "roles": ["r" * 255] * 10} for number in range(10_000)]
    reason, told = endless(tool_key, many)
    assert reason == "unreadable"
    assert told * 2550 < MAX_ROSTER_BYTES


@pytest.mark.parametrize(
    ("given_answer", "outcome", "reason"),
    [
        (answer(500), lti.Retry, "server_error"),
        (answer(503, Retry_After="7"), lti.Retry, "busy"),
        (answer(302, Location="https://sso.example/"), lti.Retry, "redirected"),
        (answer(401), lti.Retry, "token_refused"),
        (answer(200, b"<html>Sign in</html>"), lti.Retry, "protocol"),
        (answer(200, [{"user_id": "1"}]), lti.Retry, "protocol"),
        (answer(200, {"members": {"user_id": "1"}}), lti.Retry, "protocol"),
        (answer(200, {"id": URL}), lti.Retry, "protocol"),
        (answer(200, b"[" * 50_000), lti.Retry, "protocol"),
        (lti.HttpFailure("timeout", False), lti.Retry, "timeout"),
        (lti.HttpFailure("too_big", False), lti.Retry, "too_big"),
        (answer(403), lti.Refused, "forbidden"),
        (answer(404), lti.Refused, "refused"),
        (answer(406), lti.Refused, "refused"),
        (answer(415), lti.Refused, "refused"),
    ],
)
def test_an_error_on_a_later_page_makes_no_half_roster(
    tool_key: lti.ToolKey, given_answer: Any, outcome: type, reason: str
) -> None:
    first = page("1", "2", Link=f'<{URL}?p=2>; rel="next"')
    for answers in ((given_answer,), (first, given_answer)):
        got = failure(tool_key, *answers)
        assert isinstance(got, outcome)
        assert got.reason == reason  # type: ignore[attr-defined]


def test_a_throttled_roster_waits(tool_key: lti.ToolKey) -> None:
    throttled = answer(403, b"403 Forbidden (Rate Limit Exceeded)")
    assert isinstance(failure(tool_key, throttled), lti.RateLimited)


def test_a_roster_elsewhere_than_at_the_platform_is_not_asked_for(tool_key: lti.ToolKey) -> None:
    server = Server(page("1"))
    with pytest.raises(lti.RosterFailed) as failed:
        list(
            fetch_roster(services(server, tool_key), platform(), "https://evil.example/members", lambda: NOW)
        )
    assert failed.value.outcome == lti.Refused(
        "foreign_host", detail="the service's address is not the registered platform's"
    )
    assert server.requests == []


def test_a_token_may_end_between_two_pages(tool_key: lti.ToolKey) -> None:
    # Given a long roster and a token with little time left
    minutes: Iterator[datetime] = iter([NOW, NOW + timedelta(minutes=5)])
    fresh = answer(200, {"access_token": "newer", "token_type": "bearer", "expires_in": 3600})
    server = Server(page("1", Link=f'<{URL}?p=2>; rel="next"'), fresh, page("2"))
    held = services(server, tool_key, life=timedelta(minutes=3))
    members = list(fetch_roster(held, platform(), URL, lambda: next(minutes)))
    # Then the second page is asked for with a new one
    assert [member.user_id for member in members] == ["1", "2"]
    assert server.requests[2]["headers"]["Authorization"] == "Bearer newer"


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("Active", "Active"),
        ("inactive", "Inactive"),
        ("Deleted", "Deleted"),
        (None, "Active"),
        ("On leave", "Active"),
    ],
)
def test_who_left_is_said(tool_key: lti.ToolKey, told: str | None, read: str) -> None:
    members, _ = roster(tool_key, answer(200, {"members": [{"user_id": "1", "status": told}]}))
    assert [member.status for member in members] == [read]


def test_nameless_members_are_members(tool_key: lti.ToolKey) -> None:
    members, _ = roster(tool_key, answer(200, {"members": [{"user_id": "1", "name": "", "email": None}]}))
    assert members == [lti.Member("1", ())]


def test_what_cannot_be_anybody_is_passed_over_and_nobody_comes_twice(tool_key: lti.ToolKey) -> None:
    odd: list[Any] = [
        None,
        5,
        "x",
        [],
        {},
        {"user_id": 5},
        {"user_id": ""},
        {"user_id": "x" * 256},
        {"user_id": "a\0"},
    ]
    odd += [{"user_id": "1", "roles": "Learner", "name": 5, "status": []}, {"user_id": "1"}]
    odd += [{"user_id": "2", "roles": ["Learner", None, "x" * 300, "a\0"], "name": "A\0B\n" + "x" * 300}]
    members, _ = roster(tool_key, answer(200, {"members": odd}))
    assert [(member.user_id, member.roles) for member in members] == [
        ("1", ()),
        ("2", (f"{MEMBERSHIP}#Learner",)),
    ]
    assert members[1].name is not None
    assert (members[1].name[:4], len(members[1].name)) == ("AB x", 255)


JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["members", "user_id", "roles", "status", "name", "email"]), inner, max_size=4
        ),
    ),
    max_leaves=10,
)


@settings(deadline=None)
@given(
    status=st.sampled_from([200, 200, 200, 301, 403, 500]),
    body=st.one_of(st.binary(max_size=30), JSON.map(lambda value: json.dumps(value).encode())),
    link=st.one_of(st.text(max_size=40), st.just(f'<{URL}?p=2>; rel="next"')),
)
def test_any_answer(tool_key: lti.ToolKey, status: int, body: bytes, link: str) -> None:
    server = Server(lti.HttpResponse(status, {"Link": link}, body))
    try:
        for member in fetch_roster(services(server, tool_key), platform(), URL, lambda: NOW):
            assert member.user_id
    except lti.RosterFailed as failed:
        assert isinstance(failed.outcome, lti.Retry | lti.RateLimited | lti.Refused)
