"""Deeds about deliveries outside the worker's own hands: they are made, woken, retried, put to rest.

A delivery follows from two facts: a completion, and a learner's visit through a link that opened that enrolment.
Which of the two came first makes no difference.  How one is taken in hand and what comes of it is told in
``delivery_work``.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, or_, select, tuple_, update

from lti.services import SCORE
from trainer.core.insert import insert_or_ignore
from trainer.courses import reasons
from trainer.courses.delivery_work import fresh_round, send_to_column
from trainer.courses.models import Delivery, Link, Visit
from trainer.institutions.legacy import VERSION
from trainer.institutions.models import Deployment, Registration
from trainer.learning.models import Completion
from trainer.people.models import Identity

#: a launch under way when its buddy completed may still bring a visit; after this long nobody looks any more
ANNOUNCED_AFTER = timedelta(minutes=10)
_BATCH = 500
#: writing a mail takes no longer than this; then another worker may
_TELLING = timedelta(minutes=5)

_ITS_DELIVERY = (
    exists()
    .where(
        Delivery.completion_id == Completion.id,
        Delivery.link_id == Visit.link_id,
        Delivery.identity_id == Visit.identity_id,
    )
    .correlate(Completion, Visit)
)
_WANTED = (
    select(
        Completion.id.label("completion_id"),
        Visit.link_id,
        Visit.identity_id,
        Identity.registration_id,
        Identity.sub,
        Identity.disabled_at,
        Deployment.active.label("deployment_active"),
        Registration.active.label("platform_active"),
        Registration.version,
        Visit.result_sourcedid,
        Link.ags_scopes,
        Link.line_item_url,
        Link.own_line_item_url,
        Link.line_items_url,
    )
    .select_from(Completion)
    .join(Visit, Visit.enrolment_id == Completion.enrolment_id)
    .join(Identity, Identity.id == Visit.identity_id)
    .join(Link, Link.id == Visit.link_id)
    .join(Deployment, Deployment.id == Link.deployment_id)
    .join(Registration, Registration.id == Identity.registration_id)
    .where(Visit.has_result, ~_ITS_DELIVERY)
    .order_by(Completion.id, Visit.id)
)
# Asked for each of the few completions that are not announced yet.  A join of the two tables may begin with the
# visits, of which there are as many as there ever were.
_LACKS_ONE = (
    exists(Visit.id)
    .where(Visit.enrolment_id == Completion.enrolment_id, Visit.has_result, ~_ITS_DELIVERY)
    .correlate(Completion)
)
_UNANNOUNCED = select(Completion.id).where(Completion.announced_at.is_(None)).order_by(Completion.id)


def wanted_deliveries(connection: Connection) -> bool:
    """Whether :func:`announce_completions` would make any: asked first, because it costs no writer's turn."""
    return connection.execute(_UNANNOUNCED.where(_LACKS_ONE).limit(1)).first() is not None


def announce_completions(connection: Connection, now: datetime) -> int:
    """Make a delivery for each new completion and each learner's visit that opened its enrolment; gives how many.

    Repeating it, or doing it in two workers at once, makes none twice: the key (completion, link, identity) is unique.
    """
    fresh = connection.execute(_UNANNOUNCED.where(_LACKS_ONE).limit(_BATCH)).scalars().all()
    return _make(connection, _WANTED.where(Completion.id.in_(fresh)), now) if fresh else 0


def _to_close(now: datetime) -> Select[int]:
    return _UNANNOUNCED.where(Completion.completed_at < now - ANNOUNCED_AFTER, ~_LACKS_ONE).limit(_BATCH)


def announcements_to_close(connection: Connection, now: datetime) -> bool:
    """Whether :func:`close_announcements` has anything to do."""
    return connection.execute(_to_close(now).limit(1)).first() is not None


def close_announcements(connection: Connection, now: datetime) -> int:
    """Stop looking for visits to completions older than ten minutes; a later launch announces its own visit."""
    old = connection.execute(_to_close(now)).scalars().all()
    if not old:
        return 0
    closed = update(Completion).where(Completion.id.in_(old)).values(announced_at=now)
    return connection.execute(closed).rowcount


def announce_visit(connection: Connection, visit_id: int, now: datetime) -> int:
    """Make the delivery for a visit to an enrolment that is completed already; gives 1, or 0 if there is none to make.

    For a launch, in its transaction: who completed first and opens the module in another course has the score there.
    Also before a visit is given another enrolment or other roles: what it led to until now may not be announced yet.
    """
    return _make(connection, _WANTED.where(Visit.id == visit_id), now)


def _make(connection: Connection, wanted: Select[*tuple[Any, ...]], now: datetime) -> int:
    rows = connection.execute(wanted).all()
    if not rows:
        return 0
    insert = insert_or_ignore(connection, Delivery).returning(Delivery.id)
    return len(connection.execute(insert, [_new_row(row, now) for row in rows]).all())


