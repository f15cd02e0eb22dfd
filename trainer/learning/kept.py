"""What is kept of what a person did in modules.  Plain values, ready for JSON."""

from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, select

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
        "pages": _parts(
            connection, select(PageRead.enrolment_id, PageRead.step_key, PageRead.read_at), PageRead, mine
        ),
        "checks": _checks(connection, mine),
        "film_answers": _parts(
            connection,
            select(
                FilmAnswer.enrolment_id,
                FilmAnswer.question_key,
                FilmAnswer.chosen,
                FilmAnswer.is_right,
                FilmAnswer.answered_at,
            ),
            FilmAnswer,
            mine,
        ),
        "reflections": _parts(
            connection,
            select(
                Reflection.enrolment_id,
                Reflection.step_key,
                Reflection.draft,
                Reflection.revision,
                Reflection.saved_at,
                Reflection.handed_in,
                Reflection.handed_in_at,
            ),
            Reflection,
            mine,
        ),
        "completions": _parts(
            connection,
            select(Completion.enrolment_id, Completion.completed_at, Completion.via, Completion.evidence),
            Completion,
            mine,
        ),
    }
    for enrolment in enrolments:
        number = enrolment.pop("id")
        enrolment["title"] = edition(connection, enrolment.pop("edition_id")).module.title(locale())
        enrolment |= {name: found.get(number, []) for name, found in parts.items()}
    clock = select(WatchClock.reported_at).where(WatchClock.buddy_id == buddy_id)
    return {"enrolments": enrolments, "watch_clock": rows(connection, clock)}


_Parts = dict[int, list[dict[str, Any]]]


def _parts(connection: Connection, statement: Any, table: Any, mine: Any) -> _Parts:
    """The rows of a table of these enrolments, by enrolment."""
    found: _Parts = defaultdict(list)
    for row in rows(connection, statement.where(table.enrolment_id.in_(mine))):
        found[row.pop("enrolment_id")].append(row)
    return found


def _seen(connection: Connection, mine: Any) -> _Parts:
    statement = select(
        Coverage.enrolment_id,
        Coverage.film_sha256,
        Coverage.bits,
        Coverage.length,
        Coverage.seconds,
        Coverage.position,
        Coverage.updated_at,
    )
    return _with_spans("watched", _parts(connection, statement, Coverage, mine))


def _read(connection: Connection, mine: Any) -> _Parts:
    statement = select(
        Reading.enrolment_id,
        Reading.film_sha256,
        Reading.language,
        Reading.bits,
        Reading.length,
        Reading.cues,
        Reading.updated_at,
        Reading.finished_at,
    )
    return _with_spans("shown", _parts(connection, statement, Reading, mine))


def _with_spans(name: str, found: _Parts) -> _Parts:
    """The rows with pairs of seconds, under this name, in place of bits."""
    for row in (row for several in found.values() for row in several):
        row[name] = [list(span) for span in Seconds.from_bytes(row.pop("bits"), row["length"]).spans]
    return found


def _checks(connection: Connection, mine: Any) -> _Parts:
    attempts = select(
        Attempt.id,
        Attempt.enrolment_id,
        Attempt.step_key,
        Attempt.number,
        Attempt.seed,
        Attempt.started_at,
        Attempt.finished_at,
        Attempt.right,
        Attempt.asked,
        Attempt.critical_right,
    ).order_by(Attempt.id)
    answers = select(
        Answer.attempt_id, Answer.question_key, Answer.chosen, Answer.is_right, Answer.answered_at
    ).join(Attempt, Attempt.id == Answer.attempt_id)
    given: _Parts = defaultdict(list)
    for row in rows(connection, answers.where(Attempt.enrolment_id.in_(mine))):
        given[row.pop("attempt_id")].append(row)
    found = _parts(connection, attempts, Attempt, mine)
    for row in (row for several in found.values() for row in several):
        row["answers"] = given.get(row.pop("id"), [])
    return found
