"""Who is in a course: Names and Role Provisioning Services 2.0 (https://www.imsglobal.org/spec/lti-nrps/v2p0).

A roster is read page by page and handed on member by member, so that a course of fifty thousand needs no more
memory than its largest page. It is whole or it is nothing: whatever goes wrong on page k is raised, and who
stores a roster stores it after the last member came.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from lti.answers import common_outcome, describe, next_link
from lti.claims import MAX_ID, parse_object
from lti.fields import clean_text, has_control, join_names
from lti.http import HttpResponse
from lti.outcomes import RateLimited, Refused, Retry
from lti.platform import Platform
from lti.roles import normalize_roles
from lti.services import PlatformServices
from lti.urls import add_query, origin_of, query_names

#: The scope; the launch's claim does not name it.
ROSTER: Final = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
ROSTER_TYPE: Final = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
MAX_PAGES = 1000
#: Platforms without pages (Moodle by default, older Open edX) send a whole course in one: some 300 bytes each.
MAX_PAGE_BYTES = 32 * 1024 * 1024
#: Of all pages of a roster, and people in it. Fifty thousand take some 25 MB; who goes on and on would take the
#: memory that other platforms' scores need too.
MAX_ROSTER_BYTES = 128 * 1024 * 1024
MAX_MEMBERS = 200_000
_MAX_NAME = 255
_MAX_EMAIL = 320
_NEXT = re.compile(r"rel\s*=\s*\W{0,2}next\b", re.IGNORECASE)

Status = Literal["Active", "Inactive", "Deleted"]
_STATUS: dict[str, Status] = {"active": "Active", "inactive": "Inactive", "deleted": "Deleted"}


@dataclass(frozen=True, slots=True)
class Member:
    """Someone in the course.

    user_id: the `sub` of the person's launches. roles: normalized; mind that Moodle's non-editing teachers are
    learners here and instructors in a launch. status: who is not `Active` has no access any more, and keeps
    what was reached. Names and e-mail are often None, which says nothing about what is known already. The id of LTI
    1.1 (`lti11_legacy_user_id`) is not read: nothing proves it here.
    """

    user_id: str
    roles: tuple[str, ...]
    status: Status = "Active"
    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    email: str | None = None

    @property
    def full_name(self) -> str | None:
        """What the person is called; None where the platform does not tell."""
        return join_names(self.name, self.given_name, self.family_name)


class RosterFailed(Exception):
    """The roster did not come to its end. outcome: whether and when to try again."""

    def __init__(self, outcome: Retry | RateLimited | Refused) -> None:
        super().__init__(str(outcome))
        self.outcome = outcome


def fetch_roster(
    services: PlatformServices,
    platform: Platform,
    memberships: str,
    clock: Callable[[], datetime],
    *,
    resource_link_id: str | None = None,
    role: str | None = None,
    limit: int | None = None,
    family_code: str | None = None,
) -> Iterator[Member]:
    """The members of a course, each once, in the platform's order.

    memberships: `context_memberships_url` of the launch's claim. clock: the time now, asked for every page.
    resource_link_id: only those who may open this link (`rlid`); not all platforms know it. role: only those
    with it. limit: members a page, for the platform to heed or not; not asked for by default, since Moodle
    does not order what it parts in pages and ILIAS tells of no further ones.

    Raises RosterFailed as soon as anything is missing.
    """
    filters = [("role", role), ("rlid", resource_link_id), ("limit", str(limit) if limit else None)]
    wanted = [(name, value) for name, value in filters if value]
    url: str | None = _filtered(memberships, wanted)
    home = origin_of(memberships)
    pages: set[str] = set()
    known: set[str] = set()
    size = 0
    while url is not None:
        if origin_of(url) != home:
            raise RosterFailed(Refused("foreign_host", detail="the next page is on another host"))
        if url in pages or len(pages) >= MAX_PAGES:
            problem = "come round again" if url in pages else f"are more than {MAX_PAGES}"
            raise RosterFailed(Refused("unreadable", detail=f"the roster's pages {problem}"))
        pages.add(url)
        answer = _fetch_page(services, platform, url, clock(), family_code)
        size += len(answer.body)
        if size > MAX_ROSTER_BYTES:
            raise RosterFailed(
                Refused("unreadable", detail=f"the roster is longer than {MAX_ROSTER_BYTES} bytes")
            )
        for member in _read_page(answer):
            # Pages shift when someone leaves between two of them
            if member.user_id not in known:
                if len(known) >= MAX_MEMBERS:
                    raise RosterFailed(
                        Refused("unreadable", detail=f"more than {MAX_MEMBERS} people in a course")
                    )
                known.add(member.user_id)
                yield member
        following = _next_page(answer, url)
        # Moodle's next link drops the role (mod/lti/service/memberships)
        url = _filtered(following, wanted) if following is not None else None


def _filtered(url: str, wanted: list[tuple[str, str]]) -> str:
    given = query_names(url)
    missing = [(name, value) for name, value in wanted if name not in given]
    return add_query(url, missing) if missing else url


def _fetch_page(
    services: PlatformServices, platform: Platform, url: str, now: datetime, family_code: str | None
) -> HttpResponse:
    answer = services.call(
        platform,
        ROSTER,
        "GET",
        url,
        now,
        # Chamilo compares it with exactly this (415), Blackboard wants a Content-Type on every call
        accept=ROSTER_TYPE,
        content_type=ROSTER_TYPE,
        family_code=family_code,
        max_bytes=MAX_PAGE_BYTES,
    )
    if not isinstance(answer, HttpResponse):
        raise RosterFailed(answer)
    common = common_outcome(answer, now)
    if common is not None:
        raise RosterFailed(common)
    if not 200 <= answer.status < 300:
        reason = "forbidden" if answer.status == 403 else "refused"
        raise RosterFailed(Refused(reason, answer.status, describe(answer)))
    return answer


def _next_page(answer: HttpResponse, url: str) -> str | None:
    found = next_link(answer, url)
    if found is None and _NEXT.search(answer.header("Link") or ""):
        # Half a roster would make everybody on the other pages a person who left
        raise RosterFailed(Refused("unreadable", answer.status, "the link to the next page cannot be read"))
    return found


def _read_page(answer: HttpResponse) -> Iterator[Member]:
    try:
        members = parse_object(answer.body).get("members")
    except ValueError as error:
        raise RosterFailed(Retry("protocol", status=answer.status, detail=f"roster: {error}")) from None
    if not isinstance(members, list):
        raise RosterFailed(Retry("protocol", status=answer.status, detail="roster: no members"))
    for given in members:
        member = _read_member(given)
        if member is not None:
            yield member


def _read_member(given: Any) -> Member | None:
    """A member; None for what has no id that a launch could have, and so could never be anybody here."""
    if not isinstance(given, dict):
        return None
    user_id = _id(given, "user_id")
    if user_id is None:
        return None
    roles = given.get("roles")
    known = [role for role in roles if isinstance(role, str)] if isinstance(roles, list) else []
    status = given.get("status")
    return Member(
        user_id=user_id,
        roles=normalize_roles(role for role in known if len(role) <= MAX_ID and not has_control(role)),
        # Absent means Active (NRPS 2.0, 2.3)
        status=_STATUS.get(status.lower(), "Active") if isinstance(status, str) else "Active",
        name=_text(given, "name", _MAX_NAME),
        given_name=_text(given, "given_name", _MAX_NAME),
        family_name=_text(given, "family_name", _MAX_NAME),
        email=_text(given, "email", _MAX_EMAIL),
    )


def _id(given: dict[str, Any], name: str) -> str | None:
    value = given.get(name)
    fits = isinstance(value, str) and 0 < len(value) <= MAX_ID and not has_control(value)
    return value if fits else None


def _text(given: dict[str, Any], name: str, limit: int) -> str | None:
    value = given.get(name)
    return clean_text(value, limit) or None if isinstance(value, str) else None
