"""The third-party initiated login: its request and our answer.

Security Framework 1.1, 5.1.1 (https://www.imsglobal.org/spec/security/v1p1).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from lti.errors import LtiError
from lti.fields import Fields, list_fields, read_fields
from lti.platform import Platform
from lti.state import State, hash_secret, sign_state
from lti.storage import PlatformStorage, storage_of
from lti.urls import add_query, is_own_url

#: Field → most characters. Hints are the platform's own and may be long (Canvas sends a JWT).
_FIELDS = {
    "iss": 255,
    "login_hint": 4096,
    "target_link_uri": 2048,
    "lti_message_hint": 4096,
    "client_id": 255,
    "lti_deployment_id": 255,
    "deployment_id": 255,
    "lti_storage_target": 255,
}
#: Servers take request lines of 8 KB; beyond this the state leaves the hints out, and a login cannot be
#: repeated.
_LONGEST_REDIRECT = 7000


@dataclass(frozen=True, slots=True)
class LoginInitiation:
    """A checked login initiation. The hints are opaque: they go back to the platform exactly as they came."""

    issuer: str
    login_hint: str
    target_link_uri: str
    lti_message_hint: str | None
    client_id: str | None
    deployment_id: str | None
    storage_target: str | None


@dataclass(frozen=True, slots=True)
class AuthenticationRequest:
    """Our answer to a login initiation: where to send the browser, and what it keeps meanwhile.

    redirect_url: at the platform. cookie_name, binding_secret: to be set as a cookie (`Secure; HttpOnly;
    SameSite=None; Partitioned; Path=/; Max-Age=600`). state, nonce: as sent, both in redirect_url. storage: of
    the platform, None where it has none; where it has, a page puts the secret there too before it goes on.
    """

    redirect_url: str
    cookie_name: str
    binding_secret: str
    state: str
    nonce: str
    storage: PlatformStorage | None = None


def read_login(fields: Fields, base_url: str) -> LoginInitiation:
    """Read a login initiation from the fields of a GET or POST.

    base_url: our own address; `target_link_uri` must be on its origin.
    Raises LtiError `lti_login` (missing, repeated, too long, control characters) or `lti_target`.
    """
    found = read_fields(list_fields(fields, _FIELDS), _FIELDS, "lti_login")
    for name in ("iss", "login_hint"):
        if not found.get(name):
            raise LtiError("lti_login", f"{name} is missing")
    target = found.get("target_link_uri", "")
    if not is_own_url(target, base_url):
        raise LtiError(
            "lti_target", "target_link_uri is not on our origin" if target else "target_link_uri is missing"
        )
    return LoginInitiation(
        issuer=found["iss"],
        login_hint=found["login_hint"],
        target_link_uri=target,
        # An empty hint is passed on as it came; only absence is absence
        lti_message_hint=found.get("lti_message_hint"),
        client_id=found.get("client_id") or None,
        deployment_id=found.get("lti_deployment_id") or found.get("deployment_id") or None,
        storage_target=found.get("lti_storage_target") or None,
    )


def begin_login(
    login: LoginInitiation,
    platform: Platform,
    *,
    redirect_uri: str,
    state_keys: Sequence[bytes],
    now: datetime,
) -> AuthenticationRequest:
    """The OIDC authentication request that answers a login initiation.

    redirect_uri: ours, exactly as registered at the platform; never taken from the request.
    """
    nonce = secrets.token_urlsafe(32)
    secret = secrets.token_urlsafe(32)
    state = State(
        issued_at=int(now.timestamp()),
        nonce_hash=hash_secret(nonce),
        binding_hash=hash_secret(secret),
        issuer=platform.issuer,
        client_id=platform.client_id,
        target_link_uri=login.target_link_uri,
        login_hint=login.login_hint,
        lti_message_hint=login.lti_message_hint,
        deployment_id=login.deployment_id,
        storage_target=login.storage_target,
    )
    url, value = _redirect(login, platform, redirect_uri, sign_state(state, state_keys), nonce)
    if len(url) > _LONGEST_REDIRECT:
        short = replace(state, login_hint=None, lti_message_hint=None, deployment_id=None)
        url, value = _redirect(login, platform, redirect_uri, sign_state(short, state_keys), nonce)
    storage = storage_of(platform, state)
    return AuthenticationRequest(url, state.cookie_name, secret, value, nonce, storage)


def _redirect(
    login: LoginInitiation, platform: Platform, redirect_uri: str, state: str, nonce: str
) -> tuple[str, str]:
    # Security Framework 1.1, 5.1.1.2: these four values are fixed
    parameters = [
        ("scope", "openid"),
        ("response_type", "id_token"),
        ("response_mode", "form_post"),
        ("prompt", "none"),
        ("client_id", platform.client_id),
        ("redirect_uri", redirect_uri),
        ("login_hint", login.login_hint),
        ("state", state),
        ("nonce", nonce),
    ]
    if login.lti_message_hint is not None:
        parameters.append(("lti_message_hint", login.lti_message_hint))
    return add_query(platform.authorization_endpoint, parameters), state
