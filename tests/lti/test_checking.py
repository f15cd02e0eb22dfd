"""Trying a connection: how much time it takes at most, and how the clock is read."""

from datetime import timedelta
from typing import Any

import pytest

import lti
from lti.checking import LONGEST, UNTRIED, ConnectionFound, check_connection, read_clock
from lti.outcomes import Retry
from lti.services import read_token_answer
from tests.lti.sides import NOW, Server, answer, platform

DATED = NOW.strftime("%a, %d %b %Y %H:%M:%S GMT")


class Watch:
    """Seconds that pass only while a platform is waited for."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def tried(server: Server, key: lti.ToolKey, watch: Watch) -> ConnectionFound:
    return check_connection(server, platform(), key, lambda: NOW, user_agent="test", monotonic=watch)


def test_a_platform_that_hangs_is_given_up_in_time(tool_key: lti.ToolKey) -> None:
    watch = Watch()

    def hang(asked: dict[str, Any]) -> Exception:
        watch.seconds += asked["timeout"].total
        return lti.HttpFailure("timeout", True)

    found = tried(Server(hang), tool_key, watch)
    assert watch.seconds - 100 <= LONGEST
    assert (found.key_set.problem, found.token.problem, found.clock) == ("timeout", "timeout", None)
    assert {one.outcome for one in found.token.scopes} == {UNTRIED}


def test_rights_that_there_is_no_time_for_are_said_to_be_unknown(tool_key: lti.ToolKey) -> None:
    watch = Watch()

    def refuse_slowly(asked: dict[str, Any]) -> lti.HttpResponse:
        watch.seconds += 2.5
        return answer(400, {"error": "invalid_scope"}) if asked["method"] == "POST" else answer(200, b"{}")

    server = Server(refuse_slowly)
    found = tried(server, tool_key, watch)
    assert watch.seconds - 100 <= LONGEST
    assert [one.outcome for one in found.token.scopes] == ["refused", "refused", "untried", "untried"]
    assert all(asked["timeout"].total <= 5 for asked in server.requests)


@pytest.mark.parametrize("failure", ["refused", "resolve", "certificate", "address", "reset", "too_big"])
def test_who_cannot_be_reached_is_asked_once_for_each(failure: str, tool_key: lti.ToolKey) -> None:
    server = Server(lti.HttpFailure(failure, False))
    found = tried(server, tool_key, Watch())
    assert (found.key_set.problem, found.token.problem) == (failure, failure)
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "body", [b"", b"[", b"[]", b"null", b'{"keys":{}}', b"\xff\xfe", b"[" * 60000, b"{}"]
)
def test_whatever_it_answers_nothing_is_raised(body: bytes, tool_key: lti.ToolKey) -> None:
    for status in (200, 204, 302, 400, 401, 403, 404, 429, 500, 503):
        found = tried(Server(answer(status, body, Date="yesterday", Age="-1")), tool_key, Watch())
        assert found.key_set.problem
        assert found.token.problem
        assert found.clock is None


@pytest.mark.parametrize(
    ("sent", "took", "headers", "ahead"),
    [
        (0, 0, {"Date": DATED}, 0.5),  # cut off to whole seconds
        (300, 0, {"Date": DATED}, -299.5),
        (0, 4, {"Date": DATED}, -1.5),  # dated somewhere between sending and answer
        (300, 0, {"Date": DATED, "Age": "300"}, 0.5),  # kept by a cache
        (0, 0, {"Date": DATED.replace("GMT", "+0000")}, 0.5),
    ],
)
def test_the_clock_is_read_with_the_round_trip(
    sent: int, took: float, headers: dict[str, str], ahead: float
) -> None:
    read = read_clock(answer(200, b"", **headers), NOW + timedelta(seconds=sent), took)
    assert read is not None
    assert read.ahead == pytest.approx(ahead, abs=0.1)
    assert read.within == 0.5 + took / 2


def test_who_may_be_within_a_minute_is_not_said_to_be_too_far() -> None:
    for seconds, is_too_far in ((59, False), (60, False), (61, True), (-300, True)):
        read = read_clock(answer(200, b"", Date=DATED), NOW - timedelta(seconds=seconds), 0)
        assert read is not None
        assert read.is_too_far is is_too_far, seconds


NO_MOMENTS = [
    "Mon, 01 Jan 2024 00:00:00 +99999999999999999999",
    "Mon, 01 Jan 2024 00:00:00 -99999999999999",
    "Fri, 31 Dec 9999 23:59:59 -2359",
    "Mon, 01 Jan 0100 00:00:00 +2359",
    "Mon, 01 Jan 99999 00:00:00 GMT",
]


@pytest.mark.parametrize("said", NO_MOMENTS)
def test_a_date_that_no_clock_can_show_is_none(said: str, tool_key: lti.ToolKey) -> None:
    found = tried(Server(answer(200, b"{}", Date=said, Age="999999999")), tool_key, Watch())
    assert found.clock is None or found.clock.is_too_far
    busy = read_token_answer(answer(503, b"", **{"Retry-After": said}), frozenset(), NOW)
    assert isinstance(busy, Retry)
    assert busy.after is None or timedelta(0) <= busy.after <= timedelta(hours=1)


def test_the_last_second_that_there_is_is_far_off(tool_key: lti.ToolKey) -> None:
    last = answer(200, b"{}", Date="Fri, 31 Dec 9999 23:59:59 GMT", Age="999999999")
    found = tried(Server(last), tool_key, Watch())
    assert found.clock is not None
    assert found.clock.is_too_far
