"""A login without cookies: the LMS's own page keeps the browser's secret (LTI Platform Storage 1.0,
https://www.imsglobal.org/spec/lti-pm-s/v0p1; LTI OIDC Login with LTI Client Side postMessages,
https://www.imsglobal.org/spec/lti-cs-oidc/v0p1).

At the login a page puts the binding secret of `begin_login` with the platform; at the launch, when no cookie
came back, a page asks for it and posts it to us. The signed state carries the secret's hash, as with the
cookie. But who began a login in his own browser knows state and secret, so the pair alone proves nothing: only a
page of ours in the same browser may hand it over (`check_confirmation`), and no session exists before that.

The page that asks holds nothing of the launch: the form is sealed into its token, and kept nowhere else.
"""

from __future__ import annotations

import binascii
import hmac
import json
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lti.claims import parse_object
from lti.errors import LtiError
from lti.fields import Fields, list_fields, read_fields
from lti.platform import Platform
from lti.platforms import quirks_of
from lti.state import State, open_state
from lti.tokens import MAX_TOKEN
from lti.urls import origin_of

#: How long the page waits for the platform's answer before it offers a new window, in milliseconds.
ANSWER_TIMEOUT_MS: Final = 2000
_DOMAIN: Final = b"lti-page-1."
_NONCE = 12
_FIELDS = {"state": 16384, "id_token": MAX_TOKEN}
_MAX_BODY = 256 * 1024
_MAX_SECRET = 4096
#: A frame's name, or the parent itself. What else a login names is none that we would look for.
_FRAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PlatformStorage:
    """Where and how a page of ours asks the platform to keep something.

    frame: `_parent`, or the name of a frame of the parent. origin: of the registered authentication endpoint;
    messages go to it and are believed from it, and from nowhere else. key: under which this login's secret is
    kept. put_subjects, get_subjects: names to send, the standard's first; any of their `.response` may answer.
    as_text: send each message as JSON text, too.
    """

    frame: str
    origin: str
    key: str
    put_subjects: tuple[str, ...]
    get_subjects: tuple[str, ...]
    as_text: bool


def storage_of(platform: Platform, state: State, family_code: str | None = None) -> PlatformStorage | None:
    """The platform's storage for a login; None where there is none to be had.

    The frame is the one that the login named, else the one that this product is known to have.
    """
    quirks = quirks_of(platform, family_code)
    named = state.storage_target
    frame = named if named and _FRAME.fullmatch(named) else quirks.storage_frame
    if frame is None:
        return None
    prefixes = ("lti", "org.imsglobal.lti") if quirks.storage_legacy_names else ("lti",)
    return PlatformStorage(
        frame=frame,
        origin=platform.frame_origin,
        # One for each login, so that two tabs do not meet; the nonce's hash tells nothing of the secret
        key=f"buddy-{state.nonce_hash[:16]}",
        put_subjects=tuple(f"{prefix}.put_data" for prefix in prefixes),
        get_subjects=tuple(f"{prefix}.get_data" for prefix in prefixes),
        as_text=quirks.storage_texts,
    )


def seal_launch(fields: Fields, state_keys: Sequence[bytes]) -> str:
    """The token for the page that asks the storage: the posted form, sealed (AES-256-GCM), URL-safe.

    fields: of the launch that raised BindingMissing. It is worth as much time as its state.
    """
    form = read_fields(list_fields(fields, _FIELDS), _FIELDS, "lti_form")
    nonce = secrets.token_bytes(_NONCE)
    text = json.dumps([form.get("state", ""), form.get("id_token", "")]).encode()
    sealed = nonce + AESGCM(_key(state_keys[0])).encrypt(nonce, text, _DOMAIN)
    return urlsafe_b64encode(sealed).rstrip(b"=").decode("ascii")


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the page handed over: the launch's form again, and what the storage answered, "" for nothing.

    Verify it as any launch, with `cookie`. When that is refused with BindingMissing or `lti_state_browser`,
    spend `state.nonce_hash`, so that nobody may try again.
    """

    state: State
    fields: list[tuple[str, str]] = field(repr=False)
    secret: str = field(repr=False)

    def cookie(self, _name: str) -> str | None:
        """The secret, in the place of the cookie's."""
        return self.secret or None


def check_confirmation(header: Callable[[str], str | None], base_url: str) -> None:
    """Refuse a confirmation that did not come from a page of ours in this browser: LtiError `lti_confirmation`.

    header: the request's header of that name. A browser says truthfully where a request comes from, and a page
    of somebody else's cannot make it say otherwise; what does not say it is refused.
    """
    origin = header("Origin")
    if origin is None or origin_of(origin) is None or origin_of(origin) != origin_of(base_url):
        raise LtiError("lti_confirmation", "Origin is not ours")
    if header("Sec-Fetch-Site") != "same-origin":
        raise LtiError("lti_confirmation", "Sec-Fetch-Site is not same-origin")
    # Nothing that a form can send, so that no page can send it across sites without asking first
    if (header("Content-Type") or "").partition(";")[0].strip().lower() != "application/json":
        raise LtiError("lti_confirmation", "not application/json")


def read_confirmation(body: bytes, state_keys: Sequence[bytes], now: datetime) -> Confirmation:
    """The confirmation in the body that the page posted: `{"state", "secret", "token"}`.

    Raises LtiError `lti_confirmation` for what no page of ours would post, `lti_state` when it is too late.
    """
    if len(body) > _MAX_BODY:
        raise LtiError("lti_confirmation", "too long")
    try:
        given = parse_object(body)
    except ValueError as error:
        raise LtiError("lti_confirmation", str(error)) from None
    token, secret = given.get("token"), given.get("secret")
    if not isinstance(token, str) or not isinstance(secret, str | None) or len(secret or "") > _MAX_SECRET:
        raise LtiError("lti_confirmation", "token or secret is not a text")
    state, id_token = _unseal(token, state_keys)
    if given.get("state") != state:
        raise LtiError("lti_confirmation", "the token is another login's")
    return Confirmation(
        open_state(state, state_keys, now), [("state", state), ("id_token", id_token)], secret or ""
    )


def _unseal(token: str, state_keys: Sequence[bytes]) -> tuple[str, str]:
    try:
        sealed = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (ValueError, binascii.Error):
        raise LtiError("lti_confirmation", "the token is none") from None
    for key in state_keys:
        try:
            text: Any = json.loads(AESGCM(_key(key)).decrypt(sealed[:_NONCE], sealed[_NONCE:], _DOMAIN))
        except (InvalidTag, ValueError):
            continue
        # From here on the content is our own writing
        return text[0], text[1]
    raise LtiError("lti_confirmation", "the token is not ours")


def _key(state_key: bytes) -> bytes:
    """A key for sealing, which tells nothing of the one for signing."""
    return hmac.digest(state_key, _DOMAIN, sha256)
