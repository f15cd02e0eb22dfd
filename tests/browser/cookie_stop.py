"""A browser that keeps no cookies of a site: a proxy on its way takes them out of what the site answers.

The browser itself does everything else, so that its requests carry what no page can set (`Origin`, `Sec-Fetch-Site`).
"""

import http.client
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

#: of one connection alone (RFC 9110, 7.6.1)
_HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "transfer-encoding"}

#: (headers of the request, name of a cookie in its answer) → whether the browser does not keep it
Stops = Callable[[Mapping[str, str], str], bool]


def in_frames(headers: Mapping[str, str], _name: str) -> bool:
    """What frames, and the scripts in them, are given; a window of its own keeps its cookies."""
    return headers.get("Sec-Fetch-Dest") != "document"


def of_logins(_headers: Mapping[str, str], name: str) -> bool:
    """The cookies that bind a launch to its login."""
    return name.startswith("__Host-l")


@contextmanager
def stopping_cookies(site: str, stops: Stops) -> Iterator[dict[str, str]]:
    """Gives the `proxy` option of a browser context in which these cookies of ``site`` are not kept."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            address = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length) if length else None
            sent = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
            onward = http.client.HTTPConnection(address.hostname or "", address.port, timeout=20)
            path = f"{address.path}?{address.query}" if address.query else address.path
            onward.request(self.command, path, body, sent)
            answer = onward.getresponse()
            answered = b"" if self.command == "HEAD" else answer.read()
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.getheaders():
                is_stopped = (
                    name.lower() == "set-cookie"
                    and self.path.startswith(f"{site}/")
                    and stops(dict(self.headers), value.partition("=")[0])
                )
                if not is_stopped and name.lower() not in {*_HOP_BY_HOP, "content-length"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answered)))
            onward.close()
            with suppress(ConnectionError):  # a browser that went elsewhere meanwhile
                self.end_headers()
                self.wfile.write(answered)

        do_GET = do_POST = do_HEAD = _pass_on

        def log_message(self, format: str, *args: object) -> None:
            """Stories need no access log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        # Chromium asks no proxy for its own machine, unless told so
        yield {"server": f"http://127.0.0.1:{server.server_port}", "bypass": "<-loopback>"}
    finally:
        server.shutdown()
        server.server_close()
