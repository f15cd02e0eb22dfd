"""What lecturers ask about who is in their courses, and how far everybody is: not started, busy, completed."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    Connection,
    Select,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import aliased

from trainer.catalogue.models import Edition, Module
from trainer.catalogue.queries import edition
from trainer.courses.models import Course, Link, RosterMember, Visit
from trainer.courses.queries import courses_in_which
from trainer.learning.enrolments import period_of
from trainer.learning.models import Enrolment
from trainer.people.models import Buddy, Identity

PAGE = 50

Progress = Literal["not_started", "busy", "completed"]


@dataclass(frozen=True, slots=True)
class LedCourse:
    """A course into which somebody came as a lecturer."""

    id: int
    public_id: str
    institution_id: int | None
    title: str | None
    label: str | None
    #: learners who are in it now
    learners: int
    #: the platform tells who is in it
    has_roster: bool
    #: when the list was last fetched whole, and why it could not be since
    roster_at: datetime | None
    roster_problem: str | None


class Cursor(NamedTuple):
    """Where a page of the list ended."""

    is_nameless: int
    name: str
    sub: str


@dataclass(frozen=True, slots=True)
class Learner:
    """Somebody who learns in a course, or did."""

    name: str | None
    #: four characters, shown where no name is known: "Deelnemer 7F3A"
    mark: str
    left_at: datetime | None
    #: module key → how far they are; those that are not in it were not started
    progress: Mapping[str, Progress]
    cursor: Cursor
    #: random id of the buddy; none for those who never came
    buddy: str | None = None


@dataclass(frozen=True, slots=True)
class PlacedModule:
    """A module that the links of a course open."""

    key: str
    edition_id: int


@dataclass(frozen=True, slots=True)
class LearnersPage:
    """A part of the list."""

    learners: list[Learner]
    #: not in the course any more; the first ones
    left: list[Learner]
    #: where the next part begins; none at the end
    following: Cursor | None


# Who came and is not in the roster: where the platform tells none, or before it was fetched
_unlisted = aliased(RosterMember)
_NOT_LISTED = ~exists().where(
    _unlisted.course_id == Link.course_id, _unlisted.user_sub == Identity.sub
).correlate(Link, Identity)


def _led(identity_id: int) -> Select[*tuple[Any, ...]]:
    listed = (
        select(func.count())
        .where(RosterMember.course_id == Course.id, RosterMember.is_learner, RosterMember.left_at.is_(None))
        .correlate(Course)
        .scalar_subquery()
    )
    came = (
        select(func.count(Visit.identity_id.distinct()))
        .join(Link, Link.id == Visit.link_id)
        .join(Identity, Identity.id == Visit.identity_id)
        .where(Link.course_id == Course.id, Visit.has_result, _NOT_LISTED)
        .correlate(Course)
        .scalar_subquery()
    )
    return select(
        Course.id,
        Course.public_id,
        Course.institution_id,
        Course.title,
        Course.label,
        (listed + came).label("learners"),
        Course.memberships_url.is_not(None).label("has_roster"),
        Course.roster_at,
        Course.roster_problem,
    ).where(Course.context_id != "", Course.id.in_(courses_in_which(identity_id, "is_lecturer")))


def courses_led_by(connection: Connection, identity_id: int) -> dict[int, LedCourse]:
    """The courses into which this person came as a lecturer and is one still, by their id.

    What stands outside any course has nobody in it.
    """
    return {row.id: LedCourse(**row._mapping) for row in connection.execute(_led(identity_id))}


def course_led_by(connection: Connection, public_id: str, identity_id: int) -> LedCourse | None:
    """One of those courses."""
    if not public_id.isalnum():
        return None
    row = connection.execute(_led(identity_id).where(Course.public_id == public_id)).one_or_none()
    return LedCourse(**row._mapping) if row is not None else None


def modules_of_course(connection: Connection, course_id: int) -> list[PlacedModule]:
    """The modules that were chosen for links of a course, or opened through them, in the order of the path."""
    chosen = select(Link.chosen_module_key).where(
        Link.course_id == course_id, Link.chosen_module_key.is_not(None)
    )
    opened = (
        select(Enrolment.module_id)
        .join(Visit, Visit.enrolment_id == Enrolment.id)
        .join(Link, Link.id == Visit.link_id)
        .where(Link.course_id == course_id)
    )
    newest = select(func.max(Edition.id)).where(Edition.module_id == Module.id).correlate(Module)
    rows = connection.execute(
        select(Module.key, newest.scalar_subquery())
        .where(or_(Module.key.in_(chosen), Module.id.in_(opened)))
        .order_by(Module.number, Module.key)
    )
    return [PlacedModule(*row) for row in rows]


def learners_of(
    connection: Connection,
    course: LedCourse,
    placed: Sequence[PlacedModule],
    now: datetime,
    *,
    after: Cursor | None = None,
) -> LearnersPage:
    """The learners of a course by name, fifty at a time, in one statement; those without a name come last.

    How far they are is what they did in courses of the same institution, this one or another: a copy of a course
    shows what was completed in the one before.  A module that renews shows this academic year's.
    """
    periods = {one.key: period_of(edition(connection, one.edition_id).module, now) for one in placed}
    found: dict[str, Learner] = {}
    for row in connection.execute(_page_with_progress(course, after)):
        cursor = Cursor(row.is_nameless, row.sort_name, row.sub)
        learner = found.setdefault(
            row.sub, Learner(row.name, _mark(course, row), row.left_at, {}, cursor, row.buddy)
        )
        if row.module_key is not None and periods.get(row.module_key) == row.period:
            progress: dict[str, Progress] = learner.progress  # type: ignore[assignment]
            progress[row.module_key] = "completed" if row.completed_at is not None else "busy"
    present = [learner for learner in found.values() if learner.left_at is None]
    left = [learner for learner in found.values() if learner.left_at is not None]
    following = present[PAGE - 1].cursor if len(present) > PAGE else None
    return LearnersPage(present[:PAGE], left, following)


def _mark(course: LedCourse, row: Any) -> str:
    """The beginning of the buddy's random id; of a hash for those who never came."""
    told: str = row.buddy or hashlib.sha256(f"{course.public_id}/{row.sub}".encode()).hexdigest()
    return told[:4].upper()


