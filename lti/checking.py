"""Trying a platform's connection: its key set, our token, the rights that come with it, and its clock.

Nothing here goes into the caches that launches and deliveries use: what is tried is the platform as it is now.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lti.answers import describe, is_rate_limited, read_http_date
from lti.claims import parse_object
from lti.http import HttpClient, HttpFailure, HttpResponse, Timeout
from lti.keys import ToolKey
from lti.keysets import MAX_BYTES, parse_key_set
from lti.outcomes import Refused, Retry
from lti.platform import Platform
from lti.registration import SCOPES
from lti.services import AccessToken, ask_for_token, read_token_answer
from lti.tokens import LEEWAY

#: However slow the platform is, all is tried in so many seconds: a person waits for it.
LONGEST = 10.0
#: Connect, and one whole exchange, in seconds.
EACH = Timeout(3.0, 5.0)
#: An exchange with less time than this, in seconds, is not begun any more.
_SHORTEST = 0.5
#: More than this, in seconds, and launches are refused.
CLOCK_LIMIT = LEEWAY

GRANTED, REFUSED, UNTRIED = "granted", "refused", "untried"


@dataclass(frozen=True, slots=True)
class KeySetFound:
    """What came from the platform's key set address.

    problem: None, a kind of HttpFailure, `status` (not 200), `no_key_set` (a page, another document) or
    `no_usable_key`. keys: usable ones. took: milliseconds. detail: for the operator, English.
    """

    problem: str | None
    keys: int = 0
    took: int = 0
    status: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ScopeFound:
    """One right that was asked for. outcome: GRANTED, REFUSED, or UNTRIED where nothing is known."""

    scope: str
    outcome: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TokenFound:
    """What came of asking for a token.

    problem: None where some token was granted; else a kind of HttpFailure, or `token_refused`, `token_unreadable`,
    `server_error`, `busy`, or `no_scope`: the platform knows us and grants none of the rights. says_scopes: the answer
    names what was granted (RFC 6749, 5.1 lets it be left out when that is all). took: milliseconds of the first answer.
    """

    problem: str | None
    scopes: tuple[ScopeFound, ...]
    says_scopes: bool = False
    took: int = 0
    status: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ClockFound:
    """The platform's clock. ahead: seconds by which it is ahead of ours, negative when behind; within: how exactly."""

    ahead: float
    within: float

    @property
    def is_too_far(self) -> bool:
        """True when launches are refused for it, as far as can be known."""
        return abs(self.ahead) - self.within > CLOCK_LIMIT


@dataclass(frozen=True, slots=True)
class ConnectionFound:
    """All that was found. clock: None where no answer told the time."""

    key_set: KeySetFound
    token: TokenFound
    clock: ClockFound | None


class _NoTime(Exception):
    """The time for trying is over."""


