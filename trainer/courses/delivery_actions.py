"""Deeds about deliveries outside the worker's own hands: they are made, woken, retried, put to rest.

A delivery follows from two facts: a completion, and a learner's visit through a link that opened that enrolment.
Which of the two came first makes no difference.  How one is taken in hand and what comes of it is told in
``delivery_work``.
"""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, or_, select, update

from lti.services import SCORE
from trainer.core.insert import insert_or_ignore
from trainer.courses import reasons
from trainer.courses.models import Delivery, Link, Visit
from trainer.institutions.models import Deployment, Registration
from trainer.learning.models import Completion
from trainer.people.models import Identity

#: a launch under way when its buddy completed may still bring a visit; after this long nobody looks any more
ANNOUNCED_AFTER = timedelta(minutes=10)
_BATCH = 500

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
    .where(
        Visit.is_lecturer.is_(False),
        ~exists().where(
            Delivery.completion_id == Completion.id,
            Delivery.link_id == Visit.link_id,
            Delivery.identity_id == Visit.identity_id,
        ),
    )
    .order_by(Completion.id, Visit.id)
)


def wanted_deliveries(connection: Connection) -> bool:
    """Whether :func:`announce_completions` would make any: asked first, because it costs no writer's turn."""
    statement = _WANTED.where(Completion.announced_at.is_(None)).limit(1)
    return connection.execute(statement).first() is not None


def announce_completions(connection: Connection, now: datetime) -> int:
    """Make a delivery for each new completion and each learner's visit that opened its enrolment; gives how many.

    Repeating it, or doing it in two workers at once, makes none twice: the key (completion, link, identity) is unique.
    """
    return _make(connection, _WANTED.where(Completion.announced_at.is_(None)).limit(_BATCH), now)


