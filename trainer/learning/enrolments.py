"""Enrolments: who does which module, and on which edition.

An enrolment keeps the edition it was started on.  While it is not completed, what is *being done* is the
newest edition of the same line: the major edition and the minor ones that continue it.  So a minor edition
takes everybody under way along the moment it is published, although the catalogue, which lies below, knows no
enrolments and calls nobody: nothing is moved, the question is asked differently.  That costs a lookup in a
table of some hundred rows; moving would cost an update of each enrolment, and would miss the one that is
being made at that moment.  Once completed, the edition stands still.
"""

import re
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, and_, bindparam, case, select, update
from sqlalchemy import func as sql
from sqlalchemy.orm import aliased

import modules.model as content
from modules.academic_year import academic_year
from trainer.catalogue.models import Edition
from trainer.catalogue.queries import edition
from trainer.core.insert import insert_or_ignore
from trainer.learning.completing import evaluate_completion
from trainer.learning.errors import NoSuchEnrolment, NoSuchStep
from trainer.learning.models import Enrolment
from trainer.learning.states import EnrolmentState

#: ``last_active_at`` is noted no more often than this
ACTIVITY_STEP = timedelta(minutes=1)

_PUBLIC_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")

_started, _newer = aliased(Edition), aliased(Edition)

#: Id of the edition that is being done, to be selected beside Enrolment.
edition_being_done = case(
    (
        Enrolment.completed_at.is_(None),
        select(sql.max(_newer.id))
        .join_from(
            _started, _newer, and_(_newer.module_id == _started.module_id, _newer.line == _started.line)
        )
        .where(_started.id == Enrolment.edition_id)
        .correlate(Enrolment)
        .scalar_subquery(),
    ),
    else_=Enrolment.edition_id,
)

#: The columns of an EnrolmentState, in its order.
STATE_COLUMNS = (
    Enrolment.id,
    Enrolment.public_id,
    Enrolment.buddy_id,
    Enrolment.module_id,
    edition_being_done.label("edition_id"),
    Enrolment.period,
    Enrolment.started_at,
    Enrolment.last_active_at,
    Enrolment.progress,
    Enrolment.completed_at,
)

_BY_PUBLIC_ID = select(*STATE_COLUMNS).where(
    Enrolment.public_id == bindparam("public_id"), Enrolment.buddy_id == bindparam("buddy_id")
)
# NO KEY UPDATE: an answer or coverage row that another transaction inserts meanwhile need not wait.
_LOCKED = _BY_PUBLIC_ID.with_for_update(key_share=True, of=Enrolment)
_BY_MODULE = select(*STATE_COLUMNS).where(
    Enrolment.buddy_id == bindparam("buddy_id"),
    Enrolment.module_id == bindparam("module_id"),
    Enrolment.period == bindparam("period"),
)
_ACTIVE = (
    update(Enrolment)
    .where(Enrolment.id == bindparam("enrolment_id"), Enrolment.last_active_at < bindparam("before"))
    .values(last_active_at=bindparam("now"))
)


def period_of(module: content.Module, now: datetime) -> str:
    """The period of an enrolment that begins now: "2026-2027" for a module that renews per academic year, else ""."""
    return academic_year(now).label if module.rule.renewal == "academic-year" else ""


def enrolment_on(
    connection: Connection, *, buddy_id: int, module_id: int, period: str
) -> EnrolmentState | None:
    """The buddy's enrolment on the module in this period."""
    key = {"buddy_id": buddy_id, "module_id": module_id, "period": period}
    row = connection.execute(_BY_MODULE, key).mappings().one_or_none()
    return None if row is None else state_of(row)


