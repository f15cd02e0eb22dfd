"""Whoever holds an invitation can name addresses, and gets nobody asked who is not on the public internet."""

import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from werkzeug.test import TestResponse

from lti.http import HttpResponse
from lti.keys import ToolKey
from tests.lti.test_platform_configuration import CANVASES
from tests.trainer.core.test_http_client import OK, Listener, certificate, listening
from tests.trainer.desks.lti.registering import EmptyHouse, code_of, empty_house, presses_connect
from trainer.core.http import SafeHttpClient
from trainer.desks.lti.front_office import EXTENSION

BASE_URL = "https://training.example.be"
LMS = "lms.example.org"
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint")


@pytest.fixture
def service(sqlite_url: str, tool_key: ToolKey, tmp_path: Path) -> Iterator[EmptyHouse]:
    """The service as institutions run it: https and public addresses only."""
    with empty_house(sqlite_url, tmp_path, tool_key, base_url=BASE_URL, insecure=False) as house:
        yield house


def pasted(service: EmptyHouse, configuration: str) -> TestResponse:
    """The administrator's browser comes with this configuration."""
    path = service.invitation().removeprefix(BASE_URL)
    return service.browser().get(
        f"{path}&openid_configuration={quote(configuration, safe='')}", base_url=BASE_URL
    )


class Site:
    """An LMS on a public name of its own, with a certificate; here it listens on loopback."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.origin = f"https://{LMS}:{listener.port}"
        self.says()

    def says(self, **changes: str) -> None:
        """What it answers from now on: its configuration, with these changes."""
        paths = {name: f"{self.origin}/{name}" for name in ENDPOINTS}
        body = json.dumps({"issuer": self.origin, **paths, **changes}).encode()
        self.listener.answer = written("200 OK", body)


@pytest.fixture
def site(service: EmptyHouse, tmp_path: Path) -> Iterator[Site]:
    """The LMS; its name is the only one that reaches anything, every other is of a private network."""
    pem = certificate(tmp_path, name=LMS, days=30)
    service.app.extensions[EXTENSION].http = Internet(pem)
    with listening(b"", tls=serving(pem)) as listener:
        yield Site(listener)


def serving(pem: Path) -> ssl.SSLContext:
    """TLS with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


class Internet:
    """The service's own client, for which loopback is the public internet where a host has one of these certificates."""

    def __init__(self, *pems: Path) -> None:
        trusting = ssl.create_default_context(cadata="".join(_certificate_in(pem) for pem in pems))
        self._names = {pem.stem.removesuffix("30") for pem in pems}
        self._public = SafeHttpClient(
            resolver=lambda _host, _port: ["127.0.0.1"], allow_insecure=True, tls=trusting
        )
        self._private = SafeHttpClient(resolver=lambda _host, _port: ["10.0.0.1"])

    def request(self, method: str, url: str, **options: Any) -> HttpResponse:
        """One request."""
        client = self._public if urlsplit(url).hostname in self._names else self._private
        return client.request(method, url, **options)


def _certificate_in(pem: Path) -> str:
    """Without the key that is beside it."""
    text = pem.read_text()
    return text[text.index("-----BEGIN CERTIFICATE") :]


def written(status: str, body: bytes, *headers: str) -> bytes:
    """An answer as it goes over the wire."""
    return (
        "\r\n".join([f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]).encode() + body
    )


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:{port}/",
        "https://127.0.0.1:{port}/",
        "https://[::ffff:127.0.0.1]:{port}/",
        "https://0x7f.1:{port}/",
        "https://2130706433:{port}/",
        "https://localhost:{port}/",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/",
        "https://user@127.0.0.1:{port}/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:{port}/",
    ],
)
def test_a_configuration_that_is_not_on_the_public_internet(service: EmptyHouse, address: str) -> None:
    with listening(OK) as private:
        refused = pasted(service, address.format(port=private.port))
        assert (refused.status_code, code_of(refused)) == (422, "url_not_allowed")
        assert private.connections == 0
    assert service.open_invitations() == 1


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.215.14", "127.0.0.1"], ["::ffff:10.0.0.1"]])
def test_a_public_name_with_a_private_address(service: EmptyHouse, addresses: list[str]) -> None:
    service.app.extensions[EXTENSION].http = SafeHttpClient(resolver=lambda _host, _port: addresses)
    with listening(OK) as private:
        refused = pasted(service, f"https://{LMS}:{private.port}/c")
        assert (refused.status_code, code_of(refused)) == (422, "url_not_allowed")
        assert private.connections == 0


