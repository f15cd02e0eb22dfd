"""Knowledge checks and the questions inside a film: every answer is saved at once, and the first one counts."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

import modules.model as content
from modules.marking import AnswerError, Marked, Score, mark
from trainer.learning.completing import evaluate_completion
from trainer.learning.enrolments import find_enrolment, lock_enrolment, note_activity, step_of
from trainer.learning.errors import (
    BadAnswer,
    NoSuchAttempt,
    NoSuchEnrolment,
    NoSuchQuestion,
    NoSuchStep,
)
from trainer.learning.models import Answer, Attempt, FilmAnswer
from trainer.learning.states import AttemptState, CompletionState, EnrolmentState


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of an answer."""

    question: str
    #: keys of the options that count: of the first answer
    chosen: tuple[str, ...]
    marked: Marked
    #: it was answered before; that answer stays and its feedback is given again
    is_repeat: bool
    #: the attempt after this answer
    attempt: AttemptState
    #: the module's completion, by this answer or before
    completion: CompletionState | None


_ATTEMPTS = (
    select(
        Attempt.id,
        Attempt.number,
        Attempt.seed,
        Attempt.started_at,
        Attempt.finished_at,
        Attempt.right,
        Attempt.asked,
        Attempt.critical_right,
    )
    .where(Attempt.enrolment_id == bindparam("enrolment_id"), Attempt.step_key == bindparam("step_key"))
    .order_by(Attempt.number.desc())
)
_LAST_ATTEMPT = _ATTEMPTS.limit(1)
_THE_ATTEMPT = _ATTEMPTS.where(Attempt.number == bindparam("number"))
_ANSWERS = select(Answer.question_key, Answer.chosen, Answer.is_right).where(
    Answer.attempt_id == bindparam("attempt_id")
)
_MARKED = (
    update(Attempt)
    .where(Attempt.id == bindparam("attempt_id"))
    .values(
        right=bindparam("score_right"),
        asked=bindparam("score_total"),
        critical_right=bindparam("score_critical"),
        finished_at=bindparam("finished"),
    )
)


def start_attempt(
    connection: Connection, public_id: str, buddy_id: int, step_key: str, *, now: datetime
) -> AttemptState:
    """A new attempt at a check; while one is under way (in another tab, say) it is that one.

    One that a minor edition left without open questions is closed first.

    Raises:
        NoSuchEnrolment, NoSuchStep: unknown, or the step is no check.
    """
    enrolment = lock_enrolment(connection, public_id, buddy_id, now)
    check = _check(connection, enrolment, step_key)
    last, state = _close_if_answered(connection, enrolment, check, now)
    if state is not None and state.finished_at is None:
        return state
    number = 1 if last is None else last.number + 1
    seed = secrets.token_hex(8)
    connection.execute(
        insert(Attempt),
        {
            "enrolment_id": enrolment.id,
            "step_key": step_key,
            "number": number,
            "seed": seed,
            "started_at": now,
            "right": 0,
            "asked": len(check.questions),
            "critical_right": False,
        },
    )
    total = len(check.questions)
    return AttemptState(number, seed, now, None, Score(0, total, 0, False))


def close_attempt(
    connection: Connection, public_id: str, buddy_id: int, step_key: str, *, now: datetime
) -> AttemptState | None:
    """Finish the attempt under way when every question that there is now has its answer; gives the last attempt.

    A minor edition may drop the only question that was still open: no answer could finish the attempt then.

    Raises:
        NoSuchEnrolment, NoSuchStep: unknown, or the step is no check.
    """
    enrolment = lock_enrolment(connection, public_id, buddy_id, now)
    return _close_if_answered(connection, enrolment, _check(connection, enrolment, step_key), now)[1]


def answer_question(
    connection: Connection,
    public_id: str,
    buddy_id: int,
    step_key: str,
    *,
    attempt: int,
    question_key: str,
    chosen: Collection[str],
    now: datetime,
) -> Answered:
    """Save the answer to a question of an attempt, with its feedback; saying it again changes nothing.

    The attempt is finished by the answer to its last question.  ``attempt`` is its number.

    Raises:
        NoSuchEnrolment, NoSuchStep, NoSuchAttempt, NoSuchQuestion: unknown.
        BadAnswer: options that the question does not have, or too many or too few of them.
    """
    enrolment = lock_enrolment(connection, public_id, buddy_id, now)
    check = _check(connection, enrolment, step_key)
    question = _question(check.questions, question_key)
    row = connection.execute(
        _THE_ATTEMPT, {"enrolment_id": enrolment.id, "step_key": step_key, "number": attempt}
    ).one_or_none()
    if row is None:
        raise NoSuchAttempt(str(attempt))
    given = {one.question_key: one for one in connection.execute(_ANSWERS, {"attempt_id": row.id})}
    verdicts: dict[str, bool] = {key: one.is_right for key, one in given.items()}
    first = given.get(question_key)
    if first is not None:
        marked = _mark_again(question, first)
        kept = tuple(first.chosen)
    else:
        marked = _mark(question, chosen)
        kept = tuple(option.key for option in question.options if option.key in set(chosen))
        connection.execute(
            insert(Answer),
            {
                "attempt_id": row.id,
                "question_key": question_key,
                "chosen": list(kept),
                "is_right": marked.right,
                "answered_at": now,
            },
        )
        verdicts[question_key] = marked.right
    state = _state(row, check, verdicts, now)
    if row.finished_at is None and (first is None or state.finished_at is not None):
        _keep_score(connection, row.id, state)
    completion = evaluate_completion(connection, enrolment, now) if state.finished_at is not None else None
    return Answered(question_key, kept, marked, first is not None, state, completion)


