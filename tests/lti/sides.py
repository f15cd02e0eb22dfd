"""The other side of the wire for the stories here: an LMS that signs with PyJWT, a browser that keeps
cookies, a
platform's server that answers by script, and the places where a service would keep what its processes
share."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

import lti
from lti.keysets import StoredKeySet
from lti.services import AccessToken

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
BASE_URL = "https://trainer.example"
REDIRECT_URI = f"{BASE_URL}/lti/launch"
TARGET = f"{BASE_URL}/lti/launch/warme-band"
STATE_KEYS = [b"k" * 32]
CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
DELETE = object()


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def jwk(key: rsa.RSAPrivateKey, kid: str, **changes: Any) -> dict[str, Any]:
    """The key as a platform publishes it; a change to DELETE takes a member away."""
    public = json.loads(RSAAlgorithm.to_jwk(key.public_key()))
    members = {
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "kid": kid,
        "n": public["n"],
        "e": public["e"],
    } | changes
    return {name: value for name, value in members.items() if value is not DELETE}


def platform(**changes: Any) -> lti.Platform:
    known = {
        "issuer": "https://lms.example",
        "client_id": "client-1",
        "authorization_endpoint": "https://lms.example/auth",
        "token_endpoint": "https://lms.example/token",
        "jwks_uri": "https://lms.example/jwks",
    }
    return lti.Platform(**(known | changes))


class HeldKeys:
    """A KeySource that holds one parsed key set."""

    def __init__(self, jwks: bytes) -> None:
        self.keys = lti.parse_key_set(jwks)

    def key_for(self, _platform: lti.Platform, kid: str, _now: datetime) -> Any:
        if kid not in self.keys:
            raise lti.LtiError("lti_key")
        return self.keys[kid]


class Lms:
    """A platform: begins logins, signs launches, and can be made to do it wrong."""

    def __init__(self, registration: lti.Platform, key: rsa.RSAPrivateKey, kid: str = "kid-1") -> None:
        self.registration = registration
        self.key = key
        self.kid = kid
        self.keys = HeldKeys(json.dumps({"keys": [jwk(key, kid)]}).encode())

    def begin(self, target: str = TARGET, now: datetime = NOW, **fields: str) -> lti.AuthenticationRequest:
        """A student clicks: the login initiation arrives at the tool, and the tool answers."""
        form = {
            "iss": self.registration.issuer,
            "login_hint": "5",
            "lti_message_hint": "40",
            "client_id": self.registration.client_id,
            "target_link_uri": target,
        } | fields
        login = lti.read_login(list(form.items()), BASE_URL)
        return lti.begin_login(
            login, self.registration, redirect_uri=REDIRECT_URI, state_keys=STATE_KEYS, now=now
        )

    def claims(
        self, nonce: str, changes: Mapping[str, Any] | None = None, now: datetime = NOW
    ) -> dict[str, Any]:
        claims: dict[str, Any] = {
            "iss": self.registration.issuer,
            "aud": self.registration.client_id,
            "sub": "5",
            "iat": int(now.timestamp()),
            "exp": int(now.timestamp()) + 60,
            "nonce": nonce,
            CLAIM + "message_type": "LtiResourceLinkRequest",
            CLAIM + "version": "1.3.0",
            CLAIM + "deployment_id": "30",
            CLAIM + "target_link_uri": TARGET,
            CLAIM + "roles": [f"{MEMBERSHIP}#Learner"],
            CLAIM + "resource_link": {"id": "39", "title": "Warme band"},
            CLAIM + "context": {"id": "2", "label": "LTI101", "title": "Course", "type": ["CourseSection"]},
        }
        for name, value in (changes or {}).items():
            if value is DELETE:
                claims.pop(name, None)
            else:
                claims[name] = value
        return claims

    def token(self, claims: Mapping[str, Any], headers: Mapping[str, Any] | None = None) -> str:
        return jwt.encode(dict(claims), self.key, "RS256", headers={"kid": self.kid, **(headers or {})})


class Browser:
    """Keeps the cookies that the tool set."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}

    def follow(self, request: lti.AuthenticationRequest) -> dict[str, str]:
        """Take the cookie along to the platform; returns the parameters it is sent with."""
        self.cookies[request.cookie_name] = request.binding_secret
        return {name: values[0] for name, values in parse_qs(urlsplit(request.redirect_url).query).items()}


