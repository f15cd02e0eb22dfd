"""Requests to other people's servers: :class:`SafeHttpClient`, an :class:`lti.http.HttpClient` over urllib3.

A platform's addresses come from outside, so they are not trusted to be what they look like (OWASP: SSRF).
A name is resolved once, every address it has must be public, and the connection goes to exactly the address
that was checked: a name that answers differently the second time gains nothing.  No redirect is followed, no
proxy is taken from the environment, and one request is one connection: a kept one that the server closed
meanwhile would look like a lost answer.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from http.client import HTTPException
from ipaddress import ip_address

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import DecodeError, HTTPError
from urllib3.response import HTTPResponse as Urllib3Response

import trainer
from lti.http import HttpFailure, HttpResponse, Timeout, user_agent
from lti.urls import is_public_address, split_url

#: Gives the addresses (text form) of a host name; raises OSError when it has none.
Resolver = Callable[[str, int], Sequence[str]]

_CHUNK = 16_384
_LATE = "no whole answer within the limit"


def system_resolver(host: str, port: int) -> list[str]:
    """Every address the machine's resolver knows for a name, in its order of preference.

    Raises:
        OSError: the name has none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in found))


@cache
def _machines_authorities() -> ssl.SSLContext:
    """Reading them takes as long as a whole page does: once a process."""
    return ssl.create_default_context()


class SafeHttpClient:
    """Does what :class:`lti.http.HttpClient` promises.  Holds no connection: threads may share it.

    Args:
        allow_insecure: plain http, loopback and private addresses are fine (demo and tests only).
        resolver: turns a host name into addresses.
        tls: verifies certificates; default: the machine's authorities, TLS 1.2 or newer.
    """

    def __init__(
        self,
        *,
        allow_insecure: bool = False,
        resolver: Resolver = system_resolver,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allow_insecure = allow_insecure
        self._resolver = resolver
        self._tls = tls or _machines_authorities()
        self._tls.minimum_version = max(self._tls.minimum_version, ssl.TLSVersion.TLSv1_2)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: Timeout,
        max_bytes: int,
    ) -> HttpResponse:
        """One request, one answer; a redirect is an answer like any other.

        Args:
            timeout: seconds to resolve and connect, TLS included, and seconds for the whole exchange.
            max_bytes: of the decoded body.

        Raises:
            HttpFailure: no whole answer came; says whether the request may have been received.
        """
        started = time.monotonic()
        connect_by = started + min(timeout.connect, timeout.total)
        scheme, host, port, target = self._parts(url)
        connection = self._connected(scheme, host, port, connect_by)
        try:
            with _Alarm(connection, started + timeout.total) as alarm:
                try:
                    named = {"User-Agent": user_agent(trainer.__version__), **headers}
                    connection.request(method, target, body=body, headers=named, preload_content=False)
                    answer = _answer(connection, max_bytes)
                except HttpFailure:
                    raise
                except (OSError, ValueError, HTTPException, HTTPError) as problem:
                    raise _failure(problem, late=alarm.rang) from problem
                # An answer without a length ends where its connection does, and that was by our own hand
                if alarm.rang:
                    raise HttpFailure("timeout", True, _LATE)
                return answer
        finally:
            connection.close()

    def _parts(self, url: str) -> tuple[str, str, int, str]:
        parts = split_url(url)
        if parts is None or parts.hostname is None:
            raise HttpFailure("address", False, "not an absolute http(s) address")
        if parts.scheme != "https" and not self._allow_insecure:
            raise HttpFailure("address", False, "not https")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return parts.scheme, parts.hostname, port, target

    def _connected(self, scheme: str, host: str, port: int, connect_by: float) -> HTTPConnection:
        addresses = self._addresses(host, port, connect_by)
        problem: HttpFailure | None = None
        for address in addresses:
            left = connect_by - time.monotonic()
            if left <= 0:
                break
            connection = (
                _PinnedTls(host, port, timeout=left, ssl_context=self._tls)
                if scheme == "https"
                else _PinnedPlain(host, port, timeout=left)
            )
            connection.address = address
            try:
                connection.connect()
            except ssl.SSLError as refusal:
                connection.close()
                raise HttpFailure("certificate", False, _words(refusal)) from refusal
            except TimeoutError:
                connection.close()
                problem = HttpFailure("timeout", False, f"no connection to {host} within the limit")
            except (OSError, HTTPError) as refusal:
                connection.close()
                problem = HttpFailure("refused", False, _words(refusal))
            else:
                return connection
        raise problem or HttpFailure("timeout", False, f"no connection to {host} within the limit")

    def _addresses(self, host: str, port: int, connect_by: float) -> list[str]:
        """Those that may be connected to.  One that is not public spoils the name: no honest one has both."""
        addresses = self._resolved(host, port, connect_by)
        if not self._allow_insecure and not all(map(is_public_address, addresses)):
            raise HttpFailure("address", False, f"{host} is not a public address")
        return addresses

    def _resolved(self, host: str, port: int, connect_by: float) -> list[str]:
        with suppress(ValueError):
            return [str(ip_address(host))]
        found: list[str] = []
        problems: list[Exception] = []

        def look_up() -> None:
            try:
                found.extend(self._resolver(host, port))
            except (OSError, UnicodeError) as problem:
                problems.append(problem)

        # the machine's resolver knows no time limit, so somebody else waits for it
        thread = threading.Thread(target=look_up, name="resolve", daemon=True)
        thread.start()
        thread.join(max(0.0, connect_by - time.monotonic()))
        if thread.is_alive():
            raise HttpFailure("resolve", False, f"no address for {host} within the limit")
        if problems or not found:
            raise HttpFailure("resolve", False, f"{host} has no address")
        return found


