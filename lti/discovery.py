"""What a platform says of itself before it is registered: its OpenID configuration (OIDC Discovery 1.0, 4; LTI
Dynamic Registration 1.0, 3.4, https://www.imsglobal.org/spec/lti-dr/v1p0).

The address comes from a stranger's browser, so nothing is believed that could be somebody else's: the issuer
must be the site that answered, and each endpoint that lies elsewhere is told to the administrator.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from lti.claims import parse_object
from lti.errors import LtiError
from lti.fields import Fields, clean_text, has_control, list_fields, read_fields
from lti.http import HttpClient, HttpFailure, HttpResponse, Timeout
from lti.platform import Platform, check_platform
from lti.platforms import PRODUCTS, Quirks, family_of, quirks_of
from lti.urls import check_platform_url, is_same_site, is_web_url, origin_of, split_url

PLATFORM_CONFIGURATION: Final = "https://purl.imsglobal.org/spec/lti-platform-configuration"
#: Someone waits in front of the page.
TIMEOUT = Timeout(5.0, 20.0)
_MAX_ANSWER = 256 * 1024
_FIELDS = {"openid_configuration": 2048, "registration_token": 8192}
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]+", re.ASCII)
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint")
_MAX_TEXT = 255
_MAX_ENDPOINT = 1000


@dataclass(frozen=True, slots=True)
class RegistrationRequest:
    """What an LMS sends the administrator's browser with. token: None at Brightspace, which has none."""

    configuration_url: str
    token: str | None


@dataclass(frozen=True, slots=True)
class PlatformConfiguration:
    """A checked configuration.

    audience: `aud` for our client assertions if not the token endpoint. family: our name of the product, or
    what it calls itself. scopes, claims: what can be had, None if not said. messages: type → placements.
    account: which customer of a shared LMS, in its own words. elsewhere: (endpoint's name, host) of what lies
    on another site than the issuer; the administrator must see them.
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    registration_endpoint: str
    audience: str | None
    family: str | None
    version: str | None
    scopes: frozenset[str] | None
    claims: frozenset[str] | None
    messages: Mapping[str, tuple[str, ...]]
    notice_types: frozenset[str]
    account: str | None
    elsewhere: tuple[tuple[str, str], ...]

    @property
    def quirks(self) -> Quirks:
        """What to mind with this product."""
        return quirks_of(self.platform(""))

    def platform(self, client_id: str) -> Platform:
        """The registration under this client id.

        Where the registration is taken, services are given: Canvas serves login and keys for all its
        customers, and everything else from the institution's own host.
        """
        known = {origin_of(url) for url in (self.issuer, self.authorization_endpoint, self.token_endpoint)}
        home = split_url(self.registration_endpoint)
        extra = (
            home is not None and home.scheme == "https" and origin_of(self.registration_endpoint) not in known
        )
        return Platform(
            issuer=self.issuer,
            client_id=client_id,
            authorization_endpoint=self.authorization_endpoint,
            token_endpoint=self.token_endpoint,
            jwks_uri=self.jwks_uri,
            audience=self.audience,
            family=self.family,
            service_hosts=(home.netloc,) if extra and home is not None else (),
        )


def read_registration_request(fields: Fields, *, allow_insecure: bool = False) -> RegistrationRequest:
    """Read the registration request of an LMS (Dynamic Registration 1.0, 3.3) from the fields of a GET.

    Raises LtiError `lti_registration` or `url_not_allowed`.
    """
    found = read_fields(list_fields(fields, _FIELDS), _FIELDS, "lti_registration")
    url, token = found.get("openid_configuration"), found.get("registration_token") or None
    if not url:
        raise LtiError("lti_registration", "openid_configuration is missing")
    check_platform_url(url, "openid_configuration", allow_insecure=allow_insecure)
    if token is not None and not _TOKEN.fullmatch(token):
        raise LtiError("lti_registration", "registration_token is no bearer token")
    return RegistrationRequest(url, token)


def fetch_configuration(
    http: HttpClient,
    request: RegistrationRequest,
    *,
    user_agent: str,
    expected_issuer: str | None = None,
    allow_insecure: bool = False,
) -> PlatformConfiguration:
    """Fetch and check a platform's configuration.

    expected_issuer: what the administrator typed beforehand, if anything; then no other is taken. Raises
    LtiError `lti_unreachable`, `url_not_allowed`, `lti_configuration`, `lti_configuration_issuer` or
    `lti_registration`.
    """
    url = request.configuration_url
    answer = _get(http, url, None, user_agent)
    if answer.status in (401, 403) and request.token is not None:
        # Canvas wants the token here too (doc/api/registration.md); others need not see it before we register
        answer = _get(http, url, request.token, user_agent)
    check_answer(answer, "lti_configuration")
    try:
        given = parse_object(answer.body)
    except ValueError as error:
        raise LtiError("lti_configuration", str(error)) from None
    return read_configuration(given, url, expected_issuer=expected_issuer, allow_insecure=allow_insecure)


def check_answer(answer: HttpResponse, code: str) -> None:
    """Raise LtiError unless the answer is a 2xx: `lti_unreachable` for what may be over in a minute."""
    if 200 <= answer.status < 300:
        return
    busy = answer.status in (408, 429) or answer.status >= 500
    raise LtiError("lti_unreachable" if busy else code, f"the LMS answered {answer.status}")


def send(
    http: HttpClient, method: str, url: str, headers: Mapping[str, str], body: bytes | None
) -> HttpResponse:
    """One request for someone who waits; LtiError `url_not_allowed` or `lti_unreachable` if none came."""
    try:
        return http.request(method, url, headers=headers, body=body, timeout=TIMEOUT, max_bytes=_MAX_ANSWER)
    except HttpFailure as failure:
        code = "url_not_allowed" if failure.kind == "address" else "lti_unreachable"
        raise LtiError(code, str(failure)) from None


def _get(http: HttpClient, url: str, token: str | None, user_agent: str) -> HttpResponse:
    headers = {"Accept": "application/json", "User-Agent": user_agent}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    return send(http, "GET", url, headers, None)


def read_configuration(
    given: dict[str, Any], url: str, *, expected_issuer: str | None = None, allow_insecure: bool = False
) -> PlatformConfiguration:
    """The configuration in the answer that came from `url`."""
    issuer = _required(given, "issuer")
    endpoints = {name: _required(given, name) for name in _ENDPOINTS}
    for name, endpoint in endpoints.items():
        check_platform_url(endpoint, name, allow_insecure=allow_insecure)
    product = _object(given.get(PLATFORM_CONFIGURATION))
    _check_issuer(issuer, url, expected_issuer)
    algorithms = given.get("id_token_signing_alg_values_supported")
    if isinstance(algorithms, list) and "RS256" not in algorithms:
        raise LtiError("lti_configuration", "the LMS does not sign with RS256")
    audience = _text(given, "authorization_server")
    # Canvas gives a bare host here, and wants its token endpoint; and what is another site's is not for this one
    is_own = audience and is_web_url(audience) and is_same_site(audience, endpoints["token_endpoint"])
    found = PlatformConfiguration(
        issuer=issuer,
        **endpoints,
        audience=audience if is_own else None,
        family=_text(product, "product_family_code"),
        version=_text(product, "version"),
        scopes=_names(given.get("scopes_supported")),
        claims=_names(given.get("claims_supported")),
        messages=_messages(product.get("messages_supported")),
        notice_types=_names(product.get("notice_types_supported")) or frozenset(),
        account=_text(product, "https://canvas.instructure.com/lti/account_name"),
        elsewhere=(),
    )
    platform = found.platform("-")
    check_platform(platform, allow_insecure=allow_insecure)
    return replace(
        found, family=family_of(platform), elsewhere=_elsewhere(issuer, endpoints, quirks_of(platform))
    )


def _check_issuer(issuer: str, url: str, expected: str | None) -> None:
    """The issuer is the site that the configuration came from, or one product's for all its customers that
    came from that product's own domain; and it is what the administrator typed, if anything."""
    if expected is not None and issuer != expected:
        raise LtiError("lti_configuration_issuer", f"{issuer} is not {expected}")
    if origin_of(issuer) is not None and origin_of(issuer) == origin_of(url):
        return
    for quirks in PRODUCTS:
        if issuer in quirks.issuers and url.startswith("https:") and _within(_host(url), quirks.own_domains):
            return
    raise LtiError("lti_configuration_issuer", f"{issuer} did not come from its own site")


