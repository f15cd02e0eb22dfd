"""Tokens for the platform's services:

Asked for as the platform wants it, kept, and renewed when refused.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest

import lti
from lti.services import AccessToken, PlatformServices
from tests.lti.sides import NOW, Server, SharedTokens, answer, platform

LMS = platform()
WANTED = frozenset((lti.SCORE,))
URL = "https://lms.example/lineitems/1/scores"


def token(value: str = "t1", **members: Any) -> lti.HttpResponse:
    return answer(
        200, {"access_token": value, "token_type": "Bearer", "expires_in": 3600, "scope": lti.SCORE} | members
    )


@pytest.fixture
def shared() -> SharedTokens:
    return SharedTokens()


def services(server: Server, shared: SharedTokens, key: lti.ToolKey) -> PlatformServices:
    return PlatformServices(server, shared, lambda _now: key, "BuddyTrainer/test")


def test_a_token_is_asked_for_by_a_signed_assertion(shared: SharedTokens, tool_key: lti.ToolKey) -> None:
    server = Server(token())
    got = services(server, shared, tool_key).token(LMS, WANTED, NOW)
    assert got == AccessToken("t1", WANTED, NOW, NOW + timedelta(hours=1))
    asked = server.requests[0]
    assert (asked["method"], asked["url"]) == ("POST", LMS.token_endpoint)
    assert asked["headers"]["Content-Type"] == "application/x-www-form-urlencoded"
    assert asked["headers"]["User-Agent"] == "BuddyTrainer/test"
    form = {name: values[0] for name, values in parse_qs(asked["body"].decode()).items()}
    assert form["grant_type"] == "client_credentials"
    assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    assert form["scope"] == lti.SCORE
    public = jwt.PyJWK(tool_key.public_jwk()).key
    claims = jwt.decode(
        form["client_assertion"],
        public,
        ["RS256"],
        audience=LMS.token_endpoint,
        options={"verify_exp": False, "verify_iat": False},
    )
    assert claims["iss"] == claims["sub"] == LMS.client_id


def test_a_token_serves_until_a_minute_before_its_end(shared: SharedTokens, tool_key: lti.ToolKey) -> None:
    server = Server(token("t1"), token("t2"))
    platform_services = services(server, shared, tool_key)
    for minutes, expected in ((0, "t1"), (58, "t1"), (59, "t2"), (60, "t2")):
        got = platform_services.token(LMS, WANTED, NOW + timedelta(minutes=minutes))
        assert isinstance(got, AccessToken)
        assert got.value == expected
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "given",
    [
        lti.HttpResponse(
            200,
            {"Content-Type": "text/html"},
            b'{"access_token":"t1","token_type":"bearer","expires_in":3600}',
        ),
        token(token_type="bearer"),
        token(token_type="BEARER", expires_in="3600"),
        token(scope=[lti.SCORE]),
        token(scope=f"{lti.LINE_ITEM} {lti.SCORE}"),
        answer(201, {"access_token": "t1", "expires_in": 3600.0}),
    ],
)
def test_platforms_answer_in_their_own_ways(given: Any, shared: SharedTokens, tool_key: lti.ToolKey) -> None:
    got = services(Server(given), shared, tool_key).token(LMS, WANTED, NOW)
    assert isinstance(got, AccessToken)
    assert (got.value, got.expires_at) == ("t1", NOW + timedelta(hours=1))
    assert got.scopes >= WANTED


@pytest.mark.parametrize("life", [None, "soon", -5, 0, True, [], 1e300])
def test_a_life_that_is_not_told_is_short(life: Any, shared: SharedTokens, tool_key: lti.ToolKey) -> None:
    got = services(Server(token(expires_in=life)), shared, tool_key).token(LMS, WANTED, NOW)
    assert isinstance(got, AccessToken)
    assert got.expires_at == NOW + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("given", "outcome", "reason"),
    [
        (answer(400, {"error": "invalid_scope"}), lti.Refused, "scope_missing"),
        (token(scope=""), lti.Refused, "scope_missing"),
        (token(scope=lti.LINE_ITEM), lti.Refused, "scope_missing"),
        (answer(400, {"error": "invalid_client"}), lti.Retry, "token_refused"),
        (answer(400, b"{broken <b>json"), lti.Retry, "token_refused"),
        (answer(401, b""), lti.Retry, "token_refused"),
        (answer(302, b"", Location="https://evil.example"), lti.Retry, "token_refused"),
        (answer(500, b"<html>"), lti.Retry, "server_error"),
        (answer(503, b"", Retry_After="120"), lti.Retry, "busy"),
        (answer(200, b"<html>login</html>"), lti.Retry, "token_unreadable"),
        (answer(200, b"[" * 60000), lti.Retry, "token_unreadable"),
        (answer(200, {"access_token": ["t"]}), lti.Retry, "token_unreadable"),
        (answer(200, {"access_token": "a\r\nX-Evil: 1"}), lti.Retry, "token_unreadable"),
        (answer(200, {"access_token": "é"}), lti.Retry, "token_unreadable"),
        (answer(200, {"access_token": ""}), lti.Retry, "token_unreadable"),
        (token(token_type="mac"), lti.Retry, "token_unreadable"),
        (token(token_type=None), lti.Retry, "token_unreadable"),
        (lti.HttpFailure("certificate", False), lti.Retry, "certificate"),
        (lti.HttpFailure("timeout", True), lti.Retry, "timeout"),
    ],
)
def test_when_no_token_comes_the_score_waits_or_is_parked(
    given: Any, outcome: type, reason: str, shared: SharedTokens, tool_key: lti.ToolKey
) -> None:
    got = services(Server(given), shared, tool_key).token(LMS, WANTED, NOW)
    assert isinstance(got, outcome)
    assert isinstance(got, lti.Retry | lti.Refused)
    assert got.reason == reason
    # Nothing was delivered, whatever became of the token
    assert not getattr(got, "outcome_unknown", False)


def test_a_right_that_was_repaired_is_asked_for_again(shared: SharedTokens, tool_key: lti.ToolKey) -> None:
    """Given a token that grants less, it is not waited out; the platform is asked once in half a minute."""
    server = Server(token(scope=""), token("t2"))
    platform_services = services(server, shared, tool_key)
    for second in (0, 10, 29):
        got = platform_services.token(LMS, WANTED, NOW + timedelta(seconds=second))
        assert isinstance(got, lti.Refused)
        assert got.reason == "scope_missing"
    assert len(server.requests) == 1
    repaired = platform_services.token(LMS, WANTED, NOW + timedelta(seconds=30))
    assert isinstance(repaired, AccessToken)
    assert repaired.value == "t2"


def test_a_token_is_written_into_no_detail(shared: SharedTokens, tool_key: lti.ToolKey) -> None:
    secret = answer(200, {"access_token": "canary", "token_type": "mac"})
    assert "canary" not in repr(services(Server(secret), shared, tool_key).token(LMS, WANTED, NOW))


def test_a_platform_is_asked_for_a_token_once_in_half_a_minute(
    shared: SharedTokens, tool_key: lti.ToolKey
) -> None:
    server = Server(answer(500), token())
    workers = [services(server, shared, tool_key) for _ in range(3)]
    first = workers[0].token(LMS, WANTED, NOW)
    assert isinstance(first, lti.Retry)
    for second in range(1, 30):
        waiting = workers[second % 3].token(LMS, WANTED, NOW + timedelta(seconds=second))
        assert isinstance(waiting, lti.Retry)
        assert waiting.reason == "token_wait"
        assert waiting.after is not None
    assert len(server.requests) == 1
    assert isinstance(workers[1].token(LMS, WANTED, NOW + timedelta(seconds=30)), AccessToken)


def call(platform_services: PlatformServices, now: Any, url: str = URL) -> Any:
    return platform_services.call(
        LMS, lti.SCORE, "POST", url, now, accept="a/b", content_type="c/d", body=b"{}"
    )


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_is_renewed_once_and_the_call_repeated(
    status: int, shared: SharedTokens, tool_key: lti.ToolKey
) -> None:
    server = Server(
        token("old"),
        answer(200),
        answer(status, {"detail": "Invalid token signature."}),
        token("new"),
        answer(200),
    )
    platform_services = services(server, shared, tool_key)
    call(platform_services, NOW)
    later = NOW + timedelta(minutes=10)
    assert call(platform_services, later).status == 200
    sent = [request["headers"].get("Authorization") for request in server.requests]
    assert sent == [None, "Bearer old", "Bearer old", None, "Bearer new"]
    assert [request["body"] for request in server.requests[3:]][1] == b"{}"


def test_a_fresh_token_that_is_refused_is_not_renewed(shared: SharedTokens, tool_key: lti.ToolKey) -> None:
    server = Server(token("fresh"), answer(401))
    assert call(services(server, shared, tool_key), NOW).status == 401
    assert len(server.requests) == 2
    # One column that refuses us is no reason to take the token from the deliveries to all others
    assert shared.load(LMS, WANTED) is not None


def test_a_worker_with_an_old_token_takes_the_new_one_of_another(
    shared: SharedTokens, tool_key: lti.ToolKey
) -> None:
    # Given a token that another worker replaces while our request is on its way
    shared.save(
        LMS, WANTED, AccessToken("old", WANTED, NOW - timedelta(minutes=9), NOW + timedelta(minutes=51))
    )

    def meanwhile(_request: Any) -> lti.HttpResponse:
        shared.save(LMS, WANTED, AccessToken("new", WANTED, NOW, NOW + timedelta(hours=1)))
        return answer(401)

    server = Server(meanwhile, answer(200))
    assert call(services(server, shared, tool_key), NOW).status == 200
    assert [request["headers"]["Authorization"] for request in server.requests] == [
        "Bearer old",
        "Bearer new",
    ]


def test_a_rate_limit_that_looks_like_a_403_costs_no_token(
    shared: SharedTokens, tool_key: lti.ToolKey
) -> None:
    limited = answer(403, b"403 Forbidden (Rate Limit Exceeded)")
    server = Server(token("t"), limited)
    shared.save(
        LMS, WANTED, AccessToken("t", WANTED, NOW - timedelta(minutes=9), NOW + timedelta(minutes=51))
    )
    server.answers.pop(0)
    assert call(services(server, shared, tool_key), NOW).status == 403
    assert shared.load(LMS, WANTED) is not None


@pytest.mark.parametrize(
    "url", ["https://evil.example/scores", "http://lms.example/scores", "https://lms.example@evil/x", "x"]
)
def test_a_token_goes_to_the_registered_platform_only(
    url: str, shared: SharedTokens, tool_key: lti.ToolKey
) -> None:
    server = Server(token())
    refused = call(services(server, shared, tool_key), NOW, url)
    assert isinstance(refused, lti.Refused)
    assert refused.reason == "foreign_host"
    assert server.requests == []
