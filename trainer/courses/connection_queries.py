"""What is asked about a connection's work: which scores arrived, which did not and why, and which rosters."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, literal, select, union_all

from trainer.courses import reasons, roster_reasons
from trainer.courses.delivery_queries import ScoresOfPlatform
from trainer.courses.models import Course, Delivery
from trainer.institutions.models import Deployment

#: parked for what the platform as a whole does, not for one person or one course
OF_THE_PLATFORM = frozenset(
    {
        reasons.NO_SCOPE,
        reasons.FORBIDDEN,
        reasons.ADDRESS,
        reasons.GAVE_UP,
        "service_disabled",
        "foreign_host",
        "refused",
        "unreadable",
    }
)
#: rosters that do not come until somebody changes something
FOR_SOMEBODY = frozenset(
    {
        roster_reasons.NO_SCOPE,
        roster_reasons.FORBIDDEN,
        roster_reasons.REFUSED,
        roster_reasons.KEYS,
        roster_reasons.CERTIFICATE,
        roster_reasons.ADDRESS,
        roster_reasons.UNREADABLE,
    }
)
#: All that is parked has one of these reasons; named, they lead SQLite to the index of what is parked, where it would
#: else read through the years of a platform's scores.
_PARKED = and_(Delivery.state == reasons.PARKED, Delivery.reason.in_(sorted(reasons.REASONS)))


@dataclass(frozen=True, slots=True)
class Standing(ScoresOfPlatform):
    """How a platform's work stands, in numbers for the list of all platforms."""

    #: scores that are parked for what the platform does
    refused: int
    #: courses whose roster does not come until somebody changes something
    rosters: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """Scores that do not arrive for one reason, or courses whose roster does not."""

    #: a code of courses.reasons or courses.roster_reasons
    reason: str
    count: int
    #: of the newest of them: what the platform said, plain text
    detail: str | None


@dataclass(frozen=True, slots=True)
class WorkDone:
    """What came of a connection's work so far."""

    #: when the platform last took a score
    delivered_at: datetime | None
    #: scores that are set aside, the newest reason first; and scores that wait for a next try
    parked: tuple[Trouble, ...]
    waiting: tuple[Trouble, ...]
    #: courses that have a roster, when one was last fetched whole, and why others were not
    courses: int
    roster_at: datetime | None
    rosters: tuple[Trouble, ...]


def standing_of_platforms(connection: Connection) -> dict[int, Standing]:
    """Registration → how its work stands, in one statement; platforms of which nothing is to be said are left out."""
    none = literal(0)
    # One part for each state: only then the indexes serve that hold what is not delivered
    waiting = (
        select(Delivery.registration_id, func.count(), none, none, none)
        .where(Delivery.state == reasons.WAITING)
        .group_by(Delivery.registration_id)
    )
    parked = (
        select(
            Delivery.registration_id,
            none,
            func.count(),
            func.count().filter(Delivery.reason.in_(OF_THE_PLATFORM)),
            none,
        )
        .where(_PARKED)
        .group_by(Delivery.registration_id)
    )
    rosters = (
        select(Deployment.registration_id, none, none, none, func.count())
        .join(Course, Course.deployment_id == Deployment.id)
        .where(Course.roster_problem.in_(FOR_SOMEBODY))
        .group_by(Deployment.registration_id)
    )
    found: dict[int, Standing] = {}
    for number, *counts in connection.execute(union_all(waiting, parked, rosters)):
        before = found.get(number, Standing(0, 0, 0, 0))
        found[number] = Standing(
            before.waiting + counts[0],
            before.parked + counts[1],
            before.refused + counts[2],
            before.rosters + counts[3],
        )
    return found


def work_done(connection: Connection, registration_id: int) -> WorkDone:
    """What came of the scores and rosters of one platform; in four statements."""
    delivered_at = connection.execute(
        select(Delivery.delivered_at)
        .where(Delivery.registration_id == registration_id, Delivery.delivered_at.is_not(None))
        .order_by(Delivery.delivered_at.desc())
        .limit(1)
    ).scalar_one_or_none()
    counted = select(
        Delivery.state, Delivery.reason, func.count().label("n"), func.max(Delivery.id).label("newest")
    ).where(Delivery.registration_id == registration_id)
    stuck = union_all(
        counted.where(_PARKED).group_by(Delivery.state, Delivery.reason),
        counted.where(Delivery.state == reasons.WAITING, Delivery.reason.in_(reasons.OUTAGES)).group_by(
            Delivery.state, Delivery.reason
        ),
    ).subquery()
    scores = connection.execute(
        select(stuck.c.state, stuck.c.reason, stuck.c.n, Delivery.detail)
        .join(Delivery, Delivery.id == stuck.c.newest)
        .order_by(stuck.c.newest.desc())
    ).all()
    here = and_(Deployment.registration_id == registration_id, Course.memberships_url.is_not(None))
    fetched = connection.execute(
        select(func.count(), func.max(Course.roster_at)).select_from(Course).join(Deployment).where(here)
    ).one()
    failed = connection.execute(
        select(Course.roster_problem, func.count())
        .join(Deployment, Deployment.id == Course.deployment_id)
        .where(here, Course.roster_problem.is_not(None))
        .group_by(Course.roster_problem)
        .order_by(func.max(Course.roster_tried_at).desc(), Course.roster_problem)
    ).all()

    def of(state: str) -> tuple[Trouble, ...]:
        return tuple(Trouble(str(row.reason), row.n, row.detail) for row in scores if row.state == state)

    return WorkDone(
        delivered_at,
        of(reasons.PARKED),
        of(reasons.WAITING),
        fetched[0],
        fetched[1],
        tuple(Trouble(str(reason), count, None) for reason, count in failed),
    )
