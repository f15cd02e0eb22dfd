"""The id_token: from text to claims that are the platform's, meant for us, and of now.

Security Framework 1.1, 5.1.3 (the nine steps); RFC 7515, 7518, 7519; OIDC Core 1.0, 3.1.3.7.
"""

from __future__ import annotations

import binascii
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from hmac import compare_digest
from typing import Any

from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from lti.claims import parse_object, read_time
from lti.errors import LtiError
from lti.keysets import KeySource
from lti.platform import Platform
from lti.state import hash_secret

MAX_TOKEN = 64 * 1024
#: Seconds by which the platform's clock may differ from ours.
LEEWAY = 60
#: Seconds a token may be on its way before it counts as old.
MAX_AGE = 300
_MAX_HEADER = 8192
_MAX_KID = 255
_MAX_SIGNATURE = 1400
#: base64url to base64; what only base64 has becomes what neither has.
_TO_BASE64 = bytes.maketrans(b"-_+/=", b"+/%%%")
_RS256 = JWSRegistry.algorithms["RS256"]
#: Parameters by which a token would bring its own key. Keys come from the registration alone (RFC 8725,
#: 3.10).
_OWN_KEYS = frozenset(("jwk", "jku", "x5u", "x5c"))


def open_token(token: str, platform: Platform, keys: KeySource, now: datetime) -> dict[str, Any]:
    """The claims of an id_token that `platform` signed for us and that is valid at `now`.

    Checked in this order: header, key, signature, issuer, audience, authorized party, times. Not the nonce.
    Raises LtiError `lti_header`, `lti_key`, `lti_keys_unavailable`, `lti_signature`, `lti_issuer`,
    `lti_audience`, `lti_azp` or `lti_time`.
    """
    signed, payload, signature, kid = _split(token)
    key = keys.key_for(platform, kid, now)
    try:
        genuine = _RS256.verify(signed, signature, key)
    except (JoseError, ValueError, TypeError):
        genuine = False
    if not genuine:
        raise LtiError("lti_signature", f"token of {platform.issuer}")
    try:
        claims = parse_object(_decode(payload))
    except ValueError as error:
        raise LtiError("lti_claims", f"payload: {error}") from None
    check_party(claims, platform)
    check_times(claims, now)
    return claims


def read_parties(token: str) -> tuple[str, str]:
    """Whom a token names as its issuer and its audience, unverified: only to find the registration to check it by.

    Raises LtiError `lti_header`, `lti_claims`, `lti_issuer` or `lti_audience`.
    """
    _, payload, _, _ = _split(token)
    try:
        claims = parse_object(_decode(payload))
    except ValueError as error:
        raise LtiError("lti_claims", f"payload: {error}") from None
    issuer, audience = claims.get("iss"), claims.get("aud")
    if isinstance(audience, list) and audience:
        audience = audience[0]
    if not isinstance(issuer, str):
        raise LtiError("lti_issuer", "iss is missing")
    if not isinstance(audience, str):
        raise LtiError("lti_audience", "aud is missing")
    return issuer, audience


def _split(token: str) -> tuple[bytes, bytes, bytes, str]:
    """(signing input, payload segment, signature, kid) of a compact JWS whose header we accept."""
    if len(token) > MAX_TOKEN or not token.isascii():
        raise LtiError("lti_header", "too long or not ASCII")
    signed, dot, last = token.encode("ascii").rpartition(b".")
    head, other_dot, payload = signed.partition(b".")
    if not dot or not other_dot or b"." in payload or len(head) > _MAX_HEADER or len(last) > _MAX_SIGNATURE:
        raise LtiError("lti_header", "not a compact JWS")
    kid = _read_header(head)
    try:
        return signed, payload, _decode(last), kid
    except ValueError:
        raise LtiError("lti_header", "unreadable signature") from None


@lru_cache(maxsize=256)
def _read_header(head: bytes) -> str:
    """The kid in a header segment that we accept.

    All tokens of one key have the same one, so it is read once.
    """
    try:
        header = parse_object(_decode(head))
    except ValueError:
        raise LtiError("lti_header", "unreadable") from None
    if header.get("alg") != "RS256":
        raise LtiError("lti_header", "alg is not RS256")
    # No extension is understood here, so each must be refused (RFC 7515, 4.1.11); b64 is one (RFC 7797)
    if "crit" in header or "b64" in header:
        raise LtiError("lti_header", "crit or b64")
    if not _OWN_KEYS.isdisjoint(header):
        raise LtiError("lti_header", "the token brings its own key")
    kid = header.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= _MAX_KID:
        raise LtiError("lti_header", "kid is missing")
    return kid


def _decode(segment: bytes) -> bytes:
    """base64url without padding (RFC 7515, 2); ValueError for anything else."""
    padded = segment.translate(_TO_BASE64) + b"=" * (-len(segment) % 4)
    try:
        return binascii.a2b_base64(padded, strict_mode=True)
    except binascii.Error:
        raise ValueError("not base64url") from None


def check_party(claims: Mapping[str, Any], platform: Platform) -> None:
    """iss is the platform, aud is us and nobody else, azp, if there, is us."""
    if claims.get("iss") != platform.issuer:
        raise LtiError("lti_issuer", f"iss is not {platform.issuer}")
    audience = claims.get("aud")
    if isinstance(audience, list):
        # An audience that we do not trust must be refused (Security Framework 5.1.3-3)
        fits = bool(audience) and all(item == platform.client_id for item in audience)
    else:
        fits = audience == platform.client_id
    if not fits:
        raise LtiError("lti_audience", "aud is not our client_id alone")
    if claims.get("azp") is not None and claims["azp"] != platform.client_id:
        raise LtiError("lti_azp", "azp is not our client_id")


def check_times(claims: Mapping[str, Any], now: datetime) -> None:
    """exp and iat are there and of now, nbf has passed; LEEWAY seconds either way."""
    present = now.timestamp()
    expires, issued, not_before = read_time(claims, "exp"), read_time(claims, "iat"), read_time(claims, "nbf")
    if expires is None or issued is None:
        raise LtiError("lti_time", "exp or iat is missing")
    if expires + LEEWAY <= present:
        raise LtiError("lti_time", f"expired {present - expires:.0f} s ago")
    if issued > present + LEEWAY:
        raise LtiError("lti_time", f"issued {issued - present:.0f} s ahead")
    if issued < present - MAX_AGE - LEEWAY:
        raise LtiError("lti_time", f"issued {present - issued:.0f} s ago")
    if not_before is not None and not_before > present + LEEWAY:
        raise LtiError("lti_time", f"valid in {not_before - present:.0f} s")


def check_nonce(claims: Mapping[str, Any], nonce_hash: str) -> None:
    """The nonce is the one that went out with the state."""
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not compare_digest(hash_secret(nonce), nonce_hash):
        raise LtiError("lti_nonce", "nonce is missing" if nonce is None else "nonce is another login's")
