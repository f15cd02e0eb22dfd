"""From verified claims to a typed message: LTI Core 1.3, 5 (https://www.imsglobal.org/spec/lti/v1p3); Deep
Linking 2.0, 4 (https://www.imsglobal.org/spec/lti-dl/v2p0); Submission Review 1.0, 4
(https://www.imsglobal.org/spec/lti-sr/v1p0).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any, Final

from lti.claims import AGS_ENDPOINT, LTI, MAX_ID, NRPS_SERVICE, read_id, read_object, read_text, read_texts
from lti.errors import LtiError
from lti.fields import clean_text
from lti.history import COURSE_HISTORY, LINK_HISTORY, read_history
from lti.messages import (
    AgsEndpoint,
    AnyMessage,
    Context,
    DataPrivacyLaunch,
    DeepLinkingRequest,
    DeepLinkingSettings,
    ForUser,
    NoticeEndpoint,
    NrpsEndpoint,
    ResourceLink,
    ResourceLinkLaunch,
    SubmissionReview,
    ToolPlatform,
)
from lti.migration import read_migration
from lti.platform import Platform
from lti.platforms import quirks_of
from lti.roles import normalize_roles
from lti.services import is_service_url
from lti.state import State
from lti.urls import MAX_URL, is_own_url, is_web_url

RESOURCE_LINK: Final = "LtiResourceLinkRequest"
DEEP_LINKING: Final = "LtiDeepLinkingRequest"
SUBMISSION_REVIEW: Final = "LtiSubmissionReviewRequest"
#: In this order the spellings of pylti1.3 and of Tsugi, which are all there is to go by.
DATA_PRIVACY: Final = ("DataPrivacyLaunchRequest", "LtiDataPrivacyLaunchRequest")

_DL_SETTINGS: Final = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
_NOTICE_SERVICE: Final = LTI + "platformnotificationservice"
_VERSION: Final = "1.3.0"
_MAX_CUSTOM = 4096
_MAX_DATA = 32 * 1024
_MAX_EMAIL = 320
_MAX_NAME = 255
#: A variable that the platform did not know arrives as it was written (LTI Core 1.3, 5.4.6.1 leaves it to the
#: platform).
#: Left as it was written; Brightspace leaves the quotes with it (community.d2l.com, 23764).
_VARIABLE = re.compile(r'(?P<quote>"?)\$[A-Za-z][A-Za-z0-9._]*(?P=quote)')
_LOCALE = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*")


def read_message(
    claims: dict[str, Any], platform: Platform, state: State, base_url: str, types: Collection[str]
) -> AnyMessage:
    """The typed message in verified claims; LtiError with a status of 400 if none that is taken here.

    types: the message types that are taken.
    """
    if claims.get(LTI + "version") != _VERSION:
        raise LtiError("lti_version", f"version is not {_VERSION}")
    message_type = claims.get(LTI + "message_type")
    read = _MESSAGES.get(message_type) if isinstance(message_type, str) and message_type in types else None
    if read is None:
        raise LtiError(
            "lti_message_type", "message_type is missing" if message_type is None else "not taken here"
        )
    return read(claims, platform, state, base_url)


def _read_resource_link(
    claims: dict[str, Any], platform: Platform, state: State, base_url: str
) -> ResourceLinkLaunch:
    """LtiResourceLinkRequest (LTI Core 1.3, 5.3 and 5.4)."""
    common = _read_common(claims, platform, state, base_url)
    resource_link = _read_link(claims)
    if resource_link is None:
        raise LtiError("lti_resource_link", "resource_link is missing")
    return ResourceLinkLaunch(
        **common,
        resource_link=resource_link,
        ags=_read_ags(claims),
        nrps=_read_nrps(claims),
        notices=_read_notices(claims),
        migration=read_migration(claims),
    )


def _read_deep_linking(
    claims: dict[str, Any], platform: Platform, state: State, base_url: str
) -> DeepLinkingRequest:
    """LtiDeepLinkingRequest (Deep Linking 2.0, 4.4)."""
    common = _read_common(claims, platform, state, base_url)
    given = read_object(claims, _DL_SETTINGS)
    if given is None:
        raise LtiError("lti_claims", "deep_linking_settings is missing")
    family_code = common["tool_platform"].family_code if common["tool_platform"] else None
    return_url = given.get("deep_link_return_url")
    # Where the browser will carry what we sign, so it must be the platform's own
    if not isinstance(return_url, str) or not is_service_url(platform, return_url, family_code):
        raise LtiError("lti_return_url", "deep_link_return_url is not an address of the platform")
    data = given.get("data")
    if data is not None and (not isinstance(data, str) or len(data) > _MAX_DATA):
        raise LtiError("lti_claims", "data is not a text, or too long")
    line_items = _read_flag(given, "accept_lineitem")
    if line_items is None:
        # "No assumption can be made" (4.4.1), except where we know
        line_items = quirks_of(platform, family_code).accepts_line_items
    settings = DeepLinkingSettings(
        return_url=return_url,
        # Required, but what a platform wants that does not say so can only be a link
        accept_types=_read_list(given, "accept_types") or ("ltiResourceLink",),
        accept_multiple=_read_flag(given, "accept_multiple") is True,
        accept_line_item=line_items,
        auto_create=_read_flag(given, "auto_create") is True,
        targets=_read_list(given, "accept_presentation_document_targets"),
        data=data,
    )
    return DeepLinkingRequest(**common, settings=settings)


def _read_submission_review(
    claims: dict[str, Any], platform: Platform, state: State, base_url: str
) -> SubmissionReview:
    """LtiSubmissionReviewRequest (Submission Review 1.0, 4)."""
    common = _read_common(claims, platform, state, base_url)
    for_user = _read_for_user(claims)
    if for_user is None:
        raise LtiError("lti_claims", "for_user is missing")
    return SubmissionReview(
        **common, for_user=for_user, resource_link=_read_link(claims), ags=_read_ags(claims)
    )


def _read_data_privacy(
    claims: dict[str, Any], platform: Platform, state: State, base_url: str
) -> DataPrivacyLaunch:
    """DataPrivacyLaunchRequest. It belongs to no course, so roles may be missing."""
    claims = {LTI + "roles": [], **claims}
    return DataPrivacyLaunch(
        **_read_common(claims, platform, state, base_url), for_user=_read_for_user(claims)
    )


#: Message type → what reads it.
_MESSAGES: dict[str, Callable[[dict[str, Any], Platform, State, str], AnyMessage]] = {
    RESOURCE_LINK: _read_resource_link,
    DEEP_LINKING: _read_deep_linking,
    SUBMISSION_REVIEW: _read_submission_review,
    **dict.fromkeys(DATA_PRIVACY, _read_data_privacy),
}
MESSAGE_TYPES: Final = frozenset(_MESSAGES)


def _read_common(claims: dict[str, Any], platform: Platform, state: State, base_url: str) -> dict[str, Any]:
    """The fields of PlatformMessage."""
    deployment_id = read_id(claims, LTI + "deployment_id")
    target = read_id(claims, LTI + "target_link_uri", "lti_target", limit=MAX_URL)
    if not is_own_url(target, base_url):
        raise LtiError("lti_target", "the target_link_uri claim is not on our origin")
    roles = read_texts(claims, LTI + "roles", "lti_roles")
    if roles is None:
        raise LtiError("lti_roles", "roles is missing")
    sub = read_id(claims, "sub", "lti_user")
    tool_platform = _read_tool_platform(claims)
    family_code = tool_platform.family_code if tool_platform else None
    # The module follows the id_token, never the state: after deep linking Open edX sends the chosen item here
    # and the block's own address in the login. Only where launches get crossed is a difference the sign of
    # it.
    if target != state.target_link_uri and quirks_of(platform, family_code).crosses_parallel_launches:
        raise LtiError("lti_crossed", "the login was for another link")
    presentation = read_object(claims, LTI + "launch_presentation") or {}
    return_url = read_text(presentation, "return_url", MAX_URL + 1)
    custom = read_object(claims, LTI + "custom") or {}
    return {
        "platform": platform,
        "deployment_id": deployment_id,
        "sub": sub,
        "roles": normalize_roles(roles),
        "context": _read_context(claims),
        "target_link_uri": target,
        "login": state.login_parameters(),
        "custom": read_custom(custom),
        "link_history": read_history(custom.get(LINK_HISTORY)),
        "course_history": read_history(custom.get(COURSE_HISTORY)),
        "course_sourcedid": _read_course_sourcedid(claims),
        "locale": read_locale(read_text(presentation, "locale", 40)),
        "return_url": return_url if return_url and is_web_url(return_url) else None,
        "name": read_text(claims, "name", _MAX_NAME),
        "given_name": read_text(claims, "given_name", _MAX_NAME),
        "family_name": read_text(claims, "family_name", _MAX_NAME),
        "email": read_text(claims, "email", _MAX_EMAIL),
        "tool_platform": tool_platform,
        "nonce_hash": state.nonce_hash,
        "nonce_expires_at": state.expires_at,
    }


def read_locale(locale: str | None) -> str | None:
    """The locale if it looks like one: `nl-BE`, or `nl_BE` as PHP writes it."""
    return locale if locale and _LOCALE.fullmatch(locale) else None


def _read_link(claims: dict[str, Any]) -> ResourceLink | None:
    link = read_object(claims, LTI + "resource_link")
    if link is None:
        return None
    return ResourceLink(read_id(link, "id", "lti_resource_link"), read_text(link, "title"))


def _read_for_user(claims: dict[str, Any]) -> ForUser | None:
    given = read_object(claims, LTI + "for_user")
    return ForUser(read_id(given, "user_id")) if given else None


def _read_context(claims: dict[str, Any]) -> Context | None:
    context = read_object(claims, LTI + "context")
    if context is None:
        return None
    kind = context.get("type")
    types = (kind,) if isinstance(kind, str) else read_texts(context, "type") or ()
    return Context(read_id(context, "id"), read_text(context, "label"), read_text(context, "title"), types)


def _read_course_sourcedid(claims: dict[str, Any]) -> str | None:
    """Of the LIS claim (LTI Core 1.3, 5.4.5); the person's own in it is not read. Anything odd counts as absent."""
    lis = claims.get(LTI + "lis")
    for name in ("course_section_sourcedid", "course_offering_sourcedid"):
        told = lis.get(name) if isinstance(lis, dict) else None
        if isinstance(told, str) and (told := clean_text(told, MAX_ID)):
            return told
    return None


