"""The tool proves who it is with a signed assertion, once, and gets a token for what it asks."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest

from tests.practice.conftest import Browser, Clock
from tests.practice.tiny_tool import ITEMS_TYPE, SCOPE, TinyTool

COLUMNS = "/services/courses/leerbuddy/lineitems?type_id=1"


def test_a_token_for_the_scopes_asked(tool: TinyTool, anonymous: Browser, clock: Clock) -> None:
    answer = tool.ask_token(anonymous, tool.assertion(clock()), "score", "unknown")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.get_json()["token_type"] == "Bearer"
    assert answer.get_json()["expires_in"] == 3600
    assert answer.get_json()["scope"] == f"{SCOPE}score"


def test_an_assertion_is_good_for_one_token(tool: TinyTool, anonymous: Browser, clock: Clock) -> None:
    assertion = tool.assertion(clock())
    assert tool.ask_token(anonymous, assertion, "score").status_code == 200
    again = tool.ask_token(anonymous, assertion, "score")
    assert again.status_code == 401
    assert again.get_json()["error"] == "invalid_client"


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "http://localhost:8100"},
        {"iss": "somebody-else"},
        {"sub": "somebody-else"},
        {"jti": None},
        {"exp": None},
        {"iat": None},
        {"exp": 1},
        {"exp": "tomorrow"},
        {"exp": 1e300},
        {"jti": "\ud800"},
        {"jti": 7},
    ],
)
def test_a_wrong_assertion_is_refused(
    tool: TinyTool, anonymous: Browser, clock: Clock, changed: dict[str, Any]
) -> None:
    answer = tool.ask_token(anonymous, tool.assertion(clock(), **changed), "score")
    assert answer.status_code == 401
    assert answer.get_json()["error"] == "invalid_client"


def test_times_are_judged_without_leeway(tool: TinyTool, anonymous: Browser, clock: Clock) -> None:
    early = tool.assertion(clock() + timedelta(seconds=2))
    assert tool.ask_token(anonymous, early, "score").status_code == 401
    clock.advance(seconds=2)
    assert tool.ask_token(anonymous, early, "score").status_code == 200


def test_a_foreign_signature_is_refused(tool: TinyTool, anonymous: Browser, clock: Clock) -> None:
    good = tool.assertion(clock())
    claims = jwt.decode(good, options={"verify_signature": False})
    with_secret = jwt.encode(claims, "x" * 32, algorithm="HS256", headers={"kid": tool.kid})
    unsigned = jwt.encode(claims, "", algorithm="none", headers={"kid": tool.kid})
    nested = base64.urlsafe_b64encode(b'{"kid":' + b"[" * 100_000).decode().rstrip("=") + ".e30.AAAA"
    for bad in (nested, with_secret, unsigned, good[:-4] + "AAAA", "", "a.b.c"):
        assert tool.ask_token(anonymous, bad, "score").status_code == 401


def test_a_new_key_of_the_tool_works_at_once(tool: TinyTool, anonymous: Browser, clock: Clock) -> None:
    assert tool.ask_token(anonymous, tool.assertion(clock()), "score").status_code == 200
    assert tool.ask_token(anonymous, tool.assertion(clock()), "score").status_code == 200
    assert tool.key_sets_served == 1

    tool.new_key()

    assert tool.ask_token(anonymous, tool.assertion(clock()), "score").status_code == 200
    assert tool.key_sets_served == 2


def test_no_scope_no_token(tool: TinyTool, anonymous: Browser, clock: Clock) -> None:
    answer = tool.ask_token(anonymous, tool.assertion(clock()), "unknown")
    assert answer.status_code == 400
    assert answer.get_json()["error"] == "invalid_scope"


def test_a_token_ends_after_its_hour(
    anonymous: Browser, clock: Clock, token: Callable[..., dict[str, str]]
) -> None:
    headers = {**token("lineitem.readonly"), "Accept": ITEMS_TYPE}
    clock.advance(minutes=59)
    assert anonymous.get(COLUMNS, headers=headers).status_code == 200
    clock.advance(minutes=1)
    assert anonymous.get(COLUMNS, headers=headers).status_code == 401


def test_a_token_is_good_for_its_scope_only(anonymous: Browser, token: Callable[..., dict[str, str]]) -> None:
    asked = {"Accept": ITEMS_TYPE}
    assert anonymous.get(COLUMNS, headers=asked).status_code == 401
    assert anonymous.get(COLUMNS, headers={**asked, "Authorization": "Bearer made-up"}).status_code == 401
    assert anonymous.get(COLUMNS, headers=asked | token("score")).status_code == 403
    assert anonymous.get(COLUMNS, headers=asked | token("lineitem.readonly")).status_code == 200