def _answer(connection: HTTPConnection, max_bytes: int) -> HttpResponse:
    response = connection.getresponse()
    try:
        return HttpResponse(response.status, dict(response.headers.items()), _read(response, max_bytes))
    finally:
        response.close()


def _read(response: Urllib3Response, max_bytes: int) -> bytes:
    body = bytearray()
    while chunk := response.read(min(_CHUNK, max_bytes + 1 - len(body))):
        body += chunk
        if len(body) > max_bytes:
            raise HttpFailure("too_big", True, f"the answer is longer than {max_bytes} bytes")
    return bytes(body)


def _failure(problem: Exception, *, late: bool) -> HttpFailure:
    """What went wrong after the connection stood: the request may have arrived, whatever it was."""
    causes = [problem, problem.__cause__, *problem.args]
    if late or any(isinstance(cause, TimeoutError) for cause in causes):
        return HttpFailure("timeout", True, _LATE)
    if isinstance(problem, DecodeError):
        return HttpFailure("protocol", True, "the body cannot be decoded")
    if any(isinstance(cause, OSError) for cause in causes) or "IncompleteRead" in repr(problem):
        return HttpFailure("reset", True, "the connection broke off")
    return HttpFailure("protocol", True, _words(problem))


def _words(problem: Exception) -> str:
    """The problem in a line without addresses of objects; platforms' words are not in it."""
    for name in ("verify_message", "reason", "strerror"):
        words = getattr(problem, name, None)
        if words:
            return str(words)[:200]
    return type(problem).__name__


def _connect_to(address: str, port: int, timeout: object) -> socket.socket:
    seconds = timeout if isinstance(timeout, (int, float)) else None
    connected = socket.create_connection((address, port), timeout=seconds)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connected


class _PinnedPlain(HTTPConnection):
    """A connection for a host name, to an address chosen beforehand."""

    address = ""

    def _new_conn(self) -> socket.socket:
        return _connect_to(self.address, self.port, self.timeout)


class _PinnedTls(HTTPSConnection):
    """The same under TLS; the certificate must be for the host name."""

    address = ""

    def _new_conn(self) -> socket.socket:
        return _connect_to(self.address, self.port, self.timeout)


class _Alarm:
    """Breaks the connection off when the time is over: a socket's own limit begins anew with every byte."""

    def __init__(self, connection: HTTPConnection, at: float) -> None:
        self.rang = False
        self._socket: socket.socket = connection.sock
        self._socket.settimeout(max(0.001, at - time.monotonic()))
        connection.timeout = self._socket.gettimeout()
        self._timer = threading.Timer(max(0.0, at - time.monotonic()), self._ring)
        self._timer.daemon = True

    def _ring(self) -> None:
        self.rang = True
        with suppress(OSError):
            # below TLS, whose own farewell would wait for the other side
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def __enter__(self) -> "_Alarm":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
