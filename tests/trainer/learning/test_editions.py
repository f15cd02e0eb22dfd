"""A minor edition takes everybody under way along, a major one leaves them on theirs or lets them switch."""

from dataclasses import replace

from modules.model import Text
from tests.trainer.learning.conftest import RIGHT, BuddyAtWork, Classroom, statements
from trainer.learning import actions


def test_a_minor_edition_reaches_who_is_under_way(room: Classroom, noor: BuddyAtWork) -> None:
    noor.watch_all()
    room.publish_changed(title=Text("Groeten, maar beter"))
    page = noor.page()
    assert (page.edition_number, page.module.title.nl) == (2, "Groeten, maar beter")
    assert page.steps[0].status == "done"
    assert page.newer_edition_id is None


def test_a_major_edition_does_not(room: Classroom, noor: BuddyAtWork) -> None:
    noor.watch_all()
    published = room.publish_changed(rule=replace(room.module.rule, score=1))
    assert published.is_major
    page = noor.page()
    assert page.edition_number == 1
    assert page.newer_edition_id == published.edition_id

    room.published = published
    assert room.buddy("sam").page().edition_number == 2


def test_a_minor_edition_of_the_new_line_leaves_the_old_line_alone(
    room: Classroom, noor: BuddyAtWork
) -> None:
    room.published = room.publish_changed(rule=replace(room.module.rule, score=1))
    sam = room.buddy("sam")
    room.publish_changed(title=Text("Weer anders"))
    assert noor.page().edition_number == 1
    assert sam.page().edition_number == 3


def test_who_switches_keeps_what_was_watched(room: Classroom, noor: BuddyAtWork) -> None:
    noor.watch_all()
    room.publish_changed(rule=replace(room.module.rule, score=1))
    noor.do(actions.switch_edition)
    page = noor.page()
    assert (page.edition_number, page.newer_edition_id) == (2, None)
    assert page.steps[0].status == "done"


def test_switching_to_an_edition_that_asks_no_more_completes_it(room: Classroom, noor: BuddyAtWork) -> None:
    noor.watch_all()
    noor.read_page()
    noor.answer_all(RIGHT)
    room.publish_changed(rule=replace(room.module.rule, reflection=False), is_major=True)
    noor.do(actions.switch_edition)
    completion = noor.page().completion
    assert completion is not None
    assert completion.evidence["edition"] == 2


def test_a_minor_edition_that_asks_less_completes_at_the_next_visit(
    room: Classroom, noor: BuddyAtWork
) -> None:
    noor.watch_all()
    noor.read_page()
    noor.answer_all(RIGHT)
    assert noor.page().completion is None
    room.publish_changed(rule=replace(room.module.rule, reflection=False), is_major=False)
    noor.open_player()
    completion = noor.page().completion
    assert completion is not None
    assert completion.evidence["edition"] == 2


def test_publishing_asks_nothing_of_the_enrolments(room: Classroom, noor: BuddyAtWork) -> None:
    with statements(room.database) as seen:
        room.publish_changed(title=Text("Groeten, maar beter"))
    assert not any("enrolment" in statement.lower() for statement in seen)
