"""What a tool knows of an LMS that speaks LTI 1.1: one consumer key."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from lti.urls import origin_of


@dataclass(frozen=True, slots=True)
class LegacyConsumer:
    """A consumer key and what was agreed on with it.

    key: what the LMS sends. secret: what both know, at least 128 random bits. address: of the LMS, as its
    users know it; it frames our pages and takes our scores. ends_at: from when on launches are refused, since
    LTI 1.1 is a way to bridge a time. family: product family if known. service_hosts: hosts (`host` or
    `host:port`) besides that of `address` that take scores.
    """

    key: str
    secret: str = field(repr=False)
    address: str
    ends_at: datetime
    family: str | None = None
    service_hosts: tuple[str, ...] = ()

    def takes_scores_at(self, url: str) -> bool:
        """True when a score may be sent there: the URL lies with this LMS."""
        origin = origin_of(url)
        known = (self.address, *(f"https://{host}/" for host in self.service_hosts))
        return origin is not None and any(origin == origin_of(one) for one in known)
