"""What is asked about scores on their way: by the student, by lecturers, by operators."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, case, func, literal, select

from trainer.catalogue.models import Module
from trainer.core.i18n import format_moment, format_time
from trainer.core.i18n import gettext as _
from trainer.courses import reasons
from trainer.courses.models import Course, Delivery, Link, Visit
from trainer.institutions.models import Registration
from trainer.learning.models import Completion, Enrolment
from trainer.people.models import Identity


@dataclass(frozen=True, slots=True)
class ScoreOnItsWay:
    """Where one score of a buddy is: one for each course through which they opened the module as a learner."""

    #: "to_come" (not completed yet), "waiting", "delivered" or "parked"
    state: str
    #: a code of courses.reasons; none before the first try and after the last
    reason: str | None
    #: what the platform said, plain text; for lecturers and operators
    detail: str | None
    #: delivered: since when; waiting: of the next try; else none
    moment: datetime | None
    link_title: str | None
    course_title: str | None
    platform_name: str


def scores_of_enrolment(
    connection: Connection, enrolment_id: int, *, course_id: int | None = None
) -> list[ScoreOnItsWay]:
    """Where the scores of an enrolment are, by course.  Empty for who only came as a lecturer.

    Args:
        course_id: only those of this course, for its lecturers.
    """
    not_a_row = case((Completion.id.is_(None), reasons.TO_COME), else_=reasons.WAITING)
    state = func.coalesce(Delivery.state, not_a_row)
    statement = (
        select(
            state.label("state"),
            Delivery.reason,
            Delivery.detail,
            Delivery.delivered_at,
            Delivery.next_try_at,
            Link.title.label("link_title"),
            Course.title.label("course_title"),
            Registration.name.label("platform_name"),
        )
        .select_from(Visit)
        .join(Link, Link.id == Visit.link_id)
        .join(Course, Course.id == Link.course_id)
        .join(Identity, Identity.id == Visit.identity_id)
        .join(Registration, Registration.id == Identity.registration_id)
        .outerjoin(Completion, Completion.enrolment_id == Visit.enrolment_id)
        .outerjoin(
            Delivery,
            and_(
                Delivery.completion_id == Completion.id,
                Delivery.link_id == Visit.link_id,
                Delivery.identity_id == Visit.identity_id,
            ),
        )
        .where(
            Visit.enrolment_id == enrolment_id,
            Visit.has_result,
            literal(True) if course_id is None else Link.course_id == course_id,
        )
        .order_by(Course.title, Link.title, Visit.id)
    )
    return [
        ScoreOnItsWay(
            state=row.state,
            reason=row.reason,
            detail=row.detail,
            moment={reasons.DELIVERED: row.delivered_at, reasons.WAITING: row.next_try_at}.get(row.state),
            link_title=row.link_title,
            course_title=row.course_title,
            platform_name=row.platform_name,
        )
        for row in connection.execute(statement)
    ]


def sentence_for_student(score: ScoreOnItsWay, now: datetime) -> str:
    """One sentence in the locale in force: "Verzonden om 14:05.", "Deze cursus heeft geen puntenkolom."."""
    if score.state == reasons.TO_COME:
        return _("Leaves as soon as the module is done.")
    if score.state == reasons.DELIVERED and score.moment is not None:
        return _("Sent %(moment)s.", moment=format_moment(score.moment, now))
    known = reasons.REASONS.get(score.reason or "")
    if known is None:
        return _("On its way to the LMS.")
    said = str(known.student)
    if score.state == reasons.WAITING and score.moment is not None and score.moment > now:
        return said + " " + _("Next try around %(time)s.", time=format_time(score.moment))
    return said


def advice_for_staff(reason: str | None) -> str:
    """What is wrong and who can do something about it, for lecturers and operators; "" where nothing is wrong."""
    known = reasons.REASONS.get(reason or "")
    return str(known.advice) if known else ""


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """A delivery as an operator sees it in a list."""

    public_id: str
    state: str
    reason: str | None
    detail: str | None
    platform: str
    course: str | None
    module: str
    user_sub: str
    tries: int
    created_at: datetime
    next_try_at: datetime
    delivered_at: datetime | None


def list_deliveries(
    connection: Connection, *, state: str | None = None, platform: str | None = None, limit: int = 100
) -> list[DeliveryLine]:
    """The newest deliveries first, of one state and one platform (by its name) if wanted."""
    statement = (
        select(
            Delivery.public_id,
            Delivery.state,
            Delivery.reason,
            Delivery.detail,
            Registration.name.label("platform"),
            func.coalesce(Course.label, Course.title).label("course"),
            Module.key.label("module"),
            Delivery.user_sub,
            Delivery.tries,
            Delivery.created_at,
            Delivery.next_try_at,
            Delivery.delivered_at,
        )
        .select_from(Delivery)
        .join(Registration, Registration.id == Delivery.registration_id)
        .join(Link, Link.id == Delivery.link_id)
        .join(Course, Course.id == Link.course_id)
        .join(Completion, Completion.id == Delivery.completion_id)
        .join(Enrolment, Enrolment.id == Completion.enrolment_id)
        .join(Module, Module.id == Enrolment.module_id)
        .where(Delivery.state == state if state else literal(True))
        .where(Registration.name == platform if platform else literal(True))
        .order_by(Delivery.id.desc())
        .limit(limit)
    )
    return [DeliveryLine(**row._mapping) for row in connection.execute(statement)]


def platform_named(connection: Connection, name: str) -> int | None:
    """The registration id of the platform with this name; none where there is none or the name is not unique."""
    found = (
        connection.execute(select(Registration.id).where(Registration.name == name).limit(2)).scalars().all()
    )
    return found[0] if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class ScoresOfPlatform:
    """How many scores a platform has not taken yet."""

    waiting: int
    parked: int


def scores_of_platforms(connection: Connection) -> dict[int, ScoresOfPlatform]:
    """Registration → its scores that wait or are parked; platforms without such are left out."""
    statement = (
        select(
            Delivery.registration_id,
            func.count().filter(Delivery.state == reasons.WAITING),
            func.count().filter(Delivery.state == reasons.PARKED),
        )
        .where(Delivery.state.in_((reasons.WAITING, reasons.PARKED)))
        .group_by(Delivery.registration_id)
    )
    return {number: ScoresOfPlatform(*counts) for number, *counts in connection.execute(statement)}
