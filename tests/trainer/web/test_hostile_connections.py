"""Bytes on the wire that no browser sends: the real server refuses them, and the same processes go on serving."""

import socket
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.service import RunningService

LAUNCH = b"POST /lti/launch HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
MEGABYTE = b"x" * 1_000_000
WIRE: dict[str, bytes] = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20 + b"\r\n\r\n",
    "NUL in the path": b"GET /\0/m HTTP/1.1\r\nHost: x\r\n\r\n",
    "bytes that are no UTF-8 in the path": b"GET /m/\xff\xfe/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "a line break in a header": b"GET / HTTP/1.1\r\nHost: x\r\nX: a\nSet-Cookie: y\r\n\r\n",
    "NUL in a header": b"GET / HTTP/1.1\r\nHost: x\r\nCookie: __Host-s=\0\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "a thousand headers": b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 1000 + b"\r\n",
    "a header of a megabyte": b"GET / HTTP/1.1\r\nHost: x\r\nX: " + MEGABYTE + b"\r\n\r\n",
    "a path of a megabyte": b"GET /" + MEGABYTE + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a body of 3 MB": LAUNCH + b"Content-Length: 3000000\r\n\r\n" + b"state=" + b"x" * 2_999_994,
    "3 MB in chunks": LAUNCH
    + b"Transfer-Encoding: chunked\r\n\r\n"
    + (b"f4240\r\n" + MEGABYTE + b"\r\n") * 3
    + b"0\r\n\r\n",
    "chunks that are none": LAUNCH + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n",
    "two lengths": LAUNCH + b"Content-Length: 5\r\nContent-Length: 50\r\n\r\nstate",
    "length and chunks": LAUNCH + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a length below nothing": LAUNCH + b"Content-Length: -5\r\n\r\n",
    "a length beyond all": LAUNCH + b"Content-Length: 99999999999999999999999\r\n\r\n",
    "brackets without end": LAUNCH + b"Content-Length: 400006\r\n\r\nstate=" + b"[" * 400_000,
    "a method of its own": b"BREW /lti/launch HTTP/1.1\r\nHost: x\r\n\r\n",
    "an upgrade": b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n\r\n",
}


def answer(port: int, sent: bytes) -> bytes:
    """The first line that comes back; nothing when the server hung up without a word."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            return connection.recv(4096).split(b"\r\n")[0]
        except OSError:  # hung up, before or after it was asked to listen no longer
            return b""


def processes(service: RunningService) -> set[int]:
    assert service.web is not None
    pid = service.web.process.pid
    return {pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())}


@pytest.fixture
def served(sqlite_url: str, start_service: Callable[..., RunningService]) -> RunningService:
    return start_service(sqlite_url, with_worker=False)


def test_no_bytes_end_a_process(served: RunningService) -> None:
    before = processes(served)
    answers = {name: answer(served.port, sent) for name, sent in WIRE.items()}
    for name, line in answers.items():
        status = line[9:12]
        assert not line or status[:1] == b"4", f"{name}: {line!r}"
    assert processes(served) == before
    assert served.is_healthy()


def test_who_begins_and_never_ends_holds_nobody_up(served: RunningService) -> None:
    half = [socket.create_connection(("127.0.0.1", served.port), timeout=10) for _ in range(100)]
    try:
        for number, connection in enumerate(half):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-" if number % 2 else b"G")
        for _ in range(5):
            with urllib.request.urlopen(f"{served.base_url}/lti/jwks", timeout=3) as page:
                assert page.status == 200
    finally:
        for connection in half:
            connection.close()
