"""A platform may be registered with public https addresses only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lti.platform import check_platform
from lti.services import is_service_url
from lti.urls import is_public_address
from tests.lti.sides import code_of, platform

ENDPOINTS = ["authorization_endpoint", "token_endpoint", "jwks_uri", "issuer"]


def test_a_platform_with_public_addresses_is_fine() -> None:
    check_platform(platform(authorization_endpoint="https://lms.example:8443/auth?tenant=1"))


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize(
    "url",
    [
        "http://lms.example/x",
        "https://user@lms.example/x",
        "https://user@127.0.0.1/x",
        "https://lms.example/x#fragment",
        "https://lms.example/x#",
        "https://127.0.0.1/x",
        "https://127.1/x",
        "https://0x7f.1/x",
        "https://2130706433/x",
        "https://0177.0.0.1/x",
        "https://0/x",
        "https://999.999.999.999/x",
        "https://10.0.0.1/x",
        "https://192.168.1.1/x",
        "https://172.16.0.1/x",
        "https://100.64.0.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://224.0.0.1/x",
        "https://[::1]/x",
        "https://[::]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://[64:ff9b::7f00:1]/x",
        "https://[2002:7f00:1::]/x",
        "https://[fe80::1%25eth0]/x",
        "https://[fc00::1]/x",
        "https://localhost/x",
        "https://localhost./x",
        "https://a.localhost/x",
        "https://lms.internal/x",
        "https://lms/x",
        "https:///x",
        "https://-a.example/x",
        "https://lms.example:0/x",
        "https://lms.example:99999/x",
        "https://lms.example\\@10.0.0.1/x",
        "https://lms.example/a b",
        "file:///etc/passwd",
        "gopher://lms.example",
        "lms.example",
        "",
        "https://a.example; script-src *",
        "https://*.example/x",
    ],
)
def test_a_platform_with_another_address_is_refused(endpoint: str, url: str) -> None:
    assert code_of(lambda: check_platform(platform(**{endpoint: url}))) in {
        "url_not_allowed",
        "lti_registration",
    }


@pytest.mark.parametrize(
    "url", ["http://localhost:8101/x", "http://127.0.0.1/x", "http://[::1]:80/x", "https://lms/x"]
)
def test_tests_and_demos_may_allow_plain_http_and_loopback(url: str) -> None:
    check_platform(replace(platform(), token_endpoint=url, jwks_uri=url, issuer=url), allow_insecure=True)


@pytest.mark.parametrize(
    "url", ["http://u@localhost/x", "http://localhost/#f", "javascript:x", "//localhost"]
)
def test_even_there_not_everything_goes(url: str) -> None:
    changed = replace(platform(), token_endpoint=url)
    assert code_of(lambda: check_platform(changed, allow_insecure=True)) == "url_not_allowed"


@pytest.mark.parametrize("client_id", ["", " x", "x" * 256, "a\0b", "a\nb"])
def test_a_client_id_is_a_line_of_text(client_id: str) -> None:
    assert code_of(lambda: check_platform(platform(client_id=client_id))) == "lti_registration"


@pytest.mark.parametrize(
    "audience",
    [
        "https://lms.example",
        "https://lms.example/token",
        "https://auth.lms.example/",
        "urn:lms:token",
    ],
)
def test_an_audience_of_the_same_site_as_the_token_endpoint_is_fine(audience: str) -> None:
    check_platform(platform(audience=audience))


@pytest.mark.parametrize("token_endpoint", ["https://lms.example/token", "https://93.184.216.34/token"])
@pytest.mark.parametrize(
    "audience", ["https://other.example/token", "https://200.184.216.34/token", "HTTPS://OTHER.EXAMPLE/"]
)
def test_an_audience_of_another_site_is_refused(audience: str, token_endpoint: str) -> None:
    """What we sign for somebody else must not be handed to this platform, which could hand it in there."""
    asked = platform(audience=audience, token_endpoint=token_endpoint)
    assert code_of(lambda: check_platform(asked)) == "url_not_allowed"


def test_the_frame_origin_is_that_of_the_login_page() -> None:
    assert platform().frame_origin == "https://lms.example"
    assert (
        platform(authorization_endpoint="https://SSO.lms.example:443/a").frame_origin
        == "https://sso.lms.example"
    )
    assert platform(authorization_endpoint="http://localhost:8101/a").frame_origin == "http://localhost:8101"
    assert platform(authorization_endpoint="http://[::1]:81/a").frame_origin == "http://[::1]:81"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("::ffff:93.184.216.34", True),
        ("::ffff:127.0.0.1", False),
        ("10.1.2.3", False),
        ("fe80::1%eth0", False),
        ("64:ff9b::5db8:d822", True),  # 93.184.216.34 behind NAT64
        ("64:ff9b::a00:1", False),
        ("64:ff9b:1::a00:1", False),  # a network's own NAT64 (RFC 8215)
        ("fec0::1", False),  # a site's own (RFC 3879)
        ("::7f00:1", False),  # 127.0.0.1, as it was written once (RFC 4291, 2.5.5.1)
        ("::ffff:0:7f00:1", False),  # and translated (RFC 7915)
        ("5f00::1", False),  # a provider's segments (RFC 9602)
        ("name", False),
    ],
)
def test_addresses_that_names_resolve_to(address: str, public: bool) -> None:
    assert is_public_address(address) is public


def test_services_are_called_at_the_registered_platform_only() -> None:
    known = platform(service_hosts=("api.lms.example",))
    assert is_service_url(known, "https://lms.example/lineitems/1?type_id=3")
    assert is_service_url(known, "https://api.lms.example/lineitems")
    for url in (
        "https://evil.example/lineitems",
        "https://lms.example.evil.example/",
        "https://lms.example@evil.example/",
        "http://lms.example/lineitems",
        "https://lms.example:8443/lineitems",
        "https://x.instructure.com/",
        "not a url",
    ):
        assert not is_service_url(known, url), url


def test_canvas_and_blackboard_serve_columns_from_the_institutions_own_host() -> None:
    canvas = platform(issuer="https://canvas.instructure.com")
    assert is_service_url(canvas, "https://school.instructure.com/api/lti/courses/1/line_items")
    assert not is_service_url(canvas, "http://school.instructure.com/api")
    assert not is_service_url(canvas, "https://instructure.com.evil.example/api")
    assert not is_service_url(canvas, "https://evilinstructure.com/api")
    assert is_service_url(
        platform(issuer="https://blackboard.com"), "https://school.blackboard.com/learn/api"
    )
