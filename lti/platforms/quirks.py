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
class Places:
    """Where its administrator finds what concerns us, in the LMS's own English words; "" where that is not known.

    tool: the way to this tool's settings. Of the switches there: scores: sends scores. columns: makes columns.
    reading: reads columns. roster: reads who is in a course. keys: where our key set's address stands.
    """

    tool: str = ""
    scores: str = ""
    columns: str = ""
    reading: str = ""
    roster: str = ""
    keys: str = ""


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

    Of registrations: issuers: those that stand for all customers. own_domains: domains of the maker, where it
    serves what all customers share. placements: where in the LMS lecturers find us, by the last word of its
    names for them. registers_links: it wants to know of ordinary launches. privacy_key: by which a tool asks
    for names and e-mail.

    Without cookies: storage_frame: the frame to ask where the login names none. storage_legacy_names: it may
    know the names from before platform storage 1.0 only. storage_texts: it takes messages as JSON text.

    outcome_query_signed: the query of an LTI 1.1 outcome address is part of what is signed, as RFC 5849 has
    it.
    framing_origins: where its course pages are, when that is not where logins go: what `frame-ancestors` must name.

    name: as its maker writes it. places: where its administrator finds our settings.
    """

    crosses_parallel_launches: bool = False
    needs_read_scope: bool = False
    follows_pages: bool = True
    audience: str | None = None
    service_domains: tuple[str, ...] = ()
    too_old: tuple[str, ...] = ()
    refusals: tuple[RefusalText, ...] = ()
    accepts_line_items: bool = False
    issuers: tuple[str, ...] = ()
    own_domains: tuple[str, ...] = ()
    placements: tuple[str, ...] = ("ContentArea",)
    registers_links: bool = True
    privacy_key: str | None = None
    storage_frame: str | None = None
    storage_legacy_names: bool = False
    storage_texts: bool = False
    outcome_query_signed: bool = True
    framing_origins: tuple[str, ...] = ()
    name: str = ""
    places: Places = Places()
