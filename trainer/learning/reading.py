"""Reading: the transcript instead of the film, and the pages of a module.

Locks, always in this order: the buddy's clock, the enrolment (as in learning.watching).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

import modules.model as content
from modules.coverage import Coverage, Span
from modules.reading import credit_reading
from trainer.catalogue.queries import cues_of
from trainer.core.insert import insert_or_ignore
from trainer.core.media import MediaStore, NotInStore
from trainer.learning.completing import evaluate_completion
from trainer.learning.enrolments import find_enrolment, lock_enrolment, note_activity, step_of
from trainer.learning.errors import BadReport, NoSuchEnrolment, NoSuchStep, NoSuchTranscript, TranscriptGone
from trainer.learning.models import PageRead, Reading, WatchClock
from trainer.learning.states import CompletionState, EnrolmentState
from trainer.learning.watching import MOST_RANGES, REPORT_EVERY, start_clock


@dataclass(frozen=True, slots=True)
class Read:
    """What became of a report of reading; ranges are half-open, in cues of the captions, counted from 0."""

    #: what was claimed and is credited, now or before
    accepted: list[Span]
    #: what was claimed and nobody reads that fast: the page offers it again
    again: list[Span]
    #: how many cues were shown
    shown: int
    #: how many there are
    length: int
    #: the whole transcript was shown, in this language
    finished: bool
    #: the module is completed
    complete: bool
    #: seconds until the next report
    next_after: int = REPORT_EVERY


_CLOCK = (
    select(WatchClock.reported_at)
    .where(WatchClock.buddy_id == bindparam("buddy_id"))
    .with_for_update(key_share=True)
)
_CLOCKED = (
    update(WatchClock).where(WatchClock.buddy_id == bindparam("buddy")).values(reported_at=bindparam("clock"))
)
_READ = (
    select(Reading.bits, Reading.finished_at)
    .where(
        Reading.enrolment_id == bindparam("enrolment_id"),
        Reading.film_sha256 == bindparam("film"),
        Reading.language == bindparam("language"),
    )
    .with_for_update()
)
_SHOWN = (
    update(Reading)
    .where(
        Reading.enrolment_id == bindparam("the_enrolment"),
        Reading.film_sha256 == bindparam("the_film"),
        Reading.language == bindparam("the_language"),
    )
    .values(
        bits=bindparam("new_bits"),
        cues=bindparam("new_cues"),
        length=bindparam("new_length"),
        updated_at=bindparam("moment"),
        finished_at=bindparam("finished"),
    )
)


def record_reading(
    connection: Connection,
    store: MediaStore,
    public_id: str,
    buddy_id: int,
    step_key: str,
    *,
    language: str,
    shown: Sequence[tuple[int, int]],
    now: datetime,
) -> Read:
    """Credit the cues of a transcript that were shown, no faster than 400 words a minute on the buddy's one clock.

    Args:
        store: where the captions lie; they are read once per process.
        language: of the transcript that was shown, "nl" or "en".
        shown: half-open ranges of cues, at most 200, in any order; what lies outside is dropped.

    Raises:
        NoSuchEnrolment, NoSuchStep, NoSuchTranscript: unknown.
        TranscriptGone: the file of the captions is not in the store.
        BadReport: more ranges than that, or one that ends before it starts.
    """
    enrolment, step = _webcast(connection, public_id, buddy_id, step_key)
    track = step.captions_in(language)
    if track is None:
        raise NoSuchTranscript(language)
    try:
        cues = cues_of(store, track)
    except NotInStore:
        raise TranscriptGone(f"{step.film.media.sha256} {track.media.path}") from None
    claimed = _claimed(shown, len(cues))
    clock = connection.execute(_CLOCK, {"buddy_id": buddy_id}).scalar_one_or_none()
    if clock is None:
        start_clock(connection, buddy_id, now)
        clock = connection.execute(_CLOCK, {"buddy_id": buddy_id}).scalar_one()
    key = {"enrolment_id": enrolment.id, "film": step.film.media.sha256, "language": track.language}
    connection.execute(
        insert_or_ignore(connection, Reading).values(
            enrolment_id=enrolment.id,
            film_sha256=step.film.media.sha256,
            language=track.language,
            bits=b"",
            cues=0,
            length=len(cues),
            updated_at=now,
        )
    )
    row = connection.execute(_READ, key).one()
    result = credit_reading(
        Coverage.from_bytes(row.bits, len(cues)),
        claimed,
        words=[cue.words for cue in cues],
        previous_report=clock,
        now=now,
    )
    is_whole = result.shown.count == len(cues)
    finished_at = row.finished_at or (now if is_whole else None)
    connection.execute(
        _SHOWN,
        {
            "the_enrolment": enrolment.id,
            "the_film": step.film.media.sha256,
            "the_language": track.language,
            "new_bits": result.shown.to_bytes(),
            "new_cues": result.shown.count,
            "new_length": len(cues),
            "moment": now,
            "finished": finished_at,
        },
    )
    connection.execute(_CLOCKED, {"buddy": buddy_id, "clock": result.clock})
    complete = enrolment.completed_at is not None
    if not complete and is_whole and row.finished_at is None:
        enrolment = lock_enrolment(connection, public_id, buddy_id, now)
        complete = evaluate_completion(connection, enrolment, now) is not None
    elif result.newly:
        note_activity(connection, enrolment, now)
    return Read(
        accepted=result.accepted.spans,
        again=result.offered_again.spans,
        shown=result.shown.count,
        length=len(cues),
        finished=finished_at is not None,
        complete=complete,
    )


def finish_page(
    connection: Connection, public_id: str, buddy_id: int, step_key: str, *, now: datetime
) -> CompletionState | None:
    """A page (a ``reading`` step) was read to its end.  Doing it again changes nothing.

    Raises:
        NoSuchEnrolment, NoSuchStep: unknown, or the step is no page.
    """
    enrolment = lock_enrolment(connection, public_id, buddy_id, now)
    if not isinstance(step_of(connection, enrolment, step_key), content.Reading):
        raise NoSuchStep(step_key)
    connection.execute(
        insert_or_ignore(connection, PageRead).values(
            enrolment_id=enrolment.id, step_key=step_key, read_at=now
        )
    )
    return evaluate_completion(connection, enrolment, now)


def _webcast(
    connection: Connection, public_id: str, buddy_id: int, step_key: str
) -> tuple[EnrolmentState, content.Webcast]:
    enrolment = find_enrolment(connection, public_id, buddy_id)
    if enrolment is None:
        raise NoSuchEnrolment(public_id)
    step = step_of(connection, enrolment, step_key)
    if not isinstance(step, content.Webcast):
        raise NoSuchStep(step_key)
    return enrolment, step


def _claimed(shown: Sequence[tuple[int, int]], length: int) -> Coverage:
    if len(shown) > MOST_RANGES:
        raise BadReport("too_many_ranges")
    try:
        return Coverage.from_ranges(shown, length)
    except ValueError:
        raise BadReport("range_backwards") from None
