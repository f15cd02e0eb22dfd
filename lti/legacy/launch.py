"""The launch of LTI 1.1: a signed form (LTI 1.1.1 Implementation Guide, 3 and 4,
https://www.imsglobal.org/specs/ltiv1p1p1/implementation-guide; OAuth 1.0a: RFC 5849, 3.4).

The order of the checks: form, key, signature, end date, timestamp, message. As with a launch of today, nothing
is believed before the signature and nothing is spent here.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1, Client
from oauthlib.oauth1.rfc5849 import signature as oauth

from lti.claims import MAX_ID, read_id, read_text
from lti.errors import LtiError
from lti.fields import Fields, has_control
from lti.history import COURSE_HISTORY, LINK_HISTORY, read_history
from lti.legacy.consumer import LegacyConsumer
from lti.messages import Context, Message, ResourceLink, ToolPlatform
from lti.reading import read_custom, read_locale
from lti.roles import normalize_roles
from lti.state import hash_secret
from lti.urls import MAX_URL, is_web_url

#: By how much the consumer's clock may differ from ours, either way.
WINDOW = timedelta(minutes=5)
_MAX_FIELDS = 300
_MAX_VALUE = 65536
_MAX_NONCE = 255
_MAX_SOURCED_ID = 4096
_OAUTH = ("oauth_consumer_key", "oauth_signature_method", "oauth_timestamp", "oauth_nonce", "oauth_signature")
#: LTI 1.1's names for context roles (A.2.2) before the simple name.
_ROLE: Final = "urn:lti:role:ims/lis/"


@dataclass(frozen=True, slots=True)
class LegacyOutcome:
    """Where this person's score for this link goes. Both are opaque; sourced_id is a capability: it is neither
    shown nor logged, and a score goes to no other address than the one that came with it."""

    service_url: str
    sourced_id: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyLaunch(Message):
    """A verified basic-lti-launch-request.

    sub: `user_id`, meaningful below the consumer only. roles: normalized, as those of LTI 1.3. outcome: None
    without a gradebook column; teachers mostly have none. Nonces are the consumer's, so `nonce_hash` is one
    hash of key and nonce; a second launch with it is refused `lti11_nonce_replayed`.
    """

    consumer: LegacyConsumer
    resource_link: ResourceLink
    outcome: LegacyOutcome | None


def verify_legacy_launch(
    fields: Fields,
    *,
    url: str,
    consumers: Callable[[str], LegacyConsumer | None],
    now: datetime,
) -> LegacyLaunch:
    """Verify a launch.

    fields: of the POST, all of them. url: the address that was posted to, as the LMS knows it: our own
    scheme and host from the settings, never from the request's headers, with its query as it came. consumers:
    the consumer by key, None if there is none or it was switched off. now: aware UTC.

    Raises LtiError and nothing else: `lti11_form`, `lti11_key`, `lti11_signature`, `lti11_time`,
    `lti_platform_inactive` (past its end date), `lti_version`, `lti_message_type`, `lti_user`,
    `lti_resource_link` or `lti_claims`.
    """
    pairs = _pairs(fields)
    form = _once(pairs)
    for name in _OAUTH:
        if not form.get(name):
            raise LtiError("lti11_form", f"{name} is missing")
    # PLAINTEXT would send the secret, RSA has no key here; version is optional (RFC 5849, 3.1)
    if form["oauth_signature_method"] != SIGNATURE_HMAC_SHA1 or form.get("oauth_version", "1.0") != "1.0":
        raise LtiError("lti11_form", "the signature method is not HMAC-SHA1, or the version not 1.0")
    key, nonce = form["oauth_consumer_key"], form["oauth_nonce"]
    if max(len(key), len(nonce)) > _MAX_NONCE or has_control(key + nonce):
        raise LtiError("lti11_form", "consumer key or nonce is too long or holds a control character")
    consumer = consumers(key)
    # Without a consumer as much is computed as with one, so that keys cannot be found by their timing
    secret = consumer.secret if consumer is not None else secrets.token_urlsafe(32)
    genuine = _is_signed(pairs, url, secret)
    if consumer is None:
        raise LtiError("lti11_key", "unknown consumer key")
    if not genuine or not consumer.secret:
        raise LtiError("lti11_signature", "the signature does not fit")
    if now >= consumer.ends_at:
        raise LtiError("lti_platform_inactive", f"LTI 1.1 ended here at {consumer.ends_at:%Y-%m-%d}")
    issued = _timestamp(form["oauth_timestamp"])
    if abs(now - issued) > WINDOW:
        raise LtiError("lti11_time", f"issued {(now - issued).total_seconds():.0f} s ago")
    return _read(form, consumer, hash_secret(f"{key}&{nonce}"), issued + WINDOW)


def _pairs(fields: Fields) -> list[tuple[str, str]]:
    """All (name, value) pairs; TypeError for a framework's view of first values."""
    if isinstance(fields, Mapping):
        if any(isinstance(values, str) for values in fields.values()):
            raise TypeError("hand over all values of each field, or pairs")
        pairs = [(name, value) for name, values in fields.items() for value in values]
    else:
        pairs = list(fields)
    if len(pairs) > _MAX_FIELDS:
        raise LtiError("lti11_form", f"more than {_MAX_FIELDS} fields")
    for name, value in pairs:
        if len(name) > MAX_ID or len(value) > _MAX_VALUE:
            raise LtiError("lti11_form", "a field is too long")
        try:
            (name + value).encode()
        except UnicodeEncodeError:
            raise LtiError("lti11_form", "a field is not Unicode") from None
    return pairs