def answer_film_question(
    connection: Connection,
    public_id: str,
    buddy_id: int,
    step_key: str,
    *,
    question_key: str,
    chosen: Collection[str],
    now: datetime,
) -> Marked:
    """Save the answer to a question inside a film and give its feedback; the last answer stays.  It counts for nothing.

    Raises:
        NoSuchEnrolment, NoSuchStep, NoSuchQuestion: unknown.
        BadAnswer: options that the question does not have, or too many or too few of them.
    """
    enrolment = find_enrolment(connection, public_id, buddy_id)
    if enrolment is None:
        raise NoSuchEnrolment(public_id)
    step = step_of(connection, enrolment, step_key)
    if not isinstance(step, content.Webcast):
        raise NoSuchStep(step_key)
    question = _question([asked.question for asked in step.questions], question_key)
    marked = _mark(question, chosen)
    keys = [option.key for option in question.options if option.key in set(chosen)]
    verdict = {"chosen": keys, "is_right": marked.right, "answered_at": now}
    make = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(FilmAnswer)
    connection.execute(
        make.values(enrolment_id=enrolment.id, question_key=question_key, **verdict).on_conflict_do_update(
            index_elements=[FilmAnswer.enrolment_id, FilmAnswer.question_key], set_=verdict
        )
    )
    note_activity(connection, enrolment, now)
    return marked


def _close_if_answered(
    connection: Connection, enrolment: EnrolmentState, check: content.KnowledgeCheck, now: datetime
) -> tuple[Any, AttemptState | None]:
    """Row and state of the last attempt, which is finished now if it was under way with nothing left to answer."""
    key = {"enrolment_id": enrolment.id, "step_key": check.key}
    last = connection.execute(_LAST_ATTEMPT, key).one_or_none()
    if last is None:
        return None, None
    given = connection.execute(_ANSWERS, {"attempt_id": last.id}).all() if last.finished_at is None else []
    state = _state(last, check, {row.question_key: row.is_right for row in given}, now)
    if last.finished_at is None and state.finished_at is not None:
        _keep_score(connection, last.id, state)
        evaluate_completion(connection, enrolment, now)
    return last, state


def _keep_score(connection: Connection, attempt_id: int, state: AttemptState) -> None:
    connection.execute(
        _MARKED,
        {
            "attempt_id": attempt_id,
            "score_right": state.score.right,
            "score_total": state.score.total,
            "score_critical": state.score.critical_right,
            "finished": state.finished_at,
        },
    )


def _check(connection: Connection, enrolment: EnrolmentState, step_key: str) -> content.KnowledgeCheck:
    step = step_of(connection, enrolment, step_key)
    if not isinstance(step, content.KnowledgeCheck):
        raise NoSuchStep(step_key)
    return step


def _question(questions: Collection[content.Question], key: str) -> content.Question:
    for question in questions:
        if question.key == key:
            return question
    raise NoSuchQuestion(key)


def _mark(question: content.Question, chosen: Collection[str]) -> Marked:
    try:
        return mark(question, chosen)
    except AnswerError as problem:
        raise BadAnswer(problem.code) from problem


def _mark_again(question: content.Question, given: Any) -> Marked:
    """The feedback on an answer that was saved; its verdict stays, also when a minor edition renamed the options."""
    try:
        return replace(mark(question, given.chosen), right=given.is_right)
    except AnswerError:
        return Marked(given.is_right, ())


def _state(row: Any, check: content.KnowledgeCheck, verdicts: dict[str, bool], now: datetime) -> AttemptState:
    """The attempt with these verdicts (question key → right); finished ``now`` when none is open any more."""
    if row.finished_at is not None:
        score = Score(row.right, row.asked, row.asked, row.critical_right)
        return AttemptState(row.number, row.seed, row.started_at, row.finished_at, score)
    keys = {question.key for question in check.questions}
    score = Score(
        right=sum(verdicts.get(key, False) for key in keys),
        total=len(keys),
        answered=len(keys & verdicts.keys()),
        critical_right=all(verdicts.get(one.key, False) for one in check.questions if one.critical),
    )
    return AttemptState(row.number, row.seed, row.started_at, now if score.finished else None, score)
