"""Calling a platform's services: tokens, who may be called, and what an answer that is not the wished one
means.

Security Framework 1.1, 4 (client credentials with a signed assertion); RFC 6749, 4.4; RFC 7523.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from lti.answers import describe, is_token_refusal, retry_after
from lti.claims import parse_object
from lti.http import HttpClient, HttpFailure, HttpResponse, Timeout
from lti.keys import ToolKey, client_assertion
from lti.outcomes import Refused, Retry
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
TIMEOUT = Timeout(5.0, 20.0)
_MAX_ANSWER = 1024 * 1024
_MAX_TOKEN_ANSWER = 64 * 1024
#: RFC 6749, 5.1 lets the platform leave expires_in out.
_UNTOLD_LIFE = 600
_LONGEST_LIFE = 24 * 3600


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
        max_bytes: int = _MAX_ANSWER,
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
        answer = self._send(method, url, headers, body, token, max_bytes=max_bytes)
        if isinstance(answer, HttpResponse) and is_token_refusal(answer):
            newer = self._newer_token(platform, scopes, token, now)
            if isinstance(newer, AccessToken):
                answer = self._send(method, url, headers, body, newer, max_bytes=max_bytes)
        return answer

    def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        token: AccessToken,
        *,
        max_bytes: int,
    ) -> HttpResponse | Retry:
        try:
            return self._http.request(
                method,
                url,
                headers={**headers, "Authorization": f"Bearer {token.value}"},
                body=body,
                timeout=TIMEOUT,
                max_bytes=max_bytes,
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
        """A token for the scopes: a cached one with more than a minute to live, else a new one.

        One that grants less is a refusal, and is not waited out: an administrator may have repaired that.
        """
        stored = self._tokens.load(platform, scopes)
        if stored is not None and now < stored.expires_at - TOKEN_MARGIN:
            if scopes <= stored.scopes:
                return stored
            if now - stored.issued_at < TOKEN_COOLDOWN:
                return Refused("scope_missing", detail="the platform granted less than was asked for")
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
        key = self._signing_key(now)
        try:
            answer = ask_for_token(self._http, platform, key, scopes, now, user_agent=self._user_agent)
        except HttpFailure as failure:
            return Retry(failure.kind, detail=f"token: {failure}")
        return read_token_answer(answer, scopes, now)


def ask_for_token(
    http: HttpClient,
    platform: Platform,
    key: ToolKey,
    scopes: frozenset[str],
    now: datetime,
    *,
    user_agent: str,
    timeout: Timeout = TIMEOUT,
) -> HttpResponse:
    """The token endpoint's answer to a request for these scopes (Security Framework 1.1, 4.1). Raises HttpFailure."""
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": client_assertion(platform, key, now),
        "scope": " ".join(sorted(scopes)),
    }
    return http.request(
        "POST",
        platform.token_endpoint,
        headers={
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            "User-Agent": user_agent,
        },
        body=urlencode(form).encode("ascii"),
        timeout=timeout,
        max_bytes=_MAX_TOKEN_ANSWER,
    )


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
        return Retry("busy", after=retry_after(answer, now), detail=describe(answer))
    if not 200 <= answer.status < 300:
        if given.get("error") == "invalid_scope":
            return Refused("scope_missing", status=answer.status, detail=describe(answer))
        reason = "server_error" if answer.status >= 500 else "token_refused"
        return Retry(reason, status=answer.status, detail=f"token: {describe(answer)}")
    value, kind = given.get("access_token"), given.get("token_type", "bearer")
    # No part of a good answer's body goes into a log. The token goes into a header, so it must be one line.
    if not isinstance(value, str) or not value or not value.isascii() or not value.isprintable():
        return Retry("token_unreadable", status=answer.status, detail="no access_token in the answer")
    # Open edX writes "bearer"
    if not isinstance(kind, str) or kind.lower() != "bearer":
        return Retry("token_unreadable", status=answer.status, detail="not a bearer token")
    life = _read_life(given.get("expires_in"))
    return AccessToken(value, _read_scopes(given.get("scope"), scopes), now, now + timedelta(seconds=life))


def _read_life(given: Any) -> int:
    if isinstance(given, str) and given.isascii() and given.isdigit() and len(given) < 10:
        given = int(given)
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given < 1e9:
        return _UNTOLD_LIFE
    return min(int(given), _LONGEST_LIFE)


def _read_scopes(given: Any, asked: frozenset[str]) -> frozenset[str]:
    """What was granted: all that was asked for if not said (RFC 6749, 5.1); nothing if empty."""
    if isinstance(given, list):
        return frozenset(scope for scope in given if isinstance(scope, str))
    return frozenset(given.split()) if isinstance(given, str) else asked