def _once(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The fields by name. What is given twice is signed twice, but could be read as either."""
    form: dict[str, str] = {}
    for name, value in pairs:
        if name in form:
            raise LtiError("lti11_form", f"{name[:80]!r} is given twice")
        form[name] = value
    return form


def _is_signed(pairs: list[tuple[str, str]], url: str, secret: str) -> bool:
    """True when the form's signature is that of all its fields and the query of the address (RFC 5849, 3.4.1).

    Empty fields count. oauthlib's own verification would do the same, and write the fields into its log.
    """
    query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    # Pairs, since a name may stand in both; the type stubs know only a dict
    signed: Any = [(name, value) for name, value in [*query, *pairs] if name != "oauth_signature"]
    text = oauth.signature_base_string("POST", oauth.base_string_uri(url), oauth.normalize_parameters(signed))
    expected = oauth.sign_hmac_sha1_with_client(text, Client("", client_secret=secret))
    given = next(value for name, value in pairs if name == "oauth_signature")
    return compare_digest(expected.encode(), given.encode())


def _timestamp(text: str) -> datetime:
    if not text.isascii() or not text.isdigit() or len(text) > 11:
        raise LtiError("lti11_time", "oauth_timestamp is not a time")
    return datetime.fromtimestamp(int(text), UTC)


def _read(
    form: dict[str, str], consumer: LegacyConsumer, nonce_hash: str, nonce_expires_at: datetime
) -> LegacyLaunch:
    if form.get("lti_version") != "LTI-1p0":
        raise LtiError("lti_version", "lti_version is not LTI-1p0")
    if form.get("lti_message_type") != "basic-lti-launch-request":
        raise LtiError("lti_message_type", "not basic-lti-launch-request")
    # Optional parameters may be there and empty. lis_course_…_sourcedid is not read: Cosnics puts the
    # person's in it
    given: dict[str, Any] = {name: value for name, value in form.items() if value}
    custom: dict[str, Any] = {
        name.removeprefix("custom_"): value for name, value in given.items() if name.startswith("custom_")
    }
    return_url = read_text(given, "launch_presentation_return_url", MAX_URL + 1)
    return LegacyLaunch(
        consumer=consumer,
        sub=read_id(given, "user_id", "lti_user"),
        roles=read_legacy_roles(form.get("roles", "")),
        context=_read_context(given),
        resource_link=ResourceLink(
            read_id(given, "resource_link_id", "lti_resource_link"), read_text(given, "resource_link_title")
        ),
        custom=read_custom(custom),
        link_history=read_history(custom.get(LINK_HISTORY)),
        course_history=read_history(custom.get(COURSE_HISTORY)),
        locale=read_locale(read_text(given, "launch_presentation_locale", 40)),
        return_url=return_url if return_url and is_web_url(return_url) else None,
        name=read_text(given, "lis_person_name_full", 255),
        given_name=read_text(given, "lis_person_name_given", 255),
        family_name=read_text(given, "lis_person_name_family", 255),
        email=read_text(given, "lis_person_contact_email_primary", 320),
        tool_platform=_read_tool_platform(given),
        outcome=_read_outcome(given, consumer),
        nonce_hash=nonce_hash,
        nonce_expires_at=nonce_expires_at,
    )


def read_legacy_roles(text: str) -> tuple[str, ...]:
    """Roles parted by commas, short or as URNs, normalized like those of LTI 1.3.

    URNs of institution and system roles stay what they are, and give no right (`lti.roles`).
    """
    names = [name.strip() for name in text.split(",")]
    known = [name for name in names if name and len(name) <= MAX_ID and not has_control(name)]
    return normalize_roles(name.removeprefix(_ROLE) for name in known[:_MAX_FIELDS])


def _read_context(given: dict[str, Any]) -> Context | None:
    if "context_id" not in given:
        return None
    kind = read_text(given, "context_type", MAX_ID)
    return Context(
        read_id(given, "context_id"),
        read_text(given, "context_label"),
        read_text(given, "context_title"),
        (kind,) if kind else (),
    )


def _read_tool_platform(given: dict[str, Any]) -> ToolPlatform | None:
    found = ToolPlatform(
        read_text(given, "tool_consumer_instance_guid", 255),
        read_text(given, "tool_consumer_info_product_family_code", 255),
        read_text(given, "tool_consumer_instance_name", 255),
    )
    return found if found.guid or found.family_code or found.name else None


def _read_outcome(given: dict[str, Any], consumer: LegacyConsumer) -> LegacyOutcome | None:
    """The outcome service, if it is one that we may send to; without it the person still learns."""
    url, sourced_id = given.get("lis_outcome_service_url"), given.get("lis_result_sourcedid")
    if not url or not sourced_id or len(url) > MAX_URL or len(sourced_id) > _MAX_SOURCED_ID:
        return None
    # XML 1.0 has no way to write control characters (2.2)
    if has_control(sourced_id) or not consumer.takes_scores_at(url):
        return None
    return LegacyOutcome(url, sourced_id)
