"""Requests to other people's servers: to checked addresses only, within their limits, never more than one."""

import datetime
import gzip
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lti.http import HttpFailure, HttpResponse, Timeout
from trainer.core.http import SafeHttpClient


class Listener:
    """A real server on loopback that writes fixed bytes and counts who came."""

    def __init__(self, answer: bytes, *, drip: float = 0.0, tls: ssl.SSLContext | None = None) -> None:
        self.answer, self.drip, self.tls = answer, drip, tls
        self.connections = 0
        self.requests: list[bytes] = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            try:
                if self.tls:
                    connection = self.tls.wrap_socket(connection, server_side=True)
                self.requests.append(connection.recv(65536))
                if self.drip:
                    for byte in self.answer:
                        connection.sendall(bytes([byte]))
                        time.sleep(self.drip)
                else:
                    connection.sendall(self.answer)
            except OSError:
                pass
            finally:
                connection.close()


@contextmanager
def listening(answer: bytes, *, drip: float = 0.0, tls: ssl.SSLContext | None = None) -> Iterator[Listener]:
    listener = Listener(answer, drip=drip, tls=tls)
    try:
        yield listener
    finally:
        listener.socket.close()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Thing: one\r\n\r\nok"


def get(client: SafeHttpClient, url: str, *, total: float = 2.0, max_bytes: int = 1000) -> HttpResponse:
    return client.request("GET", url, headers={}, body=None, timeout=Timeout(1.0, total), max_bytes=max_bytes)


def test_it_works() -> None:
    with listening(OK) as server:
        answer = get(SafeHttpClient(allow_insecure=True), f"http://127.0.0.1:{server.port}/a?b=c")
    assert (answer.status, answer.body, answer.header("x-thing")) == (200, b"ok", "one")
    assert server.requests[0].startswith(b"GET /a?b=c HTTP/1.1\r\n")
    assert b"User-Agent: BuddyTrainer/" in server.requests[0]


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1:{port}/",
        "https://[::ffff:127.0.0.1]:{port}/",
        "https://0x7f.1:{port}/",
        "https://2130706433:{port}/",
        "https://localhost:{port}/",
        "https://0:{port}/",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/",
        "https://user@127.0.0.1:{port}/",
        "http://127.0.0.1:{port}/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:{port}/",
    ],
)
def test_a_private_address_is_refused_before_any_connection(url: str) -> None:
    with listening(OK) as server:
        with pytest.raises(HttpFailure) as refusal:
            get(SafeHttpClient(), url.format(port=server.port))
        assert refusal.value.kind in {"address", "resolve"}
        assert not refusal.value.outcome_unknown
        assert server.connections == 0


def test_a_name_that_has_a_public_and_a_private_address_is_refused() -> None:
    with listening(OK) as server:
        client = SafeHttpClient(resolver=lambda _host, _port: ["93.184.215.14", "127.0.0.1"])
        with pytest.raises(HttpFailure, match="not a public address"):
            get(client, f"https://rebind.example.org:{server.port}/")
        assert server.connections == 0


def test_a_name_is_resolved_once_and_the_checked_address_is_connected_to() -> None:
    """Given a name that answers differently the second time, there is no second time."""
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["192.0.2.1"]

    with listening(OK) as server:
        client = SafeHttpClient(allow_insecure=True, resolver=rebinding)
        assert get(client, f"http://lms.example.org:{server.port}/").status == 200
        assert f"Host: lms.example.org:{server.port}".encode() in server.requests[0]
    assert asked == ["lms.example.org"]


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with listening(OK) as private:
        moved = (
            f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{private.port}/\r\nContent-Length: 0\r\n\r\n"
        )
        with listening(moved.encode()) as server:
            answer = get(SafeHttpClient(allow_insecure=True), f"http://127.0.0.1:{server.port}/")
        assert answer.status == 302
        assert private.connections == 0


def test_nobody_there_is_a_refusal_that_surely_was_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(HttpFailure) as failure:
        get(SafeHttpClient(allow_insecure=True), f"http://127.0.0.1:{port}/")
    assert (failure.value.kind, failure.value.outcome_unknown) == ("refused", False)


def test_an_unknown_name_was_not_sent_either() -> None:
    def nobody(_host: str, _port: int) -> list[str]:
        raise socket.gaierror("no such name")

    with pytest.raises(HttpFailure) as failure:
        get(SafeHttpClient(resolver=nobody), "https://nowhere.example.org/")
    assert (failure.value.kind, failure.value.outcome_unknown) == ("resolve", False)