def test_a_public_host_that_redirects_to_a_private_one(service: EmptyHouse, site: Site) -> None:
    with listening(OK) as private:
        site.listener.answer = written("302 Found", b"", f"Location: http://127.0.0.1:{private.port}/")
        refused = pasted(service, f"{site.origin}/c")
        assert (refused.status_code, code_of(refused)) == (422, "lti_configuration")
        assert site.listener.connections == 1
        assert private.connections == 0


@pytest.mark.parametrize("name", ENDPOINTS)
@pytest.mark.parametrize(
    "address",
    [
        "http://lms.example.org/x",
        "https://127.0.0.1:{port}/x",
        "https://[::ffff:7f00:1]:{port}/x",
        "https://10.0.0.1/x",
    ],
)
def test_a_configuration_that_names_addresses_inside(
    service: EmptyHouse, site: Site, name: str, address: str
) -> None:
    with listening(OK) as private:
        site.says(**{name: address.format(port=private.port)})
        refused = pasted(service, f"{site.origin}/c")
        assert (refused.status_code, code_of(refused)) == (422, "url_not_allowed")
        assert private.connections == 0


def test_a_name_that_turns_out_to_be_of_a_private_network_spends_nothing(
    service: EmptyHouse, site: Site
) -> None:
    """Given a registration endpoint on another name, ticked by the administrator, it is not connected to."""
    site.says(registration_endpoint="https://inside.example.org/register")
    page = pasted(service, f"{site.origin}/c")
    assert "inside.example.org" in page.get_data(as_text=True)
    refused = presses_connect(service.browser(), page, origin=BASE_URL)
    assert (refused.status_code, code_of(refused)) == (422, "url_not_allowed")
    assert service.open_invitations() == 1
    assert not service.registrations()


def test_on_its_own_public_name_it_is_shown(service: EmptyHouse, site: Site) -> None:
    page = pasted(service, f"{site.origin}/c")
    assert page.status_code == 200
    assert site.origin in page.get_data(as_text=True)
    assert 'name="elsewhere"' not in page.get_data(as_text=True)


def test_canvas_registers_on_the_institutions_own_host(service: EmptyHouse, tmp_path: Path) -> None:
    """Given one issuer for all of Canvas' customers, the administrator ticks the host that is the institution's."""
    shared = certificate(tmp_path, name="sso.canvaslms.com", days=30)
    own = certificate(tmp_path, name="canvas.vub.be", days=30)
    service.app.extensions[EXTENSION].http = Internet(shared, own)
    made = json.dumps({"client_id": "10000000000001", "scope": "openid"}).encode()
    with (
        listening(written("200 OK", made), tls=serving(own)) as vub,
        listening(b"", tls=serving(shared)) as canvas,
    ):
        endpoint = f"https://canvas.vub.be:{vub.port}/api/lti/registrations"
        body = json.dumps({**CANVASES, "registration_endpoint": endpoint}).encode()
        canvas.answer = written("200 OK", body)
        page = pasted(
            service, f"https://sso.canvaslms.com:{canvas.port}/api/lti/security/openid-configuration"
        )
        text = page.get_data(as_text=True)
        assert "Vrije Universiteit Brussel" in text
        assert "canvas.vub.be" in text
        assert presses_connect(service.browser(), page, origin=BASE_URL, ticks=False).status_code == 422
        assert vub.connections == 0
        done = presses_connect(service.browser(), page, origin=BASE_URL)
        assert done.status_code == 200
        assert "puntendienst" in done.get_data(as_text=True), "it granted nothing of what was asked for"
        (row,) = service.registrations()
        assert (row["issuer"], row["client_id"]) == ("https://canvas.instructure.com", "10000000000001")
        assert row["service_hosts"] == [f"canvas.vub.be:{vub.port}"]
