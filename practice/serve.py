"""Serving the practice LMS on this machine.

By Werkzeug's threaded server: one process that ends with its signal and leaves no children, both loopback
addresses for the name localhost, and a thread per request for the few people and the one tool that come by.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server


@contextmanager
def serve(app: Flask, port: int) -> Iterator[None]:
    """Serve on 127.0.0.1, and on ::1 where there is one, until the context ends. OSError: the port is taken."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    servers = [_listen(address, port, app) for address in _loopback_addresses()]
    threads = [threading.Thread(target=server.serve_forever, daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for server, thread in zip(servers, threads, strict=True):
            _stop(server, thread)


def _listen(address: str, port: int, app: Flask) -> BaseWSGIServer:
    try:
        return make_server(address, port, app, threaded=True)
    except SystemExit:  # Werkzeug's word for an address in use
        raise OSError(f"{address}:{port} is in use") from None


def _stop(server: BaseWSGIServer, thread: threading.Thread) -> None:
    server.shutdown()
    thread.join(timeout=5)
    server.server_close()


def _loopback_addresses() -> list[str]:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return ["127.0.0.1"]
    return ["127.0.0.1", "::1"]
