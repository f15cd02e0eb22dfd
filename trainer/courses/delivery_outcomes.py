"""What came of a delivery that was in hand, written down; or the way to say that nothing was tried yet.

Each deed is one short transaction and does nothing when the lease ran out meanwhile: then the worker that has the row
now says what came of it.  The row may be gone altogether: a join was undone, and the score was somebody else's.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from trainer.courses import reasons
from trainer.courses.delivery_work import OUTAGE_AFTER, InHand, stamped
from trainer.courses.models import Delivery, DeliveryPace, Link

GIVE_UP_AFTER = timedelta(days=7)


def _put_down(connection: Connection, row: InHand, **values: object) -> bool:
    """Write the outcome, unless the lease ran out and another worker has it: then that one's outcome counts."""
    statement = update(Delivery).where(Delivery.id == row.id, Delivery.lease == row.lease)
    return connection.execute(statement.values(lease=None, **values)).rowcount == 1


def note_delivered(connection: Connection, row: InHand, now: datetime) -> None:
    """The platform has the score.  If that ends an outage, what waits because of it need not wait on."""
    recovered = _outage_is_over(connection, row.registration_id)
    _put_down(connection, row, state=reasons.DELIVERED, reason=None, detail=None, delivered_at=now)
    if recovered:
        connection.execute(
            update(Delivery)
            .where(
                Delivery.registration_id == row.registration_id,
                Delivery.state == reasons.WAITING,
                Delivery.lease.is_(None),
                Delivery.reason.in_(reasons.OUTAGES),
                Delivery.next_try_at > now,
            )
            .values(next_try_at=now)
        )


def _outage_is_over(connection: Connection, registration_id: int) -> bool:
    here = DeliveryPace.registration_id == registration_id
    failures = connection.execute(select(DeliveryPace.failures).where(here)).scalar_one_or_none() or 0
    if failures:
        connection.execute(update(DeliveryPace).where(here).values(failures=0))
    return failures >= OUTAGE_AFTER


def note_failure(
    connection: Connection,
    row: InHand,
    reason: str,
    detail: str,
    *,
    wait: timedelta,
    outcome_unknown: bool = False,
    now: datetime,
) -> None:
    """It did not work now: wait and try again; after a week of that, give up and let the operator hear of it."""
    if reason in reasons.OUTAGES:
        connection.execute(
            update(DeliveryPace)
            .where(DeliveryPace.registration_id == row.registration_id)
            .values(failures=DeliveryPace.failures + 1)
        )
    since = connection.execute(
        select(Delivery.trying_since).where(Delivery.id == row.id)
    ).scalar_one_or_none()
    unknown = row.outcome_unknown or outcome_unknown
    if since is not None and now - since >= GIVE_UP_AFTER:
        last_words = f"{reason}: {detail}"[:500]
        gave_up = {"state": reasons.PARKED, "reason": reasons.GAVE_UP, "detail": last_words}
        _put_down(connection, row, **gave_up, outcome_unknown=unknown, tries=row.tries + 1)
        return
    _put_down(
        connection,
        row,
        reason=reason,
        detail=detail[:500] or None,
        next_try_at=now + wait,
        outcome_unknown=unknown,
        tries=row.tries + 1,
    )


def note_pause(connection: Connection, row: InHand, until: datetime) -> None:
    """The platform asks for rest: nothing is sent to it before ``until``."""
    connection.execute(
        update(DeliveryPace)
        .where(DeliveryPace.registration_id == row.registration_id)
        .values(paused_until=until)
    )


def put_back(connection: Connection, row: InHand, reason: str, until: datetime) -> None:
    """Nothing was tried yet: somebody else is busy with what it needs first."""
    _put_down(connection, row, reason=reason, next_try_at=until)


def note_forbidden_once(connection: Connection, row: InHand, detail: str, until: datetime) -> None:
    """A 403 that may have been for the token: once more when a new one is to be had."""
    _put_down(
        connection,
        row,
        reason=reasons.FORBIDDEN_ONCE,
        detail=detail[:500] or None,
        next_try_at=until,
        token_renewed=True,
        tries=row.tries + 1,
    )


def park(connection: Connection, row: InHand, reason: str, detail: str) -> None:
    """It will not work until somebody changes something."""
    _put_down(connection, row, state=reasons.PARKED, reason=reason, detail=detail[:500] or None)


def restamp(connection: Connection, row: InHand, now: datetime) -> None:
    """The platform has a score that is not older, and no lost answer of ours explains it: one new moment, once."""
    values = stamped(
        connection,
        delivery_id=row.id,
        registration_id=row.registration_id,
        user_sub=row.user_sub,
        url=str(row.line_item_url),
        now=now,
    )
    _put_down(connection, row, **values, restamped=True, outcome_unknown=False, next_try_at=now)


def note_column_gone(connection: Connection, row: InHand, detail: str, now: datetime) -> None:
    """The line item is not there: forget it, for the link too, and look for another; twice the same is for people."""
    url = row.line_item_url
    connection.execute(
        update(Link)
        .where(Link.id == row.link_id, Link.line_item_url == url, Link.columns_used == 0)
        .values(columns_used=1)
    )
    for column in (Link.line_item_url, Link.own_line_item_url):
        connection.execute(update(Link).where(Link.id == row.link_id, column == url).values({column: None}))
    forgotten = {
        "line_item_url": None,
        "gone_url": url,
        "body": None,
        "outcome_unknown": False,
        "restamped": False,
    }
    if url == row.gone_url:
        said: dict[str, object] = {
            "state": reasons.PARKED,
            "reason": reasons.COLUMN_DELETED,
            "detail": detail[:500] or None,
        }
    else:
        said = {"reason": reasons.COLUMN_GONE, "next_try_at": now}
    _put_down(connection, row, **forgotten, **said)
