"""Two tabs, two films, two devices at the same moment: nothing is lost, nothing earned twice, one completion."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from tests.trainer.learning.conftest import RIGHT, TEXTS, BuddyAtWork, Classroom
from trainer.learning import actions, queries


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Run the deeds in threads that start together; an error in one is raised here."""
    gate = Barrier(len(deeds))

    def run(deed: Callable[[], Any]) -> Any:
        gate.wait(timeout=10)
        return deed()

    with ThreadPoolExecutor(len(deeds)) as threads:
        return [future.result(timeout=60) for future in [threads.submit(run, deed) for deed in deeds]]


def test_two_tabs_of_one_film_lose_nothing_and_earn_once(room: Classroom, noor: BuddyAtWork) -> None:
    for round_number in range(10):
        buddy = room.buddy(f"buddy-{round_number}")
        buddy.open_player()
        room.later(seconds=1)
        one, other = at_once(lambda b=buddy: b.report((0, 2)), lambda b=buddy: b.report((2, 5)))
        watched = buddy.page().steps[0].film
        assert watched is not None
        credited = {second for start, end in one.accepted + other.accepted for second in range(start, end)}
        assert watched.seconds == len(credited) == 2  # one second at 2x, whoever came first
        offered = {second for start, end in one.again + other.again for second in range(start, end)}
        assert credited | offered == {0, 1, 2, 3, 4}


def test_many_reports_at_once_never_pass_the_budget(room: Classroom, noor: BuddyAtWork) -> None:
    noor.open_player()
    room.later(seconds=2)
    reports = at_once(*[lambda second=second: noor.report((second, second + 1)) for second in range(5)])
    accepted = [tuple(span) for report in reports for span in report.accepted]
    again = [tuple(span) for report in reports for span in report.again]
    assert 1 <= len(accepted) <= 4
    assert sorted(accepted + again) == [(second, second + 1) for second in range(5)]

    watched = noor.page().steps[0].film
    assert watched is not None
    assert watched.seconds == len(accepted)
    room.later(seconds=3)
    assert noor.report(*again).watched == 5


def test_two_modules_of_one_buddy_share_the_clock(room: Classroom, noor: BuddyAtWork) -> None:
    other = BuddyAtWork(room, noor.buddy_id, noor.session, _second_enrolment(room, noor))
    for buddy in (noor, other):
        buddy.open_player()
    room.later(seconds=1)
    one, two = at_once(lambda: noor.report((0, 5)), lambda: other.report((0, 5)))
    assert sorted([one.watched, two.watched]) == [0, 2]


def test_the_two_last_deeds_at_once_complete_once(room: Classroom) -> None:
    for round_number in range(5):
        buddy = room.buddy(f"buddy-{round_number}")
        buddy.watch_all()
        buddy.read_page()
        attempt = buddy.do(actions.start_attempt, "check")
        for question in ("v1", "v2", "v3"):
            _answer(buddy, attempt.number, question)
        at_once(lambda b=buddy: b.hand_in(TEXTS), lambda b=buddy, n=attempt.number: _answer(b, n, "v4"))
        assert buddy.page().completion is not None
    assert len(room.buddy("last").completions()) == 5


def test_the_end_of_the_film_and_the_vertaalslag_at_once_complete(room: Classroom) -> None:
    for round_number in range(5):
        buddy = room.buddy(f"buddy-{round_number}")
        buddy.read_page()
        buddy.answer_all(RIGHT)
        buddy.open_player()
        room.later(seconds=5)
        at_once(lambda b=buddy: b.hand_in(TEXTS), lambda b=buddy: b.report((0, 5)))
        assert buddy.page().completion is not None


def test_two_launches_at_once_make_one_enrolment(room: Classroom, noor: BuddyAtWork) -> None:
    room.published = room.publish_changed(key="nog-een")
    made = at_once(*[lambda: room.enrol(noor.buddy_id) for _ in range(4)])
    assert len(set(made)) == 1


def test_two_tabs_start_one_attempt(room: Classroom, noor: BuddyAtWork) -> None:
    attempts = at_once(*[lambda: noor.do(actions.start_attempt, "check") for _ in range(4)])
    assert {attempt.number for attempt in attempts} == {1}
    assert len({attempt.seed for attempt in attempts}) == 1


def test_of_two_answers_at_once_one_counts_and_both_hear_it(room: Classroom, noor: BuddyAtWork) -> None:
    attempt = noor.do(actions.start_attempt, "check")
    answers = at_once(
        *[
            lambda chosen=chosen: noor.do(
                actions.answer_question, "check", attempt=attempt.number, question_key="v1", chosen=[chosen]
            )
            for chosen in ("a", "b", "a", "b")
        ]
    )
    assert len({answer.chosen for answer in answers}) == 1
    assert sorted(answer.is_repeat for answer in answers) == [False, True, True, True]


def _answer(buddy: BuddyAtWork, number: int, question: str) -> actions.Answered:
    answered: actions.Answered = buddy.do(
        actions.answer_question, "check", attempt=number, question_key=question, chosen=RIGHT[question]
    )
    return answered


def _second_enrolment(room: Classroom, noor: BuddyAtWork) -> str:
    room.published = room.publish_changed(key="nog-een")
    assert queries.period_of(room.module, room.now) == ""
    return room.enrol(noor.buddy_id)
