"""A score on its way to the gradebook:

What is sent, and what each answer means.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lti
from lti.answers import backoff
from lti.grades import SCORE_TYPE, Delivered, LineItemGone, TooOld
from lti.services import AccessToken, PlatformServices
from tests.lti.sides import NOW, Server, SharedTokens, answer, platform

LINE_ITEM = "https://lms.example/mod/lti/services.php/2/lineitems/32/lineitem?type_id=30"
BODY = lti.score_body(lti.Score("5", 1, 1, NOW))


def deliver(
    tool_key: lti.ToolKey,
    *answers: Any,
    now: datetime = NOW,
    registration: lti.Platform | None = None,
    **more: Any,
) -> tuple[Any, Server]:
    """Deliver one score with a token that was fetched ten minutes ago."""
    server, shared, lms = Server(*answers), SharedTokens(), registration or platform()
    scopes = frozenset((lti.SCORE,))
    shared.save(
        lms, scopes, AccessToken("t", scopes, now - timedelta(minutes=10), now + timedelta(minutes=50))
    )
    services = PlatformServices(server, shared, lambda _now: tool_key, "BuddyTrainer/test")
    return lti.deliver_score(services, lms, LINE_ITEM, BODY, now, **more), server


# ---- what is sent


def test_it_is_posted_to_the_line_items_scores(tool_key: lti.ToolKey) -> None:
    outcome, server = deliver(tool_key, answer(200))
    assert outcome == Delivered(200)
    sent = server.requests[0]
    assert sent["method"] == "POST"
    assert sent["url"] == "https://lms.example/mod/lti/services.php/2/lineitems/32/lineitem/scores?type_id=30"
    assert sent["headers"] == {
        "Accept": SCORE_TYPE,
        "Content-Type": "application/vnd.ims.lis.v1.score+json",
        "Authorization": "Bearer t",
        "User-Agent": "BuddyTrainer/test",
    }
    assert sent["body"] == BODY


@pytest.mark.parametrize(
    ("line_item", "url"),
    [
        ("https://x.example/1/lineitem?type_id=1", "https://x.example/1/lineitem/scores?type_id=1"),
        ("https://x.example/1/lineitem", "https://x.example/1/lineitem/scores"),
        ("https://x.example/1/lineitem/", "https://x.example/1/lineitem/scores"),
        ("https://x.example/1?a=/b&c=%2F", "https://x.example/1/scores?a=/b&c=%2F"),
    ],
)
def test_scores_goes_behind_the_path(line_item: str, url: str) -> None:
    assert lti.score_url(line_item) == url


def test_only_a_finished_result_is_ever_written() -> None:
    brussels = timezone(timedelta(hours=1))
    score = lti.Score(
        "5", 1.0, 1.0, datetime(2026, 11, 21, 14, 5, 1, 234567, brussels), "Klaar\0\n<b>x</b>" + "y" * 300
    )
    message = json.loads(lti.score_body(score))
    assert message.pop("comment").startswith("Klaar <b>x</b>y")
    assert message == {
        "userId": "5",
        "scoreGiven": 1,
        "scoreMaximum": 1,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": "2026-11-21T13:05:01.234+00:00",
    }
    assert len(json.loads(lti.score_body(score))["comment"]) == 255
    assert "comment" not in json.loads(BODY)
    zero = json.loads(lti.score_body(lti.Score("5", 0, 10, NOW)))
    assert zero["scoreGiven"] == 0, "zero is a score, not its absence"
    assert json.loads(lti.score_body(lti.Score("5", 0.5, 1, NOW)))["scoreGiven"] == 0.5


@pytest.mark.parametrize(
    ("given", "maximum", "user"),
    [
        (-1, 1, "5"),
        (2, 1, "5"),
        (0, 0, "5"),
        (float("nan"), 1, "5"),
        (1, float("inf"), "5"),
        (1, float("nan"), "5"),
        (1, 1, ""),
    ],
)
def test_what_could_falsify_a_grade_cannot_be_written(given: float, maximum: float, user: str) -> None:
    with pytest.raises(ValueError):
        lti.Score(user, given, maximum, NOW)
    with pytest.raises(ValueError):
        lti.Score("5", 1, 1, NOW.replace(tzinfo=None))


@given(st.lists(st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 2)), min_size=2, max_size=20))
def test_timestamps_rise_by_a_second_whatever_the_clock_does(clock: list[datetime]) -> None:
    last: datetime | None = None
    for now in clock:
        stamp = lti.next_timestamp(now.replace(tzinfo=UTC), last)
        assert stamp.microsecond % 1000 == 0
        assert last is None or stamp >= last + timedelta(seconds=1)
        assert last is None or int(stamp.timestamp()) > int(last.timestamp()), "Moodle drops the fraction"
        last = stamp


# ---- what an answer means


@pytest.mark.parametrize("status", [200, 201, 202, 204])
@pytest.mark.parametrize("body", [b"", b"<html>OK</html>", b"{broken"])
def test_any_2xx_is_success(tool_key: lti.ToolKey, status: int, body: bytes) -> None:
    assert deliver(tool_key, answer(status, body))[0] == Delivered(status)


@pytest.mark.parametrize(
    ("given", "reason", "unknown"),
    [
        (answer(500), "server_error", True),
        (answer(502), "server_error", True),
        (answer(504), "server_error", True),
        (answer(503), "busy", False),
        (answer(408), "timeout", True),
        (answer(301, b"", Location="https://evil.example/"), "redirected", False),
        (answer(302, b"", Location="https://lms.example/login"), "redirected", False),
        (answer(307), "redirected", False),
        (answer(304), "redirected", False),
        (lti.HttpFailure("timeout", True), "timeout", True),
        (lti.HttpFailure("reset", True), "reset", True),
        (lti.HttpFailure("refused", False), "refused", False),
        (lti.HttpFailure("certificate", False), "certificate", False),
        (lti.HttpFailure("resolve", False), "resolve", False),
    ],
)
def test_an_outage_is_waited_out(tool_key: lti.ToolKey, given: Any, reason: str, unknown: bool) -> None:
    outcome, server = deliver(tool_key, given)
    assert isinstance(outcome, lti.Retry)
    assert (outcome.reason, outcome.outcome_unknown) == (reason, unknown)
    assert outcome.reason in lti.RETRY_REASONS
    assert len(server.requests) == 1, "nothing is followed"


@pytest.mark.parametrize(
    ("given", "after"),
    [
        (answer(429, b"", Retry_After="5"), timedelta(seconds=5)),
        (answer(429), None),
        (answer(429, b"", retry_after="7200"), timedelta(hours=1)),
        (answer(429, b"", Retry_After="Sat, 21 Nov 2026 10:02:00 GMT"), timedelta(minutes=2)),
        (answer(429, b"", Retry_After="Sat, 21 Nov 2026 09:00:00 GMT"), timedelta(0)),
        (answer(429, b"", Retry_After="Sat, 21 Nov 2026 10:02:00"), timedelta(minutes=2)),
        (answer(429, b"", Retry_After="soon"), None),
        (answer(429, b"", Retry_After="9" * 400), timedelta(hours=1)),
        (answer(403, b"", X_Rate_Limit_Remaining="0.0"), None),
        (answer(403, b"", Retry_After="30"), timedelta(seconds=30)),
        (answer(403, b"403 Forbidden (Rate Limit Exceeded)"), None),
    ],
)
def test_a_platform_that_has_enough_is_given_time(
    tool_key: lti.ToolKey, given: Any, after: timedelta | None
) -> None:
    outcome, server = deliver(tool_key, given)
    assert isinstance(outcome, lti.RateLimited)
    assert outcome.after == after
    assert len(server.requests) == 1, "and no token is thrown away"


def test_a_503_may_say_how_long(tool_key: lti.ToolKey) -> None:
    outcome, _ = deliver(tool_key, answer(503, b"", Retry_After="60"))
    assert outcome.after == timedelta(minutes=1)


def test_an_expired_token_is_no_reason_to_park(tool_key: lti.ToolKey) -> None:
    token = answer(200, {"access_token": "n", "expires_in": 3600})
    for status in (401, 403):
        outcome, server = deliver(tool_key, answer(status), token, answer(201))
        assert outcome == Delivered(201)
        assert len(server.requests) == 3


def test_a_token_that_is_refused_again_waits_for_401_and_parks_for_403(tool_key: lti.ToolKey) -> None:
    token = answer(200, {"access_token": "n", "expires_in": 3600})
    outcome, _ = deliver(tool_key, answer(401), token, answer(401))
    assert isinstance(outcome, lti.Retry)
    assert outcome.reason == "token_refused"
    outcome, _ = deliver(tool_key, answer(403), token, answer(403, b"no"))
    assert outcome == lti.Refused("forbidden", 403, "403 no")


@pytest.mark.parametrize("status", [404, 410])
def test_a_column_that_is_gone(tool_key: lti.ToolKey, status: int) -> None:
    assert isinstance(deliver(tool_key, answer(status))[0], LineItemGone)


@pytest.mark.parametrize(
    ("given", "family"),
    [
        (answer(409), None),
        (answer(409, b"Refusing score with an earlier timestamp"), "moodle"),
        (answer(400, {"timestamp": "Score already exists for the provided timestamp."}), "openedx"),
        (answer(400, {"timestamp": "Score could not be updated due to later point in time."}), None),
        (answer(400, b"Provided timestamp of x before last updated timestamp of y"), "canvas"),
    ],
)
def test_a_score_that_is_not_newer(tool_key: lti.ToolKey, given: Any, family: str | None) -> None:
    assert isinstance(deliver(tool_key, given, family_code=family)[0], TooOld)


def test_what_follows_from_a_score_that_is_not_newer() -> None:
    # The platform has it: an attempt whose answer got lost had arrived
    assert lti.after_too_old(unknown_before=True, restamped=False) == "delivered"
    assert lti.after_too_old(unknown_before=True, restamped=True) == "delivered"
    # It has another one: one new timestamp, then a person looks at it
    assert lti.after_too_old(unknown_before=False, restamped=False) == "restamp"
    assert lti.after_too_old(unknown_before=False, restamped=True) == "park"


@pytest.mark.parametrize(
    ("given", "family", "reason"),
    [
        (answer(400), "moodle", "not_gradable"),
        (answer(400, b"Incorrect score received{}"), "moodle", "not_gradable"),
        (
            answer(422, {"errors": {"message": "User not found in course or is not a student"}}),
            "canvas",
            "not_enrolled",
        ),
        (
            answer(422, {"errors": {"message": "This course has concluded. AGS requests …"}}),
            "canvas",
            "course_ended",
        ),
        (
            answer(422, {"errors": [{"message": "This assignment is still unpublished"}]}),
            "canvas",
            "unpublished",
        ),
        (answer(400, {"message": "User could not be found"}), "BlackboardLearn", "not_enrolled"),
        (answer(400, b"User (id: 7) not found."), "chamilo", "not_enrolled"),
        (answer(400), None, "refused"),
        (answer(422), "canvas", "refused"),
        (answer(405), None, "refused"),
        (answer(413), None, "refused"),
        (answer(415), None, "refused"),
    ],
)
def test_a_refusal_says_why(tool_key: lti.ToolKey, given: Any, family: str | None, reason: str) -> None:
    outcome, _ = deliver(tool_key, given, family_code=family)
    assert isinstance(outcome, lti.Refused)
    assert outcome.reason == reason
    assert outcome.reason in lti.REFUSALS


def test_brightspace_says_403_for_who_is_not_enrolled(tool_key: lti.ToolKey) -> None:
    token = answer(200, {"access_token": "n", "expires_in": 3600})
    outcome, _ = deliver(tool_key, answer(403), token, answer(403), family_code="desire2learn")
    assert outcome.reason == "not_gradable"


def test_a_launch_without_the_scope_or_with_a_foreign_column_is_not_tried(tool_key: lti.ToolKey) -> None:
    outcome, server = deliver(tool_key, answer(200), scope=())
    assert (outcome.reason, server.requests) == ("scope_missing", [])
    outcome, server = deliver(tool_key, answer(200), registration=platform(
        issuer="https://a.example", authorization_endpoint="https://a.example/", token_endpoint="https://a.example/",
        jwks_uri="https://a.example/"))  # fmt: skip
    assert (outcome.reason, server.requests) == ("foreign_host", [])


def test_a_retry_sends_the_same_bytes(tool_key: lti.ToolKey) -> None:
    token = answer(200, {"access_token": "n", "expires_in": 3600})
    _, server = deliver(tool_key, answer(401), token, answer(200))
    assert server.requests[0]["body"] == server.requests[2]["body"] == BODY


def test_back_off_grows_from_half_a_minute_to_an_hour() -> None:
    assert backoff(1, 0.0) == timedelta(seconds=30)
    for attempt in range(1, 2000, 7):
        assert timedelta(seconds=30) <= backoff(attempt, 0.999) <= timedelta(hours=1)
    assert backoff(1, 0.5) < backoff(3, 0.5) < backoff(6, 0.5)
    assert backoff(10**9, 0.5) <= timedelta(hours=1)
