"""Deeds about who is in a course: its roster is taken in hand, stored whole or not at all, and followed by launches.

A roster that was fetched is compared with what is known without taking a writer's turn; one transaction then writes the
difference, which mostly is nothing.  Who is not in it any more is marked, never taken out: what was reached stays.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Select, Text, case, delete, func, select, type_coerce, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from lti.messages import ResourceLinkLaunch
from lti.roles import has_learner_result
from lti.roster import Member
from trainer.courses.models import Course, Link, RosterMember, Visit
from trainer.courses.queries import Known
from trainer.institutions.models import Deployment, Registration
from trainer.people.models import BrowserSession, Identity

#: from one whole roster to the next
EVERY = timedelta(hours=20)
#: after a failure that may pass by itself
AFTER_FAILURE = timedelta(hours=1)
#: A roster that was asked for less long ago is in hand, or fresh enough: a launch does not ask for it again. Also how
#: long fetching one may take, and so the lease of who fetches it.
LEASE = timedelta(minutes=10)
#: a course into which nobody came for so long is left alone
ASLEEP_AFTER = timedelta(days=400)
_BATCH = 1000

T = TypeVar("T")


class TakenRoster(NamedTuple):
    """A course whose roster this worker fetches now."""

    course_id: int
    registration_id: int
    memberships_url: str
    #: the mark of this attempt: a later one makes it void
    taken_at: datetime


class Seen(NamedTuple):
    """Somebody in a roster, as small as can be: there may be fifty thousand."""

    sub: str
    name: str | None
    email: str | None
    #: role URIs, as a JSON text
    roles: str
    is_learner: bool
    is_present: bool


class Changes(NamedTuple):
    """What a roster says that was not known."""

    #: new, or other than before
    told: list[Seen]
    #: were here, and are not in the roster any more
    gone: list[str]


# --- a launch --------------------------------------------------------------------------------------------------------


def memberships_url(launch: ResourceLinkLaunch, known: Known) -> str | None:
    """Where the roster is; a launch that does not say so (Chamilo tells only lecturers) takes nothing away."""
    if launch.nrps is not None and launch.context is not None:
        return launch.nrps.context_memberships_url
    return known.memberships_url


def wants_roster(launch: ResourceLinkLaunch, known: Known, now: datetime) -> bool:
    """A lecturer comes, and nobody asked for the roster just now."""
    if not launch.is_lecturer or memberships_url(launch, known) is None:
        return False
    if known.roster_due_at is not None and known.roster_due_at <= now:
        return False
    tried_at = known.roster_tried_at
    # A time in the future means that the clock was set back
    return tried_at is None or not timedelta() <= now - tried_at < LEASE


def note_present(connection: Connection, link_id: int, identity_id: int, sub: str) -> None:
    """Somebody came through a link: who the roster knows by this name is that person, and is in the course."""
    course_id = select(Link.course_id).where(Link.id == link_id).scalar_subquery()
    connection.execute(
        update(RosterMember)
        .where(RosterMember.course_id == course_id, RosterMember.user_sub == sub)
        .values(identity_id=identity_id, left_at=None)
    )


# --- the worker ------------------------------------------------------------------------------------------------------

_DUE: Select[*tuple[Any, ...]] = (
    select(Course.id, Course.memberships_url, Deployment.registration_id)
    .join(Deployment, Deployment.id == Course.deployment_id)
    .join(Registration, Registration.id == Deployment.registration_id)
    .where(
        Course.memberships_url.is_not(None),
        Deployment.active,
        Registration.active,
        Registration.pending.is_(False),
    )
    .order_by(Course.roster_due_at, Course.id)
    .limit(1)
)


def is_roster_due(connection: Connection, now: datetime, *, but: Collection[int] = ()) -> bool:
    """Whether :func:`take_roster` would find one: asked first, because it costs no writer's turn."""
    return connection.execute(_due(now, but)).first() is not None


def _due(now: datetime, but: Collection[int]) -> Select[*tuple[Any, ...]]:
    return _DUE.where(Course.roster_due_at <= now, Registration.id.not_in(but))


def take_roster(connection: Connection, now: datetime, *, but: Collection[int] = ()) -> TakenRoster | None:
    """Take in hand the roster that is due longest; none where none is.

    Args:
        but: registrations that are being asked for one already.
    """
    while True:
        due = connection.execute(_due(now, but).with_for_update(of=Course, skip_locked=True)).one_or_none()
        if due is None:
            return None
        here = update(Course).where(Course.id == due.id)
        if _is_awake(connection, due.id, now):
            connection.execute(here.values(roster_due_at=now + LEASE, roster_tried_at=now))
            return TakenRoster(due.id, due.registration_id, due.memberships_url, now)
        connection.execute(here.values(roster_due_at=None))


def _is_awake(connection: Connection, course_id: int, now: datetime) -> bool:
    lately = (
        select(Visit.id)
        .join(Link, Link.id == Visit.link_id)
        .where(Link.course_id == course_id, Visit.last_at > now - ASLEEP_AFTER)
        .limit(1)
    )
    return connection.execute(lately).first() is not None


def seen(members: Iterable[Member]) -> Iterator[Seen]:
    """What is kept of a platform's members."""
    texts: dict[tuple[str, ...], str] = {}
    for member in members:
        roles = texts.setdefault(
            member.roles, json.dumps(member.roles, separators=(",", ":"), ensure_ascii=False)
        )
        yield Seen(
            member.user_id,
            (member.full_name or "")[:200] or None,
            member.email,
            roles,
            has_learner_result(member.roles),
            member.status == "Active",
        )