def enrol(
    connection: Connection, *, buddy_id: int, module_id: int, edition_id: int, period: str, now: datetime
) -> EnrolmentState:
    """The buddy's enrolment on the module in this period, made on ``edition_id`` when there is none yet.

    Two launches at once end up with the same one: the second insert finds the first in its way and reads it.
    """
    found = enrolment_on(connection, buddy_id=buddy_id, module_id=module_id, period=period)
    if found is not None:
        return found
    key = {"buddy_id": buddy_id, "module_id": module_id, "period": period}
    connection.execute(
        insert_or_ignore(connection, Enrolment).values(
            public_id=secrets.token_urlsafe(16),
            edition_id=edition_id,
            started_at=now,
            last_active_at=now,
            progress=0,
            **key,
        )
    )
    return state_of(connection.execute(_BY_MODULE, key).mappings().one())


def find_enrolment(connection: Connection, public_id: str, buddy_id: int) -> EnrolmentState | None:
    """The enrolment with this public id, when it is this buddy's."""
    if not _PUBLIC_ID.fullmatch(public_id):
        return None
    key = {"public_id": public_id, "buddy_id": buddy_id}
    row = connection.execute(_BY_PUBLIC_ID, key).mappings().one_or_none()
    return None if row is None else state_of(row)


def check_public_id(public_id: str) -> None:
    """Refuse what can be no enrolment's public id before the database is asked (PostgreSQL chokes on a NUL).

    Raises:
        NoSuchEnrolment: it can be none.
    """
    if not _PUBLIC_ID.fullmatch(public_id):
        raise NoSuchEnrolment(public_id)


def lock_enrolment(connection: Connection, public_id: str, buddy_id: int, now: datetime) -> EnrolmentState:
    """The same, for a deed: until the end of the transaction other deeds of this enrolment wait.

    Without it two deeds at once, each the last thing that the rule asked, could each find the other's
    missing, and nobody would write the completion.

    Raises:
        NoSuchEnrolment: unknown, or somebody else's.
    """
    check_public_id(public_id)
    key = {"public_id": public_id, "buddy_id": buddy_id}
    row = connection.execute(_LOCKED, key).mappings().one_or_none()
    if row is None:
        raise NoSuchEnrolment(public_id)
    enrolment = state_of(row)
    note_activity(connection, enrolment, now)
    return enrolment


def note_activity(connection: Connection, enrolment: EnrolmentState, now: datetime) -> None:
    """Keep when the buddy was last here, to the minute."""
    if enrolment.last_active_at < now - ACTIVITY_STEP:
        connection.execute(_ACTIVE, {"enrolment_id": enrolment.id, "before": now - ACTIVITY_STEP, "now": now})


def switch_edition(connection: Connection, public_id: str, buddy_id: int, *, now: datetime) -> EnrolmentState:
    """Go on with the module's newest edition, which is major; what was watched of the same films comes along.

    A completed enrolment stays on its edition.  One that the new edition asks no more of is completed by switching.

    Raises:
        NoSuchEnrolment: unknown, or somebody else's.
    """
    enrolment = lock_enrolment(connection, public_id, buddy_id, now)
    if enrolment.completed_at is None:
        newest = select(sql.max(Edition.id)).where(Edition.module_id == enrolment.module_id).scalar_subquery()
        connection.execute(update(Enrolment).where(Enrolment.id == enrolment.id).values(edition_id=newest))
        evaluate_completion(connection, lock_enrolment(connection, public_id, buddy_id, now), now)
        enrolment = lock_enrolment(connection, public_id, buddy_id, now)
    return enrolment


def step_of(connection: Connection, enrolment: EnrolmentState, step_key: str) -> content.Step:
    """A step of what is being done.

    Raises:
        NoSuchStep: the edition has none of that name.
    """
    try:
        return edition(connection, enrolment.edition_id).module.step(step_key)
    except KeyError:
        raise NoSuchStep(step_key) from None


def state_of(row: RowMapping) -> EnrolmentState:
    """From a row with STATE_COLUMNS, by their names."""
    return EnrolmentState(
        id=row["id"],
        public_id=row["public_id"],
        buddy_id=row["buddy_id"],
        module_id=row["module_id"],
        edition_id=row["edition_id"],
        period=row["period"],
        started_at=row["started_at"],
        last_active_at=row["last_active_at"],
        progress=row["progress"],
        completed_at=row["completed_at"],
    )
