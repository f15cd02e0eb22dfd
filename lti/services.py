"""Calling a platform's services: tokens, who may be called, and what an answer that is not the wished one
means.

Security Framework 1.1, 4 (client credentials with a signed assertion); RFC 6749, 4.4; RFC 7523.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final, Protocol
from urllib.parse import urlencode, urljoin

from lti.claims import parse_object
from lti.fields import clean_text
from lti.http import HttpClient, HttpFailure, HttpResponse, Timeout
from lti.keys import ToolKey, client_assertion
from lti.outcomes import RateLimited, Refused, Retry
from lti.platform import Platform
from lti.platforms import quirks_of
from lti.urls import origin_of

SCORE: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
LINE_ITEM: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"
LINE_ITEM_READ: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly"

#: At most one token request in this time for a platform and set of scopes, whatever happens.
TOKEN_COOLDOWN = timedelta(seconds=30)
#: A token is not used in its last minute: it must outlive the request.
TOKEN_MARGIN = timedelta(seconds=60)
#: While another worker asks for a token.
TOKEN_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
TIMEOUT = Timeout(5.0, 20.0)
_MAX_ANSWER = 1024 * 1024
_MAX_TOKEN_ANSWER = 64 * 1024
#: RFC 6749, 5.1 lets the platform leave expires_in out.
_UNTOLD_LIFE = 600
_LONGEST_LIFE = 24 * 3600
_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+\s*=\s*(?:\"[^\"]*\"|[^\s\";,]+))*)")
_REL_NEXT = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s\";,]+))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A bearer token, opaque. scopes: what was granted. Times are aware UTC."""

    value: str
    scopes: frozenset[str]
    issued_at: datetime
    expires_at: datetime


class TokenCache(Protocol):
    """Where workers share tokens. Rows belong to (`platform.key`, the scopes that were asked for)."""

    def load(self, platform: Platform, scopes: frozenset[str]) -> AccessToken | None:
        """The last token, valid or not."""
        ...

    def save(self, platform: Platform, scopes: frozenset[str], token: AccessToken) -> None: ...

    def drop(self, platform: Platform, scopes: frozenset[str], token: AccessToken) -> None:
        """Forget this token, unless another one is there by now."""
        ...

    def claim_request(
        self, platform: Platform, scopes: frozenset[str], now: datetime, cooldown: timedelta
    ) -> bool:
        """Atomically: True, and `now` noted, unless someone claimed less than `cooldown` ago."""
        ...


def is_service_url(platform: Platform, url: str, family_code: str | None = None) -> bool:
    """True when our token may be sent there: the URL lies with the registered platform.

    That is: the origin of its issuer or of a registered endpoint, a host that the administrator added, or a
    host below the product's own domain where that serves all its customers.
    """
    origin = origin_of(url)
    if origin is None:
        return False
    registered = (
        platform.issuer,
        platform.authorization_endpoint,
        platform.token_endpoint,
        platform.jwks_uri,
        *(f"https://{host}/" for host in platform.service_hosts),
    )
    if any(origin == origin_of(known) for known in registered):
        return True
    scheme, host, port = origin
    domains = quirks_of(platform, family_code).service_domains
    return scheme == "https" and port == 443 and any(host.endswith(f".{domain}") for domain in domains)


