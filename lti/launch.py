"""From the form that a platform posts to a typed message, or a coded refusal.

Security Framework 1.1, 5.1.3 (https://www.imsglobal.org/spec/security/v1p1); LTI Core 1.3, 5
(https://www.imsglobal.org/spec/lti/v1p3).

The order of the checks: state, browser, token header, key, signature, issuer, audience, times, nonce,
message. Nothing of the token is believed before its signature, and nothing is spent here: the caller spends
the nonce in its transaction.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from hmac import compare_digest
from typing import Any, Final

from lti.claims import AGS_ENDPOINT, LTI, NRPS_SERVICE, read_id, read_object, read_text, read_texts
from lti.errors import BindingMissing, LtiError, PlatformRefused
from lti.fields import Fields, Pairs, clean_text, list_fields, read_fields
from lti.keysets import KeySource
from lti.messages import AgsEndpoint, Context, NrpsEndpoint, ResourceLink, ResourceLinkLaunch, ToolPlatform
from lti.platform import Platform
from lti.platforms import quirks_of
from lti.roles import normalize_roles
from lti.state import State, hash_secret, open_state
from lti.tokens import MAX_TOKEN, check_nonce, open_token
from lti.urls import is_own_url, is_web_url

_FIELDS = {"state": 16384, "id_token": MAX_TOKEN}
_ERROR_FIELDS = ("error", "error_description")
_VERSION: Final = "1.3.0"
_MAX_CUSTOM = 4096
_MAX_EMAIL = 320
_MAX_NAME = 255
#: A variable that the platform did not know arrives as it was written (LTI Core 1.3, 5.4.6.1 leaves it to the
#: platform).
_VARIABLE = re.compile(r"\$[A-Za-z][A-Za-z0-9._]*")
_LOCALE = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*")


def verify_launch(
    fields: Fields,
    *,
    state_keys: Sequence[bytes],
    cookie: Callable[[str], str | None],
    platforms: Callable[[str, str], Platform | None],
    keys: KeySource,
    base_url: str,
    now: datetime,
) -> ResourceLinkLaunch:
    """Verify a launch.

    fields: of the POST. state_keys: those of `begin_login`. cookie: the browser's cookie of that name, or the
    secret from wherever else the browser kept it. platforms: the registration by (issuer, client_id), None if
    there is none; it may raise LtiError(`lti_platform_inactive`). base_url: our own address. now: aware UTC.

    Raises LtiError and nothing else: BindingMissing when the browser gave back no secret, so that the caller
    can offer to repeat the login at top level; PlatformRefused when the platform posted an error.
    """
    form = _read_form(fields, state_keys, now)
    state = open_state(form["state"], state_keys, now)
    _check_browser(state, cookie(state.cookie_name))
    platform = platforms(state.issuer, state.client_id)
    if platform is None:
        raise LtiError("lti_issuer", "the registration is gone")
    claims = open_token(form["id_token"], platform, keys, now)
    check_nonce(claims, state.nonce_hash)
    return read_message(claims, platform, state, base_url)


def _read_form(fields: Fields, state_keys: Sequence[bytes], now: datetime) -> dict[str, str]:
    pairs = list_fields(fields, (*_FIELDS, *_ERROR_FIELDS))
    form = read_fields(pairs, _FIELDS, "lti_form")
    if not form.get("id_token"):
        _raise_platform_error(pairs, form.get("state"), state_keys, now)
        raise LtiError("lti_form", "id_token is missing")
    if not form.get("state"):
        raise LtiError("lti_form", "state is missing")
    return form


def _raise_platform_error(
    pairs: Pairs, state: str | None, state_keys: Sequence[bytes], now: datetime
) -> None:
    """Raise PlatformRefused if the form holds an error (OIDC Core 1.0, 3.1.2.6)."""
    # Of what is given twice the first counts: here nothing hangs on it
    given = {name: clean_text(value, 255) for name, value in reversed(pairs) if name in _ERROR_FIELDS}
    if not given.get("error"):
        return
    opened = None
    if state:
        with suppress(LtiError):
            opened = open_state(state, state_keys, now)
    raise PlatformRefused(given["error"], given.get("error_description", ""), opened)


def _check_browser(state: State, secret: str | None) -> None:
    if not secret:
        raise BindingMissing(state)
    if not compare_digest(hash_secret(secret), state.binding_hash):
        raise LtiError("lti_state_browser", "the browser holds another login's secret")


def read_message(
    claims: dict[str, Any], platform: Platform, state: State, base_url: str
) -> ResourceLinkLaunch:
    """The typed message in verified claims; LtiError with a status of 400 if none that is taken here."""
    if claims.get(LTI + "version") != _VERSION:
        raise LtiError("lti_version", f"version is not {_VERSION}")
    message_type = claims.get(LTI + "message_type")
    read = _MESSAGES.get(message_type) if isinstance(message_type, str) else None
    if read is None:
        raise LtiError(
            "lti_message_type", "message_type is missing" if message_type is None else "not taken here"
        )
    return read(claims, platform, state, base_url)


def _read_resource_link(
    claims: dict[str, Any], platform: Platform, state: State, base_url: str
) -> ResourceLinkLaunch:
    """LtiResourceLinkRequest (LTI Core 1.3, 5.3 and 5.4)."""
    deployment_id = read_id(claims, LTI + "deployment_id")
    target = read_id(claims, LTI + "target_link_uri", "lti_target", limit=2048)
    if not is_own_url(target, base_url):
        raise LtiError("lti_target", "the target_link_uri claim is not on our origin")
    roles = read_texts(claims, LTI + "roles", "lti_roles")
    if roles is None:
        raise LtiError("lti_roles", "roles is missing")
    sub = read_id(claims, "sub", "lti_user")
    link = read_object(claims, LTI + "resource_link")
    if link is None:
        raise LtiError("lti_resource_link", "resource_link is missing")
    resource_link = ResourceLink(read_id(link, "id", "lti_resource_link"), read_text(link, "title"))
    tool_platform = _read_tool_platform(claims)
    family_code = tool_platform.family_code if tool_platform else None
    # The module follows the id_token, never the state: after deep linking Open edX sends the chosen item here
    # and the block's own address in the login. Only where launches get crossed is a difference the sign of
    # it.
    if target != state.target_link_uri and quirks_of(platform, family_code).crosses_parallel_launches:
        raise LtiError("lti_crossed", "the login was for another link")
    presentation = read_object(claims, LTI + "launch_presentation") or {}
    locale = read_text(presentation, "locale", 40)
    return_url = read_text(presentation, "return_url", 2048)
    return ResourceLinkLaunch(
        platform=platform,
        deployment_id=deployment_id,
        sub=sub,
        roles=normalize_roles(roles),
        context=_read_context(claims),
        resource_link=resource_link,
        target_link_uri=target,
        custom=_read_custom(claims),
        locale=locale if locale and _LOCALE.fullmatch(locale) else None,
        return_url=return_url if return_url and is_web_url(return_url) else None,
        name=read_text(claims, "name", _MAX_NAME),
        given_name=read_text(claims, "given_name", _MAX_NAME),
        family_name=read_text(claims, "family_name", _MAX_NAME),
        email=read_text(claims, "email", _MAX_EMAIL),
        ags=_read_ags(claims),
        nrps=_read_nrps(claims),
        tool_platform=tool_platform,
        nonce_hash=state.nonce_hash,
        nonce_expires_at=state.expires_at,
    )


#: Message type → what reads it. Deep linking and the others get their line here.
_MESSAGES: dict[str, Callable[[dict[str, Any], Platform, State, str], ResourceLinkLaunch]] = {
    "LtiResourceLinkRequest": _read_resource_link,
}


def _read_context(claims: dict[str, Any]) -> Context | None:
    context = read_object(claims, LTI + "context")
    if context is None:
        return None
    kind = context.get("type")
    types = (kind,) if isinstance(kind, str) else read_texts(context, "type") or ()
    return Context(read_id(context, "id"), read_text(context, "label"), read_text(context, "title"), types)


def _read_custom(claims: dict[str, Any]) -> dict[str, str]:
    """Custom parameters that have a value.

    Numbers and booleans (Canvas) become texts; lists and objects are passed over.
    """
    custom: dict[str, str] = {}
    for name, value in (read_object(claims, LTI + "custom") or {}).items():
        if isinstance(value, bool):
            text = "true" if value else "false"
        elif isinstance(value, str | int | float):
            text = str(value)
        else:
            continue
        key, text = clean_text(name, _MAX_NAME), clean_text(text, _MAX_CUSTOM)
        if key and text and not (text[0] == "$" and _VARIABLE.fullmatch(text)):
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
    url = read_text(claims, name, 2048)
    return url if url and is_web_url(url) else None
