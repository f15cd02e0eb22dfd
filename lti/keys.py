"""Our own keys: made, published, rotated, and what they sign (Security Framework 1.1, 6; RFC 7638; RFC 7523).

A rotation needs no state beside the keys' own dates: a key signs from a day after it was made, when every
platform that fetches our key set daily has seen it, until a day after its successor was made; it stays
published a week longer.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from joserfc import jws
from joserfc.jwk import RSAKey

from lti.platform import Platform, is_audience_of
from lti.platforms import quirks_of

KEY_BITS = 3072
#: From being published to being used: platforms that fetch our key set daily have seen it by then.
WAIT_BEFORE_USE = timedelta(hours=24)
#: From its last use to its withdrawal.
KEEP_AFTER_USE = timedelta(days=7)
#: How often to make a new one.
ROTATE_EVERY = timedelta(days=90)
#: How long a client assertion lives.
ASSERTION_LIFE = timedelta(minutes=5)
#: Moodle grants no leeway, so our clock must not look ahead of its own.
ASSERTION_BACK = timedelta(seconds=10)
#: For `Cache-Control: max-age` of our key set, in seconds.
PUBLISHED_MAX_AGE = 3600


@dataclass(frozen=True, slots=True)
class ToolKey:
    """A key pair of ours. kid: its RFC 7638 thumbprint. created_at: when it was published, aware UTC."""

    kid: str
    created_at: datetime
    key: RSAKey

    def public_jwk(self) -> dict[str, str]:
        """What the world may see. Moodle refuses a whole set for one key without `alg`."""
        public = cast("dict[str, str]", self.key.as_dict(private=False))
        return {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.kid,
            "n": public["n"],
            "e": public["e"],
        }

    def public_pem(self) -> bytes:
        """The public key as PEM (SubjectPublicKeyInfo), for platforms that want it pasted."""
        return self.key.as_pem(private=False)

    def private_pem(self) -> bytes:
        """The private key as unencrypted PKCS#8 PEM: encrypt it before it is stored."""
        return self.key.as_pem(private=True)


def generate_key(now: datetime) -> ToolKey:
    """A new RSA key of 3072 bits."""
    return _tool_key(RSAKey.generate_key(KEY_BITS, private=True), now)


def load_key(pem: bytes, created_at: datetime) -> ToolKey:
    """The key from its `private_pem()`. ValueError if it is not a private RSA key."""
    key = RSAKey.import_key(pem)
    if not key.is_private:
        raise ValueError("not a private key")
    return _tool_key(key, created_at)


def _tool_key(key: RSAKey, created_at: datetime) -> ToolKey:
    return ToolKey(key.thumbprint(), created_at, key)


def signing_key(keys: Iterable[ToolKey], now: datetime) -> ToolKey:
    """The key that signs at `now`: the newest that was published long enough; the oldest if none was yet.

    ValueError without keys.
    """
    ordered = _by_age(keys)
    if not ordered:
        raise ValueError("no keys")
    ready = [key for key in ordered if key.created_at + WAIT_BEFORE_USE <= now]
    return ready[-1] if ready else ordered[0]


def published_keys(keys: Iterable[ToolKey], now: datetime) -> list[ToolKey]:
    """The keys of our key set at `now`: just retired, in use and to come, oldest first."""
    ordered = _by_age(keys)
    return [
        key
        for key, successor in zip(ordered, [*ordered[1:], None], strict=True)
        if successor is None or now <= successor.created_at + WAIT_BEFORE_USE + KEEP_AFTER_USE
    ]


def expired_keys(keys: Sequence[ToolKey], now: datetime) -> list[ToolKey]:
    """The keys that may be deleted."""
    published = {key.kid for key in published_keys(keys, now)}
    return [key for key in keys if key.kid not in published]


def rotation_is_due(keys: Iterable[ToolKey], now: datetime) -> bool:
    """True when a new key should be made: there is none, or the newest is ROTATE_EVERY old."""
    ordered = _by_age(keys)
    return not ordered or ordered[-1].created_at + ROTATE_EVERY <= now


def published_key_set(keys: Iterable[ToolKey], now: datetime) -> dict[str, list[dict[str, str]]]:
    """Our key set, as a JWKS document (RFC 7517, 5)."""
    return {"keys": [key.public_jwk() for key in published_keys(keys, now)]}


def _by_age(keys: Iterable[ToolKey]) -> list[ToolKey]:
    return sorted(keys, key=lambda key: (key.created_at, key.kid))


def sign(claims: dict[str, Any], key: ToolKey) -> str:
    """The claims as a JWT, RS256, with `kid` and `typ` in the header."""
    header = {"alg": "RS256", "typ": "JWT", "kid": key.kid}
    return jws.serialize_compact(
        header, json.dumps(claims, separators=(",", ":")).encode(), key.key, ["RS256"]
    )


def client_assertion(platform: Platform, key: ToolKey, now: datetime) -> str:
    """The JWT by which we ask for a token (Security Framework 1.1, 4.1.1; RFC 7523, 3).

    aud is what the registration says, else what this LMS is known to want, else the token endpoint. Which LMS it is,
    it says itself: what Brightspace wants is only for Brightspace.
    """
    known = quirks_of(platform).audience
    audience = platform.audience or (
        known if known and is_audience_of(platform, known) else platform.token_endpoint
    )
    issued = int((now - ASSERTION_BACK).timestamp())
    return sign(
        {
            "iss": platform.client_id,
            "sub": platform.client_id,
            "aud": audience,
            "iat": issued,
            "exp": issued + int(ASSERTION_LIFE.total_seconds()),
            "jti": secrets.token_urlsafe(32),
        },
        key,
    )
