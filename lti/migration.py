"""From LTI 1.1 to 1.3: who someone was before, proven by a signature with the old secret (LTI 1.3 Migration
Guide, https://www.imsglobal.org/spec/lti/v1p3/migr).
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from lti.claims import LTI, read_id, read_object, read_time
from lti.errors import LtiError
from lti.messages import MigrationClaim, ResourceLinkLaunch

_LEGACY_USER: Final = LTI + "lti11_legacy_user_id"


@dataclass(frozen=True, slots=True)
class Migration:
    """What person, course and link were under an LTI 1.1 key; the ids are today's where they did not change."""

    consumer_key: str
    user_id: str
    context_id: str | None
    resource_link_id: str


def read_migration(claims: dict[str, Any]) -> MigrationClaim | None:
    """The claim `lti1p1`, with the user id from `lti11_legacy_user_id` where only that is sent (Brightspace).

    None without a consumer key and its signature, which leave nothing to prove it with, and for a malformed
    claim: nobody is kept from a course by what the LMS tells of the past.
    """
    with suppress(LtiError):
        given = read_object(claims, LTI + "lti1p1")
        expires = read_time(claims, "exp")
        if given is None or expires is None or not given.get("oauth_consumer_key_sign"):
            return None
        key = read_id(given, "oauth_consumer_key")
        # aud is our client id, alone or in a list; that was checked with the token
        client_id = claims["aud"][0] if isinstance(claims["aud"], list) else claims["aud"]
        deployment_id = read_id(claims, LTI + "deployment_id")
        signed = f"{key}&{deployment_id}&{claims['iss']}&{client_id}&{int(expires)}&{claims['nonce']}"
        return MigrationClaim(
            consumer_key=key,
            signature=read_id(given, "oauth_consumer_key_sign"),
            signed_text=signed,
            user_id=_optional_id(given, "user_id") or _optional_id(claims, _LEGACY_USER),
            context_id=_optional_id(given, "context_id"),
            resource_link_id=_optional_id(given, "resource_link_id"),
        )
    return None


def _optional_id(given: dict[str, Any], name: str) -> str | None:
    return read_id(given, name) if given.get(name) else None


def verify_migration(launch: ResourceLinkLaunch, secret_of: Callable[[str], str | None]) -> Migration | None:
    """Who this was in LTI 1.1, if the platform proves that it knows that key's secret; else None.

    secret_of: the secret of a consumer key *of the same institution*, None if there is none. Base64 of the
    HMAC-SHA256 over key, deployment, issuer, client id, exp and nonce, joined by `&`.
    """
    claim = launch.migration
    secret = secret_of(claim.consumer_key) if claim is not None else None
    if claim is None or not secret:
        return None
    digest = hmac.digest(secret.encode(), claim.signed_text.encode("utf-8", "surrogatepass"), "sha256")
    if not hmac.compare_digest(b64encode(digest), claim.signature.encode()):
        return None
    return Migration(
        consumer_key=claim.consumer_key,
        user_id=claim.user_id or launch.sub,
        context_id=claim.context_id or (launch.context.id if launch.context else None),
        resource_link_id=claim.resource_link_id or launch.resource_link.id,
    )
