"""A lecturer looks at what one learner did: whose work may be seen from which course, and for how long.

Someone is known in a course by a visit as a learner, or by its roster.  What is seen then is the enrolment that a link
of the course opened, or of another course of the same institution: a copy shows what was done in the one before.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select
from sqlalchemy.orm import aliased

from trainer.catalogue.models import Module
from trainer.core.crypto import Seal
from trainer.courses.models import Course, Link, RosterMember, Visit
from trainer.learning.models import Enrolment
from trainer.people.models import Buddy, Identity

#: how long what was opened from a gradebook stays open: as long as a session can last
REVIEW_LIFE = timedelta(hours=8)
_PURPOSE = "review"


@dataclass(frozen=True, slots=True)
class ReviewedCourse:
    """The course from which somebody looks."""

    id: int
    institution_id: int | None
    title: str | None
    label: str | None


@dataclass(frozen=True, slots=True)
class ReviewedLearner:
    """Whose work it is, and which."""

    buddy_id: int
    #: of the enrolment
    enrolment_id: int
    enrolment: str
    name: str | None
    #: four characters, shown where no name is known: "Deelnemer 7F3A"
    mark: str


class Review(NamedTuple):
    """What a lecturer opened from the gradebook."""

    #: identity of the lecturer: nobody else sees it
    viewer_id: int
    course_id: int
    #: random id of the learner
    buddy: str
    module_key: str
    #: seconds since 1970
    ends_at: int


class Submission(NamedTuple):
    """What a person did through a link, as the platform's gradebook points to it."""

    course_id: int
    buddy: str
    module_key: str
    #: random id of the enrolment
    enrolment: str


def find_submission(
    connection: Connection,
    *,
    deployment_id: int,
    sub: str,
    context_id: str | None,
    resource_link_id: str | None,
    line_item_url: str | None,
    as_learner: bool,
) -> Submission | None:
    """What this person did through the link of a course, found by the link or, where none is named, by its column.

    Args:
        deployment_id: the row's id; link, course and person belong to it.
        as_learner: only what was done as a learner, so that a lecturer's own try is nobody else's to see.
    """
    which: ColumnElement[bool]
    if resource_link_id is not None:
        which = Link.resource_link_id == resource_link_id
    elif line_item_url is not None:
        which = or_(Link.line_item_url == line_item_url, Link.own_line_item_url == line_item_url)
    else:
        return None
    statement = (
        select(Link.course_id, Buddy.public_id, Module.key, Enrolment.public_id)
        .select_from(Visit)
        .join(Link, Link.id == Visit.link_id)
        .join(Course, Course.id == Link.course_id)
        .join(Identity, Identity.id == Visit.identity_id)
        .join(Buddy, Buddy.id == Identity.buddy_id)
        .join(Enrolment, Enrolment.id == Visit.enrolment_id)
        .join(Module, Module.id == Enrolment.module_id)
        .where(Link.deployment_id == deployment_id, Identity.sub == sub, which)
        .order_by(Visit.last_at.desc())
        .limit(1)
    )
    if context_id is not None:
        statement = statement.where(Course.context_id == context_id)
    if as_learner:
        statement = statement.where(Visit.has_result)
    row = connection.execute(statement).one_or_none()
    return Submission(*row) if row is not None else None


def seal_review(seal: Seal, submission: Submission, viewer_id: int, now: datetime) -> str:
    """The word by which a page knows what was opened: good for this person only, so no secret."""
    ends_at = int((now + REVIEW_LIFE).timestamp())
    review = Review(viewer_id, submission.course_id, submission.buddy, submission.module_key, ends_at)
    return seal.close_for(_PURPOSE, review)


def open_review(seal: Seal, sealed: str, viewer_id: int, now: datetime) -> Review | None:
    """What was opened; none where it is not ours, somebody else's, or too old."""
    said = seal.open_for(_PURPOSE, sealed)
    if said is None:
        return None
    review = Review(*said)
    return review if review.viewer_id == viewer_id and now.timestamp() < review.ends_at else None


def reviewed_course(connection: Connection, review: Review) -> ReviewedCourse | None:
    """The course of a review; none when the roster says by now that the lecturer left it, or when they came into it
    since as something else.
    """
    has_left = (
        select(RosterMember.user_sub)
        .where(
            RosterMember.course_id == Course.id,
            RosterMember.identity_id == review.viewer_id,
            RosterMember.left_at.is_not(None),
        )
        .exists()
    )
    # The second in which it was opened has begun before
    opened_by = datetime.fromtimestamp(review.ends_at, UTC) - REVIEW_LIFE + timedelta(seconds=1)
    came_as_another = (
        select(Visit.id)
        .join(Link, Link.id == Visit.link_id)
        .where(
            Link.course_id == Course.id,
            Visit.identity_id == review.viewer_id,
            Visit.is_lecturer.is_(False),
            Visit.last_at >= opened_by,
        )
        .exists()
    )
    statement = select(Course.id, Course.institution_id, Course.title, Course.label)
    row = connection.execute(
        statement.where(Course.id == review.course_id, ~has_left, ~came_as_another)
    ).one_or_none()
    return ReviewedCourse(*row) if row is not None else None


def learner_in(
    connection: Connection, course: ReviewedCourse, buddy: str, module_key: str
) -> ReviewedLearner | None:
    """The latest work of a learner of this course on a module; none where they are not known in it, or did nothing."""
    if not buddy.isalnum() or not (module_key.isascii() and module_key.isprintable()):
        return None
    here, theirs, there, opened = aliased(Visit), aliased(Link), aliased(Course), aliased(Visit)
    came = (
        select(here.id)
        .join(Link, Link.id == here.link_id)
        .where(Link.course_id == course.id, here.identity_id == Identity.id, here.has_result)
        .correlate(Identity)
        .exists()
    )
    same = there.id == course.id
    if course.institution_id is not None:
        same = or_(same, there.institution_id == course.institution_id)
    statement = (
        select(
            Buddy.id.label("buddy_id"),
            Buddy.public_id,
            func.coalesce(RosterMember.name, Identity.name).label("name"),
            Enrolment.id.label("enrolment_id"),
            Enrolment.public_id.label("enrolment"),
        )
        .select_from(Identity)
        .join(Buddy, Buddy.id == Identity.buddy_id)
        .join(opened, opened.identity_id == Identity.id)
        .join(theirs, theirs.id == opened.link_id)
        .join(there, and_(there.id == theirs.course_id, same))
        .join(Enrolment, Enrolment.id == opened.enrolment_id)
        .join(Module, Module.id == Enrolment.module_id)
        .outerjoin(
            RosterMember,
            and_(RosterMember.course_id == course.id, RosterMember.identity_id == Identity.id),
        )
        .where(Buddy.public_id == buddy, Module.key == module_key, or_(came, RosterMember.is_learner))
        .order_by(Enrolment.started_at.desc(), Enrolment.id.desc())
        .limit(1)
    )
    row = connection.execute(statement).one_or_none()
    if row is None:
        return None
    return ReviewedLearner(
        row.buddy_id, row.enrolment_id, row.enrolment, row.name, str(row.public_id)[:4].upper()
    )
