"""The LMS of the benchmark: registers itself, serves its key set, and signs a token for each login it is sent.

The token is as large as Moodle's: some 3 KB in compact form.
"""

import base64
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from bench.connection import Answer, Connection, Unexpected

CLIENT_ID = "9fUeQ2bench41Xw"
DEPLOYMENT_ID = "12"
LEARNERS = 500
MODULE = "warme-band"
_LTI = "https://purl.imsglobal.org/spec/lti/claim/"
_KID = "c41f5b7d90bench8e2a6"


class Lms:
    """A platform on the loopback, with ``LEARNERS`` students in one course with one link."""

    def __init__(self) -> None:
        self._key = generate_private_key(65537, 2048)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._key_set_handler())
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._next = 0

    def registration(self) -> dict[str, Any]:
        """As `trainer platforms add --json` reads it."""
        return {
            "name": "Moodle van de meetbank",
            "institution": "Meetbank",
            "issuer": self.issuer,
            "client_id": CLIENT_ID,
            "deployment_ids": [DEPLOYMENT_ID],
            "authorization_endpoint": f"{self.issuer}/mod/lti/auth.php",
            "token_endpoint": f"{self.issuer}/mod/lti/token.php",
            "jwks_uri": f"{self.issuer}/mod/lti/certs.php",
        }

    def close(self) -> None:
        """Stop serving the key set."""
        self._server.shutdown()
        self._server.server_close()

    def next_learner(self) -> int:
        """The students come one after the other, again and again."""
        self._next += 1
        return 1000 + self._next % LEARNERS

    async def launch(
        self, connection: Connection, *, learner: int | None = None
    ) -> tuple[Answer, dict[str, str]]:
        """Log in and launch one student; the tool's answer to the token, and the browser's cookies then."""
        learner = self.next_learner() if learner is None else learner
        target = f"{connection.origin}/lti/launch/{MODULE}"
        query = {
            "iss": self.issuer,
            "target_link_uri": target,
            "login_hint": str(learner),
            "lti_message_hint": json.dumps({"cmid": 4711, "launchid": f"ltilaunch39_{learner}"}),
            "client_id": CLIENT_ID,
            "lti_deployment_id": DEPLOYMENT_ID,
        }
        begun = (await connection.get("/lti/login?" + urlencode(query))).expect(302)
        asked = parse_qs(urlsplit(begun.headers["location"]).query)
        form = {"id_token": self._id_token(learner, asked["nonce"][0], target), "state": asked["state"][0]}
        came = await connection.post_form("/lti/launch", form, begun.cookies, Origin=self.issuer)
        if came.status >= 400:
            raise Unexpected(f"launch refused with {came.status}: {came.body[:3000]!r}")
        return came, {name: value for name, value in came.cookies.items() if value}

    def _id_token(self, learner: int, nonce: str, target: str) -> str:
        header = {"typ": "JWT", "alg": "RS256", "kid": _KID}
        parts = (header, self._claims(learner, nonce, target))
        signed = ".".join(_segment(json.dumps(part).encode()) for part in parts)
        return f"{signed}.{_segment(self._key.sign(signed.encode(), PKCS1v15(), SHA256()))}"

    def _claims(self, learner: int, nonce: str, target: str) -> dict[str, Any]:
        now = int(time.time())
        service = f"{self.issuer}/mod/lti/services.php"
        sourced = {"data": {"instanceid": "39", "userid": str(learner), "typeid": "12", "launchid": 83412267}}
        return {
            "nonce": nonce,
            "iat": now,
            "exp": now + 60,
            "iss": self.issuer,
            "aud": CLIENT_ID,
            f"{_LTI}deployment_id": DEPLOYMENT_ID,
            f"{_LTI}target_link_uri": target,
            "sub": str(learner),
            f"{_LTI}lis": {
                "person_sourcedid": f"r{learner:07d}",
                "course_section_sourcedid": "LER-BUDDY-2026",
            },
            f"{_LTI}roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"],
            f"{_LTI}context": {
                "id": "2",
                "label": "LEERBUDDY",
                "title": "Leerbuddy worden, eerste semester",
                "type": ["CourseSection"],
            },
            f"{_LTI}resource_link": {"title": "Een warme band", "description": "", "id": "39"},
            "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome": {
                "lis_result_sourcedid": json.dumps({**sourced, "hash": "8c1f" * 16}),
                "lis_outcome_service_url": f"{self.issuer}/mod/lti/service.php",
            },
            "given_name": "Noor",
            "family_name": f"Peeters {learner}",
            "name": f"Noor Peeters {learner}",
            f"{_LTI}ext": {"user_username": f"r{learner:07d}", "lms": "moodle-2"},
            "email": f"r{learner:07d}@student.example.be",
            f"{_LTI}launch_presentation": {
                "locale": "nl",
                "document_target": "iframe",
                "return_url": f"{self.issuer}/mod/lti/return.php"
                "?course=2&launch_container=3&instanceid=39&sesskey=Qm5v8TzL1x",
            },
            f"{_LTI}tool_platform": {
                "product_family_code": "moodle",
                "version": "2024100700",
                "guid": "5d41402abc4b2a76b9719d911017c592",
                "name": "meetbank",
                "description": "Moodle van de meetbank",
            },
            f"{_LTI}version": "1.3.0",
            f"{_LTI}message_type": "LtiResourceLinkRequest",
            f"{_LTI}custom": {
                "due": "$ResourceLink.submission.endDateTime",
                "groups": "",
                "user_name": f"r{learner:07d}",
            },
            "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
                "scope": [
                    f"https://purl.imsglobal.org/spec/lti-ags/scope/{name}"
                    for name in ("lineitem", "lineitem.readonly", "result.readonly", "score")
                ],
                "lineitems": f"{service}/2/lineitems?type_id=12",
                "lineitem": f"{service}/2/lineitems/32/lineitem?type_id=12",
            },
            "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {
                "context_memberships_url": f"{service}/CourseSection/2/bindings/12/memberships",
                "service_versions": ["1.0", "2.0"],
            },
        }

    def _key_set_handler(self) -> type[BaseHTTPRequestHandler]:
        numbers = self._key.public_key().public_numbers()
        key = {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": _KID, "e": "AQAB"}
        key["n"] = _segment(numbers.n.to_bytes(256, "big"))
        document = json.dumps({"keys": [key]}).encode()

        class KeySet(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Cache-Control", "max-age=3600")
                self.send_header("Content-Length", str(len(document)))
                self.end_headers()
                self.wfile.write(document)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        return KeySet


def _segment(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")
