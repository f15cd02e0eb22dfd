"""The completion is written once, by whatever came last, with what it rested on; nothing takes it back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from tests.trainer.learning.conftest import RIGHT, TEXTS, WRONG, BuddyAtWork, Classroom
from trainer.learning import actions

DEEDS: dict[str, Callable[[BuddyAtWork], Any]] = {
    "watch": BuddyAtWork.watch_all,
    "read": BuddyAtWork.read_page,
    "answer": lambda buddy: buddy.answer_all(RIGHT),
    "hand in": BuddyAtWork.hand_in,
}


@pytest.mark.parametrize(
    "order", [order for order in permutations(DEEDS) if order[0] in {"watch", "hand in"}]
)
def test_the_last_deed_completes_whatever_the_order(
    room: Classroom, noor: BuddyAtWork, order: tuple[str, ...]
) -> None:
    for name in order[:-1]:
        DEEDS[name](noor)
        assert noor.completions() == []
        assert noor.page().completion is None
    room.later(minutes=1)
    DEEDS[order[-1]](noor)

    (row,) = noor.completions()
    assert row["completed_at"] == room.now
    assert row["via"] == "film"
    assert row["announced_at"] is None
    page = noor.page()
    assert page.enrolment.completed_at == room.now
    assert (page.progress, page.next_deed) == (100, None)
    assert {step.status for step in page.steps} == {"done"}


def test_the_evidence_says_what_it_rested_on(room: Classroom, noor: BuddyAtWork) -> None:
    noor.watch_all()
    noor.read_page()
    noor.answer_all(WRONG)
    noor.answer_all(RIGHT)
    noor.hand_in()
    evidence = noor.completions()[0]["evidence"]
    assert evidence["edition"] == 1
    assert float(evidence["rule"]["watched"]) == 0.9
    assert evidence["watched"] == {noor.film: [[0, 5]]}
    assert evidence["checks"] == {"check": {"right": 4, "total": 4, "attempts": 2, "critical_right": True}}
    assert evidence["handed_in"] == {"vertaalslag": room.now.isoformat()}
    assert TEXTS["worked"] not in str(evidence)


def test_nothing_that_comes_later_takes_it_back(room: Classroom, noor: BuddyAtWork) -> None:
    for deed in DEEDS.values():
        deed(noor)
    completed_at = room.now
    room.later(days=1)
    noor.answer_all(WRONG)
    noor.hand_in({key: text + " En nog iets." for key, text in TEXTS.items()})
    too_short = noor.hand_in(dict.fromkeys(TEXTS, "kort"))
    room.publish_changed(rule=replace(room.module.rule, score=1, watched=1), is_major=False)

    assert not too_short.is_handed_in
    page = noor.page()
    assert page.completion is not None
    assert page.completion.completed_at == completed_at
    assert page.next_deed is None
    assert page.edition_number == 1
    assert len(noor.completions()) == 1


def test_a_module_that_renews_is_done_again_each_academic_year(room: Classroom) -> None:
    room.published = room.publish_changed(rule=replace(room.module.rule, renewal="academic-year"))
    noor = room.buddy()
    assert noor.page().enrolment.period == "2026-2027"
    for deed in DEEDS.values():
        deed(noor)
    assert noor.page().completion is not None

    room.now = datetime(2027, 8, 31, 21, 59, tzinfo=UTC)  # one minute before September in Brussels
    assert room.enrol(noor.buddy_id) == noor.enrolment
    room.later(minutes=1)
    noor.enrolment = room.enrol(noor.buddy_id)
    page = noor.page()
    assert page.enrolment.period == "2027-2028"
    assert page.completion is None
    assert page.next_deed == ("watch", "film", 0)


def test_reading_the_whole_transcript_counts_as_watching(room: Classroom, noor: BuddyAtWork) -> None:
    noor.open_player()
    noor.read_page()
    noor.answer_all(RIGHT)
    noor.hand_in()
    room.later(seconds=60)
    with room.database.writing() as connection:
        read = actions.record_reading(
            connection,
            room.store,
            noor.enrolment,
            noor.buddy_id,
            "film",
            language="nl",
            shown=[(0, 99)],
            now=room.now,
        )
    assert read.finished
    assert read.complete
    (row,) = noor.completions()
    assert row["via"] == "transcript"
    assert row["evidence"]["transcripts_read"] == {noor.film: {"nl": room.now.isoformat()}}


def test_progress_is_kept_for_overviews(room: Classroom, noor: BuddyAtWork) -> None:
    assert noor.page().enrolment.progress == 0
    noor.hand_in()
    half_way = noor.page().enrolment.progress
    assert 0 < half_way < 100
    assert noor.page().progress == half_way
