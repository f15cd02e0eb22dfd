"""From the form that a platform posts to a typed message, or a coded refusal.

Security Framework 1.1, 5.1.3 (https://www.imsglobal.org/spec/security/v1p1); LTI Core 1.3, 5
(https://www.imsglobal.org/spec/lti/v1p3).

The order of the checks: state, browser, token header, key, signature, issuer, audience, times, nonce,
message. Nothing of the token is believed before its signature, and nothing is spent here: the caller spends
the nonce in its transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import datetime
from hmac import compare_digest

from lti.errors import BindingMissing, LtiError, PlatformRefused
from lti.fields import Fields, Pairs, clean_text, list_fields, read_fields
from lti.keysets import KeySource
from lti.messages import AnyMessage, ResourceLinkLaunch
from lti.platform import Platform
from lti.reading import MESSAGE_TYPES, RESOURCE_LINK, read_message
from lti.state import State, hash_secret, open_state
from lti.tokens import MAX_TOKEN, check_nonce, open_token

_FIELDS = {"state": 16384, "id_token": MAX_TOKEN}
_ERROR_FIELDS = ("error", "error_description")


def verify_message(
    fields: Fields,
    *,
    state_keys: Sequence[bytes],
    cookie: Callable[[str], str | None],
    platforms: Callable[[str, str], Platform | None],
    keys: KeySource,
    base_url: str,
    now: datetime,
    types: Collection[str] = MESSAGE_TYPES,
) -> AnyMessage:
    """Verify a launch, whatever its message is.

    fields: of the POST. state_keys: those of `begin_login`. cookie: the browser's cookie of that name, or the
    secret from wherever else the browser kept it. platforms: the registration by (issuer, client_id), None if
    there is none; it may raise LtiError(`lti_platform_inactive`). base_url: our own address. now: aware UTC.
    types: the message types that are taken; `lti_message_type` for others.

    Take all of them at every launch address: the type is in the token alone, and Chamilo posts a resource
    link to its own address, a deep link to the registered one.

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
    return read_message(claims, platform, state, base_url, types)


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
    """Verify a launch that can only be of a placed module; otherwise as `verify_message`."""
    message = verify_message(
        fields,
        state_keys=state_keys,
        cookie=cookie,
        platforms=platforms,
        keys=keys,
        base_url=base_url,
        now=now,
        types=(RESOURCE_LINK,),
    )
    assert isinstance(message, ResourceLinkLaunch)  # noqa: S101
    return message


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