class PlatformServices:
    """Calls to the services of all platforms, with one HTTP client, one token cache and our signing key.

    signing_key: our key that signs at a time (`lti.signing_key` over the stored ones).
    """

    def __init__(
        self,
        http: HttpClient,
        tokens: TokenCache,
        signing_key: Callable[[datetime], ToolKey],
        user_agent: str,
    ) -> None:
        self._http = http
        self._tokens = tokens
        self._signing_key = signing_key
        self._user_agent = user_agent

    def call(
        self,
        platform: Platform,
        scope: str,
        method: str,
        url: str,
        now: datetime,
        *,
        accept: str,
        content_type: str | None = None,
        body: bytes | None = None,
        family_code: str | None = None,
    ) -> HttpResponse | Retry | Refused:
        """One request with a token for `scope`. The answer may have any status.

        A 401, and a 403 that is no rate limit (Open edX says 403 for an expired token), gets one more try
        with a newer token, if there is one to be had. Content-Type is sent with GET too where given:
        Blackboard demands it.
        """
        if not is_service_url(platform, url, family_code):
            return Refused("foreign_host", detail="the service's address is not the registered platform's")
        scopes = frozenset((scope,))
        token = self.token(platform, scopes, now)
        if not isinstance(token, AccessToken):
            return token
        headers = {"Accept": accept, "User-Agent": self._user_agent}
        if content_type is not None:
            headers["Content-Type"] = content_type
        answer = self._send(method, url, headers, body, token)
        if isinstance(answer, HttpResponse) and is_token_refusal(answer):
            newer = self._newer_token(platform, scopes, token, now)
            if isinstance(newer, AccessToken):
                answer = self._send(method, url, headers, body, newer)
        return answer

    def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, token: AccessToken
    ) -> HttpResponse | Retry:
        try:
            return self._http.request(
                method,
                url,
                headers={**headers, "Authorization": f"Bearer {token.value}"},
                body=body,
                timeout=TIMEOUT,
                max_bytes=_MAX_ANSWER,
            )
        except HttpFailure as failure:
            return Retry(failure.kind, outcome_unknown=failure.outcome_unknown, detail=str(failure))

    def _newer_token(
        self, platform: Platform, scopes: frozenset[str], used: AccessToken, now: datetime
    ) -> AccessToken | Retry | Refused | None:
        """Another token than the one that was refused; None when that one is as fresh as they come."""
        stored = self._tokens.load(platform, scopes)
        if stored is not None and stored.value != used.value:
            return stored
        if now - used.issued_at < TOKEN_COOLDOWN:
            return None
        self._tokens.drop(platform, scopes, used)
        return self.token(platform, scopes, now)

    def token(
        self, platform: Platform, scopes: frozenset[str], now: datetime
    ) -> AccessToken | Retry | Refused:
        """A token for the scopes:

        From the cache while it has more than a minute to live, else from the platform.
        """
        stored = self._tokens.load(platform, scopes)
        if stored is not None and now < stored.expires_at - TOKEN_MARGIN:
            return stored if scopes <= stored.scopes else Refused("scope_missing")
        if not self._tokens.claim_request(platform, scopes, now, TOKEN_COOLDOWN):
            return Retry("token_wait", after=TOKEN_WAIT)
        token = self._request_token(platform, scopes, now)
        if isinstance(token, AccessToken):
            self._tokens.save(platform, scopes, token)
            if not scopes <= token.scopes:
                return Refused("scope_missing", detail="the platform granted less than was asked for")
        return token

    def _request_token(
        self, platform: Platform, scopes: frozenset[str], now: datetime
    ) -> AccessToken | Retry | Refused:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": client_assertion(platform, self._signing_key(now), now),
            "scope": " ".join(sorted(scopes)),
        }
        try:
            answer = self._http.request(
                "POST",
                platform.token_endpoint,
                headers={
                    "Accept": "application/json",
                    "Content-Type": "application/x-www-form-urlencoded",
                    "User-Agent": self._user_agent,
                },
                body=urlencode(form).encode("ascii"),
                timeout=TIMEOUT,
                max_bytes=_MAX_TOKEN_ANSWER,
            )
        except HttpFailure as failure:
            return Retry(failure.kind, detail=f"token: {failure}")
        return read_token_answer(answer, scopes, now)


def read_token_answer(
    answer: HttpResponse, scopes: frozenset[str], now: datetime
) -> AccessToken | Retry | Refused:
    """The token in an answer of the token endpoint (RFC 6749, 5.1 and 5.2), whatever its Content-Type says.

    A refusal is a Retry (`token_refused`): keys and registrations get repaired, and no score is lost
    meanwhile. Only `invalid_scope` is final.
    """
    try:
        given = parse_object(answer.body)
    except ValueError:
        # Moodle's error bodies can be invalid JSON
        given = {}
    if answer.status in (429, 503):
        return Retry("busy", after=retry_after(answer, now), detail=_describe(answer))
    if not 200 <= answer.status < 300:
        if given.get("error") == "invalid_scope":
            return Refused("scope_missing", status=answer.status, detail=_describe(answer))
        reason = "server_error" if answer.status >= 500 else "token_refused"
        return Retry(reason, status=answer.status, detail=f"token: {_describe(answer)}")
    value, kind = given.get("access_token"), given.get("token_type", "bearer")
    readable = isinstance(value, str) and isinstance(kind, str)
    if (
        not readable
        or not value.isascii()
        or not value.isprintable()
        or not value
        or kind.lower() != "bearer"
    ):
        return Retry("token_unreadable", status=answer.status, detail=f"token: {_describe(answer)}")
    life = _read_life(given.get("expires_in"))
    return AccessToken(value, _read_scopes(given.get("scope"), scopes), now, now + timedelta(seconds=life))


