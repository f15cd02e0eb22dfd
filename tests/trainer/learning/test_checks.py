"""An attempt is one pass; every answer is saved at once, the first counts, and the best attempt decides."""

from dataclasses import replace
from decimal import Decimal

import pytest

import modules.model as content
from tests.trainer.learning.conftest import RIGHT, WRONG, BuddyAtWork, Classroom
from trainer.learning import actions, errors, queries
from trainer.learning.states import CheckPage


def check_page(noor: BuddyAtWork, number: int | None = None) -> CheckPage:
    with noor.room.database.reading() as connection:
        return queries.check_page(connection, noor.enrolment, noor.buddy_id, "check", number)


def answer(noor: BuddyAtWork, question: str, *chosen: str, attempt: int = 1) -> actions.Answered:
    answered: actions.Answered = noor.do(
        actions.answer_question, "check", attempt=attempt, question_key=question, chosen=chosen
    )
    return answered


def test_an_answer_is_saved_at_once_with_its_feedback(noor: BuddyAtWork) -> None:
    noor.do(actions.start_attempt, "check")
    answered = answer(noor, "v1", "b")
    assert not answered.marked.right
    assert [one.text.nl for one in answered.marked.feedback] == ["Het gaat om de leerling."]

    page = check_page(noor)
    assert page.attempt is not None
    assert (page.attempt.number, page.attempt.score.answered, page.attempt.finished_at) == (1, 1, None)
    assert page.answers["v1"].chosen == ("b",)


def test_the_first_answer_counts(noor: BuddyAtWork) -> None:
    noor.do(actions.start_attempt, "check")
    answer(noor, "v1", "b")
    again = answer(noor, "v1", "a")
    assert again.is_repeat
    assert (again.chosen, again.marked.right) == (("b",), False)
    assert [one.text.nl for one in again.marked.feedback] == ["Het gaat om de leerling."]


def test_the_last_question_finishes_the_attempt(room: Classroom, noor: BuddyAtWork) -> None:
    done = noor.answer_all(RIGHT).attempt
    assert done.finished_at == room.now
    assert (done.score.right, done.score.total, done.score.critical_right) == (4, 4, True)
    assert noor.do(actions.start_attempt, "check").number == 2


def test_an_attempt_that_is_under_way_is_gone_on_with(room: Classroom, noor: BuddyAtWork) -> None:
    first = noor.do(actions.start_attempt, "check")
    answer(noor, "v1", "a")
    room.later(days=2)
    again = noor.do(actions.start_attempt, "check")
    assert (again.number, again.seed, again.score.answered) == (1, first.seed, 1)


def test_the_best_attempt_counts(noor: BuddyAtWork) -> None:
    noor.answer_all(RIGHT)
    noor.answer_all(WRONG)
    state = check_page(noor).state
    assert [attempt.score.right for attempt in state.attempts] == [4, 0]
    assert state.best is not None
    assert state.best.number == 1
    assert noor.page().steps[2].status == "done"


def test_an_old_attempt_can_be_looked_at(noor: BuddyAtWork) -> None:
    noor.answer_all(WRONG)
    noor.answer_all(RIGHT)
    page = check_page(noor, 1)
    assert page.attempt is not None
    assert {key: given.is_right for key, given in page.answers.items()} == dict.fromkeys(WRONG, False)


def test_enough_right_without_the_critical_ones_asks_for_those(room: Classroom, noor: BuddyAtWork) -> None:
    # Four questions of which three would do; v1 and v4 are critical.
    room.published = room.publish_changed(rule=_with_score(room, "0.5"), is_major=False)
    noor.answer_all({**RIGHT, "v1": ["b"]})
    assert noor.page().next_deed == ("watch", "film", 0)
    noor.watch_all()
    noor.read_page()
    assert noor.page().next_deed == ("critical_again", "check", None)


@pytest.mark.parametrize(
    ("question", "chosen", "refused"),
    [
        ("v1", ["z"], errors.BadAnswer),
        ("v1", ["a", "b"], errors.BadAnswer),
        ("v1", [], errors.BadAnswer),
        ("\x00", ["a"], errors.NoSuchQuestion),
    ],
)
def test_an_impossible_answer_is_refused(
    noor: BuddyAtWork, question: str, chosen: list[str], refused: type[Exception]
) -> None:
    noor.do(actions.start_attempt, "check")
    with pytest.raises(refused):
        answer(noor, question, *chosen)
    assert check_page(noor).answers == {}


def test_what_was_never_started_cannot_be_answered(noor: BuddyAtWork) -> None:
    with pytest.raises(errors.NoSuchAttempt):
        answer(noor, "v1", "a")
    with pytest.raises(errors.NoSuchStep):
        noor.do(actions.start_attempt, "film")
    with pytest.raises(errors.NoSuchStep):
        noor.do(actions.start_attempt, "nergens")


def test_a_question_inside_the_film_keeps_its_last_answer(noor: BuddyAtWork) -> None:
    deed = actions.answer_film_question
    assert not noor.do(deed, "film", question_key="even-denken", chosen=["knik"]).right
    assert noor.do(deed, "film", question_key="even-denken", chosen=["naam"]).right
    with noor.room.database.reading() as connection:
        page = queries.player_page(connection, noor.enrolment, noor.buddy_id, "film")
    assert page.answers["even-denken"].chosen == ("naam",)
    assert noor.page().progress == 0


def _with_score(room: Classroom, score: str) -> object:
    return replace(room.module.rule, score=Decimal(score))


def test_an_attempt_whose_last_question_was_dropped_can_be_finished(
    room: Classroom, noor: BuddyAtWork
) -> None:
    noor.do(actions.start_attempt, "check")
    for question in ("v1", "v2", "v3"):
        answer(noor, question, *RIGHT[question])
    _drop_question(room, "v4")

    done = noor.do(actions.close_attempt, "check")

    assert (done.number, done.finished_at) == (1, room.now)
    assert (done.score.right, done.score.total) == (3, 3)
    assert noor.page().steps[2].status == "done"


def test_who_starts_again_is_not_given_an_attempt_without_questions(
    room: Classroom, noor: BuddyAtWork
) -> None:
    noor.do(actions.start_attempt, "check")
    for question in ("v1", "v2", "v3"):
        answer(noor, question, *RIGHT[question])
    _drop_question(room, "v4")

    assert noor.do(actions.start_attempt, "check").number == 2
    state = check_page(noor).state
    assert [one.finished_at for one in state.attempts] == [room.now, None]


def test_an_answer_that_is_repeated_finishes_what_has_nothing_open(
    room: Classroom, noor: BuddyAtWork
) -> None:
    noor.do(actions.start_attempt, "check")
    for question in ("v1", "v2", "v3"):
        answer(noor, question, *RIGHT[question])
    _drop_question(room, "v4")

    assert answer(noor, "v3", *RIGHT["v3"]).attempt.finished_at == room.now
    assert check_page(noor).state.open is None


def test_an_attempt_with_open_questions_stays_open(noor: BuddyAtWork) -> None:
    noor.do(actions.start_attempt, "check")
    answer(noor, "v1", "a")

    assert noor.do(actions.close_attempt, "check").finished_at is None
    assert noor.do(actions.start_attempt, "check").number == 1


def _drop_question(room: Classroom, key: str) -> None:
    """A minor edition, forced by its author, that asks one question less."""
    steps = tuple(
        replace(step, questions=tuple(one for one in step.questions if one.key != key))
        if isinstance(step, content.KnowledgeCheck)
        else step
        for step in room.module.steps
    )
    room.published = room.publish_changed(steps=steps, is_major=False)