class Tool:
    """This service as far as a launch needs it."""

    def __init__(self, *lmss: Lms) -> None:
        self.platforms = {lms.registration.key: lms.registration for lms in lmss}
        self.keys = lmss[0].keys

    def receive(self, fields: Any, browser: Browser, now: datetime = NOW) -> lti.ResourceLinkLaunch:
        return lti.verify_launch(
            fields,
            state_keys=STATE_KEYS,
            cookie=browser.cookies.get,
            platforms=lambda issuer, client_id: self.platforms.get((issuer, client_id)),
            keys=self.keys,
            base_url=BASE_URL,
            now=now,
        )

    def receive_any(self, fields: Any, browser: Browser, now: datetime = NOW) -> lti.AnyMessage:
        """A launch of whatever the platform sends."""
        return lti.verify_message(
            fields,
            state_keys=STATE_KEYS,
            cookie=browser.cookies.get,
            platforms=lambda issuer, client_id: self.platforms.get((issuer, client_id)),
            keys=self.keys,
            base_url=BASE_URL,
            now=now,
        )


def code_of(act: Callable[[], object]) -> str:
    """The code by which something is refused."""
    with pytest.raises(lti.LtiError) as refusal:
        act()
    return refusal.value.code


class Server:
    """A platform's server: answers by a script, and remembers what it was asked.

    An answer is an HttpResponse, an HttpFailure, or a function of the request.
    """

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.requests: list[dict[str, Any]] = []

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: lti.Timeout,
        max_bytes: int,
    ) -> lti.HttpResponse:
        asked = {"method": method, "url": url, "headers": dict(headers), "body": body, "timeout": timeout}
        self.requests.append(asked)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if callable(answer) and not isinstance(answer, lti.HttpResponse):
            answer = answer(asked)
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, lti.HttpResponse)
        if len(answer.body) > max_bytes:
            raise lti.HttpFailure("too_big", True)
        return answer


def answer(status: int = 200, body: Any = b"", **headers: str) -> lti.HttpResponse:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lti.HttpResponse(
        status, {name.replace("_", "-"): value for name, value in headers.items()}, content
    )


class SharedKeySets:
    """What a database does for key sets."""

    def __init__(self) -> None:
        self.rows: dict[Any, StoredKeySet] = {}
        self.claims: dict[Any, datetime] = {}

    def load(self, platform: lti.Platform) -> StoredKeySet | None:
        return self.rows.get((platform.key, platform.jwks_uri))

    def save(self, platform: lti.Platform, stored: StoredKeySet) -> None:
        self.rows[platform.key, platform.jwks_uri] = stored

    def claim_fetch(self, platform: lti.Platform, now: datetime, cooldown: timedelta) -> bool:
        last = self.claims.get(platform.key)
        if last is not None and now < last + cooldown:
            return False
        self.claims[platform.key] = now
        return True


class SharedTokens:
    """What a database does for tokens."""

    def __init__(self) -> None:
        self.rows: dict[Any, AccessToken] = {}
        self.claims: dict[Any, datetime] = {}

    def load(self, platform: lti.Platform, scopes: frozenset[str]) -> AccessToken | None:
        return self.rows.get((platform.key, scopes))

    def save(self, platform: lti.Platform, scopes: frozenset[str], token: AccessToken) -> None:
        self.rows[platform.key, scopes] = token

    def drop(self, platform: lti.Platform, scopes: frozenset[str], token: AccessToken) -> None:
        if self.rows.get((platform.key, scopes)) == token:
            del self.rows[platform.key, scopes]

    def claim_request(
        self, platform: lti.Platform, scopes: frozenset[str], now: datetime, cooldown: timedelta
    ) -> bool:
        last = self.claims.get((platform.key, scopes))
        if last is not None and now < last + cooldown:
            return False
        self.claims[platform.key, scopes] = now
        return True