def _read_life(given: Any) -> int:
    if isinstance(given, str) and given.isascii() and given.isdigit() and len(given) < 10:
        given = int(given)
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given < 1e9:
        return _UNTOLD_LIFE
    return min(int(given), _LONGEST_LIFE)


def _read_scopes(given: Any, asked: frozenset[str]) -> frozenset[str]:
    """RFC 6749, 5.1:

    No scope in the answer means all that was asked for; an empty one (Open edX) means none.
    """
    if isinstance(given, list):
        return frozenset(scope for scope in given if isinstance(scope, str))
    return frozenset(given.split()) if isinstance(given, str) else asked


def is_rate_limited(answer: HttpResponse) -> bool:
    """True for 429, and for a 403 by which a platform means the same:

    Canvas says 403 (doc/api/throttling.md).
    """
    if answer.status == 429:
        return True
    if answer.status != 403:
        return False
    remaining = (answer.header("X-Rate-Limit-Remaining") or "").strip()
    try:
        if remaining and float(remaining) <= 0:
            return True
    except ValueError:
        pass
    return answer.header("Retry-After") is not None or b"rate limit exceeded" in answer.body[:4096].lower()


def is_token_refusal(answer: HttpResponse) -> bool:
    """True for a 401, and for a 403 that is no rate limit."""
    return answer.status == 401 or (answer.status == 403 and not is_rate_limited(answer))


def retry_after(answer: HttpResponse, now: datetime) -> timedelta | None:
    """The answer's Retry-After (RFC 9110, 10.2.3), seconds or a date, at most an hour;

    None if absent or unreadable.
    """
    text = (answer.header("Retry-After") or "").strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return min(max(at - now, timedelta(0)), LONGEST_WAIT)


def common_outcome(answer: HttpResponse, now: datetime) -> Retry | RateLimited | Refused | None:
    """What an answer means that means the same at every service; None when it says something about the
    request itself.

    A redirect is not followed and counts as an outage: that is what a maintenance or login page in front of
    an LMS is, and a token must not travel to where a redirect points.
    """
    status = answer.status
    detail = _describe(answer)
    if is_rate_limited(answer):
        return RateLimited(retry_after(answer, now), detail=detail)
    if status == 401:
        return Retry("token_refused", status=status, detail=detail)
    if status == 503:
        return Retry("busy", after=retry_after(answer, now), status=status, detail=detail)
    if status >= 500:
        # The platform, or a proxy before it, may have failed after it had stored
        return Retry("server_error", status=status, outcome_unknown=True, detail=detail)
    if 300 <= status < 400:
        return Retry("redirected", status=status, detail=detail)
    if status == 408:
        return Retry("timeout", status=status, outcome_unknown=True, detail=detail)
    if status < 200:
        return Retry("protocol", status=status, detail=detail)
    return None


def next_link(answer: HttpResponse, url: str) -> str | None:
    """The address of the next page by the Link header (RFC 8288), resolved against `url`; None if there is
    none.

    Moodle's headers with curly quotes or `&amp;` do not count as a link.
    """
    for target, parameters in _LINK.findall(answer.header("Link") or ""):
        found = _REL_NEXT.search(parameters)
        relations = (found[1] or found[2] or "").lower().split() if found else []
        if "next" in relations and "&amp;" not in target:
            return urljoin(url, target)
    return None


def parse_list(body: bytes) -> list[Any]:
    """The JSON list in a body; ValueError for anything else."""
    try:
        value = json.loads(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(value, list):
        raise ValueError("not a list")
    return value


def backoff(attempt: int, fraction: float) -> timedelta:
    """How long to wait after the nth failed attempt (from 1): full jitter from 30 s up to an hour.

    fraction: random, 0 ≤ fraction < 1.
    """
    ceiling = min(60.0 * 2 ** min(attempt, 10), LONGEST_WAIT.total_seconds())
    return timedelta(seconds=30 + fraction * (ceiling - 30))


def _describe(answer: HttpResponse) -> str:
    """For the operator: the status and the beginning of the body as plain text."""
    return f"{answer.status} {clean_text(answer.body[:400].decode('utf-8', 'replace'), 200)}".strip()
