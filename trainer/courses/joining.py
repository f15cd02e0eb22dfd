"""One person who was known twice: before and after their LMS moved from LTI 1.1 to 1.3.

A join points the identity of today at the person of before.  Nothing is copied, and nothing is deleted but scores that
must not leave any more: enrolments change hands as they are, so undoing a join is giving them back.

* What the identity of today had begun goes along.  Where both did the same module in the same period, the one that is
  further counts; the other is kept aside, with the person that nobody is any more, until the join is undone.
* A visit always leads to an enrolment of the person who made it; visits follow.
* A join is made within one institution only, once for an identity, and not again after it was undone.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased

from trainer.courses import reasons
from trainer.courses.delivery_actions import announce_visit
from trainer.courses.models import Course, Delivery, Link, Visit
from trainer.institutions.models import Deployment, LegacyConsumer, Registration
from trainer.learning.models import Completion, Enrolment
from trainer.people.actions import end_sessions
from trainer.people.models import Buddy, Identity, IdentityJoin

#: the platform signed with the secret of LTI 1.1
BY_SIGNATURE = "lti1p1"
#: no period: where an enrolment stands while two change places
_BETWEEN = "changing"


class NoSuchJoin(Exception):
    """There is no join with this number, or it was undone before."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who somebody may have been, if the platform proves it."""

    #: sealed: what it must be proven with
    secret: str
    identity_id: int
    buddy_id: int


@dataclass(frozen=True, slots=True)
class JoinLine:
    """A join as an operator sees it in a list."""

    id: int
    platform: str
    sub: str
    proof: str
    joined_at: datetime
    undone_at: datetime | None


def find_candidate(
    connection: Connection,
    *,
    identity_id: int,
    registration_id: int,
    institution_id: int,
    consumer_key: str,
    user_id: str,
    course_id: int | None,
) -> Candidate | None:
    """Who this identity may be, in one statement; none where a join is not allowed, whatever is proven.

    It is not where the key is another institution's, where either came into a course of another (or of one that waits
    to be told whose it is) by whichever platform, where one of their platforms is shared, where the person of before
    was disabled, where either was joined before, or where this join was undone.

    Args:
        course_id: of the course into which they come now, where it is known.
    """
    old, new, before = aliased(Identity), aliased(Identity), aliased(Registration)
    joined, other = aliased(IdentityJoin), aliased(Identity)
    was_joined = exists().where(
        joined.identity_id == new.id,
        or_(joined.undone_at.is_(None), joined.to_buddy_id == old.buddy_id),
    )
    is_taken = exists().where(
        joined.to_buddy_id == old.buddy_id,
        joined.undone_at.is_(None),
        other.id == joined.identity_id,
        other.registration_id == new.registration_id,
    )
    # The person of before may have come by another platform of today, too
    theirs = aliased(Identity)
    is_either = theirs.buddy_id.in_((new.buddy_id, old.buddy_id))
    is_shared = exists().where(
        is_either,
        Deployment.registration_id == theirs.registration_id,
        or_(Deployment.is_shared, Deployment.institution_id != institution_id),
    )
    is_elsewhere = exists().where(
        is_either,
        Visit.identity_id == theirs.id,
        Link.id == Visit.link_id,
        Course.id == Link.course_id,
        Course.institution_id.is_distinct_from(institution_id),
    )
    comes_elsewhere = exists().where(
        Course.id == course_id, Course.institution_id.is_distinct_from(institution_id)
    )
    statement = (
        select(LegacyConsumer.secret, old.id, old.buddy_id)
        .select_from(LegacyConsumer)
        .join(
            before, and_(before.id == LegacyConsumer.registration_id, before.institution_id == institution_id)
        )
        .join(old, and_(old.registration_id == before.id, old.sub == user_id, old.disabled_at.is_(None)))
        .join(new, and_(new.id == identity_id, new.registration_id == registration_id))
        .where(
            LegacyConsumer.consumer_key == consumer_key,
            new.buddy_id != old.buddy_id,
            ~was_joined,
            ~is_taken,
            ~is_shared,
            ~is_elsewhere,
            ~comes_elsewhere,
        )
    )
    row = connection.execute(statement).one_or_none()
    return Candidate(*row) if row is not None else None


def hold(connection: Connection, identity_id: int, candidate: Candidate) -> None:
    """Let other joins of these two, their launches, and enrolments that are being made for them, come first or wait.

    Ask `find_candidate` again afterwards.  Launches hold an identity and then make enrolments: in that order here too.
    """
    _hold_identities(connection, or_(Identity.id == identity_id, Identity.buddy_id == candidate.buddy_id))
    mine = select(Identity.buddy_id).where(Identity.id == identity_id)
    buddies = select(Buddy.id).where(or_(Buddy.id == candidate.buddy_id, Buddy.id.in_(mine)))
    connection.execute(buddies.order_by(Buddy.id).with_for_update())


