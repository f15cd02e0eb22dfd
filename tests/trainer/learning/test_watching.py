"""What was played is credited as far as it was earned on the server's clock, and nothing that was accepted is lost."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.trainer.learning.conftest import RIGHT, BuddyAtWork, Classroom, statements
from trainer.learning import actions, errors
from trainer.learning.models import Coverage
from trainer.people.models import BrowserSession


def test_who_watches_everything_ends_at_everything(room: Classroom, noor: BuddyAtWork) -> None:
    noor.open_player()
    room.later(seconds=2)
    first = noor.report((0, 2), position=2.1)
    assert (first.accepted, first.again, first.watched, first.length) == ([(0, 2)], [], 2, 5)
    assert first.gaps == [(2, 5)]
    assert not first.enough

    room.later(seconds=3)
    last = noor.report((2, 5), position=4.8)
    assert (last.watched, last.gaps, last.enough) == (5, [], True)
    assert not last.complete


def test_what_is_over_budget_is_offered_again_and_credited_in_time(
    room: Classroom, noor: BuddyAtWork
) -> None:
    noor.open_player()
    room.later(seconds=1)
    first = noor.report((0, 5))
    assert first.accepted == [(0, 2)]  # one second at 2x
    assert first.again == [(2, 5)]

    room.later(seconds=2)
    second = noor.report((2, 5))
    assert (second.again, second.watched) == ([], 5)


def test_nothing_is_earned_before_the_player_was_served(room: Classroom, noor: BuddyAtWork) -> None:
    noor.open_player()
    report = noor.report((0, 5))
    assert (report.accepted, report.again) == ([], [(0, 5)])


def test_a_repeated_report_changes_nothing(room: Classroom, noor: BuddyAtWork) -> None:
    noor.watch_all()
    again = noor.report((0, 5), (0, 3))
    assert (again.accepted, again.again, again.watched) == ([(0, 5)], [], 5)


def test_two_tabs_do_not_earn_twice(room: Classroom, noor: BuddyAtWork) -> None:
    noor.open_player()
    room.later(seconds=1)
    one_tab = noor.report((0, 2))
    other_tab = noor.report((3, 5))
    assert one_tab.accepted == [(0, 2)]
    assert other_tab.again == [(3, 5)]


def test_opening_a_second_tab_does_not_take_what_the_first_earned(room: Classroom, noor: BuddyAtWork) -> None:
    noor.open_player()
    room.later(seconds=2)
    noor.open_player()
    assert noor.report((0, 4)).watched == 4


def test_coming_back_tomorrow_earns_nothing_but_keeps_everything(room: Classroom, noor: BuddyAtWork) -> None:
    noor.open_player()
    room.later(seconds=1)
    noor.report((0, 2), position=1.5)
    room.later(minutes=50)
    noor.open_player()
    state = noor.page().steps[0].film
    assert state is not None
    assert (state.seconds, state.position) == (2, 1.5)
    assert noor.report((2, 5)).again == [(2, 5)]
    room.later(seconds=2)
    assert noor.report((2, 5)).watched == 5


def test_a_film_that_came_with_a_minor_edition_can_be_reported_from_a_page_opened_before(
    room: Classroom, noor: BuddyAtWork
) -> None:
    noor.open_player()
    old_film = noor.film
    step = room.module.webcasts[0]
    captions = step.captions[0].media
    # The poster's bytes serve as another film: the catalogue was told it is one.
    film = replace(step.film, media=replace(step.film.media, sha256=captions.sha256, path=captions.path))
    room.publish_changed(steps=(replace(step, film=film), *room.module.steps[1:]), is_major=False)

    room.later(seconds=3)
    assert noor.report((0, 3), film=old_film).watched == 3  # nothing that was played is refused
    assert noor.report((0, 3), film=film.media.sha256).again == [(0, 3)]
    room.later(seconds=3)
    assert noor.report((0, 3), film=film.media.sha256).watched == 3


@pytest.mark.parametrize(
    ("played", "refused"),
    [([(3, 1)], errors.BadReport), ([(0, 1)] * 201, errors.BadReport)],
    ids=["backwards", "too many"],
)
def test_nonsense_changes_nothing(
    room: Classroom, noor: BuddyAtWork, played: list[tuple[int, int]], refused: type[Exception]
) -> None:
    noor.open_player()
    room.later(seconds=5)
    with pytest.raises(refused):
        noor.report(*played)
    assert noor.report((0, 5)).watched == 5


def test_nobody_reports_for_somebody_else(room: Classroom, noor: BuddyAtWork) -> None:
    noor.open_player()
    room.later(seconds=5)
    thief = room.buddy("thief")
    thief.enrolment = noor.enrolment
    with pytest.raises(errors.NoSuchEnrolment):
        thief.report((0, 5))
    with pytest.raises(errors.NoSuchEnrolment):
        thief.do(actions.open_player, "film")
    with pytest.raises(errors.NoSuchFilm):
        noor.report((0, 5), film="0" * 64)


@pytest.mark.parametrize("enrolment", ["", "\x00", "é" * 10, "x" * 500, "' OR 1=1 --"])
def test_an_enrolment_that_cannot_be_one_is_not_found(
    room: Classroom, noor: BuddyAtWork, enrolment: str
) -> None:
    noor.enrolment = enrolment
    with pytest.raises(errors.NoSuchEnrolment):
        noor.report((0, 5))
    with pytest.raises(errors.NoSuchEnrolment):
        noor.page()


def test_a_session_that_ended_reports_nothing(room: Classroom, noor: BuddyAtWork) -> None:
    noor.open_player()
    room.later(minutes=61)
    with pytest.raises(errors.NotSignedIn):
        noor.report((0, 5))


def test_watching_keeps_the_session_from_ending(room: Classroom, noor: BuddyAtWork) -> None:
    noor.open_player()
    room.later(minutes=40)
    noor.report((0, 1))
    room.later(minutes=40)
    noor.report((0, 1))
    with room.database.reading() as connection:
        used_at = connection.execute(select(BrowserSession.used_at)).scalar_one()
    assert used_at == room.now


def test_a_report_is_one_select_and_as_few_updates_as_the_database_can(
    room: Classroom, noor: BuddyAtWork
) -> None:
    noor.open_player()
    room.later(seconds=2)
    with statements(room.database) as seen:
        noor.report((0, 2))
    verbs = [statement.split()[0] for statement in seen]
    assert verbs == (["SELECT", "UPDATE", "UPDATE"] if room.database.is_sqlite else ["SELECT", "WITH"])


def test_the_row_keeps_the_count_for_overviews(room: Classroom, noor: BuddyAtWork) -> None:
    noor.open_player()
    room.later(seconds=2)
    noor.report((0, 1), (3, 5), position=99.0)
    with room.database.reading() as connection:
        row = connection.execute(select(Coverage.seconds, Coverage.length, Coverage.position)).one()
    assert tuple(row) == (3, 5, 5.0)


def test_overviews_see_who_is_watching_and_how_far(room: Classroom, noor: BuddyAtWork) -> None:
    noor.open_player()
    room.later(seconds=61)
    noor.report((0, 2))

    enrolment = noor.page().enrolment
    assert enrolment.last_active_at == room.now
    assert enrolment.progress == noor.page().progress > 0


def test_a_report_within_the_minute_leaves_the_enrolment_alone(room: Classroom, noor: BuddyAtWork) -> None:
    noor.open_player()
    room.later(seconds=61)
    noor.report((0, 1))
    room.later(seconds=12)
    with statements(room.database) as seen:
        noor.report((1, 2))
    assert not any(statement.startswith("UPDATE enrolment") for statement in seen)


def test_a_page_that_plays_nothing_new_is_nobody_at_work(room: Classroom, noor: BuddyAtWork) -> None:
    noor.watch_all()
    before = noor.page().enrolment.last_active_at
    room.later(minutes=5)
    noor.report((0, 5))
    assert noor.page().enrolment.last_active_at == before


def test_who_watches_on_after_the_completion_was_here_too(room: Classroom, noor: BuddyAtWork) -> None:
    noor.read_page()
    noor.answer_all(RIGHT)
    noor.hand_in()
    room.published = room.publish_changed(
        rule=replace(room.module.rule, watched=Decimal("0.4")), is_major=False
    )
    noor.open_player()
    room.later(seconds=2)
    assert noor.report((0, 2)).complete
    room.later(minutes=2)
    assert noor.report((2, 5)).complete
    assert noor.page().enrolment.last_active_at == room.now
    assert len(noor.completions()) == 1
