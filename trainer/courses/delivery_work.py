"""A delivery is taken in hand: the next one due is chosen, leased, and given its body and moment.

Every deed here is one short transaction; nothing is held while a platform is being waited for.  A worker that dies
leaves a lease behind; when that is over the row is taken up again, its outcome counts as unknown, and the same bytes
are sent again.  The row of :class:`~trainer.courses.models.DeliveryPace` is always locked before rows of deliveries.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, case, exists, false, func, not_, or_, select, update
from sqlalchemy.orm import aliased

from lti.grades import Score, next_timestamp, score_body
from lti.services import SCORE
from trainer.core.insert import insert_or_ignore
from trainer.courses import reasons
from trainer.courses.models import Delivery, DeliveryPace, Link, Placement, Visit
from trainer.institutions.legacy import VERSION
from trainer.institutions.models import Deployment, Registration
from trainer.learning.models import Completion, Enrolment
from trainer.people.models import Identity

#: longer than the longest sensible handling of one row: token, search, creation and score, each with its time limit
LEASE = timedelta(minutes=3)
AT_ONCE = 4
#: this many failures in a row are an outage: the platform is probed by one delivery at a time
OUTAGE_AFTER = 3
#: we make one line item for a link, and one more in the place of a deleted one
MOST_COLUMNS = 2
#: and ask that often without hearing that it was made: some platform may make one each time and never list it
MOST_ASKED = 8
#: looking for a line item may take that long before another worker does it
SEARCH_LEASE = timedelta(minutes=2)
_LOOK_AGAIN = timedelta(milliseconds=250)
#: clocks of workers differ; a time further ahead than this and the longest wait means that the clock was set back
_CLOCKS_DIFFER = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=1) + _CLOCKS_DIFFER


@dataclass(frozen=True, slots=True)
class InHand:
    """A delivery that this worker may send now."""

    id: int
    public_id: str
    lease: str
    registration_id: int
    link_id: int
    user_sub: str
    tries: int
    outcome_unknown: bool
    restamped: bool
    token_renewed: bool
    #: where it goes; none: the line item is to be found first
    line_item_url: str | None
    gone_url: str | None
    #: what is sent, byte for byte; none while the line item is not known
    body: str | None
    resource_link_id: str
    link_public_id: str
    link_title: str | None
    #: what was completed
    edition_id: int
    ags_scopes: tuple[str, ...]
    line_items_url: str | None
    may_make_column: bool
    #: LTI 1.1: where the result goes and the right to send it, sealed (courses.legacy); such a row has no line item
    #: and no body, since the right may neither be stored nor shown in clear
    result_right: str | None


@dataclass(frozen=True, slots=True)
class NotYet:
    """Something is due, but the platform may not be sent to before then."""

    until: datetime


_older = aliased(Delivery)
#: one person's scores for one column leave in the order in which they were earned
_FIRST_IN_LINE = ~(
    select(_older.id)
    .where(
        _older.registration_id == Delivery.registration_id,
        _older.user_sub == Delivery.user_sub,
        _older.state == reasons.WAITING,
        _older.id < Delivery.id,
        or_(_older.link_id == Delivery.link_id, _older.line_item_url == Delivery.line_item_url),
    )
    .correlate(Delivery)
    # Skips none, but has PostgreSQL ask this for each that is due; as a join it would read all that wait, in an outage
    # many
    .offset(0)
    .exists()
)
_result_right = (
    select(Visit.result_sourcedid)
    .where(Visit.link_id == Delivery.link_id, Visit.identity_id == Delivery.identity_id)
    .correlate(Delivery)
    .scalar_subquery()
)
_DUE = (
    select(
        Delivery.id,
        Delivery.public_id,
        Delivery.link_id,
        Delivery.user_sub,
        Delivery.tries,
        Delivery.trying_since,
        Delivery.outcome_unknown,
        Delivery.restamped,
        Delivery.token_renewed,
        Delivery.lease,
        Delivery.line_item_url,
        Delivery.gone_url,
        Delivery.score_at,
        Delivery.body,
        Link.resource_link_id,
        Link.public_id.label("link_public_id"),
        Link.title.label("link_title"),
        Completion.edition_id,
        Link.ags_scopes,
        Link.line_items_url,
        Link.columns_used,
        # A teacher who placed it without a column wants none: it is not for us to make one
        Placement.has_column.is_not(False).label("column_is_wanted"),
        Link.columns_asked,
        func.coalesce(Link.line_item_url, Link.own_line_item_url).label("link_line_item_url"),
        and_(Registration.active, Deployment.active, Identity.disabled_at.is_(None)).label("on"),
        Registration.version,
        case((Registration.version == VERSION, _result_right), else_=None).label("result_right"),
    )
    .join(Link, Link.id == Delivery.link_id)
    .join(Deployment, Deployment.id == Link.deployment_id)
    .join(Registration, Registration.id == Delivery.registration_id)
    .join(Identity, Identity.id == Delivery.identity_id)
    .join(Completion, Completion.id == Delivery.completion_id)
    .outerjoin(Placement, Placement.id == Link.placement_id)
    .where(Delivery.state == reasons.WAITING, _FIRST_IN_LINE)
    .order_by(Delivery.next_try_at, Delivery.id)
    .limit(1)
    .with_for_update(of=Delivery, skip_locked=True)
)


def platforms_with_work(connection: Connection, now: datetime) -> dict[int, int]:
    """Registration id → how many of its due deliveries may be in hand at once; without those that asked for rest."""
    resting = and_(DeliveryPace.paused_until > now, DeliveryPace.paused_until <= now + _LONGEST_PAUSE)
    rows = connection.execute(
        select(Delivery.registration_id, func.count(), func.coalesce(func.max(DeliveryPace.failures), 0))
        .outerjoin(DeliveryPace, DeliveryPace.registration_id == Delivery.registration_id)
        .where(
            Delivery.state == reasons.WAITING,
            # known platforms one by one: so the index is entered at what is due, past what waits for later
            Delivery.registration_id.in_(select(Registration.id)),
            Delivery.next_try_at <= now,
            _FIRST_IN_LINE,
            not_(func.coalesce(resting, false())),
        )
        .group_by(Delivery.registration_id)
    )
    return {registration_id: min(due, _at_once(failures)) for registration_id, due, failures in rows}


def _at_once(failures: int) -> int:
    return 1 if failures >= OUTAGE_AFTER else AT_ONCE


def take_delivery(
    connection: Connection, registration_id: int, now: datetime, *, rate: float
) -> InHand | NotYet | None:
    """Take the next due delivery of a platform in hand; None when there is none.

    Args:
        rate: deliveries a second that the platform is sent at most, over all workers.
    """
    pace = _pace(connection, registration_id, now)
    if isinstance(pace, NotYet):
        return pace
    while True:
        due = connection.execute(
            _DUE.where(Delivery.registration_id == registration_id, Delivery.next_try_at <= now)
        ).one_or_none()
        if due is None:
            return None
        reason = _reason_to_park(due)
        if reason is None:
            break
        parked = {"state": reasons.PARKED, "reason": reason, "lease": None}
        connection.execute(update(Delivery).where(Delivery.id == due.id).values(parked))
    slot = max(now, pace.next_at) + timedelta(seconds=1 / rate)
    connection.execute(
        update(DeliveryPace).where(DeliveryPace.registration_id == registration_id).values(next_at=slot)
    )
    return _take(connection, registration_id, due, now)


def _pace(connection: Connection, registration_id: int, now: datetime) -> Any | NotYet:
    connection.execute(
        insert_or_ignore(connection, DeliveryPace),
        {"registration_id": registration_id, "next_at": now, "failures": 0},
    )
    pace = connection.execute(
        select(DeliveryPace.next_at, DeliveryPace.paused_until, DeliveryPace.failures)
        .where(DeliveryPace.registration_id == registration_id)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if pace is None:
        return NotYet(now + _LOOK_AGAIN)
    if pace.paused_until is not None and now < pace.paused_until <= now + _LONGEST_PAUSE:
        return NotYet(pace.paused_until)
    if now < pace.next_at <= now + _CLOCKS_DIFFER:
        return NotYet(pace.next_at)
    # Only what waits has a lease.  To say so here would let SQLite go through all that waits, in an outage many
    in_hand = connection.execute(
        select(func.count()).where(
            Delivery.registration_id == registration_id,
            Delivery.lease.is_not(None),
            Delivery.next_try_at > now,
        )
    ).scalar_one()
    if in_hand >= _at_once(pace.failures):
        return NotYet(now + _LOOK_AGAIN)
    return pace


def _reason_to_park(due: Any) -> str | None:
    if not due.on:
        return reasons.PLATFORM_OFF
    if due.version == VERSION:
        return None if due.result_right else reasons.NO_COLUMN
    if SCORE not in due.ags_scopes:
        return reasons.NO_SCOPE
    if due.line_item_url is None and due.link_line_item_url is None and due.line_items_url is None:
        return reasons.NO_COLUMN if due.gone_url is None else reasons.COLUMN_DELETED
    return None


def _take(connection: Connection, registration_id: int, due: Any, now: datetime) -> InHand:
    line_item_url = due.line_item_url or due.link_line_item_url
    lease = secrets.token_hex(16)
    # a lease that ran out: whoever had it may have sent the score before dying
    outcome_unknown = bool(due.outcome_unknown or (due.lease is not None and due.body is not None))
    values: dict[str, object] = {
        "lease": lease,
        "next_try_at": now + LEASE,
        "outcome_unknown": outcome_unknown,
        "trying_since": due.trying_since or now,
    }
    body = due.body
    if line_item_url is not None and body is None:
        values |= stamped(
            connection,
            delivery_id=due.id,
            registration_id=registration_id,
            user_sub=due.user_sub,
            url=line_item_url,
            now=now,
        )
        body = str(values["body"])
    connection.execute(update(Delivery).where(Delivery.id == due.id).values(values))
    return InHand(
        id=due.id,
        public_id=due.public_id,
        lease=lease,
        registration_id=registration_id,
        link_id=due.link_id,
        user_sub=due.user_sub,
        tries=due.tries,
        outcome_unknown=outcome_unknown,
        restamped=due.restamped,
        token_renewed=due.token_renewed,
        line_item_url=line_item_url,
        gone_url=due.gone_url,
        body=body,
        resource_link_id=due.resource_link_id,
        link_public_id=due.link_public_id,
        link_title=due.link_title,
        edition_id=due.edition_id,
        ags_scopes=tuple(due.ags_scopes),
        line_items_url=due.line_items_url,
        may_make_column=due.column_is_wanted
        and due.columns_used < MOST_COLUMNS
        and due.columns_asked < MOST_ASKED,
        result_right=due.result_right,
    )


def stamped(
    connection: Connection, *, delivery_id: int, registration_id: int, user_sub: str, url: str, now: datetime
) -> dict[str, object]:
    """Where it goes, its moment and its body: later than all that was sent to this column for this person."""
    last = connection.execute(
        select(func.max(Delivery.score_at)).where(
            Delivery.registration_id == registration_id,
            Delivery.user_sub == user_sub,
            or_(Delivery.line_item_url == url, Delivery.id == delivery_id),
        )
    ).scalar_one()
    score_at = next_timestamp(now, last)
    body = score_body(Score(user_id=user_sub, given=1, maximum=1, timestamp=score_at)).decode()
    return {"line_item_url": url, "score_at": score_at, "body": body}


# --- the line item ---------------------------------------------------------------------------------------------------


def begin_search(connection: Connection, link_id: int, now: datetime) -> bool:
    """Claim the search for a link's line item, which may end in making one: one worker at a time."""
    free = or_(
        Link.seeking_until.is_(None),
        Link.seeking_until <= now,
        Link.seeking_until > now + SEARCH_LEASE + _CLOCKS_DIFFER,
    )
    claim = (
        update(Link)
        .where(Link.id == link_id, free, Link.line_item_url.is_(None), Link.own_line_item_url.is_(None))
        .values(seeking_until=now + SEARCH_LEASE)
    )
    return connection.execute(claim).rowcount == 1