def _old_enough(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Completion.announced_at.is_(None), Completion.completed_at < now - ANNOUNCED_AFTER


def announcements_to_close(connection: Connection, now: datetime) -> bool:
    """Whether :func:`close_announcements` has anything to do."""
    return connection.execute(select(Completion.id).where(*_old_enough(now)).limit(1)).first() is not None


def close_announcements(connection: Connection, now: datetime) -> int:
    """Stop looking for visits to completions older than ten minutes; a later launch announces its own visit."""
    statement = (
        update(Completion)
        .where(*_old_enough(now))
        .where(Completion.id.not_in(_WANTED.with_only_columns(Completion.id).order_by(None)))
        .values(announced_at=now)
    )
    return connection.execute(statement).rowcount


def announce_visit(connection: Connection, visit_id: int, now: datetime) -> int:
    """Make the delivery for a visit to an enrolment that is completed already; gives 1, or 0 if there is none to make.

    For a launch, in its transaction: who completed first and opens the module in another course has the score there.
    """
    return _make(connection, _WANTED.where(Visit.id == visit_id), now)


def _make(connection: Connection, wanted: Select[tuple[object, ...]], now: datetime) -> int:
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
    if not (row.line_item_url or row.own_line_item_url or row.line_items_url):
        return reasons.NO_COLUMN
    return None if SCORE in row.ags_scopes else reasons.NO_SCOPE


# --- what is put to rest, and what wakes it -------------------------------------------------------------------------

_SWITCHED_OFF = (
    select(Delivery.id)
    .join(Link, Link.id == Delivery.link_id)
    .join(Deployment, Deployment.id == Link.deployment_id)
    .join(Registration, Registration.id == Delivery.registration_id)
    .join(Identity, Identity.id == Delivery.identity_id)
    .where(
        or_(Registration.active.is_(False), Deployment.active.is_(False), Identity.disabled_at.is_not(None)),
    )
)


def _fresh(now: datetime) -> dict[str, object]:
    """A new round of tries.  Body, moment and an unknown outcome stay: what was sent once may have arrived."""
    return {
        "state": reasons.WAITING,
        "reason": None,
        "next_try_at": now,
        "tries": 0,
        "trying_since": None,
        "restamped": False,
        "token_renewed": False,
        "reported": False,
        "lease": None,
    }


def park_switched_off(connection: Connection) -> int:
    """Park what waits for a platform, a deployment or a person that was disabled; what is in hand now is let go on."""
    statement = (
        update(Delivery)
        .where(Delivery.state == reasons.WAITING, Delivery.lease.is_(None), Delivery.id.in_(_SWITCHED_OFF))
        .values(state=reasons.PARKED, reason=reasons.PLATFORM_OFF)
    )
    return connection.execute(statement).rowcount


def wake_switched_on(connection: Connection, now: datetime) -> int:
    """Let what was parked for a disabled platform, deployment or person go on when that is enabled again."""
    statement = (
        update(Delivery)
        .where(
            Delivery.state == reasons.PARKED,
            Delivery.reason == reasons.PLATFORM_OFF,
            Delivery.id.not_in(_SWITCHED_OFF),
        )
        .values(_fresh(now))
    )
    return connection.execute(statement).rowcount


def switches_to_follow(connection: Connection) -> bool:
    """Whether :func:`park_switched_off` or :func:`wake_switched_on` has anything to do: a question, not a write."""
    off = and_(Delivery.state == reasons.WAITING, Delivery.lease.is_(None), Delivery.id.in_(_SWITCHED_OFF))
    on = and_(
        Delivery.state == reasons.PARKED,
        Delivery.reason == reasons.PLATFORM_OFF,
        Delivery.id.not_in(_SWITCHED_OFF),
    )
    return any(connection.execute(select(Delivery.id).where(which).limit(1)).first() for which in (off, on))


def link_changed(connection: Connection, link_id: int, now: datetime) -> int:
    """Wake the deliveries that were parked because a link had no (usable) way back; gives how many.

    For a launch that brought another AGS claim than the last one.
    """
    link = connection.execute(
        select(Link.ags_scopes, Link.line_item_url, Link.line_items_url).where(Link.id == link_id)
    ).one()
    if SCORE not in link.ags_scopes or not (link.line_item_url or link.line_items_url):
        return 0
    parked = (Delivery.state == reasons.PARKED, Delivery.reason.in_(reasons.WAKES_AT_LAUNCH))
    return _retry(connection, Delivery.link_id == link_id, *parked, now=now)


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
    return connection.execute(update(Delivery).where(*where, resting).values(_fresh(now))).rowcount


# --- telling the operator -------------------------------------------------------------------------------------------


_UNREPORTED = (
    Delivery.state == reasons.PARKED,
    Delivery.reason == reasons.GAVE_UP,
    Delivery.reported.is_(False),
)


def has_unreported(connection: Connection) -> bool:
    """Whether anything was given up since the operator last heard."""
    return connection.execute(select(Delivery.id).where(*_UNREPORTED).limit(1)).first() is not None


def take_unreported(connection: Connection) -> list[tuple[str, int]]:
    """(platform, number) of the deliveries that were given up since the operator last heard; they count as told now."""
    counts = connection.execute(
        select(Registration.id, Registration.name, func.count())
        .select_from(Delivery)
        .join(Registration, Registration.id == Delivery.registration_id)
        .where(*_UNREPORTED)
        .group_by(Registration.id, Registration.name)
        .order_by(Registration.name)
    ).all()
    told: list[tuple[str, int]] = []
    for registration_id, name, _ in counts:
        marked = (
            update(Delivery)
            .where(*_UNREPORTED, Delivery.registration_id == registration_id)
            .values(reported=True)
        )
        told.append((name, connection.execute(marked).rowcount))
    return told


def untold(connection: Connection, platforms: Sequence[str]) -> None:
    """The mail did not leave after all: these platforms' given-up deliveries are to be told of again."""
    ids = select(Registration.id).where(Registration.name.in_(platforms))
    connection.execute(
        update(Delivery)
        .where(Delivery.reason == reasons.GAVE_UP, Delivery.registration_id.in_(ids))
        .values(reported=False)
    )
