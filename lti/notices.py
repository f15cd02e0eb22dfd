"""Notices: what a platform tells us server to server, without anybody clicking (Platform Notification Service 1.0,
https://www.imsglobal.org/spec/lti-pns/v1p0).

The one we want says that a course was copied. It is a help, not a promise: Canvas delivers it once and never
again, so what it tells must also follow from the first launch of the copy (`lti.history`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from lti.answers import common_outcome, describe
from lti.claims import LTI, parse_object, read_id, read_object, read_texts, read_time
from lti.errors import LtiError
from lti.http import HttpResponse
from lti.keysets import KeySource
from lti.messages import NoticeEndpoint
from lti.outcomes import RateLimited, Refused, Retry
from lti.platform import Platform
from lti.services import PlatformServices
from lti.state import hash_secret
from lti.tokens import LEEWAY, MAX_TOKEN, open_token, read_parties

CONTEXT_COPY: Final = "LtiContextCopyNotice"
#: The scope for saying which notices we want.
NOTICE_HANDLERS: Final = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
_JSON: Final = "application/json"
_MAX_NOTICES = 100


@dataclass(frozen=True, slots=True)
class CourseCopied:
    """A verified LtiContextCopyNotice of `platform`: a course's content now is in another course too.

    Still to do for who receives it: is the deployment registered? A notice that comes twice changes nothing;
    `nonce_hash`, kept until `nonce_expires_at`, tells one that was seen. origins: the courses copied from.
    """

    platform: Platform
    notice_id: str
    deployment_id: str
    context_id: str
    origins: tuple[str, ...]
    nonce_hash: str
    nonce_expires_at: datetime


@dataclass(frozen=True, slots=True)
class Notices:
    """What was in one delivery. refused: one for each notice that could not be believed; others: the types that
    we did not ask for."""

    copies: list[CourseCopied] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    refused: list[LtiError] = field(default_factory=list)


def read_notices(
    body: bytes, platforms: Callable[[str, str], Platform | None], keys: KeySource, now: datetime
) -> Notices:
    """The notices in a delivery to the address that we gave to all platforms.

    platforms: the registration by (issuer, client_id), None if there is none; it may raise LtiError
    (`lti_platform_inactive`). A notice that is not good does not spoil the others. Raises LtiError `lti_notice` if
    it is no delivery.
    """
    try:
        listed = parse_object(body).get("notices")
    except ValueError as error:
        raise LtiError("lti_notice", str(error)) from None
    if not isinstance(listed, list) or len(listed) > _MAX_NOTICES:
        raise LtiError("lti_notice", f"no list of at most {_MAX_NOTICES} notices")
    found = Notices()
    for given in listed:
        token = given.get("jwt") if isinstance(given, dict) else None
        try:
            if not isinstance(token, str) or len(token) > MAX_TOKEN:
                raise LtiError("lti_notice", "a notice is no token")
            issuer, client_id = read_parties(token)
            platform = platforms(issuer, client_id)
            if platform is None:
                raise LtiError("lti_platform_unknown", f"issuer {issuer!r}, client {client_id!r}")
            _read_notice(open_token(token, platform, keys, now), platform, found)
        except LtiError as refusal:
            found.refused.append(refusal)
    return found


def _read_notice(claims: dict[str, Any], platform: Platform, found: Notices) -> None:
    if claims.get(LTI + "version") != "1.3.0":
        raise LtiError("lti_version", "version is not 1.3.0")
    notice = read_object(claims, LTI + "notice")
    if notice is None:
        raise LtiError("lti_claims", "notice is missing")
    kind = read_id(notice, "type")
    if kind != CONTEXT_COPY:
        found.others.append(kind)
        return
    context = read_object(claims, LTI + "context")
    if context is None:
        raise LtiError("lti_claims", "context is missing")
    # Far enough for any clock, and never beyond what a date can be
    expires = min(read_time(claims, "exp") or 0.0, 4e9)
    found.copies.append(
        CourseCopied(
            platform=platform,
            notice_id=read_id(notice, "id"),
            deployment_id=read_id(claims, LTI + "deployment_id"),
            context_id=read_id(context, "id"),
            origins=read_texts(claims, LTI + "origin_contexts") or (),
            nonce_hash=hash_secret(read_id(claims, "nonce", "lti_nonce")),
            nonce_expires_at=datetime.fromtimestamp(expires + LEEWAY, UTC),
        )
    )


def subscribe(
    services: PlatformServices,
    platform: Platform,
    endpoint: NoticeEndpoint,
    handler: str,
    now: datetime,
    *,
    family_code: str | None = None,
) -> bool | Retry | RateLimited | Refused:
    """Ask for notices of copies at `handler`, an https address of ours; once for each deployment.

    True when they will come, False when the platform has none to give. Asking again is harmless: it keeps one
    handler for each type.
    """
    if CONTEXT_COPY not in endpoint.types:
        return False
    answer = services.call(
        platform,
        NOTICE_HANDLERS,
        "PUT",
        endpoint.url,
        now,
        accept=_JSON,
        content_type=_JSON,
        body=json.dumps({"notice_type": CONTEXT_COPY, "handler": handler}).encode(),
        family_code=family_code,
    )
    if not isinstance(answer, HttpResponse):
        return answer
    common = common_outcome(answer, now)
    if common is not None:
        return common
    if 200 <= answer.status < 300:
        return True
    return Refused("forbidden" if answer.status == 403 else "refused", answer.status, describe(answer))
