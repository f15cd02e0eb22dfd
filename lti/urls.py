"""Addresses: what is ours, what is a platform's, and what nobody may make us open."""

from __future__ import annotations

import ipaddress
import re
import socket
from functools import cache, lru_cache
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from publicsuffixlist import PublicSuffixList

from lti.errors import LtiError

_DEFAULT_PORTS = {"http": 80, "https": 443}
#: An absolute http(s) URL with a plain host and only the characters that RFC 3986 allows: browsers and
#: parsers read anything else (user info, blanks, tabs, backslashes) differently, and that is how one address
#: is made to look like another.
_WEB_URL = re.compile(
    r"(https?)://(\[[0-9a-f:.]{2,45}\]|[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?\.?)(?::([0-9]{1,5}))?"
    r"(?:[/?#][a-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*)?",
    re.IGNORECASE | re.ASCII,
)
_BAD_LABEL = re.compile(r"\.\.|-\.|\.-|[^.]{64}")
#: All of IPv6 that was ever given out for the internet (RFC 4291, 2.4). What lies outside may be a way into a network
#: of ours, and Python knows of some of it only that nobody reserved it.
_INTERNET = ipaddress.IPv6Network("2000::/3")
#: Longer addresses are none: servers and databases take that many characters.
MAX_URL = 2048

Origin = tuple[str, str, int]


def origin_of(url: str) -> Origin | None:
    """(scheme, host in lower case, port) of an absolute http(s) URL (RFC 6454); None for anything else."""
    found = _WEB_URL.fullmatch(url) if len(url) <= MAX_URL else None
    if found is None:
        return None
    scheme, host = found[1].lower(), found[2].lower()
    port = int(found[3]) if found[3] else _DEFAULT_PORTS[scheme]
    if not 0 < port < 65536 or _BAD_LABEL.search(host):
        return None
    if host[0] == "[":
        host = host[1:-1]
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            return None
    return scheme, host, port


def split_url(url: str) -> SplitResult | None:
    """The parts of a URL that has an origin (`origin_of`); None for anything else."""
    return urlsplit(url) if origin_of(url) is not None else None


def write_origin(origin: Origin) -> str:
    """The origin as browsers write it: without the port where that is the scheme's own."""
    scheme, host, port = origin
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}" if port == _DEFAULT_PORTS[scheme] else f"{scheme}://{host}:{port}"


def browser_origin(url: str) -> str | None:
    """The origin of `url` as browsers write it; None for anything else than an absolute http(s) URL."""
    origin = origin_of(url)
    return write_origin(origin) if origin is not None else None


def is_own_url(url: str, base_url: str) -> bool:
    """True when `url` is an absolute URL on the origin of `base_url`."""
    origin = origin_of(url)
    return origin is not None and origin == _known_origin(base_url)


@lru_cache(maxsize=16)
def _known_origin(base_url: str) -> Origin | None:
    return origin_of(base_url)


def is_web_url(url: str) -> bool:
    """True for an absolute http(s) URL without user info: good enough to show as a link."""
    return origin_of(url) is not None


def is_same_site(url: str, other: str) -> bool:
    """True when two absolute http(s) URLs are of one owner: the same host, or hosts below one registered domain."""
    one, two = origin_of(url), origin_of(other)
    if one is None or two is None:
        return False
    if one[1] == two[1]:
        return True
    if _literal_address(one[1]) is not None or _literal_address(two[1]) is not None:
        return False
    owner = _suffixes().privatesuffix(one[1].rstrip("."))
    return owner is not None and owner == _suffixes().privatesuffix(two[1].rstrip("."))


def is_public_address(address: str) -> bool:
    """True when an IP address (text form) is on the public internet.

    For HTTP clients: ask this of every address a name resolves to, and connect to that very address.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None) or _nat64(ip)
        if inner is not None:
            return inner.is_global and not inner.is_multicast
        if ip not in _INTERNET:
            return False
    return ip.is_global and not ip.is_multicast


def _nat64(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    # RFC 6052: 64:ff9b::/96 carries an IPv4 address in its last 32 bits
    if ip in ipaddress.IPv6Network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None


def _literal_address(host: str) -> str | None:
    """The IP address that a host *is*, in any spelling that resolvers accept (`0x7f.1`, `2130706433`)."""
    if ":" in host:
        return host
    last = host.rstrip(".").rpartition(".")[2]
    if last.isdigit() or last.startswith("0x"):
        try:
            return socket.inet_ntoa(socket.inet_aton(host.rstrip(".")))
        except OSError:
            return "unreadable"
    return None


def check_platform_url(url: str, what: str, *, allow_insecure: bool) -> None:
    """Refuse an address that a platform may not be registered with: LtiError `url_not_allowed`.

    Allowed is https on a public host, without user info and fragment (1EdTech Security Framework 1.1, 3;
    RFC 6749, 3.1). `allow_insecure` allows plain http and loopback or private hosts too, for tests and demos.
    """
    parts = split_url(url)
    if parts is None or parts.hostname is None:
        raise LtiError("url_not_allowed", f"{what} is not an absolute https address")
    if parts.fragment or "#" in url:
        raise LtiError("url_not_allowed", f"{what} has a fragment")
    if allow_insecure:
        return
    if parts.scheme != "https":
        raise LtiError("url_not_allowed", f"{what} is not https")
    host = parts.hostname.rstrip(".")
    address = _literal_address(host)
    if address is not None and not is_public_address(address):
        raise LtiError("url_not_allowed", f"{what} is a private or loopback address")
    if address is None and ("." not in host or host.endswith((".localhost", ".local", ".internal"))):
        raise LtiError("url_not_allowed", f"{what} is not a public host name")


def check_frame_origin(text: str, *, allow_insecure: bool) -> None:
    """Refuse what may not stand in CSP's `frame-ancestors` for a platform: LtiError `url_not_allowed`.

    Allowed is an origin as browsers write it (`https://canvas.example.be`, with a port if need be), or one with a
    wildcard for its left-most label below a registered domain (`https://*.instructure.com`); never a wildcard for
    all that ends in a public suffix (`*.edu`, `*.co.uk`).
    """
    scheme, mark, rest = text.partition("://")
    wild = rest.startswith("*.")
    origin = origin_of(f"{scheme}{mark}{rest[2:] if wild else rest}")
    if origin is None or write_origin(origin) != f"{scheme}{mark}{rest[2:] if wild else rest}":
        raise LtiError("url_not_allowed", "a frame origin is not an origin such as https://lms.example.be")
    if origin[0] != "https" and not allow_insecure:
        raise LtiError("url_not_allowed", "a frame origin is not https")
    if wild and (_literal_address(origin[1]) is not None or _suffixes().privatesuffix(origin[1]) is None):
        raise LtiError("url_not_allowed", "a frame origin's wildcard covers strangers")


def add_query(url: str, parameters: list[tuple[str, str]]) -> str:
    """The URL with the parameters appended to the query that it may have already."""
    parts = urlsplit(url)
    query = urlencode(parameters)
    return urlunsplit(parts._replace(query=f"{parts.query}&{query}" if parts.query else query))


def add_path(url: str, segment: str) -> str:
    """The URL with a segment appended to its *path*; its query stays.

    Moodle's line items end in `?type_id=N`; `/scores` belongs before it (AGS 2.0, 3.4.1).
    """
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{segment}"))


def query_names(url: str) -> set[str]:
    """The names of the parameters in a URL's query."""
    return {name for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)}


@cache
def _suffixes() -> PublicSuffixList:
    """The public suffix list that the library ships; read when it is first asked for."""
    return PublicSuffixList()
