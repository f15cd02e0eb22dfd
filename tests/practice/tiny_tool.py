"""The smallest LTI 1.3 tool there can be, to try the practice LMS with: its own keys, its own checks, PyJWT."""

from __future__ import annotations

import html
import json
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from jwt.algorithms import RSAAlgorithm
from werkzeug.test import Client, TestResponse

SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/"
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
ITEMS_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"


class TinyTool:
    """Publishes its key set over real HTTP, reads the pages of the LMS as a browser would, signs assertions."""

    def __init__(self, address: str, registration: dict[str, Any] | None = None) -> None:
        self.address = address
        self.registration = registration or {}
        self.key_sets_served = 0
        self.new_key()

    def new_key(self) -> None:
        self.key = generate_private_key(public_exponent=65537, key_size=2048)
        self.kid = secrets.token_urlsafe(8)

    def key_set(self) -> dict[str, Any]:
        self.key_sets_served += 1
        jwk = RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [{**jwk, "kid": self.kid, "alg": "RS256", "use": "sig"}]}

    def login_answer(self, initiation: dict[str, str], **changed: str) -> dict[str, str]:
        """The authentication request that a tool sends after a login initiation."""
        return {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": initiation["client_id"],
            "redirect_uri": f"{self.address}/lti/launch",
            "login_hint": initiation["login_hint"],
            "lti_message_hint": initiation["lti_message_hint"],
            "state": "state-1",
            "nonce": "nonce-1",
        } | changed

    def read_id_token(self, browser: Client, token: str, now: datetime) -> dict[str, Any]:
        """The claims, verified with the key set that the LMS publishes."""
        published = {entry["kid"]: entry for entry in browser.get("/lti/jwks").get_json()["keys"]}
        kid = jwt.get_unverified_header(token)["kid"]
        claims: dict[str, Any] = jwt.decode(
            token,
            jwt.PyJWK(published[kid]),
            algorithms=["RS256"],
            audience=self.registration["client_id"],
            issuer=self.registration["issuer"],
            options={"verify_exp": False, "verify_iat": False},
        )
        assert claims["iat"] <= now.timestamp() < claims["exp"]
        return claims

    def assertion(self, now: datetime, **changed: Any) -> str:
        """A client assertion; a claim set to None is left out."""
        claims = {
            "iss": self.registration["client_id"],
            "sub": self.registration["client_id"],
            "aud": self.registration["token_endpoint"],
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(minutes=5)).timestamp()),
            "jti": secrets.token_urlsafe(16),
        } | changed
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(kept, self.key, algorithm="RS256", headers={"kid": self.kid})

    def ask_token(self, browser: Client, assertion: str, *scopes: str) -> TestResponse:
        return browser.post(
            "/lti/token",
            data={
                "grant_type": "client_credentials",
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": assertion,
                "scope": " ".join(SCOPE + scope for scope in scopes),
            },
        )


def form_of(page: TestResponse) -> tuple[str, dict[str, str]]:
    """Where a page that posts itself posts to, and what."""
    assert page.status_code == 200, page.text
    action = re.search(r'<form id="posting" method="post" action="([^"]+)"', page.text)
    assert action is not None, page.text
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
    return html.unescape(action[1]), {name: html.unescape(value) for name, value in fields}


@contextmanager
def serving_tool() -> Iterator[TinyTool]:
    class KeySet(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(tool.key_set()).encode() if self.path == "/lti/jwks" else b"{}"
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), KeySet)
    tool = TinyTool(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield tool
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
