"""The form that an LMS's file fills in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RefusalText:
    """An answer to a score that tells why it was refused.

    status: HTTP status. text: found in the body, in lower case. reason: one of `lti.grades.REFUSALS`.
    """

    status: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Quirks:
    """What differs at one LMS. The defaults are what the standards say.

    crosses_parallel_launches: it may answer one of two launches in one browser with the other's resource.
    needs_read_scope: reading line items needs the scope `lineitem.readonly` even where `lineitem` is granted.
    follows_pages: its `Link: rel="next"` on line items can be trusted.
    audience: `aud` of the client assertion where the registration names none and this is not the token
    endpoint. service_domains: domains below which all customers' service endpoints lie, besides the
    registered hosts. too_old: texts (lower case) that mean "not later than the stored score" in a 400.
    refusals: what its texts mean, first match counts.

    accepts_line_items: deep links may ask for a grade column where the request does not say.
    """

    crosses_parallel_launches: bool = False
    needs_read_scope: bool = False
    follows_pages: bool = True
    audience: str | None = None
    service_domains: tuple[str, ...] = ()
    too_old: tuple[str, ...] = ()
    refusals: tuple[RefusalText, ...] = ()
    accepts_line_items: bool = False
