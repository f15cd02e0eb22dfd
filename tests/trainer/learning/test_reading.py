"""The transcript counts as it is shown, no faster than one reads, per language, on the buddy's one clock."""

from collections.abc import Callable

import pytest

from tests.trainer.learning.conftest import BuddyAtWork, Classroom
from trainer.catalogue import queries as catalogue
from trainer.catalogue.queries import cues_of
from trainer.learning import actions, errors


@pytest.fixture
def read(room: Classroom, noor: BuddyAtWork) -> Callable[..., actions.Read]:
    def report(*shown: tuple[int, int], language: str = "nl", step: str = "film") -> actions.Read:
        with room.database.writing() as connection:
            return actions.record_reading(
                connection,
                room.store,
                noor.enrolment,
                noor.buddy_id,
                step,
                language=language,
                shown=shown,
                now=room.now,
            )

    return report


def cues(room: Classroom, language: str = "nl") -> int:
    track = room.module.webcasts[0].captions_in(language)
    assert track is not None
    return len(cues_of(room.store, track))


def test_who_reads_it_all_has_done_the_film(
    room: Classroom, noor: BuddyAtWork, read: Callable[..., actions.Read]
) -> None:
    noor.open_player()
    room.later(seconds=60)
    done = read((0, cues(room)))
    assert (done.finished, done.shown, done.again) == (True, cues(room), [])
    state = noor.page().steps[0]
    assert state.status == "done"
    assert state.film is not None
    assert state.film.via == "transcript"


def test_nobody_reads_in_no_time(
    noor: BuddyAtWork, room: Classroom, read: Callable[..., actions.Read]
) -> None:
    noor.open_player()
    first = read((0, cues(room)))
    assert (first.accepted, first.again) == ([], [(0, cues(room))])
    room.later(seconds=60)
    assert read((0, cues(room))).finished


def test_time_spent_watching_is_not_earned_again_by_reading(
    noor: BuddyAtWork, room: Classroom, read: Callable[..., actions.Read]
) -> None:
    noor.open_player()
    room.later(seconds=5)
    noor.report((0, 5))
    assert read((0, cues(room))).shown == 0


def test_another_language_does_not_lose_what_was_read(
    noor: BuddyAtWork, room: Classroom, read: Callable[..., actions.Read]
) -> None:
    noor.open_player()
    room.later(seconds=60)
    read((0, 1))
    room.later(seconds=60)
    read((0, 1), language="en")
    film = noor.page().steps[0].film
    assert film is not None
    assert {one.language: one.shown.count for one in film.transcripts} == {"nl": 1, "en": 1}


def test_a_first_report_without_a_clock_starts_it(room: Classroom, read: Callable[..., actions.Read]) -> None:
    assert read((0, 1)).again == [(0, 1)]
    room.later(seconds=60)
    assert read((0, 1)).accepted == [(0, 1)]


def test_nonsense_is_refused(read: Callable[..., actions.Read]) -> None:
    with pytest.raises(errors.BadReport):
        read((3, 1))
    with pytest.raises(errors.NoSuchTranscript):
        read((0, 1), language="fr")
    with pytest.raises(errors.NoSuchStep):
        read((0, 1), step="check")


def test_captions_that_are_gone_are_refused_and_lose_nothing(
    room: Classroom, noor: BuddyAtWork, read: Callable[..., actions.Read]
) -> None:
    noor.open_player()
    room.later(seconds=60)
    read((0, 1))
    captions = room.module.webcasts[0].captions_in("nl")
    assert captions is not None
    room.store.path(captions.media.sha256).unlink()
    catalogue._cues.clear()  # as in a process that was started since

    with pytest.raises(errors.TranscriptGone):
        read((1, 2))

    film = noor.page().steps[0].film
    assert film is not None
    assert [one.shown.count for one in film.transcripts] == [1]


def test_a_page_is_done_when_read_to_its_end(noor: BuddyAtWork) -> None:
    noor.read_page()
    noor.read_page()
    assert noor.page().steps[1].status == "done"
    with pytest.raises(errors.NoSuchStep):
        noor.do(actions.finish_page, "film")
