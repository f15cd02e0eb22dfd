"""What a tool knows of a platform: one registration."""

from __future__ import annotations

from dataclasses import dataclass

from lti.errors import LtiError
from lti.fields import has_control
from lti.urls import browser_origin, check_platform_url, is_same_site, is_web_url

_MAX_ID = 255


@dataclass(frozen=True, slots=True)
class Platform:
    """A registration: what an LMS and we agreed on before the first launch (LTI Core 1.3, 3.1.3; Security
    Framework 4.1).

    issuer: exact text of the `iss` claim; a trailing slash makes it another issuer. client_id: ours at that
    issuer. audience: `aud` of our client assertion where it is not the token endpoint. family: product family
    (`moodle`, `canvas`, …) if the administrator told us; else the launch tells. service_hosts: hosts (`host`
    or `host:port`) besides those of the endpoints that serve this platform's line items and rosters.
    """

    issuer: str
    client_id: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    audience: str | None = None
    family: str | None = None
    service_hosts: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """(issuer, client_id): what a platform is known by."""
        return self.issuer, self.client_id

    @property
    def frame_origin(self) -> str:
        """The origin that frames our pages: that of the page that started the login."""
        origin = browser_origin(self.authorization_endpoint)
        if origin is None:
            raise LtiError("url_not_allowed", "authorization_endpoint is not an absolute https address")
        return origin


def check_platform(platform: Platform, *, allow_insecure: bool = False) -> None:
    """Refuse a registration that must not be stored: LtiError `url_not_allowed` or `lti_registration` (422).

    allow_insecure: plain http and private hosts are fine (tests, demos; never in production).
    """
    for what, text in (("issuer", platform.issuer), ("client_id", platform.client_id)):
        if not text or len(text) > _MAX_ID or has_control(text) or text != text.strip():
            raise LtiError("lti_registration", f"{what} is empty, too long or not printable")
    for what, url in (
        ("issuer", platform.issuer),
        ("authorization_endpoint", platform.authorization_endpoint),
        ("token_endpoint", platform.token_endpoint),
        ("jwks_uri", platform.jwks_uri),
    ):
        check_platform_url(url, what, allow_insecure=allow_insecure)
    # OIDC Discovery 1.0, 3: an issuer has no query and no fragment
    if "?" in platform.issuer:
        raise LtiError("url_not_allowed", "issuer has a query")
    for host in platform.service_hosts:
        check_platform_url(f"https://{host}/", "service host", allow_insecure=allow_insecure)
    if platform.audience is not None and (not platform.audience or has_control(platform.audience)):
        raise LtiError("lti_registration", "audience is empty or not printable")
    if (
        not allow_insecure
        and platform.audience is not None
        and not is_audience_of(platform, platform.audience)
    ):
        raise LtiError("url_not_allowed", "audience is another site than the token endpoint")


def is_audience_of(platform: Platform, audience: str) -> bool:
    """True when an assertion for this audience may be handed to the platform's token endpoint.

    One for another site could be handed in there by who gets it here, and our client ids are no secrets: at the LMS
    of somebody else it would open what it opens for us (RFC 7523, 3: the audience is who the assertion goes to).
    """
    return not is_web_url(audience) or is_same_site(audience, platform.token_endpoint)
