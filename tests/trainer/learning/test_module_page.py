"""The module page says where the buddy is and what is next, in three statements."""

from tests.trainer.learning.conftest import RIGHT, WRONG, BuddyAtWork, Classroom, statements
from trainer.learning import actions, queries


def test_it_leads_from_the_first_step_to_the_last(room: Classroom, noor: BuddyAtWork) -> None:
    def next_deed() -> object:
        return noor.page().next_deed

    assert next_deed() == ("watch", "film", 0)
    noor.open_player()
    room.later(seconds=1)
    noor.report((0, 2), position=2.0)
    assert next_deed() == ("watch_on", "film", 2)
    room.later(seconds=1)
    noor.report((3, 5), position=4.8)
    assert next_deed() == ("watch_gap", "film", 2)
    room.later(seconds=1)
    noor.report((2, 3))
    assert next_deed() == ("read", "lezen", None)
    noor.read_page()
    assert next_deed() == ("check", "check", None)
    noor.do(actions.start_attempt, "check")
    assert next_deed() == ("check_on", "check", None)
    noor.answer_all(WRONG)
    assert next_deed() == ("check_again", "check", None)
    noor.answer_all(RIGHT)
    assert next_deed() == ("write", "vertaalslag", None)
    noor.do(actions.save_draft, "vertaalslag", texts={"worked": "Een begin"}, revision=0)
    assert next_deed() == ("write_on", "vertaalslag", None)
    noor.hand_in()
    assert next_deed() is None


def test_it_says_what_is_missing(room: Classroom, noor: BuddyAtWork) -> None:
    noor.open_player()
    room.later(seconds=1)
    noor.report((0, 2), position=2.0)
    page = noor.page()
    assert [step.status for step in page.steps] == ["current", "todo", "todo", "todo"]
    assert [step.key for step in page.open_steps] == ["film", "lezen", "check", "vertaalslag"]
    film = page.steps[0].film
    assert film is not None
    assert (film.seconds, film.length, film.needed, film.seconds_missing) == (2, 5, 5, 3)
    assert film.gaps == [(2, 5)]
    (lack,) = page.steps[0].missing
    assert (lack.kind, lack.have, lack.needed) == ("film", 2, 5)


def test_it_takes_three_statements_however_much_was_done(room: Classroom, noor: BuddyAtWork) -> None:
    noor.watch_all()
    noor.answer_all(WRONG)
    noor.answer_all(RIGHT)
    noor.hand_in()
    noor.page()
    with statements(room.database) as seen:
        noor.page()
    assert len(seen) == 3


def test_a_step_takes_one_more(room: Classroom, noor: BuddyAtWork) -> None:
    noor.watch_all()
    noor.answer_all(WRONG)
    for page, step in (
        (queries.player_page, "film"),
        (queries.check_page, "check"),
        (queries.reflection_page, "vertaalslag"),
        (queries.reading_page, "lezen"),
    ):
        with room.database.reading() as connection, statements(room.database) as seen:
            page(connection, noor.enrolment, noor.buddy_id, step)
        assert len(seen) <= 4