def _new_row(row: Row[tuple[object, ...]], now: datetime) -> dict[str, object]:
    reason = _reason_to_park(row)
    return {
        "public_id": secrets.token_hex(16),
        "completion_id": row.completion_id,
        "link_id": row.link_id,
        "identity_id": row.identity_id,
        "registration_id": row.registration_id,
        "user_sub": row.sub,
        "state": reasons.WAITING if reason is None else reasons.PARKED,
        "reason": reason,
        "tries": 0,
        "outcome_unknown": False,
        "restamped": False,
        "token_renewed": False,
        "reported": False,
        "next_try_at": now,
        "created_at": now,
    }


def _reason_to_park(row: Row[tuple[object, ...]]) -> str | None:
    if not (row.platform_active and row.deployment_active) or row.disabled_at is not None:
        return reasons.PLATFORM_OFF
    if row.version == VERSION:
        return None if row.result_sourcedid else reasons.NO_COLUMN
    if not (row.line_item_url or row.own_line_item_url or row.line_items_url):
        return reasons.NO_COLUMN
    return None if SCORE in row.ags_scopes else reasons.NO_SCOPE


# --- what is put to rest, and what wakes it -------------------------------------------------------------------------

# A platform, a deployment, a person: three small questions.  Asked as one, it would go through every delivery.
_DEPLOYMENT_OFF = exists().where(
    Link.id == Delivery.link_id, Deployment.id == Link.deployment_id, Deployment.active.is_(False)
)
_PERSON_OFF = exists().where(Identity.id == Delivery.identity_id, Identity.disabled_at.is_not(None))
_SWITCHED_OFF: tuple[ColumnElement[bool], ...] = (
    Delivery.registration_id.in_(select(Registration.id).where(Registration.active.is_(False))),
    Delivery.registration_id.in_(select(Deployment.registration_id).where(Deployment.active.is_(False)))
    & _DEPLOYMENT_OFF,
    tuple_(Delivery.registration_id, Delivery.user_sub).in_(
        select(Identity.registration_id, Identity.sub).where(Identity.disabled_at.is_not(None))
    )
    & _PERSON_OFF,
)
_TO_PARK = tuple(
    and_(Delivery.state == reasons.WAITING, Delivery.lease.is_(None), off) for off in _SWITCHED_OFF
)
_TO_WAKE = and_(
    Delivery.state == reasons.PARKED,
    Delivery.reason == reasons.PLATFORM_OFF,
    Delivery.registration_id.in_(select(Registration.id).where(Registration.active)),
    ~_DEPLOYMENT_OFF,
    ~_PERSON_OFF,
)


def park_switched_off(connection: Connection) -> int:
    """Park what waits for a platform, a deployment or a person that was disabled; what is in hand now is let go on."""
    parked = {"state": reasons.PARKED, "reason": reasons.PLATFORM_OFF}
    return sum(
        connection.execute(update(Delivery).where(which).values(parked)).rowcount for which in _TO_PARK
    )


def wake_switched_on(connection: Connection, now: datetime) -> int:
    """Let what was parked for a disabled platform, deployment or person go on when that is enabled again."""
    return connection.execute(update(Delivery).where(_TO_WAKE).values(fresh_round(now))).rowcount


def switches_to_follow(connection: Connection) -> bool:
    """Whether :func:`park_switched_off` or :func:`wake_switched_on` has anything to do: a question, not a write."""
    asked = (select(Delivery.id).where(which).limit(1) for which in (*_TO_PARK, _TO_WAKE))
    return any(connection.execute(question).first() is not None for question in asked)


_WAY_BACK = select(
    Link.outcome_url, Link.ags_scopes, Link.line_item_url, Link.own_line_item_url, Link.line_items_url
)
_WAKES_AT_LAUNCH = (Delivery.state == reasons.PARKED, Delivery.reason.in_(reasons.WAKES_AT_LAUNCH))


def link_changed(connection: Connection, link_id: int, now: datetime) -> int:
    """Follow the way back that a launch brought, where it is another one than the last; gives how many deliveries do.

    What was parked because the link had no (usable) way back goes on.  Where the claim names another line item than
    before (a teacher switched grading off and on), what the former one has is sent to this one too.
    """
    link = connection.execute(_WAY_BACK.where(Link.id == link_id)).one()
    if not _is_usable(link):
        return 0
    woken = _retry(connection, Delivery.link_id == link_id, *_WAKES_AT_LAUNCH, now=now)
    if link.line_item_url is None:
        return woken
    return woken + send_to_column(connection, link_id, link.line_item_url, now)