def test_a_resolver_that_hangs_is_left_behind() -> None:
    def slow(_host: str, _port: int) -> list[str]:
        time.sleep(3)
        return ["93.184.215.14"]

    began = time.monotonic()
    with pytest.raises(HttpFailure) as failure:
        get(SafeHttpClient(resolver=slow), "https://slow.example.org/", total=0.3)
    assert failure.value.kind == "resolve"
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nshort"])
def test_a_connection_that_breaks_off_leaves_the_outcome_unknown(answer: bytes) -> None:
    with listening(answer) as server, pytest.raises(HttpFailure) as failure:
        get(SafeHttpClient(allow_insecure=True), f"http://127.0.0.1:{server.port}/")
    assert (failure.value.kind, failure.value.outcome_unknown) == ("reset", True)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n" + b"X-Thing: one\r\n" * 100,
        b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 1000,
        b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{}" + b" " * 1000,
    ],
)
def test_what_was_cut_off_by_the_limit_is_no_whole_answer(answer: bytes) -> None:
    """Without a length an answer ends with its connection, also when it is we who end that."""
    with listening(answer, drip=0.005) as server, pytest.raises(HttpFailure) as failure:
        get(SafeHttpClient(allow_insecure=True), f"http://127.0.0.1:{server.port}/", total=0.6)
    assert (failure.value.kind, failure.value.outcome_unknown) == ("timeout", True)


def test_bytes_that_drip_in_do_not_stretch_the_limit() -> None:
    with listening(OK, drip=0.05) as server:
        began = time.monotonic()
        with pytest.raises(HttpFailure) as failure:
            get(SafeHttpClient(allow_insecure=True), f"http://127.0.0.1:{server.port}/", total=0.4)
    assert (failure.value.kind, failure.value.outcome_unknown) == ("timeout", True)
    assert time.monotonic() - began < 1


def test_an_answer_is_read_no_further_than_the_limit_even_when_it_is_packed() -> None:
    packed = gzip.compress(b"0" * 5_000_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
    with listening(head + packed) as server, pytest.raises(HttpFailure) as failure:
        get(SafeHttpClient(allow_insecure=True), f"http://127.0.0.1:{server.port}/")
    assert failure.value.kind == "too_big"


def test_something_that_is_not_http_is_a_failure() -> None:
    with listening(b"220 mail.example.org ESMTP\r\n") as server, pytest.raises(HttpFailure) as failure:
        get(SafeHttpClient(allow_insecure=True), f"http://127.0.0.1:{server.port}/")
    assert failure.value.outcome_unknown


def _san(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def certificate(folder: Path, *, name: str, days: int) -> Path:
    """A self-signed certificate with its key, in one PEM file; `days` < 0: expired."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=30))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([_san(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}{days}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.mark.parametrize(
    ("name", "days", "trusted", "good"),
    [
        ("localhost", 30, True, True),
        ("localhost", 30, False, False),  # self-signed
        ("localhost", -1, True, False),  # expired
        ("elsewhere.example.org", 30, True, False),  # for another host
    ],
)
def test_certificates_are_verified(tmp_path: Path, name: str, days: int, trusted: bool, good: bool) -> None:
    pem = certificate(tmp_path, name=name, days=days)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(pem)
    trusting = ssl.create_default_context(cafile=str(pem) if trusted else None)
    client = SafeHttpClient(allow_insecure=True, tls=trusting, resolver=lambda _host, _port: ["127.0.0.1"])
    with listening(OK, tls=serving) as server:
        if good:
            assert get(client, f"https://localhost:{server.port}/").body == b"ok"
            return
        with pytest.raises(HttpFailure) as failure:
            get(client, f"https://localhost:{server.port}/")
        assert (failure.value.kind, failure.value.outcome_unknown) == ("certificate", False)
        assert server.requests == []


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_old_tls_is_refused(tmp_path: Path) -> None:
    pem = certificate(tmp_path, name="localhost", days=30)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(pem)
    serving.set_ciphers("ALL:@SECLEVEL=0")
    serving.minimum_version = ssl.TLSVersion.TLSv1
    serving.maximum_version = ssl.TLSVersion.TLSv1_1
    trusting = ssl.create_default_context(cafile=str(pem))
    client = SafeHttpClient(allow_insecure=True, tls=trusting, resolver=lambda _host, _port: ["127.0.0.1"])
    with listening(OK, tls=serving) as server, pytest.raises(HttpFailure) as failure:
        get(client, f"https://localhost:{server.port}/")
    assert failure.value.kind == "certificate"
