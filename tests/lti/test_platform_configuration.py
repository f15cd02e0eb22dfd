"""An administrator pastes one address: what the LMS says of itself, and what of it is believed (LTI Dynamic
Registration 1.0, 3.3 and 3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import lti
from tests.lti.sides import DELETE, Server, answer, code_of

PLATFORM_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-platform-configuration"
CONFIGURATION_URL = "https://lms.example/mod/lti/openid-configuration.php"
REQUEST = lti.RegistrationRequest(CONFIGURATION_URL, "token-1")
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
#: As Moodle 4.1 writes it.
MOODLES: dict[str, Any] = {
    "issuer": "https://lms.example",
    "token_endpoint": "https://lms.example/mod/lti/token.php",
    "jwks_uri": "https://lms.example/mod/lti/certs.php",
    "authorization_endpoint": "https://lms.example/mod/lti/auth.php",
    "registration_endpoint": "https://lms.example/mod/lti/openid-registration.php",
    "scopes_supported": [f"{AGS}lineitem", f"{AGS}lineitem.readonly", f"{AGS}score", NRPS, "openid"],
    "id_token_signing_alg_values_supported": ["RS256"],
    "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email"],
    PLATFORM_CONFIGURATION: {
        "product_family_code": "moodle",
        "version": "4.1dev (Build: 20220624)",
        "messages_supported": [
            {"type": "LtiResourceLinkRequest"},
            {"type": "LtiDeepLinkingRequest", "placements": ["ContentArea"]},
        ],
        "variables": ["Context.id.history"],
    },
}
#: As canvas-lms describes and tests it: login and keys for all customers, the rest from the institution's host.
CANVASES: dict[str, Any] = {
    "issuer": "https://canvas.instructure.com",
    "authorization_endpoint": "https://sso.canvaslms.com/api/lti/authorize_redirect",
    "registration_endpoint": "https://canvas.vub.be/api/lti/registrations",
    "jwks_uri": "https://sso.canvaslms.com/api/lti/security/jwks",
    "token_endpoint": "https://sso.canvaslms.com/login/oauth2/token",
    "scopes_supported": ["openid", f"{AGS}lineitem", f"{AGS}score", NRPS, lti.NOTICE_HANDLERS],
    "authorization_server": "canvas.instructure.com",
    PLATFORM_CONFIGURATION: {
        "product_family_code": "canvas",
        "version": "vCloud",
        "messages_supported": [
            {
                "type": "LtiResourceLinkRequest",
                "placements": ["https://canvas.instructure.com/lti/course_navigation"],
            },
            {
                "type": "LtiDeepLinkingRequest",
                "placements": [
                    "https://canvas.instructure.com/lti/editor_button",
                    "https://canvas.instructure.com/lti/link_selection",
                    "https://canvas.instructure.com/lti/assignment_selection",
                    "ContentArea",
                ],
            },
        ],
        "notice_types_supported": ["LtiHelloWorldNotice", "LtiContextCopyNotice"],
        "https://canvas.instructure.com/lti/account_name": "Vrije Universiteit Brussel",
    },
}
CANVAS_URL = "https://sso.canvaslms.com/api/lti/security/openid-configuration"
BLACKBOARDS: dict[str, Any] = {
    "issuer": "https://blackboard.com",
    "authorization_endpoint": "https://developer.blackboard.com/api/v1/gateway/oidcauth",
    "registration_endpoint": "https://developer.blackboard.com/api/v1/registration",
    "jwks_uri": "https://developer.blackboard.com/api/v1/management/applications/c/jwks.json",
    "token_endpoint": "https://developer.blackboard.com/api/v1/gateway/oauth2/jwttoken",
    PLATFORM_CONFIGURATION: {"product_family_code": "BlackboardLearn"},
}
BRIGHTSPACES: dict[str, Any] = {
    "issuer": "https://ufora.example",
    "authorization_endpoint": "https://ufora.example/d2l/lti/authenticate",
    "registration_endpoint": "https://ufora.example/d2l/lti/register",
    "jwks_uri": "https://ufora.example/d2l/.well-known/jwks",
    "token_endpoint": "https://auth.brightspace.com/core/connect/token",
    "authorization_server": "https://api.brightspace.com/auth/token",
    PLATFORM_CONFIGURATION: {"product_family_code": "desire2learn"},
}


def read(
    given: Mapping[str, Any] = MOODLES, url: str = CONFIGURATION_URL, **more: Any
) -> lti.PlatformConfiguration:
    server = Server(answer(200, dict(given)))
    return lti.fetch_configuration(
        server, lti.RegistrationRequest(url, "token-1"), user_agent="BuddyTrainer/test", **more
    )


def changed(base: Mapping[str, Any] = MOODLES, /, **changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (dict(base) | changes).items() if value is not DELETE}


# ---- what the LMS sends the browser with


def test_an_lms_sends_an_address_and_perhaps_a_token() -> None:
    fields = {
        "openid_configuration": [CONFIGURATION_URL],
        "registration_token": ["a.b-c_d=="],
        "invitation": ["x"],
    }
    assert lti.read_registration_request(fields) == lti.RegistrationRequest(CONFIGURATION_URL, "a.b-c_d==")
    bare = lti.read_registration_request([("openid_configuration", CONFIGURATION_URL)])
    assert bare.token is None, "Brightspace has none"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ([], "lti_registration"),
        ([("openid_configuration", "")], "lti_registration"),
        ([("openid_configuration", CONFIGURATION_URL)] * 2, "lti_registration"),
        (
            [("openid_configuration", CONFIGURATION_URL), ("registration_token", "a\r\nX: y")],
            "lti_registration",
        ),
        ([("openid_configuration", CONFIGURATION_URL), ("registration_token", "a b")], "lti_registration"),
        (
            [("openid_configuration", CONFIGURATION_URL), ("registration_token", "x" * 9000)],
            "lti_registration",
        ),
        ([("openid_configuration", "http://lms.example/c")], "url_not_allowed"),
        ([("openid_configuration", "https://127.0.0.1/c")], "url_not_allowed"),
        ([("openid_configuration", "https://[::ffff:127.0.0.1]/c")], "url_not_allowed"),
        ([("openid_configuration", "https://0x7f.1/c")], "url_not_allowed"),
        ([("openid_configuration", "https://169.254.169.254/latest/meta-data")], "url_not_allowed"),
        ([("openid_configuration", "https://10.0.0.1/c")], "url_not_allowed"),
        ([("openid_configuration", "file:///etc/passwd")], "url_not_allowed"),
        ([("openid_configuration", "gopher://x")], "url_not_allowed"),
        ([("openid_configuration", "https://user@127.0.0.1/c")], "url_not_allowed"),
        ([("openid_configuration", "https://localhost/c")], "url_not_allowed"),
    ],
)
def test_addresses_that_nobody_may_make_us_open(fields: list[tuple[str, str]], code: str) -> None:
    assert code_of(lambda: lti.read_registration_request(fields)) == code


# ---- its configuration


def test_it_works() -> None:
    found = read()
    assert (found.issuer, found.family, found.version) == (
        "https://lms.example",
        "moodle",
        "4.1dev (Build: 20220624)",
    )
    assert found.elsewhere == ()
    assert found.platform("c-1") == lti.Platform(
        issuer="https://lms.example",
        client_id="c-1",
        authorization_endpoint="https://lms.example/mod/lti/auth.php",
        token_endpoint="https://lms.example/mod/lti/token.php",
        jwks_uri="https://lms.example/mod/lti/certs.php",
        family="moodle",
    )


def test_the_token_is_kept_for_the_registration() -> None:
    server = Server(answer(200, MOODLES))
    lti.fetch_configuration(server, REQUEST, user_agent="BuddyTrainer/test")
    assert [request["headers"] for request in server.requests] == [
        {"Accept": "application/json", "User-Agent": "BuddyTrainer/test"}
    ]


def test_canvas_wants_the_token_for_its_configuration_too() -> None:
    def canvas(request: dict[str, Any]) -> lti.HttpResponse:
        bearer = request["headers"].get("Authorization")
        return answer(200, CANVASES) if bearer == "Bearer token-1" else answer(401, {"errors": ["token"]})

    server = Server(canvas)
    request = lti.RegistrationRequest(CANVAS_URL, "token-1")
    found = lti.fetch_configuration(server, request, user_agent="x")
    assert (found.issuer, found.account) == ("https://canvas.instructure.com", "Vrije Universiteit Brussel")
    assert found.audience is None, "the bare host that it gives is none"
    # The institution's own host is told to the administrator, and may have our tokens once that was ticked
    assert found.elsewhere == (("registration_endpoint", "canvas.vub.be"),)
    assert found.platform("1").service_hosts == ("canvas.vub.be",)


def test_a_configuration_that_stays_closed_is_refused() -> None:
    assert (
        code_of(lambda: lti.fetch_configuration(Server(answer(401)), REQUEST, user_agent="x"))
        == "lti_configuration"
    )
    bare = lti.RegistrationRequest(CONFIGURATION_URL, None)
    server = Server(answer(403))
    assert code_of(lambda: lti.fetch_configuration(server, bare, user_agent="x")) == "lti_configuration"
    assert len(server.requests) == 1


def test_blackboards_issuer_is_that_of_all_its_customers() -> None:
    url = "https://developer.blackboard.com/.well-known/openid-configuration"
    found = read(BLACKBOARDS, url)
    assert (found.issuer, found.family, found.elsewhere) == ("https://blackboard.com", "blackboard", ())


def test_brightspaces_audience_and_token_endpoint_are_its_makers() -> None:
    found = read(BRIGHTSPACES, "https://ufora.example/d2l/.well-known/openid-configuration")
    assert (found.family, found.elsewhere) == ("brightspace", ())
    assert found.platform("c").audience == "https://api.brightspace.com/auth/token"


def test_an_authorization_server_that_gets_no_token_request_is_no_audience() -> None:
    """Else an LMS would be handed what another one takes for our word."""
    strangers = {**BRIGHTSPACES, "token_endpoint": "https://ufora.example/token"}
    found = read(strangers, "https://ufora.example/d2l/.well-known/openid-configuration")
    assert found.platform("c").audience is None


@pytest.mark.parametrize(
    ("issuer", "url"),
    [
        ("https://other.example", CONFIGURATION_URL),
        ("https://www.lms.example", CONFIGURATION_URL),
        ("https://lms.example:8443", CONFIGURATION_URL),
        ("https://lms.example.evil.example", CONFIGURATION_URL),
        ("https://canvas.instructure.com", "https://evil.example/openid-configuration"),
        ("https://canvas.instructure.com", "https://eviltructure.com/x"),
        ("https://canvas.instructure.com", "https://notinstructure.com/x"),
        ("https://blackboard.com", "https://canvas.instructure.com/x"),
        ("https://ufora.example", "https://auth.brightspace.com/x"),
    ],
)
def test_nobody_speaks_for_another_site(issuer: str, url: str) -> None:
    assert code_of(lambda: read(changed(issuer=issuer), url)) == "lti_configuration_issuer"


def test_the_issuer_that_the_administrator_typed() -> None:
    assert read(expected_issuer="https://lms.example").issuer == "https://lms.example"
    for typed in ("https://lms.example/", "https://other.example"):
        assert code_of(lambda typed=typed: read(expected_issuer=typed)) == "lti_configuration_issuer"  # type: ignore[misc]


@pytest.mark.parametrize(
    "url",
    [
        "http://lms.example/x",
        "https://10.0.0.1/x",
        "https://[::1]/x",
        "https://a@lms.example/",
        "ftp://x",
        "/x",
    ],
)
@pytest.mark.parametrize(
    "name", ["authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint"]
)
def test_endpoints_that_nobody_may_make_us_open(name: str, url: str) -> None:
    assert code_of(lambda: read(changed(**{name: url}))) == "url_not_allowed"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://lms.example/x", False),
        ("https://api.lms.example/x", False),
        ("https://example.org/x", True),
        ("https://evil-lms.example/x", True),
        ("https://auth.brightspace.com/x", True),
    ],
)
def test_endpoints_on_another_site_are_told_to_the_administrator(url: str, told: bool) -> None:
    assert [name for name, _ in read(changed(jwks_uri=url)).elsewhere] == (["jwks_uri"] if told else [])


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": DELETE},
        {"issuer": ["https://lms.example"]},
        {"issuer": "https://lms.example\n"},
        {"token_endpoint": DELETE},
        {"registration_endpoint": ""},
        {"jwks_uri": 5},
        {"authorization_endpoint": "https://lms.example/" + "x" * 3000},
        {"id_token_signing_alg_values_supported": ["ES256"]},
    ],
)
def test_a_configuration_that_lacks_what_is_needed(changes: dict[str, Any]) -> None:
    assert code_of(lambda: read(changed(**changes))) == "lti_configuration"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b"[" * 50_000, b"\xff"])
def test_a_configuration_that_is_none(body: bytes) -> None:
    server = Server(answer(200, body))
    assert code_of(lambda: lti.fetch_configuration(server, REQUEST, user_agent="x")) == "lti_configuration"


@pytest.mark.parametrize(
    ("given_answer", "code"),
    [
        (answer(302, Location="http://169.254.169.254/"), "lti_configuration"),
        (answer(404, b"<html>"), "lti_configuration"),
        (answer(429), "lti_unreachable"),
        (answer(500), "lti_unreachable"),
        (lti.HttpFailure("timeout", False), "lti_unreachable"),
        (lti.HttpFailure("resolve", False), "lti_unreachable"),
        (lti.HttpFailure("certificate", False), "lti_unreachable"),
        (lti.HttpFailure("too_big", False), "lti_unreachable"),
        (lti.HttpFailure("address", False), "url_not_allowed"),
    ],
)
def test_when_the_configuration_does_not_come(given_answer: Any, code: str) -> None:
    server = Server(given_answer)
    assert code_of(lambda: lti.fetch_configuration(server, REQUEST, user_agent="x")) == code
    assert len(server.requests) == 1