_MEMBERS = select(
    RosterMember.user_sub,
    RosterMember.name,
    RosterMember.email,
    type_coerce(RosterMember.roles, Text),
    RosterMember.is_learner,
    RosterMember.left_at.is_(None),
)


def compare(connection: Connection, course_id: int, members: Iterable[Seen]) -> Changes:
    """What is to be written of a whole roster."""
    known = {row[0]: row for row in connection.execute(_MEMBERS.where(RosterMember.course_id == course_id))}
    told = []
    for member in members:
        row = known.pop(member.sub, None)
        if row is None:
            told.append(member)
            continue
        # Who is told without a name or address keeps the one that is known
        merged = member._replace(name=member.name or row[1], email=member.email or row[2])
        if tuple(merged) != tuple(row):
            told.append(merged)
    return Changes(told, [sub for sub, row in known.items() if row[5]])


def store_roster(connection: Connection, taken: TakenRoster, changes: Changes, now: datetime) -> bool:
    """Write what a whole roster says, all of it or nothing; False when another attempt began meanwhile.

    Who is not in the course any more keeps what was reached, and is signed out, unless they are in another course too.
    Fetching takes a while: who came by a launch since it began is in the course, whatever an earlier page said.
    """
    if not _end(connection, taken, now + EVERY, roster_at=now, roster_problem=None):
        return False
    came = _came_meanwhile(connection, taken)
    told = [one._replace(is_present=True) if one.sub in came else one for one in changes.told]
    gone = [sub for sub in changes.gone if sub not in came]
    _write(connection, taken, told, now)
    for subs in _batches(gone):
        here = update(RosterMember).where(
            RosterMember.course_id == taken.course_id,
            RosterMember.user_sub.in_(subs),
            RosterMember.left_at.is_(None),
        )
        connection.execute(here.values(left_at=now))
    if told:
        _link_identities(connection, taken)
    if gone or not all(member.is_present for member in told):
        _sign_out(connection, taken.course_id, now)
    return True


def _came_meanwhile(connection: Connection, taken: TakenRoster) -> set[str]:
    """The `sub` of whoever opened a link of the course since this roster was taken in hand."""
    since = (
        select(Identity.sub)
        .join(Visit, Visit.identity_id == Identity.id)
        .join(Link, Link.id == Visit.link_id)
        .where(Link.course_id == taken.course_id, Visit.last_at >= taken.taken_at)
    )
    return set(connection.execute(since).scalars())


def note_problem(connection: Connection, taken: TakenRoster, reason: str, again_at: datetime) -> None:
    """Why a roster could not be fetched, and when it is tried again; the one before stays."""
    _end(connection, taken, again_at, roster_problem=reason)


def put_back(connection: Connection, taken: TakenRoster, again_at: datetime) -> None:
    """Nothing was tried: it was not our turn to ask for a token."""
    _end(connection, taken, again_at)


def _end(connection: Connection, taken: TakenRoster, due_at: datetime, **values: object) -> bool:
    mine = update(Course).where(Course.id == taken.course_id, Course.roster_tried_at == taken.taken_at)
    return connection.execute(mine.values(roster_due_at=due_at, **values)).rowcount == 1


def _write(connection: Connection, taken: TakenRoster, members: list[Seen], now: datetime) -> None:
    spelled = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    insert = spelled(RosterMember)
    new = insert.excluded
    upsert = insert.on_conflict_do_update(
        index_elements=["course_id", "user_sub"],
        set_={
            "name": func.coalesce(new.name, RosterMember.name),
            "email": func.coalesce(new.email, RosterMember.email),
            "roles": new.roles,
            "is_learner": new.is_learner,
            "seen_at": new.seen_at,
            # who left longer ago left then
            "left_at": case(
                (new.left_at.is_(None), None), else_=func.coalesce(RosterMember.left_at, new.left_at)
            ),
        },
    )
    for batch in _batches(members):
        connection.execute(
            upsert,
            [
                {
                    "course_id": taken.course_id,
                    "user_sub": member.sub,
                    "name": member.name,
                    "email": member.email,
                    "roles": json.loads(member.roles),
                    "is_learner": member.is_learner,
                    "seen_at": now,
                    "left_at": None if member.is_present else now,
                }
                for member in batch
            ],
        )


def _link_identities(connection: Connection, taken: TakenRoster) -> None:
    """Who came before they stood in the roster."""
    identity = (
        select(Identity.id)
        .where(Identity.registration_id == taken.registration_id, Identity.sub == RosterMember.user_sub)
        .correlate(RosterMember)
    )
    unknown = update(RosterMember).where(
        RosterMember.course_id == taken.course_id, RosterMember.identity_id.is_(None), identity.exists()
    )
    connection.execute(unknown.values(identity_id=identity.scalar_subquery()))


def _sign_out(connection: Connection, course_id: int, now: datetime) -> None:
    """End the sessions of those whom this roster put out of the course and who are in no other one."""
    out = select(RosterMember.identity_id).where(
        RosterMember.course_id == course_id,
        RosterMember.left_at == now,
        RosterMember.identity_id.is_not(None),
    )
    elsewhere = aliased(RosterMember)
    in_another = (
        select(Visit.identity_id)
        .join(Link, Link.id == Visit.link_id)
        .outerjoin(
            elsewhere,
            (elsewhere.course_id == Link.course_id) & (elsewhere.identity_id == Visit.identity_id),
        )
        .where(Link.course_id != course_id, elsewhere.left_at.is_(None), Visit.identity_id.in_(out))
    )
    ended = delete(BrowserSession).where(
        BrowserSession.identity_id.in_(out), BrowserSession.identity_id.not_in(in_another)
    )
    connection.execute(ended)


def _batches(rows: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(rows)
    while batch := list(islice(rest, _BATCH)):
        yield batch