def _elsewhere(issuer: str, endpoints: Mapping[str, str], quirks: Quirks) -> tuple[tuple[str, str], ...]:
    """Endpoints on another site than the issuer.

    Without a list of public suffixes two hosts are of one site when one lies below the other, or both belong
    to the product: too often told rather than once too seldom.
    """
    home = _host(issuer)
    found = []
    for name, url in endpoints.items():
        host = _host(url)
        if not (_within(host, (home,)) or _within(home, (host,)) or _within(host, quirks.own_domains)):
            found.append((name, host))
    return tuple(found)


def _host(url: str) -> str:
    parts = split_url(url)
    return (parts.hostname or "").rstrip(".") if parts is not None else ""


def _within(host: str, domains: tuple[str, ...]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


def _required(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value or len(value) > _MAX_ENDPOINT or has_control(value):
        raise LtiError("lti_configuration", f"{name} is missing or too long")
    return value


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(given: dict[str, Any], name: str) -> str | None:
    value = given.get(name)
    return clean_text(value, _MAX_TEXT) or None if isinstance(value, str) else None


def _names(value: Any) -> frozenset[str] | None:
    if not isinstance(value, list):
        return None
    return frozenset(item for item in value if isinstance(item, str) and len(item) <= _MAX_TEXT)


def _messages(value: Any) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for message in value if isinstance(value, list) else []:
        kind = message.get("type") if isinstance(message, dict) else None
        if isinstance(kind, str) and len(kind) <= _MAX_TEXT:
            placements = message.get("placements")
            listed = placements if isinstance(placements, list) else []
            found[kind] = found.get(kind, ()) + tuple(one for one in listed if isinstance(one, str))
    return found
