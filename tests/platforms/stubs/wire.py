"""An HTTP server on loopback, in a thread, for LMSs that are written as one function from request to answer."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request. `path` is without its query; of a parameter that comes twice the first counts."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Message
    body: bytes = b""

    @property
    def json(self) -> dict[str, Any]:
        """The body, as an object."""
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def form(self) -> dict[str, str]:
        """The body, as a form."""
        return _first(parse_qs(self.body.decode(), keep_blank_values=True))

    def header(self, name: str) -> str:
        """A header, "" where it is not there."""
        return str(self.headers.get(name, ""))


@dataclass(frozen=True)
class Answer:
    """`body`: text as it is, anything else as JSON; None is empty."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        """What goes over the wire."""
        if self.body is None:
            return b""
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


def serve(answer: Callable[[Asked], Answer]) -> ThreadingHTTPServer:
    """Begin to serve; `shutdown` and `server_close` end it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(answer))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server


def handler(answer: Callable[[Asked], Answer]) -> type[BaseHTTPRequestHandler]:
    """The class that `http.server` asks for."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            said = answer(
                Asked(
                    self.command,
                    parts.path,
                    _first(parse_qs(parts.query, keep_blank_values=True)),
                    self.headers,
                    body,
                )
            )
            content = said.content
            self.send_response(said.status)
            headers = {
                "Content-Type": "application/json",
                "Content-Length": str(len(content)),
                **said.headers,
            }
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET
        do_PUT = do_GET
        do_DELETE = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            """Tests need no access log."""

    return Handler


def _first(given: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: values[0] for name, values in given.items()}
