"""An LMS for stories about the service: signs with PyJWT, serves its key set over HTTP, and can be told to do it wrong."""

import json
import threading
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from flask.testing import FlaskClient
from jwt.algorithms import RSAAlgorithm
from werkzeug.test import TestResponse

from lti.platform import Platform
from trainer.core.database import Database
from trainer.institutions.actions import register_platform

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
LEARNER = f"{MEMBERSHIP}#Learner"
INSTRUCTOR = f"{MEMBERSHIP}#Instructor"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
SCOPES = [f"https://purl.imsglobal.org/spec/lti-ags/scope/{name}" for name in ("lineitem", "score")]
#: in changes to claims: leave it out
ABSENT = object()


@cache
def signing_key() -> rsa.RSAPrivateKey:
    """One key for all LMSs of a test run: making one takes longer than most stories."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Lms:
    """One platform: its keys, its key set on loopback, and launches of its students.

    Args:
        tool: base URL of the service.
    """

    def __init__(self, tool: str, *, client_id: str = "client-1") -> None:
        self.tool = tool
        self.client_id = client_id
        self.key = signing_key()
        self.kid = "kid-1"
        self.fetches = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://localhost:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Stop serving the key set."""
        self._server.shutdown()
        self._server.server_close()

    def platform(self) -> Platform:
        """What the service knows of this LMS."""
        return Platform(
            issuer=self.issuer,
            client_id=self.client_id,
            authorization_endpoint=f"{self.issuer}/auth",
            token_endpoint=f"{self.issuer}/token",
            jwks_uri=f"{self.issuer}/jwks",
        )

    def register(self, database: Database, now: datetime, **details: Any) -> int:
        """Connect this LMS to the service; gives the registration's id."""
        details = {"name": "Oefen-LMS", "institution": "Oefenhogeschool", "deployment_ids": ["1"], **details}
        with database.writing() as connection:
            return register_platform(connection, self.platform(), allow_insecure=True, now=now, **details)

    def log_in(self, browser: FlaskClient, *, module: str = "groeten", **fields: str) -> dict[str, str]:
        """The student clicks; gives the parameters with which the service sends the browser to us."""
        form = {
            "iss": self.issuer,
            "login_hint": "hint",
            "target_link_uri": f"{self.tool}/lti/launch/{module}",
            "client_id": self.client_id,
            **fields,
        }
        answer = browser.post("/lti/login", data=form, base_url=self.tool)
        assert answer.status_code == 302, answer.get_data(as_text=True)
        return {
            name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()
        }

    def claims(self, nonce: str, now: datetime, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The claims of a student's launch."""
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": "student-1",
            "iat": int(now.timestamp()),
            "exp": int(now.timestamp()) + 60,
            "nonce": nonce,
            CLAIM + "message_type": "LtiResourceLinkRequest",
            CLAIM + "version": "1.3.0",
            CLAIM + "deployment_id": "1",
            CLAIM + "target_link_uri": f"{self.tool}/lti/launch/groeten",
            CLAIM + "roles": [LEARNER],
            CLAIM + "resource_link": {"id": "link-1", "title": "Groeten"},
            CLAIM + "context": {
                "id": "course-1",
                "label": "LB",
                "title": "Leerbuddy",
                "type": ["CourseSection"],
            },
            CLAIM + "launch_presentation": {"locale": "nl-BE", "return_url": f"{self.issuer}/course"},
            AGS: {"scope": SCOPES, "lineitem": f"{self.issuer}/items/1", "lineitems": f"{self.issuer}/items"},
        }
        for name, value in (changes or {}).items():
            if value is ABSENT:
                claims.pop(name, None)
            else:
                claims[name] = value
        return claims

    def sign(self, claims: Mapping[str, Any], **headers: Any) -> str:
        """The claims as an id_token."""
        return jwt.encode(dict(claims), self.key, "RS256", headers={"kid": self.kid, **headers})

    def post(self, browser: FlaskClient, state: str, id_token: str) -> TestResponse:
        """The platform's form arrives at the service."""
        form = {"state": state, "id_token": id_token}
        return browser.post("/lti/launch", data=form, base_url=self.tool, headers={"Origin": self.issuer})

    def open(
        self,
        browser: FlaskClient,
        now: datetime,
        changes: Mapping[str, Any] | None = None,
        *,
        module: str = "groeten",
    ) -> TestResponse:
        """A whole launch: click, login, answer."""
        asked = self.log_in(browser, module=module)
        changes = {CLAIM + "target_link_uri": f"{self.tool}/lti/launch/{module}", **(changes or {})}
        return self.post(browser, asked["state"], self.sign(self.claims(asked["nonce"], now, changes)))

    def ask_for_modules(
        self,
        browser: FlaskClient,
        now: datetime,
        changes: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> TestResponse:
        """A teacher wants to place modules: a deep linking request; `settings` change those it carries."""
        asked = self.log_in(browser, target_link_uri=f"{self.tool}/lti/deep-linking")
        told: dict[str, Any] = {
            "deep_link_return_url": f"{self.issuer}/placed?course=1",
            "accept_types": ["ltiResourceLink"],
            "accept_presentation_document_targets": ["iframe", "window"],
            "accept_multiple": True,
            "accept_lineitem": True,
            "data": "geheim=1&x='<",
            **settings,
        }
        changes = {
            "sub": "teacher-1",
            CLAIM + "message_type": "LtiDeepLinkingRequest",
            CLAIM + "target_link_uri": f"{self.tool}/lti/deep-linking",
            CLAIM + "roles": [INSTRUCTOR],
            CLAIM + "resource_link": ABSENT,
            AGS: ABSENT,
            DL + "deep_linking_settings": {
                name: value for name, value in told.items() if value is not ABSENT
            },
            **(changes or {}),
        }
        claims = self.claims(asked["nonce"], now, changes)
        form = {"state": asked["state"], "id_token": self.sign(claims)}
        headers = {"Origin": self.issuer}
        return browser.post("/lti/deep-linking", data=form, base_url=self.tool, headers=headers)

    def review(
        self,
        browser: FlaskClient,
        now: datetime,
        changes: Mapping[str, Any] | None = None,
        *,
        of: str = "student-1",
    ) -> TestResponse:
        """A teacher opens a student's work from the gradebook: a submission review."""
        changes = {
            "sub": "teacher-1",
            CLAIM + "message_type": "LtiSubmissionReviewRequest",
            CLAIM + "roles": [INSTRUCTOR],
            CLAIM + "for_user": {"user_id": of},
            **(changes or {}),
        }
        return self.open(browser, now, changes)

    def ask_for_own_data(
        self,
        browser: FlaskClient,
        now: datetime,
        changes: Mapping[str, Any] | None = None,
        *,
        of: str = "student-1",
        spelling: str = "DataPrivacyLaunchRequest",
    ) -> TestResponse:
        """Somebody asks what is kept of a person: a data-privacy launch, in no course."""
        changes = {
            CLAIM + "message_type": spelling,
            CLAIM + "for_user": {"user_id": of},
            **dict.fromkeys((CLAIM + "context", CLAIM + "resource_link", CLAIM + "roles", AGS), ABSENT),
            **(changes or {}),
        }
        return self.open(browser, now, changes)

    def key_set(self) -> dict[str, Any]:
        """What our JWKS endpoint says."""
        public = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        return {
            "keys": [
                {
                    "kty": "RSA",
                    "use": "sig",
                    "alg": "RS256",
                    "kid": self.kid,
                    "n": public["n"],
                    "e": public["e"],
                }
            ]
        }

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        lms = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                lms.fetches += 1
                body = json.dumps(lms.key_set()).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Tests need no access log."""

        return Handler
