"""A client that dawdles holds up nobody else."""

import socket
import urllib.request
from collections.abc import Callable

from tests.support.service import RunningService


def test_bodies_that_trickle_in_do_not_stop_a_web_process(
    sqlite_url: str, start_service: Callable[..., RunningService]
) -> None:
    service = start_service(sqlite_url, web_processes=1, with_worker=False)
    head = (
        b"POST /lti/launch HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    )
    dawdlers = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(4)]
    try:
        for dawdler in dawdlers:
            dawdler.sendall(head + b"Content-Length: 1000\r\n\r\nst=")
        for _ in range(3):
            with urllib.request.urlopen(f"{service.base_url}/healthz", timeout=5) as answer:
                assert answer.status == 200
    finally:
        for dawdler in dawdlers:
            dawdler.close()
