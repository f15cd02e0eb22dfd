"""Access tokens for the tool: client_credentials with a signed assertion.

1EdTech Security Framework 1.0, 4.1.1 (https://www.imsglobal.org/spec/security/v1p0/#using-json-web-tokens-with-oauth-2-0-client-credentials-grant),
RFC 7523, 3 (https://www.rfc-editor.org/rfc/rfc7523#section-3).
"""

from __future__ import annotations

import secrets
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from flask import Blueprint, Response, make_response, request

from practice.lms import hash_of, lms
from practice.service import ALL_SCOPES
from practice.tool_keys import UnknownKey

blueprint = Blueprint("tokens", __name__)

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LONGEST_ASSERTION = timedelta(hours=1)


class TokenRefused(Exception):
    """An error answer of the token endpoint (RFC 6749, 5.2)."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


@blueprint.post("/lti/token")
def issue() -> Response:
    """A bearer token for the scopes asked; `invalid_scope` when none of them exists here."""
    if request.mimetype != "application/x-www-form-urlencoded":
        raise TokenRefused("invalid_request", "the request must be a form")
    if request.form.get("grant_type") != "client_credentials":
        raise TokenRefused("unsupported_grant_type", "grant_type must be client_credentials")
    if request.form.get("client_assertion_type") != _ASSERTION_TYPE:
        raise TokenRefused("invalid_request", "client_assertion_type must be jwt-bearer")
    _spend_assertion(request.form.get("client_assertion", ""))
    asked = request.form.get("scope", "").split()
    granted = [scope for scope in ALL_SCOPES if scope in asked]
    if not granted:
        raise TokenRefused("invalid_scope", "none of the scopes asked exists here")
    token = secrets.token_urlsafe(32)
    now = lms().clock()
    life = lms().settings.access_token_life
    with lms().store.writing() as connection:
        connection.execute("DELETE FROM access_tokens WHERE expires_at <= ?", (now.isoformat(),))
        connection.execute(
            "INSERT INTO access_tokens VALUES (?, ?, ?)",
            (hash_of(token), " ".join(granted), (now + life).isoformat()),
        )
    return _uncached(
        {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": int(life.total_seconds()),
            "scope": " ".join(granted),
        },
        200,
    )


@blueprint.errorhandler(TokenRefused)
def refuse(refused: TokenRefused) -> Response:
    return _uncached({"error": refused.error, "error_description": refused.description}, refused.status)


def _spend_assertion(assertion: str) -> None:
    """Take the tool's signed assertion once. TokenRefused (401) when anything about it is wrong."""
    claims = read_signed(assertion, audience=lms().settings.token_url)
    if claims.get("sub") != lms().settings.client_id:
        raise _bad_client("sub must be the client_id")
    if not isinstance(claims.get("jti"), str):
        raise _bad_client("the assertion has no jti")
    try:
        with lms().store.writing() as connection:
            spend(connection, claims)
    except sqlite3.IntegrityError:
        raise _bad_client("the assertion was used before (jti)") from None


def read_signed(token: str, *, audience: str) -> dict[str, Any]:
    """What the tool signed for this audience within the last hour; times are judged by our own clock.

    It says who it is (`jti`, in answers to deep linking `nonce`) so that `spend` can take it once.
    Raises TokenRefused (401).
    """
    claims = _verified_claims(token, audience)
    now = lms().clock()
    issued, expires = _time(claims, "iat"), _time(claims, "exp")
    if expires <= now:
        raise _bad_client("the assertion has expired")
    if issued > now:  # Moodle allows no leeway either
        raise _bad_client("the assertion is issued in the future")
    if expires - issued > _LONGEST_ASSERTION:
        raise _bad_client("the assertion lives longer than an hour")
    once = _once(claims)
    if not isinstance(once, str) or not once or not once.isascii():
        raise _bad_client("the assertion has no jti")
    return claims


def spend(connection: sqlite3.Connection, claims: dict[str, Any]) -> None:
    """Take what `read_signed` gave, once. Raises sqlite3.IntegrityError the second time."""
    connection.execute("DELETE FROM spent_assertions WHERE expires_at <= ?", (lms().clock().isoformat(),))
    connection.execute(
        "INSERT INTO spent_assertions VALUES (?, ?)", (_once(claims), _time(claims, "exp").isoformat())
    )


def _once(claims: dict[str, Any]) -> Any:
    return claims.get("jti", claims.get("nonce"))


def _verified_claims(assertion: str, audience: str) -> dict[str, Any]:
    settings = lms().settings
    try:
        kid = jwt.get_unverified_header(assertion).get("kid")
        if not isinstance(kid, str):
            raise _bad_client("the assertion has no kid")
        claims: dict[str, Any] = jwt.decode(
            assertion,
            lms().tool_keys.find(kid),
            algorithms=["RS256"],
            audience=audience,
            issuer=settings.client_id,
            options={
                "require": ["iss", "aud", "iat", "exp"],
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
                "verify_jti": False,
                "verify_sub": False,
            },
        )
    except (jwt.PyJWTError, UnknownKey, RecursionError) as error:
        raise _bad_client(str(error)) from error
    return claims


def _time(claims: dict[str, Any], name: str) -> datetime:
    seconds = claims[name]
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise _bad_client(f"{name} is no number of seconds")
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        raise _bad_client(f"{name} is no time") from None


def _bad_client(description: str) -> TokenRefused:
    return TokenRefused("invalid_client", description, 401)


def _uncached(body: dict[str, Any], status: int) -> Response:
    answer = make_response(body, status)
    answer.headers["Cache-Control"] = "no-store"
    return answer
