"""An LMS on loopback whose connection is checked: a key set and a token endpoint, told how to go wrong."""

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs

import jwt

from lti.keys import ToolKey
from tests.support.lms import Lms

AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
SCORE, LINE_ITEM, LINE_ITEM_READ = f"{AGS}score", f"{AGS}lineitem", f"{AGS}lineitem.readonly"
ROSTER = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
ALL = (SCORE, LINE_ITEM, LINE_ITEM_READ, ROSTER)


class CheckedLms(Lms):
    """Answers for its keys and for tokens, as told; what it was asked for is in `asked` and `scopes`.

    key_set: "good", "page", "empty", "elliptic", "missing" or "hang". token: how it grants: "drop" (Moodle, Open edX: the
    scopes that it grants, whatever was asked), "all or nothing" (400 invalid_scope), "403" (the same without a word),
    "invalid_client", "page", "500", "busy" or "hang". granted: what it grants. says_scopes: the answer names them.
    skew: by which its clock is ahead of the test's. dated: what it says instead of the time.
    """

    def __init__(self, tool: str, tool_key: ToolKey, clock: Callable[[], datetime], **named: str) -> None:
        self.key_set_way, self.token_way = "good", "all or nothing"
        self.granted: tuple[str, ...] = ALL
        self.says_scopes, self.token_type = True, "Bearer"
        self.skew = timedelta()
        self.age: int | None = None
        self.dated: str | None = None
        self.asked: list[str] = []
        self.scopes: list[set[str]] = []
        self.meanwhile: Callable[[], None] = lambda: None
        self._clock = clock
        self._release = threading.Event()
        self._tool_key = jwt.PyJWK(tool_key.public_jwk()).key
        super().__init__(tool, **named)

    def close(self) -> None:
        """Let go of who hangs, and stop."""
        self._release.set()
        super().close()

    def keys(self) -> tuple[int, Any]:
        """Status and body of the key set."""
        match self.key_set_way:
            case "page":
                return 200, "<html>Log in</html>"
            case "empty":
                return 200, {"keys": []}
            case "elliptic":
                return 200, {"keys": [{"kty": "EC", "crv": "P-256", "kid": "e", "x": "x", "y": "y"}]}
            case "missing":
                return 404, "<html>not here</html>"
            case "hang":
                self._release.wait(20)
        return 200, self.key_set()

    def token(self, form: dict[str, list[str]]) -> tuple[int, Any]:
        """Status and body of the answer to a request for a token."""
        jwt.decode(
            form["client_assertion"][0],
            self._tool_key,
            algorithms=["RS256"],
            audience=f"{self.issuer}/token",
            options={"verify_exp": False, "verify_iat": False},
        )
        wanted = set(form["scope"][0].split())
        self.scopes.append(wanted)
        match self.token_way:
            case "invalid_client":
                return 401, {"error": "invalid_client", "error_description": "<b>Unknown</b> client"}
            case "page":
                return 200, "<html>Log in</html>"
            case "500":
                return 500, "<html>Database error</html>"
            case "busy":
                return 403, "403 Forbidden (Rate Limit Exceeded)"
            case "hang":
                self._release.wait(20)
            case "all or nothing" if not wanted <= set(self.granted):
                return 400, {"error": "invalid_scope"}
            case "403" if not wanted <= set(self.granted):
                return 403, "<html>Forbidden</html>"
        answer: dict[str, Any] = {"access_token": "t", "token_type": self.token_type, "expires_in": 3600}
        if self.says_scopes:
            answer["scope"] = " ".join(scope for scope in self.granted if scope in wanted)
        return 200, answer

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        lms = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                lms.asked.append("keys")
                lms.meanwhile()
                self.send(*lms.keys())

            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                lms.asked.append("token")
                lms.meanwhile()
                self.send(*lms.token(form))

            def send(self, status: int, body: Any) -> None:
                content = (body if isinstance(body, str) else json.dumps(body)).encode()
                with suppress(OSError):  # the client may have had enough
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(content)))
                    if lms.age is not None:
                        self.send_header("Age", str(lms.age))
                    self.end_headers()
                    self.wfile.write(content)

            def date_time_string(self, timestamp: float | None = None) -> str:
                return lms.dated or format_datetime(lms._clock() + lms.skew, usegmt=True)

            def log_message(self, *_: object) -> None:
                """Tests need no access log."""

        return Handler