def _hold_identities(connection: Connection, which: ColumnElement[bool]) -> None:
    # Sessions and visits that are being made name these rows too; they need not wait
    identities = select(Identity.id).where(which).order_by(Identity.id)
    connection.execute(identities.with_for_update(key_share=True))


def join(
    connection: Connection,
    *,
    identity_id: int,
    candidate: Candidate,
    proof: str = BY_SIGNATURE,
    now: datetime,
) -> int:
    """The identity is the candidate's person from now on; gives that buddy's id.  `hold` before, and have the proof."""
    alone = connection.execute(select(Identity.buddy_id).where(Identity.id == identity_id)).scalar_one()
    person = candidate.buddy_id
    enrolments = _bring_together(connection, identity_id, alone=alone, person=person)
    connection.execute(
        insert(IdentityJoin),
        {
            "identity_id": identity_id,
            "from_buddy_id": alone,
            "to_buddy_id": person,
            "proof": proof,
            "enrolments": enrolments,
            "joined_at": now,
        },
    )
    _settle(connection, person, now)
    return person


def undo_join(connection: Connection, join_id: int, now: datetime) -> int:
    """Take a join back: each person has again what they had, with what was done in it since.

    What was begun since goes with the identity where it alone came to it; scores for it that did not leave yet and are
    the other person's do not leave any more.  Everybody concerned is signed out.

    Others may have joined the same person since, and an enrolment gone from hand to hand: their joins are taken back
    before it, the last one first, and made again after it.

    Returns:
        How many scores had left already, or were on their way: they stand in the LMS.

    Raises:
        NoSuchJoin: unknown, or undone before.
    """
    here = IdentityJoin.id == join_id
    person = connection.execute(select(IdentityJoin.to_buddy_id).where(here)).scalar_one_or_none()
    _hold_identities(connection, Identity.buddy_id == person)
    joined = select(IdentityJoin.from_buddy_id).where(IdentityJoin.to_buddy_id == person)
    buddies = select(Buddy.id).where(or_(Buddy.id == person, Buddy.id.in_(joined)))
    connection.execute(buddies.order_by(Buddy.id).with_for_update())
    undone = connection.execute(
        update(IdentityJoin)
        .where(here, IdentityJoin.undone_at.is_(None))
        .values(undone_at=now)
        .returning(*_JOIN)
    ).one_or_none()
    if undone is None or person is None:
        raise NoSuchJoin(join_id)
    since = select(*_JOIN).where(
        IdentityJoin.to_buddy_id == person, IdentityJoin.undone_at.is_(None), IdentityJoin.id > join_id
    )
    later = connection.execute(since.order_by(IdentityJoin.id)).all()
    for one in (*reversed(later), undone):
        _bring_apart(connection, one)
    for one in later:
        again = _bring_together(connection, one.identity_id, alone=one.from_buddy_id, person=person)
        connection.execute(update(IdentityJoin).where(IdentityJoin.id == one.id).values(enrolments=again))
    alone = undone.from_buddy_id
    _settle(connection, person, now)
    _settle(connection, alone, now)
    return _recall(connection, alone) + _recall(connection, person)


def list_joins(connection: Connection) -> list[JoinLine]:
    """Every join, the latest first."""
    statement = (
        select(
            IdentityJoin.id,
            Registration.name.label("platform"),
            Identity.sub,
            IdentityJoin.proof,
            IdentityJoin.joined_at,
            IdentityJoin.undone_at,
        )
        .join(Identity, Identity.id == IdentityJoin.identity_id)
        .join(Registration, Registration.id == Identity.registration_id)
        .order_by(IdentityJoin.id.desc())
    )
    return [JoinLine(**row._mapping) for row in connection.execute(statement)]


_JOIN = (
    IdentityJoin.id,
    IdentityJoin.identity_id,
    IdentityJoin.from_buddy_id,
    IdentityJoin.to_buddy_id,
    IdentityJoin.enrolments,
    IdentityJoin.joined_at,
)


def _bring_together(
    connection: Connection, identity_id: int, *, alone: int, person: int
) -> dict[str, list[Any]]:
    """The identity is the person from now on, with the enrolments that it had alone; gives which changed hands."""
    moved, swapped = [], []
    for mine, theirs in _enrolments(connection, alone, person):
        if theirs is None:
            _give(connection, mine.id, person)
            moved.append(mine.id)
        elif _is_further(mine, theirs):
            _swap(connection, mine, theirs, person=person, aside=alone)
            swapped.append([mine.id, theirs.id])
    connection.execute(update(Identity).where(Identity.id == identity_id).values(buddy_id=person))
    return {"moved": moved, "swapped": swapped}


