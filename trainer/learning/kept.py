"""What is kept of what a person did in modules.  Plain values, ready for JSON."""

from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, inspect, select

from modules.coverage import Coverage as Seconds
from trainer.catalogue.models import Edition, Module
from trainer.catalogue.queries import edition
from trainer.core.i18n import locale
from trainer.learning.models import (
    Answer,
    Attempt,
    Completion,
    Coverage,
    Enrolment,
    FilmAnswer,
    PageRead,
    Reading,
    Reflection,
    WatchClock,
)
from trainer.people.kept import rows


def learning_kept(connection: Connection, buddy_id: int) -> dict[str, Any]:
    """Every enrolment with all that hangs on it, and when the person last reported what was played."""
    mine = select(Enrolment.id).where(Enrolment.buddy_id == buddy_id)
    enrolments = rows(
        connection,
        select(
            Enrolment.id,
            Enrolment.public_id,
            Module.key.label("module"),
            Enrolment.edition_id,
            Edition.number.label("edition"),
            Enrolment.period,
            Enrolment.started_at,
            Enrolment.last_active_at,
            Enrolment.progress,
            Enrolment.completed_at,
        )
        .join(Module, Module.id == Enrolment.module_id)
        .join(Edition, Edition.id == Enrolment.edition_id)
        .where(Enrolment.buddy_id == buddy_id)
        .order_by(Enrolment.id),
    )
    parts = {
        "films": _seen(connection, mine),
        "texts": _read(connection, mine),
        "pages": _parts(connection, mine, PageRead, PageRead.step_key, PageRead.read_at),
        "checks": _checks(connection, mine),
        "film_answers": _parts(
            connection,
            mine,
            FilmAnswer,
            FilmAnswer.question_key,
            FilmAnswer.chosen,
            FilmAnswer.is_right,
            FilmAnswer.answered_at,
        ),
        "reflections": _parts(
            connection,
            mine,
            Reflection,
            Reflection.step_key,
            Reflection.draft,
            Reflection.revision,
            Reflection.saved_at,
            Reflection.handed_in,
            Reflection.handed_in_at,
        ),
        "completions": _parts(
            connection, mine, Completion, Completion.completed_at, Completion.via, Completion.evidence
        ),
    }
    for enrolment in enrolments:
        number = enrolment.pop("id")
        enrolment["title"] = edition(connection, enrolment.pop("edition_id")).module.title(locale())
        enrolment |= {name: found.get(number, []) for name, found in parts.items()}
    clock = select(WatchClock.reported_at).where(WatchClock.buddy_id == buddy_id)
    return {"enrolments": enrolments, "watch_clock": rows(connection, clock)}


_Parts = dict[int, list[dict[str, Any]]]


def _parts(connection: Connection, mine: Any, table: Any, *columns: Any) -> _Parts:
    """These columns of a table, in the order of its key, by the enrolment that the rows hang on."""
    statement = select(table.enrolment_id, *columns).where(table.enrolment_id.in_(mine))
    found: _Parts = defaultdict(list)
    for row in rows(connection, statement.order_by(*inspect(table).primary_key)):
        found[row.pop("enrolment_id")].append(row)
    return found


def _seen(connection: Connection, mine: Any) -> _Parts:
    found = _parts(
        connection,
        mine,
        Coverage,
        Coverage.film_sha256,
        Coverage.bits,
        Coverage.length,
        Coverage.seconds,
        Coverage.position,
        Coverage.updated_at,
    )
    return _with_spans("watched", found)


def _read(connection: Connection, mine: Any) -> _Parts:
    found = _parts(
        connection,
        mine,
        Reading,
        Reading.film_sha256,
        Reading.language,
        Reading.bits,
        Reading.length,
        Reading.cues,
        Reading.updated_at,
        Reading.finished_at,
    )
    return _with_spans("shown", found)


def _with_spans(name: str, found: _Parts) -> _Parts:
    """The rows with pairs of seconds, under this name, in place of bits."""
    for row in (row for several in found.values() for row in several):
        row[name] = [list(span) for span in Seconds.from_bytes(row.pop("bits"), row["length"]).spans]
    return found


def _checks(connection: Connection, mine: Any) -> _Parts:
    answers = (
        select(Answer.attempt_id, Answer.question_key, Answer.chosen, Answer.is_right, Answer.answered_at)
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .where(Attempt.enrolment_id.in_(mine))
        .order_by(*inspect(Answer).primary_key)
    )
    given: _Parts = defaultdict(list)
    for row in rows(connection, answers):
        given[row.pop("attempt_id")].append(row)
    found = _parts(
        connection,
        mine,
        Attempt,
        Attempt.id,
        Attempt.step_key,
        Attempt.number,
        Attempt.seed,
        Attempt.started_at,
        Attempt.finished_at,
        Attempt.right,
        Attempt.asked,
        Attempt.critical_right,
    )
    for row in (row for several in found.values() for row in several):
        row["answers"] = given.get(row.pop("id"), [])
    return found
