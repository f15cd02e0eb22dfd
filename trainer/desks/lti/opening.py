"""What a launch opens for whom: the enrolment that goes with the link's module, or with what takes its place."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from trainer.catalogue.queries import edition, find_module, find_module_by_id
from trainer.courses.queries import Known
from trainer.learning.enrolments import enrol, enrolment_on, period_of


class Opened(NamedTuple):
    """The enrolment that a launch opens."""

    id: int
    public_id: str
    completed_at: datetime | None
    #: the module is retired, and they went on with what takes its place
    is_in_place_of_it: bool = False


def opened_before(connection: Connection, known: Known, now: datetime) -> Opened | None:
    """What this person's visit opened, if that is what it opens now."""
    if (
        known.visit_enrolment_id is None
        or known.enrolment_public_id is None
        or known.edition_id is None
        or known.enrolment_buddy_id != known.buddy_id
        or known.module_id != known.enrolment_module_id
        or known.enrolment_period != period_of(edition(connection, known.edition_id).module, now)
    ):
        return None
    return Opened(known.visit_enrolment_id, known.enrolment_public_id, known.enrolment_completed_at)


def open_module(
    connection: Connection, known: Known, named: str | None, buddy_id: int, now: datetime
) -> Opened | None:
    """The enrolment that the launch opens; none for a link without a module, and for one that cannot be opened."""
    if known.module_id is None or known.edition_id is None:
        return None
    found = opened_before(connection, known, now) or _enrolled_on(
        connection, buddy_id, known.module_id, known.edition_id, now
    )
    if found is None and named in (None, known.replaced_key):
        found = _begun_before_it_was_replaced(connection, known, buddy_id, now)
    if found is not None:
        return found
    if known.retired_at is not None:
        return _went_on_with(connection, known, buddy_id, now)
    made = enrol(
        connection,
        buddy_id=buddy_id,
        module_id=known.module_id,
        edition_id=known.edition_id,
        period=period_of(edition(connection, known.edition_id).module, now),
        now=now,
    )
    return Opened(made.id, made.public_id, made.completed_at)


def missed_module(
    known: Known, wanted: str | None, enrolment: Opened | None, now: datetime
) -> tuple[str, datetime] | None:
    """The module that somebody wants and does not get, and since when; also while they do what takes its place."""
    went_on = enrolment is not None and enrolment.is_in_place_of_it
    if wanted is None or not (enrolment is None or went_on):
        return None
    since = known.visit_missed_at if known.visit_missed_key == wanted else None
    return wanted, since or now


def _enrolled_on(
    connection: Connection, buddy_id: int, module_id: int, edition_id: int, now: datetime
) -> Opened | None:
    """The enrolment on a module that counts now, if there is one."""
    period = period_of(edition(connection, edition_id).module, now)
    found = enrolment_on(connection, buddy_id=buddy_id, module_id=module_id, period=period)
    return Opened(found.id, found.public_id, found.completed_at) if found is not None else None


def _begun_before_it_was_replaced(
    connection: Connection, known: Known, buddy_id: int, now: datetime
) -> Opened | None:
    """A lecturer put another module in place of a retired one: who had begun that finishes it, or has done it."""
    replaced = find_module(connection, known.replaced_key) if known.replaced_key is not None else None
    if replaced is None or replaced.retired_at is None:
        return None
    return _enrolled_on(connection, buddy_id, replaced.id, replaced.edition_id, now)


def _went_on_with(connection: Connection, known: Known, buddy_id: int, now: datetime) -> Opened | None:
    """What somebody chose to do in place of the retired module, at an earlier visit."""
    if known.enrolment_module_id is None or known.visit_missed_key != known.module_key:
        return None
    module = find_module_by_id(connection, known.enrolment_module_id)
    if module is None:
        return None
    found = _enrolled_on(connection, buddy_id, module.id, module.edition_id, now)
    return found._replace(is_in_place_of_it=True) if found is not None else None