@dataclass(slots=True)
class _Try:
    """One round of trying, with its deadline and what the answers say of the time."""

    http: HttpClient
    platform: Platform
    key: ToolKey
    clock: Callable[[], datetime]
    user_agent: str
    monotonic: Callable[[], float]
    deadline: float
    #: (came from a cache, reading)
    clocks: list[tuple[bool, ClockFound]]

    def timed(self, ask: Callable[[Timeout], HttpResponse]) -> tuple[HttpResponse, int]:
        """An answer and how many milliseconds it took. Raises HttpFailure or _NoTime."""
        left = self.deadline - self.monotonic()
        if left < _SHORTEST:
            raise _NoTime
        begun, sent_at = self.monotonic(), self.clock()
        answer = ask(Timeout(min(EACH.connect, left), min(EACH.total, left)))
        took = self.monotonic() - begun
        reading = read_clock(answer, sent_at, took)
        if reading is not None:
            self.clocks.append((answer.header("Age") is not None, reading))
        return answer, round(took * 1000)

    def key_set(self) -> KeySetFound:
        headers = {"Accept": "application/json", "User-Agent": self.user_agent}
        try:
            answer, took = self.timed(
                lambda timeout: self.http.request(
                    "GET",
                    self.platform.jwks_uri,
                    headers=headers,
                    body=None,
                    timeout=timeout,
                    max_bytes=MAX_BYTES,
                )
            )
        except HttpFailure as failure:
            return KeySetFound(failure.kind, detail=str(failure))
        if answer.status != 200:
            return KeySetFound("status", took=took, status=answer.status, detail=describe(answer))
        try:
            keys = parse_key_set(answer.body)
        except ValueError as error:
            problem = "no_usable_key" if _is_key_set(answer.body) else "no_key_set"
            return KeySetFound(problem, took=took, status=answer.status, detail=str(error))
        return KeySetFound(None, keys=len(keys), took=took, status=answer.status)

    def token(self, scopes: tuple[str, ...]) -> TokenFound:
        """All scopes in one request; those that do not come with it one by one: platforms differ in what they do
        with a request of which they would grant a part.
        """
        untried = tuple(ScopeFound(scope, UNTRIED) for scope in scopes)
        try:
            answer, took = self.ask(frozenset(scopes))
        except HttpFailure as failure:
            return TokenFound(failure.kind, untried, detail=str(failure))
        except _NoTime:
            return TokenFound("timeout", untried)
        got = read_token_answer(answer, frozenset(scopes), self.clock())
        if is_rate_limited(answer):
            return TokenFound("busy", untried, took=took, status=answer.status, detail=describe(answer))
        if isinstance(got, AccessToken):
            granted = got.scopes
        elif isinstance(got, Refused) or _may_be_about_scopes(got, answer):
            granted = frozenset()
        else:
            return TokenFound(got.reason, untried, took=took, status=answer.status, detail=got.detail)
        found = tuple(
            ScopeFound(scope, GRANTED) if scope in granted else self.scope(scope) for scope in scopes
        )
        has_some = any(one.outcome == GRANTED for one in found)
        if not has_some and isinstance(got, Retry):
            return TokenFound("token_refused", untried, took=took, status=answer.status, detail=got.detail)
        return TokenFound(
            None if has_some else "no_scope",
            found,
            says_scopes=isinstance(got, AccessToken) and "scope" in parse_object(answer.body),
            took=took,
            status=answer.status,
            detail=got.detail if isinstance(got, Refused) else "",
        )

    def scope(self, scope: str) -> ScopeFound:
        """What comes of asking for this one alone."""
        try:
            answer, _ = self.ask(frozenset((scope,)))
        except (HttpFailure, _NoTime):
            return ScopeFound(scope, UNTRIED)
        got = read_token_answer(answer, frozenset((scope,)), self.clock())
        match got:
            case AccessToken():
                return ScopeFound(scope, GRANTED if scope in got.scopes else REFUSED)
            case Refused():
                return ScopeFound(scope, REFUSED, got.detail)
            case Retry(reason="token_refused"):
                return ScopeFound(scope, REFUSED, got.detail)
        return ScopeFound(scope, UNTRIED, got.detail)

    def ask(self, scopes: frozenset[str]) -> tuple[HttpResponse, int]:
        return self.timed(
            lambda timeout: ask_for_token(
                self.http,
                self.platform,
                self.key,
                scopes,
                self.clock(),
                user_agent=self.user_agent,
                timeout=timeout,
            )
        )


def check_connection(
    http: HttpClient,
    platform: Platform,
    key: ToolKey,
    clock: Callable[[], datetime],
    *,
    user_agent: str,
    scopes: tuple[str, ...] = SCOPES,
    monotonic: Callable[[], float] = time.monotonic,
) -> ConnectionFound:
    """Try the connection with a platform, in at most LONGEST seconds; raises nothing, whatever it answers.

    key: ours that signs now. clock: the time, aware UTC. scopes: the rights to ask for.
    """
    trying = _Try(http, platform, key, clock, user_agent, monotonic, monotonic() + LONGEST, [])
    key_set, token = trying.key_set(), trying.token(scopes)
    fresh = [reading for is_cached, reading in trying.clocks if not is_cached]
    readings = fresh or [reading for _, reading in trying.clocks]
    # Either machine may be the one that signs launches, so the one that is further off counts
    return ConnectionFound(key_set, token, max(readings, key=lambda one: abs(one.ahead), default=None))


def read_clock(answer: HttpResponse, sent_at: datetime, took: float) -> ClockFound | None:
    """The platform's clock by an answer's Date (RFC 9110, 6.6.1), and Age where a cache kept it (RFC 9111, 5.1).

    took: seconds from sending the request to the whole answer: the moment it was dated lies between. A Date is cut
    off to whole seconds.
    """
    dated = read_http_date(answer.header("Date") or "")
    if dated is None:
        return None
    age = (answer.header("Age") or "").strip()
    seconds = int(age[:9]) if age.isascii() and age.isdigit() else 0
    # In seconds: what lies after the year 9999 is no moment
    ahead = (dated - sent_at).total_seconds() + seconds + 0.5 - took / 2
    return ClockFound(round(ahead, 1), round(0.5 + took / 2, 1))


def _is_key_set(body: bytes) -> bool:
    try:
        return isinstance(parse_object(body).get("keys"), list)
    except ValueError:
        return False


def _may_be_about_scopes(outcome: Retry, answer: HttpResponse) -> bool:
    """A refusal that does not say that our key or our name is wrong: some platforms have one answer to all."""
    if outcome.reason != "token_refused" or answer.status not in (400, 403):
        return False
    try:
        return parse_object(answer.body).get("error") != "invalid_client"
    except ValueError:
        return True
