"""What pages ask about learning.

A page of a module is three statements however many steps it has (the edition itself is kept in the process): the
enrolment with its vertaalslag and completion, what was seen, and the attempts at checks.  A step's own page adds one.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlalchemy import func as sql
from sqlalchemy.orm import aliased

import modules.model as content
from modules.completion import decide, percent_done
from modules.reflection import short_fields
from trainer.catalogue.models import Edition
from trainer.catalogue.queries import edition
from trainer.learning.enrolments import STATE_COLUMNS, check_public_id, find_enrolment, period_of, state_of
from trainer.learning.errors import NoSuchEnrolment, NoSuchStep
from trainer.learning.models import Answer, Attempt, Completion, Enrolment, FilmAnswer, Reflection
from trainer.learning.progress import gather, reflection_state, step_states
from trainer.learning.states import (
    CheckPage,
    CompletionState,
    GivenAnswer,
    ModulePage,
    PlayerPage,
    ReadingPage,
    ReflectionPage,
)

__all__ = [
    "answers_of",
    "check_page",
    "find_enrolment",
    "module_page",
    "period_of",
    "player_page",
    "reading_page",
    "reflection_page",
]

_newest = aliased(Edition)

_ENROLMENT = (
    select(
        *STATE_COLUMNS,
        Completion.completed_at.label("completion_at"),
        Completion.via,
        Completion.edition_id.label("completion_edition_id"),
        Completion.evidence,
        Reflection.step_key,
        Reflection.draft,
        Reflection.revision,
        Reflection.saved_at,
        Reflection.handed_in,
        Reflection.handed_in_at,
        select(sql.max(_newest.id))
        .where(_newest.module_id == Enrolment.module_id)
        .correlate(Enrolment)
        .scalar_subquery()
        .label("newest_edition_id"),
    )
    .join(Completion, Completion.enrolment_id == Enrolment.id, isouter=True)
    .join(Reflection, Reflection.enrolment_id == Enrolment.id, isouter=True)
    .where(Enrolment.public_id == bindparam("public_id"), Enrolment.buddy_id == bindparam("buddy_id"))
)

_FILM_ANSWERS = select(
    FilmAnswer.question_key, FilmAnswer.chosen, FilmAnswer.is_right, FilmAnswer.answered_at
).where(FilmAnswer.enrolment_id == bindparam("enrolment_id"))

_ANSWERS = (
    select(Answer.question_key, Answer.chosen, Answer.is_right, Answer.answered_at)
    .join(Attempt, Attempt.id == Answer.attempt_id)
    .where(
        Attempt.enrolment_id == bindparam("enrolment_id"),
        Attempt.step_key == bindparam("step_key"),
        Attempt.number == bindparam("number"),
    )
)


def module_page(connection: Connection, public_id: str, buddy_id: int) -> ModulePage:
    """Everything that the module page and "Wat ontbreekt nog?" show.

    Raises:
        NoSuchEnrolment: unknown, or somebody else's.
    """
    check_public_id(public_id)
    rows = connection.execute(_ENROLMENT, {"public_id": public_id, "buddy_id": buddy_id}).mappings().all()
    if not rows:
        raise NoSuchEnrolment(public_id)
    first = rows[0]
    enrolment = state_of(first)
    published = edition(connection, enrolment.edition_id)
    module = published.module
    traces = gather(connection, enrolment.id, with_reflections=False)
    traces.reflections = {
        row["step_key"]: reflection_state(row) for row in rows if row["step_key"] is not None
    }
    progress = traces.progress(module)
    verdict = decide(module, progress)
    completion = None
    if first["completion_at"] is not None:
        completion = CompletionState(
            first["completion_at"], first["via"], first["completion_edition_id"], first["evidence"]
        )
    # A completion stands, whatever is missing by today's eyes: then nothing is asked any more.
    steps, next_deed = step_states(module, traces, () if completion else verdict.missing)
    newest_id = first["newest_edition_id"]
    return ModulePage(
        enrolment=enrolment,
        module=module,
        edition_number=published.number,
        newer_edition_id=newest_id if completion is None and newest_id != enrolment.edition_id else None,
        steps=steps,
        next_deed=next_deed,
        progress=100 if completion else percent_done(module, progress),
        completion=completion,
    )


def player_page(connection: Connection, public_id: str, buddy_id: int, step_key: str) -> PlayerPage:
    """The player of a webcast, and its transcript.  Call ``actions.open_player`` before, in the same transaction.

    Raises:
        NoSuchEnrolment, NoSuchStep: unknown, or the step is no webcast.
    """
    page = module_page(connection, public_id, buddy_id)
    state = page.step(step_key)
    if state is None or not isinstance(state.step, content.Webcast) or state.film is None:
        raise NoSuchStep(step_key)
    answers = _given(connection.execute(_FILM_ANSWERS, {"enrolment_id": page.enrolment.id}).all())
    return PlayerPage(page, state.step, state.film, answers)


def check_page(
    connection: Connection, public_id: str, buddy_id: int, step_key: str, number: int | None = None
) -> CheckPage:
    """A knowledge check with attempt ``number``; when that is not said: the one under way, else the last.

    Raises:
        NoSuchEnrolment, NoSuchStep: unknown, or the step is no check.
    """
    page = module_page(connection, public_id, buddy_id)
    state = page.step(step_key)
    if state is None or not isinstance(state.step, content.KnowledgeCheck) or state.check is None:
        raise NoSuchStep(step_key)
    check = state.check
    if number is None:
        attempt = check.open or check.last
    else:
        attempt = next((one for one in check.attempts if one.number == number), None)
    answers: Mapping[str, GivenAnswer] = {}
    if attempt is not None:
        answers = answers_of(connection, page.enrolment.id, step_key, attempt.number)
    return CheckPage(page, state.step, check, attempt, answers)


def reflection_page(connection: Connection, public_id: str, buddy_id: int, step_key: str) -> ReflectionPage:
    """The vertaalslag with its draft.

    Raises:
        NoSuchEnrolment, NoSuchStep: unknown, or the step is no vertaalslag.
    """
    page = module_page(connection, public_id, buddy_id)
    state = page.step(step_key)
    if state is None or not isinstance(state.step, content.Reflection) or state.reflection is None:
        raise NoSuchStep(step_key)
    return ReflectionPage(
        page, state.step, state.reflection, short_fields(state.step, state.reflection.draft)
    )


def reading_page(connection: Connection, public_id: str, buddy_id: int, step_key: str) -> ReadingPage:
    """A page to read.

    Raises:
        NoSuchEnrolment, NoSuchStep: unknown, or the step is no page.
    """
    page = module_page(connection, public_id, buddy_id)
    state = page.step(step_key)
    if state is None or not isinstance(state.step, content.Reading):
        raise NoSuchStep(step_key)
    return ReadingPage(page, state.step)


def answers_of(
    connection: Connection, enrolment_id: int, step_key: str, number: int
) -> Mapping[str, GivenAnswer]:
    """Question key → answer, of one attempt."""
    key = {"enrolment_id": enrolment_id, "step_key": step_key, "number": number}
    return _given(connection.execute(_ANSWERS, key).all())


def _given(rows: Sequence[Any]) -> Mapping[str, GivenAnswer]:
    return {
        row.question_key: GivenAnswer(row.question_key, tuple(row.chosen), row.is_right, row.answered_at)
        for row in rows
    }
