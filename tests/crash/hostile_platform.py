"""A platform that answers as the worst of them do: its own process, its own code, PyJWT, nothing of `lti/`.

One process serves any number of tenants, each below a path of its own (`/<tenant>/token`, `/<tenant>/lineitems`, …),
with its own gradebook, tokens and misfortunes.  It is strict where Moodle is: a score must be later than the stored one
by whole seconds (409), must be of exactly the right media type, and erases the grade when it lacks FullyGraded or
scoreGiven.

A tenant's misfortunes come from a script (each used once, in order) or from chances per fault, drawn by a seed.
Told by `POST /control/<tenant>`, looked at by `GET /control/<tenant>`.

    python -m tests.crash.hostile_platform --port 9000 [--certificate FILE.pem]
"""

import argparse
import hashlib
import json
import socket
import ssl
import struct
import threading
import time
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt

from tests.crash.hostile_tenant import Tenant

SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
ITEMS_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"


class Answer(Exception):
    """Ends the handling of a request with this answer."""

    def __init__(
        self, status: int, body: Any = None, *, kind: str = "application/json", **headers: str
    ) -> None:
        super().__init__(status)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.body = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        self.kind = kind


class Silence(Exception):
    """Ends the handling of a request without an answer: the connection is reset."""


class Handler(BaseHTTPRequestHandler):
    """Routes a request to its tenant, and keeps the diary."""

    protocol_version = "HTTP/1.1"
    server: "HostileServer"

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _serve(self) -> None:
        self.close_connection = True
        self.parts = urlsplit(self.path)
        first, _, rest = self.parts.path.strip("/").partition("/")
        self.content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if first == "control":
            self._control(self.server.tenant(rest))
            return
        tenant = self.server.tenant(first)
        entry: dict[str, Any] = {
            "method": self.command,
            "path": rest,
            "at": time.time(),
            "fault": "",
            "status": 0,
        }
        with tenant.lock:
            tenant.diary.append(entry)
            tenant.in_hand += 1
            tenant.most_in_hand = max(tenant.most_in_hand, tenant.in_hand)
        try:
            self._answer(self._outcome(tenant, rest, entry), entry)
        except Silence:
            # a reset, not a farewell
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        except OSError:
            entry["gone"] = True
        finally:
            with tenant.lock:
                tenant.in_hand -= 1

    def _control(self, tenant: Tenant) -> None:
        if self.command == "POST":
            tenant.configure(json.loads(self.content))
            self._answer(Answer(200, {}), {})
        else:
            self._answer(Answer(200, tenant.state()), {})

    def _answer(self, answer: Answer, entry: dict[str, Any]) -> None:
        entry["status"] = answer.status
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def _outcome(self, tenant: Tenant, rest: str, entry: dict[str, Any]) -> Answer:
        try:
            if rest == "token":
                entry["kind"] = "token"
                self._token(tenant, entry)
            if rest == "lineitems":
                entry["kind"] = "list" if self.command == "GET" else "create"
                self._line_items(tenant, entry)
            if rest.startswith("lineitems/") and rest.endswith("/lineitem/scores"):
                entry["kind"] = "score"
                self._score(tenant, rest.split("/")[1], entry)
            raise Answer(404, {"error": "no such page"})
        except Answer as answer:
            return answer

    # --- misfortunes that any request may meet ---------------------------------------------------------------

    def _befall(self, tenant: Tenant, kind: str, entry: dict[str, Any]) -> str:
        """Suffer the next fault; the ones that strike after the work is done are given back."""
        fault = tenant.misfortune(kind)
        entry["fault"] = fault
        name, _, argument = fault.partition(":")
        if name in {"500", "502", "503"}:
            headers = {"Retry_After": argument} if argument else {}
            raise Answer(int(name), b"<html><h1>Bad Gateway</h1></html>", kind="text/html", **headers)
        if name == "429":
            headers = {"Retry_After": argument} if argument else {}
            raise Answer(429, {"error": "slow down"}, **headers)
        if name == "403_rate":
            raise Answer(
                403, b"403 Forbidden (Rate Limit Exceeded)", kind="text/plain", X_Rate_Limit_Remaining="0.0"
            )
        if name == "timeout":
            time.sleep(tenant.slow_seconds)
            raise Silence
        if name == "slow":
            time.sleep(float(argument))
        if name == "reset":
            raise Silence
        if name == "redirect":
            raise Answer(302, b"", kind="text/html", Location=argument or "https://login.example.org/")
        if name == "401":
            tenant.tokens.clear()
            raise Answer(401, {"error": "invalid_token"})
        if name == "403":
            tenant.tokens.clear()
            raise Answer(403, {"detail": "Invalid token signature."})
        return fault

    def _after(self, tenant: Tenant, fault: str) -> None:
        """What strikes when the work is done: nobody hears that it is."""
        if fault == "500_stored":
            raise Answer(500, b"<html>Internal Server Error</html>", kind="text/html")
        if fault == "timeout_stored":
            time.sleep(tenant.slow_seconds)
            raise Silence
        if fault == "reset_stored":
            raise Silence

    # --- the services ----------------------------------------------------------------------------------------

    def _token(self, tenant: Tenant, entry: dict[str, Any]) -> None:
        fault = self._befall(tenant, "token", entry)
        form = {name: values[0] for name, values in parse_qs(self.content.decode()).items()}
        entry["scope"] = form.get("scope", "")
        if fault == "html":
            raise Answer(200, b"<html>Log in</html>", kind="text/html")
        try:
            assertion = form["client_assertion"]
            key = tenant.keys[jwt.get_unverified_header(assertion)["kid"]]
            # the clock of the tests runs ahead of this one, so the times are only required, not compared
            claims = jwt.decode(
                assertion,
                key,
                algorithms=["RS256"],
                audience=self.server.base_url(tenant) + "/token",
                options={
                    "require": ["iss", "sub", "aud", "iat", "exp", "jti"],
                    "verify_exp": False,
                    "verify_iat": False,
                },
            )
        except (KeyError, jwt.PyJWTError) as problem:
            raise Answer(400, {"error": "invalid_client", "error_description": repr(problem)}) from None
        if (
            claims["iss"] != tenant.client_id
            or claims["sub"] != tenant.client_id
            or claims["jti"] in tenant.spent
        ):
            raise Answer(400, {"error": "invalid_client"})
        tenant.spent.add(claims["jti"])
        scopes = set(form.get("scope", "").split())
        if tenant.grants is not None:
            scopes &= {AGS + name for name in tenant.grants}
        token = hashlib.sha256(assertion.encode()).hexdigest()
        with tenant.lock:
            tenant.tokens[token] = (scopes, time.time() + tenant.token_life)
        raise Answer(
            200,
            {
                "access_token": token,
                "token_type": "bearer",
                "expires_in": tenant.token_life,
                "scope": " ".join(scopes),
            },
            kind="text/html",  # as Moodle says
        )

    def _authorize(self, tenant: Tenant, *scopes: str) -> None:
        bearer = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        granted, until = tenant.tokens.get(bearer, (set(), 0.0))
        if until < time.time():
            raise Answer(tenant.refusal_of_tokens, {"error": "invalid_token"})
        if not granted & {AGS + scope for scope in scopes}:
            raise Answer(403, {"error": "insufficient_scope"})
        if not self.headers.get("User-Agent"):
            raise Answer(403, {"error": "who are you"})

    def _line_items(self, tenant: Tenant, entry: dict[str, Any]) -> None:
        making = self.command == "POST"
        fault = self._befall(tenant, "create" if making else "list", entry)
        self._authorize(tenant, "lineitem", *(() if making else ("lineitem.readonly",)))
        if fault == "html":
            raise Answer(200, b"<html>Log in</html>", kind="text/html")
        if making:
            if self.headers.get("Content-Type") != ITEM_TYPE:
                raise Answer(415, {"error": "media type"})
            with tenant.lock:
                item_id = tenant.add_item({**json.loads(self.content), "id": None})
                tenant.made += 1
            self._after(tenant, fault)
            raise Answer(201, self._item(tenant, item_id), kind=ITEM_TYPE)
        if self.headers.get("Accept") != ITEMS_TYPE:
            raise Answer(406, {"error": "media type"})
        link = parse_qs(self.parts.query).get("resource_link_id", [None])[0]
        listed = [
            self._item(tenant, item_id)
            for item_id, item in tenant.items.items()
            if not item["deleted"] and link in {None, item["resourceLinkId"]}
        ]
        raise Answer(200, listed, kind=ITEMS_TYPE)

    def _item(self, tenant: Tenant, item_id: str) -> dict[str, Any]:
        item = tenant.items[item_id]
        url = f"{self.server.base_url(tenant)}/lineitems/{item_id}/lineitem?type_id=1"
        shown = {name: item[name] for name in ("label", "scoreMaximum", "resourceLinkId", "resourceId")}
        return {
            "id": item["told_address"] or url,
            **{name: value for name, value in shown.items() if value is not None},
        }

    def _score(self, tenant: Tenant, item_id: str, entry: dict[str, Any]) -> None:
        message = json.loads(self.content)
        user = message["userId"]
        body = hashlib.sha256(self.content).hexdigest()
        entry |= {"item": item_id, "user": user, "timestamp": message["timestamp"], "body": body}
        fault = self._befall(tenant, "score", entry)
        self._authorize(tenant, "score")
        if self.parts.query != "type_id=1" or self.headers.get("Content-Type") != SCORE_TYPE:
            raise Answer(400, {"error": "not a score"})
        item = tenant.items.get(item_id)
        if fault == "404" and item is not None:
            item["deleted"] = True
        if item is None or item["deleted"]:
            raise Answer(404, {"error": "no such line item"})
        if fault.startswith("ahead"):
            self._be_ahead(tenant, item, message, fault)
        if fault == "409":
            raise Answer(409, {"error": "older"})
        if fault == "400_old":
            raise Answer(400, {"timestamp": ["Score already exists for the provided timestamp."]})
        if fault.startswith("refuse:"):
            _, status, text = fault.split(":", 2)
            raise Answer(int(status), {"error": text})
        if user in tenant.teachers:
            raise Answer(400, {"error": "not gradable"})
        moment = datetime.fromisoformat(message["timestamp"])
        with tenant.lock:
            stored = item["scores"].get(user)
            # as Moodle: whole seconds, and not later is too old
            if stored and int(moment.timestamp()) <= int(
                datetime.fromisoformat(stored["timestamp"]).timestamp()
            ):
                entry["too_old"] = True
                raise Answer(409, b"", kind="text/html")
            if message.get("gradingProgress") != "FullyGraded" or "scoreGiven" not in message:
                tenant.erased += 1
                item["scores"].pop(user, None)
                raise Answer(200, b"", kind="text/html")
            item["scores"][user] = message
            entry["stored"] = True
        self._after(tenant, fault)
        if fault == "html":
            raise Answer(200, b"<html>Thank you</html>", kind="text/html")
        raise Answer(200, b"", kind="text/html")

    def _be_ahead(self, tenant: Tenant, item: dict[str, Any], message: dict[str, Any], fault: str) -> None:
        """An honest "too old": this very score is there already, as after a restored backup of our database.

        Only before a person's first score.  It never holds another result: after a lost answer the service takes "too
        old" for "you have it" (nobody but the tool posts to its columns), and a foreign result would make that a lie.
        """
        user = message["userId"]
        with tenant.lock:
            earlier = [entry for entry in tenant.diary if entry.get("user") == user and entry.get("status")]
            if earlier or user in item["scores"]:
                return
            item["scores"][user] = message
        if fault == "ahead_400":
            raise Answer(400, {"timestamp": ["Score already exists for the provided timestamp."]})
        raise Answer(409, b"", kind="text/html")


class HostileServer(ThreadingHTTPServer):
    """The server of all tenants."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, scheme: str = "http") -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.scheme = scheme
        self.tenants: dict[str, Tenant] = {}
        self.tenants_lock = threading.Lock()

    def tenant(self, name: str) -> Tenant:
        """The tenant of this name, made when first named."""
        with self.tenants_lock:
            return self.tenants.setdefault(name, Tenant(name))

    def base_url(self, tenant: Tenant) -> str:
        """Where a tenant lies."""
        return f"{self.scheme}://127.0.0.1:{self.server_port}/{tenant.name}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news here."""


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--certificate", help="PEM file with certificate and key: serve TLS")
    arguments = parser.parse_args()
    server = HostileServer(arguments.port, "https" if arguments.certificate else "http")
    if arguments.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(arguments.certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever(poll_interval=0.1)


if __name__ == "__main__":
    main()