def _page_with_progress(course: LedCourse, after: Cursor | None) -> Select[*tuple[Any, ...]]:
    people = _people(course.id)
    place = (people.c.is_nameless, people.c.sort_name, people.c.sub)
    present = select(people).where(people.c.left_at.is_(None))
    if after is not None:
        present = present.where(tuple_(*place) > tuple_(*map(literal, after)))
    present = present.order_by(*place).limit(PAGE + 1)
    left = select(people).where(people.c.left_at.is_not(None)).order_by(*place).limit(PAGE)
    # Compounds of limited selects are spelled differently, unless each is a subquery
    page = union_all(select(present.subquery()), select(left.subquery())).cte("page")
    theirs, there = aliased(Link), aliased(Course)
    same = there.id == course.id
    if course.institution_id is not None:
        same = or_(same, there.institution_id == course.institution_id)
    opened = (
        select(Visit.identity_id, Module.key.label("module_key"), Enrolment.period, Enrolment.completed_at)
        .join(theirs, theirs.id == Visit.link_id)
        .join(there, and_(there.id == theirs.course_id, same))
        .join(Enrolment, Enrolment.id == Visit.enrolment_id)
        .join(Module, Module.id == Enrolment.module_id)
        .where(Visit.identity_id.in_(select(page.c.identity_id)))
        .distinct()
        .subquery()
    )
    return (
        select(page, opened.c.module_key, opened.c.period, opened.c.completed_at)
        .outerjoin(opened, opened.c.identity_id == page.c.identity_id)
        .order_by(page.c.is_nameless, page.c.sort_name, page.c.sub)
    )


def _people(course_id: int) -> Any:
    """The learners of the roster, and those who came and are not in it."""
    name = func.coalesce(RosterMember.name, Identity.name)
    listed = (
        select(
            RosterMember.user_sub.label("sub"),
            name.label("name"),
            case((name.is_(None), 1), else_=0).label("is_nameless"),
            func.lower(func.coalesce(name, "")).label("sort_name"),
            RosterMember.identity_id,
            Buddy.public_id.label("buddy"),
            RosterMember.left_at,
        )
        .outerjoin(Identity, Identity.id == RosterMember.identity_id)
        .outerjoin(Buddy, Buddy.id == Identity.buddy_id)
        .where(RosterMember.course_id == course_id, RosterMember.is_learner)
    )
    came = (
        select(
            Identity.sub,
            Identity.name,
            case((Identity.name.is_(None), 1), else_=0),
            func.lower(func.coalesce(Identity.name, "")),
            Identity.id,
            Buddy.public_id,
            cast(null(), RosterMember.left_at.type),
        )
        .join(Buddy, Buddy.id == Identity.buddy_id)
        .join(Visit, Visit.identity_id == Identity.id)
        .join(Link, Link.id == Visit.link_id)
        .where(Link.course_id == course_id, Visit.has_result, _NOT_LISTED)
        .distinct()
    )
    return union_all(listed, came).cte("people")