def read_custom(given: dict[str, Any]) -> dict[str, str]:
    """Custom parameters that have a value.

    Numbers and booleans (Canvas) become texts; lists and objects are passed over.
    """
    custom: dict[str, str] = {}
    for name, value in given.items():
        if isinstance(value, bool):
            text = "true" if value else "false"
        elif isinstance(value, str | int | float):
            text = str(value)
        else:
            continue
        key, text = clean_text(name, _MAX_NAME), clean_text(text, _MAX_CUSTOM)
        if key and text and not (text[0] in '$"' and _VARIABLE.fullmatch(text)):
            custom[key] = text
    return custom


def _read_tool_platform(claims: dict[str, Any]) -> ToolPlatform | None:
    given = read_object(claims, LTI + "tool_platform")
    if given is None:
        return None
    return ToolPlatform(
        read_text(given, "guid", 255),
        read_text(given, "product_family_code", 255),
        read_text(given, "name", 255),
    )


def _read_ags(claims: dict[str, Any]) -> AgsEndpoint | None:
    """AGS 2.0, 3.1. Moodle sends `lineitem: ""` after the tool made a column itself."""
    given = read_object(claims, AGS_ENDPOINT)
    if given is None:
        return None
    return AgsEndpoint(
        read_texts(given, "scope") or (), _read_url(given, "lineitem"), _read_url(given, "lineitems")
    )