def _is_usable(link: Row[tuple[object, ...]]) -> bool:
    if link.outcome_url:
        return True
    return SCORE in link.ags_scopes and bool(
        link.line_item_url or link.own_line_item_url or link.line_items_url
    )


def wake_for_visit(connection: Connection, link_id: int, identity_id: int, now: datetime) -> int:
    """Let a learner's own deliveries go on that a launch is waited for; gives how many.

    For a learner's launch onto something completed, when the claim is the same as before: the right to send scores, or
    the column, may have been repaired in the platform without the claim telling it.
    """
    mine = (Delivery.link_id == link_id, Delivery.identity_id == identity_id, *_WAKES_AT_LAUNCH)
    link = connection.execute(
        _WAY_BACK.where(Link.id == link_id, exists().where(*mine).correlate(Link))
    ).one_or_none()
    if link is None or not _is_usable(link):
        return 0
    # How often the platform was asked to make a column is not forgotten: any number of buddies may come by
    return connection.execute(update(Delivery).where(*mine).values(fresh_round(now))).rowcount


def retry_deliveries(connection: Connection, public_ids: Collection[str], now: datetime) -> int:
    """Try parked or waiting deliveries again at once, for a person who says so; gives how many there were."""
    return _retry(
        connection, Delivery.public_id.in_(public_ids), Delivery.state != reasons.DELIVERED, now=now
    )


def retry_all_parked(connection: Connection, now: datetime, *, registration_id: int | None = None) -> int:
    """Try every parked delivery again, of all platforms or of one; gives how many there were."""
    where: list[ColumnElement[bool]] = [Delivery.state == reasons.PARKED]
    if registration_id is not None:
        where.append(Delivery.registration_id == registration_id)
    return _retry(connection, *where, now=now)


def _retry(connection: Connection, *where: ColumnElement[bool], now: datetime) -> int:
    # what a worker has in hand is left to it
    resting = or_(Delivery.state == reasons.PARKED, Delivery.lease.is_(None))
    no_column = select(Delivery.link_id).where(*where, Delivery.reason == reasons.NO_COLUMN)
    connection.execute(update(Link).where(Link.id.in_(no_column)).values(columns_asked=0))
    return connection.execute(update(Delivery).where(*where, resting).values(fresh_round(now))).rowcount


# --- telling the operator -------------------------------------------------------------------------------------------


_GIVEN_UP = (Delivery.state == reasons.PARKED, Delivery.reason == reasons.GAVE_UP)


def _unreported(now: datetime) -> tuple[ColumnElement[bool], ...]:
    nobody_tells = or_(
        Delivery.telling_until.is_(None),
        Delivery.telling_until <= now,
        Delivery.telling_until > now + 2 * _TELLING,  # the clock was set back
    )
    return (*_GIVEN_UP, Delivery.reported.is_(False), nobody_tells)


def has_unreported(connection: Connection, now: datetime) -> bool:
    """Whether anything was given up since the operator last heard, and nobody is telling of it."""
    return connection.execute(select(Delivery.id).where(*_unreported(now)).limit(1)).first() is not None


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Deliveries to one platform that were given up, of which one worker tells the operator."""

    registration_id: int
    platform: str
    number: int
    #: until then no other worker does
    telling_until: datetime


def take_unreported(connection: Connection, now: datetime) -> list[GivenUp]:
    """What was given up since the operator last heard, for this worker to tell; by platform.

    It counts as told when :func:`note_told` says so.  A worker that dies before is followed by another one.
    """
    until = now + _TELLING
    names = connection.execute(
        select(Registration.id, Registration.name)
        .where(Registration.id.in_(select(Delivery.registration_id).where(*_unreported(now))))
        .order_by(Registration.name, Registration.id)
    ).all()
    taken: list[GivenUp] = []
    for registration_id, name in names:
        here = (*_unreported(now), Delivery.registration_id == registration_id)
        number = connection.execute(update(Delivery).where(*here).values(telling_until=until)).rowcount
        if number:
            taken.append(GivenUp(registration_id, name, number, until))
    return taken


def note_told(connection: Connection, told: Sequence[GivenUp]) -> None:
    """The mail left."""
    _end_telling(connection, told, reported=True)


def untold(connection: Connection, taken: Sequence[GivenUp]) -> None:
    """The mail did not leave after all: it is to be told again."""
    _end_telling(connection, taken, reported=False)


def _end_telling(connection: Connection, taken: Sequence[GivenUp], *, reported: bool) -> None:
    for given_up in taken:
        connection.execute(
            update(Delivery)
            .where(
                *_GIVEN_UP,
                Delivery.registration_id == given_up.registration_id,
                Delivery.telling_until == given_up.telling_until,
            )
            .values(reported=reported, telling_until=None)
        )