def _bring_apart(connection: Connection, made: Any) -> None:
    """The identity of a join stands alone again, with what it had, and what it alone began since."""
    alone, person = made.from_buddy_id, made.to_buddy_id
    begun = _begun_since(connection, made.identity_id, person, alone, made.joined_at)
    for mine, theirs in made.enrolments["swapped"]:
        rows = {
            row.id: row
            for row in connection.execute(select(Enrolment).where(Enrolment.id.in_((mine, theirs))))
        }
        _swap(connection, rows[theirs], rows[mine], person=person, aside=alone)
    for enrolment in (*made.enrolments["moved"], *begun):
        _give(connection, enrolment, alone)
    connection.execute(update(Identity).where(Identity.id == made.identity_id).values(buddy_id=alone))


def _enrolments(connection: Connection, mine: int, theirs: int) -> list[tuple[Any, Any]]:
    """Each enrolment of the one, with the other's on the same module in the same period, if any."""
    found = {
        (row.module_id, row.period): row
        for row in connection.execute(select(Enrolment).where(Enrolment.buddy_id == theirs))
    }
    rows = connection.execute(select(Enrolment).where(Enrolment.buddy_id == mine).order_by(Enrolment.id))
    return [(row, found.get((row.module_id, row.period))) for row in rows]


def _is_further(mine: Any, theirs: Any) -> bool:
    """Completed before what is not, else with more of it done; what was there first where both are as far."""
    if mine.completed_at is None or theirs.completed_at is None:
        return (mine.completed_at is not None, mine.progress) > (
            theirs.completed_at is not None,
            theirs.progress,
        )
    return bool(mine.completed_at < theirs.completed_at)


def _give(connection: Connection, enrolment: int, buddy: int) -> None:
    connection.execute(update(Enrolment).where(Enrolment.id == enrolment).values(buddy_id=buddy))


def _swap(connection: Connection, comes: Any, goes: Any, *, person: int, aside: int) -> None:
    """Two enrolments on one module change hands; one steps out of the way meanwhile, as each person has one only."""
    step = update(Enrolment).where(Enrolment.id == comes.id)
    connection.execute(step.values(period=_BETWEEN))
    _give(connection, goes.id, aside)
    connection.execute(step.values(period=comes.period, buddy_id=person))


def _settle(connection: Connection, buddy: int, now: datetime) -> None:
    """Have the visits of a person lead to enrolments of theirs, with the scores that follow from that; and end sessions
    that know another person.
    """
    theirs = select(Identity.id).where(Identity.buddy_id == buddy)
    led, right = aliased(Enrolment), aliased(Enrolment)
    instead = (
        select(right.id)
        .join(led, and_(led.module_id == right.module_id, led.period == right.period))
        .where(led.id == Visit.enrolment_id, right.buddy_id == buddy)
        .correlate(Visit)
        .scalar_subquery()
    )
    is_anothers = (
        select(led.id).where(led.id == Visit.enrolment_id, led.buddy_id != buddy).correlate(Visit).exists()
    )
    led_elsewhere = (
        update(Visit).where(Visit.identity_id.in_(theirs), is_anothers).values(enrolment_id=instead)
    )
    for visit in connection.execute(led_elsewhere.returning(Visit.id)).scalars().all():
        announce_visit(connection, visit, now)
    for identity in connection.execute(theirs).scalars().all():
        end_sessions(connection, identity_id=identity)


def _begun_since(
    connection: Connection, identity_id: int, person: int, alone: int, since: datetime
) -> list[int]:
    """Enrolments of the person that were begun since, and to which this identity alone came."""
    kept = aliased(Enrolment)
    came = select(literal(1)).where(Visit.enrolment_id == Enrolment.id).correlate(Enrolment)
    statement = select(Enrolment.id).where(
        Enrolment.buddy_id == person,
        Enrolment.started_at >= since,
        came.where(Visit.identity_id == identity_id).exists(),
        ~came.where(Visit.identity_id != identity_id).exists(),
        ~exists().where(
            kept.buddy_id == alone, kept.module_id == Enrolment.module_id, kept.period == Enrolment.period
        ),
    )
    return list(connection.execute(statement).scalars())


def _recall(connection: Connection, buddy: int) -> int:
    """Keep back scores of somebody else's work that would go to this person; how many left before, or may have."""
    not_theirs = select(Completion.id).join(Enrolment, Enrolment.id == Completion.enrolment_id)
    wrong = and_(
        Delivery.identity_id.in_(select(Identity.id).where(Identity.buddy_id == buddy)),
        Delivery.completion_id.in_(not_theirs.where(Enrolment.buddy_id != buddy)),
    )
    has_left = or_(Delivery.state == reasons.DELIVERED, Delivery.outcome_unknown, Delivery.lease.is_not(None))
    left = connection.execute(select(func.count(Delivery.id)).where(wrong, has_left)).scalar_one()
    connection.execute(delete(Delivery).where(wrong, Delivery.state != reasons.DELIVERED))
    return left
