"""The column of a link: found among what the platform lists, made at most once (AGS 2.0, 3.2)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

import lti
from lti.lineitems import LINE_ITEM_TYPE, LINE_ITEMS_TYPE, MAX_PAGES
from lti.services import AccessToken, PlatformServices
from tests.lti.sides import NOW, Server, SharedTokens, answer, platform

LIST = "https://lms.example/mod/lti/services.php/2/lineitems?type_id=30"
BOTH = (lti.LINE_ITEM, lti.LINE_ITEM_READ, lti.SCORE)


def services(server: Server, tool_key: lti.ToolKey) -> PlatformServices:
    shared = SharedTokens()
    for scope in BOTH:
        token = AccessToken(
            f"t-{scope.rpartition('/')[2]}", frozenset((scope,)), NOW, NOW + timedelta(hours=1)
        )
        shared.save(platform(), frozenset((scope,)), token)
    return PlatformServices(server, shared, lambda _now: tool_key, "BuddyTrainer/test")


def column(number: int, **members: Any) -> dict[str, Any]:
    url = f"https://lms.example/mod/lti/services.php/2/lineitems/{number}/lineitem?type_id=30"
    return {"id": url, "label": "x", "scoreMaximum": 100, **members}


def find(
    tool_key: lti.ToolKey, *answers: Any, scope: tuple[str, ...] = BOTH, **wanted: Any
) -> tuple[Any, Server]:
    server = Server(*answers)
    wanted = {"resource_link_id": "39"} | wanted
    return lti.find_line_item(
        services(server, tool_key), platform(), LIST, NOW, scope=scope, **wanted
    ), server


MOODLES = [
    {"id": "", **{}},
    column(32, resourceId="quiz-1", resourceLinkId="39", tag="grade"),
    column(33, resourceId="", resourceLinkId="40", tag=""),
    column(34, resourceId="extra-1", tag="extra"),
]


def test_the_column_of_the_link_is_found(tool_key: lti.ToolKey) -> None:
    found, server = find(tool_key, answer(200, MOODLES))
    assert isinstance(found, lti.LineItem)
    assert found.id.endswith("/32/lineitem?type_id=30")
    assert (found.score_maximum, found.resource_link_id, found.tag) == (100, "39", "grade")
    asked = server.requests[0]
    assert asked["url"] == LIST + "&resource_link_id=39"
    assert asked["headers"]["Accept"] == LINE_ITEMS_TYPE
    assert asked["headers"]["Content-Type"] == LINE_ITEMS_TYPE, "Blackboard wants one on GET too"
    assert asked["headers"]["Authorization"] == "Bearer t-lineitem.readonly"


def test_a_platform_that_ignores_the_filter_does_not_mislead_us(tool_key: lti.ToolKey) -> None:
    found, _ = find(tool_key, answer(200, [column(1, resourceLinkId="40"), column(2, resourceLinkId="39")]))
    assert "/2/lineitem" in found.id


def test_a_column_without_a_link_is_known_by_our_id_or_tag(tool_key: lti.ToolKey) -> None:
    found, _ = find(tool_key, answer(200, MOODLES), resource_link_id="77", resource_id="extra-1")
    assert "/34/" in found.id
    found, _ = find(tool_key, answer(200, MOODLES), resource_link_id="77", tag="extra")
    assert "/34/" in found.id


def test_a_column_of_another_link_is_never_taken(tool_key: lti.ToolKey) -> None:
    listed = answer(200, [column(1, resourceLinkId="40", resourceId="mine", tag="mine")])
    assert find(tool_key, listed, resource_id="mine", tag="mine")[0] == lti.NoLineItem()


def test_of_several_the_best_and_then_the_first(tool_key: lti.ToolKey) -> None:
    listed = [
        column(1, resourceLinkId="39"),
        column(2, resourceLinkId="39", tag="mine"),
        column(3, resourceLinkId="39"),
    ]
    assert "/2/" in find(tool_key, answer(200, listed), tag="mine")[0].id
    assert "/1/" in find(tool_key, answer(200, listed))[0].id


@pytest.mark.parametrize(
    "body", [[], [None, 1, "x", {}, {"id": 5}, {"id": "x", "scoreMaximum": "1"}, column(1)]]
)
def test_nothing_is_found_where_nothing_fits(tool_key: lti.ToolKey, body: Any) -> None:
    assert find(tool_key, answer(200, body))[0] == lti.NoLineItem()


def test_pages_are_followed_on_the_same_host(tool_key: lti.ToolKey) -> None:
    first = answer(
        200,
        [column(1)],
        Link='<https://lms.example/page/2?x=A,b>; rel="next", <https://lms.example/1>; rel=first',
    )
    second = answer(200, [column(2)], link="</page/3>;REL=Next")
    third = answer(200, [column(3, resourceLinkId="39")])
    found, server = find(tool_key, first, second, third)
    assert "/3/" in found.id
    assert [request["url"] for request in server.requests[1:]] == [
        "https://lms.example/page/2?x=A,b",
        "https://lms.example/page/3",
    ]


@pytest.mark.parametrize(
    "link",
    [
        '<https://evil.example/page/2>; rel="next"',
        '<http://lms.example/page/2>; rel="next"',
        "<https://lms.example/page/2>; rel=“next”",
        '<https://lms.example/lineitems?a=1&amp;from=2>; rel="next"',
        f'<{LIST}&resource_link_id=39>; rel="next"',
        '<https://[x/>; rel="next"',
        "<" * 1000,
        '<https://lms.example/2>; rel="prev"',
    ],
)
def test_a_link_that_leads_nowhere_good_is_not_followed(tool_key: lti.ToolKey, link: str) -> None:
    found, server = find(tool_key, answer(200, [column(1)], Link=link))
    assert found == lti.NoLineItem()
    assert len(server.requests) == 1


def test_moodles_pages_are_left_alone_since_its_default_holds_all(tool_key: lti.ToolKey) -> None:
    _, server = find(
        tool_key, answer(200, [], Link='<https://lms.example/2>; rel="next"'), family_code="moodle"
    )
    assert len(server.requests) == 1


def test_pages_without_end_end(tool_key: lti.ToolKey) -> None:
    count = iter(range(10_000))
    server = Server(lambda _request: answer(200, [], Link=f'<https://lms.example/{next(count)}>; rel="next"'))
    found = lti.find_line_item(
        services(server, tool_key), platform(), LIST, NOW, scope=BOTH, resource_link_id="39"
    )
    assert found == lti.NoLineItem()
    assert len(server.requests) == MAX_PAGES


def test_the_scope_is_the_smallest_that_is_offered(tool_key: lti.ToolKey) -> None:
    _, server = find(tool_key, answer(200, []), scope=(lti.LINE_ITEM,))
    assert server.requests[0]["headers"]["Authorization"] == "Bearer t-lineitem"
    _, server = find(tool_key, answer(200, []), scope=(lti.LINE_ITEM,), family_code="moodle")
    assert server.requests[0]["headers"]["Authorization"] == "Bearer t-lineitem.readonly"
    refused, server = find(tool_key, answer(200, []), scope=(lti.SCORE,))
    assert (refused.reason, server.requests) == ("scope_missing", [])


@pytest.mark.parametrize(
    ("given", "outcome", "reason"),
    [
        (answer(500), lti.Retry, "server_error"),
        (answer(302), lti.Retry, "redirected"),
        (answer(401), lti.Retry, "token_refused"),
        (answer(200, b"<html>"), lti.Retry, "protocol"),
        (answer(200, {"lineitems": []}), lti.Retry, "protocol"),
        (answer(200, b"[" * 50000), lti.Retry, "protocol"),
        (lti.HttpFailure("timeout", True), lti.Retry, "timeout"),
        (answer(403), lti.Refused, "forbidden"),
        (answer(404), lti.Refused, "refused"),
        (answer(406), lti.Refused, "refused"),
    ],
)
def test_when_the_list_does_not_come(tool_key: lti.ToolKey, given: Any, outcome: type, reason: str) -> None:
    got, _ = find(tool_key, given)
    assert isinstance(got, outcome)
    assert got.reason == reason  # type: ignore[attr-defined]
    assert isinstance(find(tool_key, answer(429))[0], lti.RateLimited)


def make(
    tool_key: lti.ToolKey, given: Any, scope: tuple[str, ...] = BOTH, **members: Any
) -> tuple[Any, Server]:
    server = Server(given)
    new = lti.NewLineItem(label="Warme band\0" + "x" * 300, score_maximum=1, resource_link_id="39", **members)
    return lti.create_line_item(services(server, tool_key), platform(), LIST, new, NOW, scope=scope), server


def test_a_column_is_made_for_a_link(tool_key: lti.ToolKey) -> None:
    made, server = make(tool_key, answer(201, column(50, resourceLinkId="39")), tag="buddy")
    assert isinstance(made, lti.LineItem)
    assert "/50/" in made.id
    sent = server.requests[0]
    assert (sent["method"], sent["url"]) == ("POST", LIST)
    assert sent["headers"]["Accept"] == sent["headers"]["Content-Type"] == LINE_ITEM_TYPE
    assert sent["headers"]["Authorization"] == "Bearer t-lineitem"
    message = json.loads(sent["body"])
    assert len(message.pop("label")) == 100
    assert message == {"scoreMaximum": 1, "resourceLinkId": "39", "tag": "buddy"}


def test_a_column_whose_making_got_no_clear_answer_may_be_there(tool_key: lti.ToolKey) -> None:
    for given in (
        answer(200, b"<html>"),
        answer(502),
        lti.HttpFailure("reset", True),
        answer(201, {"id": 5}),
    ):
        made, _ = make(tool_key, given)
        assert isinstance(made, lti.Retry)
        assert made.outcome_unknown


def test_a_column_is_not_made_without_the_right_to_or_elsewhere(tool_key: lti.ToolKey) -> None:
    refused, server = make(tool_key, answer(201), scope=(lti.LINE_ITEM_READ, lti.SCORE))
    assert (refused.reason, server.requests) == ("scope_missing", [])
    refused, _ = make(tool_key, answer(201, column(1) | {"id": "https://evil.example/1"}))
    assert refused.reason == "foreign_host"
    refused, _ = make(tool_key, answer(400, b"no"))
    assert refused.reason == "refused"