def _read_nrps(claims: dict[str, Any]) -> NrpsEndpoint | None:
    given = read_object(claims, NRPS_SERVICE)
    url = _read_url(given, "context_memberships_url") if given else None
    return NrpsEndpoint(url, read_texts(given, "service_versions") or ()) if given and url else None


def _read_url(claims: dict[str, Any], name: str) -> str | None:
    # One character more than an address may have: a longer one must not be cut to another that looks good
    url = read_text(claims, name, MAX_URL + 1)
    return url if url and is_web_url(url) else None


def _read_notices(claims: dict[str, Any]) -> NoticeEndpoint | None:
    given = read_object(claims, _NOTICE_SERVICE)
    url = _read_url(given, "platform_notification_service_url") if given else None
    return NoticeEndpoint(url, _read_list(given, "notice_types_supported")) if given and url else None


def _read_flag(given: dict[str, Any], name: str) -> bool | None:
    """A boolean that may be written as text; None for anything else."""
    value = given.get(name)
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def _read_list(given: dict[str, Any], name: str) -> tuple[str, ...]:
    """A list of names, or names in one text as LTI 1.1 had them. What is no text is passed over."""
    value = given.get(name)
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list):
        return ()
    return tuple(clean_text(item, _MAX_NAME) for item in value if isinstance(item, str))
