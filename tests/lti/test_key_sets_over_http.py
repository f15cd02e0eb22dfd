"""Key sets from a real server on loopback: good, redirecting, endless, hanging."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest
import urllib3

import lti
from lti.keysets import KeySets
from tests.lti.sides import NOW, SharedKeySets, code_of, jwk, platform


class Urllib3:
    """An HttpClient as `lti.http` describes it, as small as can be."""

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: lti.Timeout,
        max_bytes: int,
    ) -> lti.HttpResponse:
        limits = urllib3.Timeout(connect=timeout.connect, read=timeout.total)
        try:
            with urllib3.PoolManager() as pool:
                response = pool.request(
                    method,
                    url,
                    headers=headers,
                    body=body,
                    timeout=limits,
                    retries=False,
                    preload_content=False,
                )
                content = response.read(max_bytes + 1)
                if len(content) > max_bytes:
                    raise lti.HttpFailure("too_big", True)
                return lti.HttpResponse(response.status, dict(response.headers), content)
        except urllib3.exceptions.HTTPError as error:
            raise lti.HttpFailure("timeout", True) from error


class Endpoint(BaseHTTPRequestHandler):
    """`/good`, `/moved` (to `/good`), `/endless`, `/hang`."""

    document: ClassVar[bytes] = b""
    asked: ClassVar[list[str]] = []
    release: ClassVar[threading.Event] = threading.Event()

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path == "/hang":
            self.release.wait(5)
        elif self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/good")
            self.end_headers()
        else:
            self.send_response(200)
            self.send_header("Cache-Control", "max-age=900")
            self.end_headers()
            with suppress(OSError):  # the client may have had enough
                self.wfile.write(self.document if self.path == "/good" else b" " * 2_000_000)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def server(signing_key: Any) -> Iterator[str]:
    Endpoint.document = json.dumps({"keys": [jwk(signing_key, "kid-1")]}).encode()
    Endpoint.asked.clear()
    Endpoint.release.clear()
    http = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{http.server_address[1]}"
    Endpoint.release.set()
    http.shutdown()
    http.server_close()
    thread.join()


def test_a_set_is_fetched_and_kept_as_the_platform_says(server: str) -> None:
    shared = SharedKeySets()
    lms = platform(jwks_uri=f"{server}/good")
    keys = KeySets(shared, Urllib3(), "BuddyTrainer/test")
    for _ in range(3):
        assert keys.key_for(lms, "kid-1", NOW).kid == "kid-1"
    assert Endpoint.asked == ["/good"]
    stored = shared.load(lms)
    assert stored is not None
    assert (stored.expires_at - stored.fetched_at).total_seconds() == 900


@pytest.mark.parametrize("path", ["/moved", "/endless"])
def test_a_redirect_and_an_endless_answer_are_no_key_set(server: str, path: str) -> None:
    lms = platform(jwks_uri=f"{server}{path}")
    keys = KeySets(SharedKeySets(), Urllib3(), "BuddyTrainer/test")
    assert code_of(lambda: keys.key_for(lms, "kid-1", NOW)) == "lti_keys_unavailable"
    assert Endpoint.asked == [path]


def test_a_hanging_endpoint_costs_a_launch_with_a_known_key_a_moment(server: str) -> None:
    shared = SharedKeySets()
    KeySets(shared, Urllib3(), "x").key_for(platform(jwks_uri=f"{server}/good"), "kid-1", NOW)
    lms = platform(jwks_uri=f"{server}/hang")
    stored = next(iter(shared.rows.values()))
    shared.claims.clear()
    shared.save(lms, stored)
    keys = KeySets(shared, Urllib3(), "x")
    started = time.monotonic()
    keys.key_for(lms, "kid-1", NOW + timedelta(hours=2))
    first = time.monotonic() - started
    for second in range(9):
        keys.key_for(lms, "kid-1", NOW + timedelta(hours=2, seconds=second))
    assert first < 3
    assert time.monotonic() - started - first < 0.5