def end_search(
    connection: Connection, link_id: int, now: datetime, *, found_url: str | None, was_asked: bool = False
) -> None:
    """Keep what the search found, for every delivery of this link; what went to a column that is gone goes again."""
    values: dict[str, object] = {"seeking_until": None}
    if found_url is not None:
        values["own_line_item_url"] = found_url
        send_to_column(connection, link_id, found_url, now)
    if was_asked and found_url is not None:
        values |= {"columns_used": Link.columns_used + 1, "columns_asked": 0}
    elif was_asked:
        values["columns_asked"] = Link.columns_asked + 1
    connection.execute(update(Link).where(Link.id == link_id).values(values))


def send_to_column(connection: Connection, link_id: int, url: str, now: datetime) -> int:
    """Send to this line item what this link's other ones have, or were to get; gives how many.

    What a worker is sending to another one at this moment is taken out of its hand: whatever comes of that, it goes
    here too.  What was another's after all (a join that was undone) does not leave once more.
    """
    is_their_own = exists().where(
        Completion.id == Delivery.completion_id,
        Enrolment.id == Completion.enrolment_id,
        Identity.id == Delivery.identity_id,
        Identity.buddy_id == Enrolment.buddy_id,
    )
    elsewhere = update(Delivery).where(
        Delivery.link_id == link_id, Delivery.line_item_url != url, is_their_own
    )
    return connection.execute(
        elsewhere.values(
            fresh_round(now)
            | {
                "reason": reasons.COLUMN_NEW,
                "detail": None,
                "gone_url": Delivery.line_item_url,
                "line_item_url": None,
                "body": None,
                "outcome_unknown": False,
                "delivered_at": None,
            }
        )
    ).rowcount


def fresh_round(now: datetime) -> dict[str, object]:
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


def give_column(connection: Connection, row: InHand, url: str, now: datetime) -> str | None:
    """Stamp a delivery whose line item was found; gives the body to send, or None when the lease was lost."""
    # the row of the platform's pace puts two deliveries to one column one behind the other
    here = DeliveryPace.registration_id == row.registration_id
    connection.execute(select(DeliveryPace.registration_id).where(here).with_for_update())
    values = stamped(
        connection,
        delivery_id=row.id,
        registration_id=row.registration_id,
        user_sub=row.user_sub,
        url=url,
        now=now,
    )
    mine = update(Delivery).where(Delivery.id == row.id, Delivery.lease == row.lease)
    if connection.execute(mine.values(**values, next_try_at=now + LEASE)).rowcount == 0:
        return None
    return str(values["body"])
