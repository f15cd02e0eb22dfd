"""Watching a film: opening the player, and the report of what was played, which is the busiest deed of all.

Locks, always in this order: the film's coverage, the buddy's clock, the enrolment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection, and_, bindparam, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

import modules.model as content
from modules.coverage import Coverage, Span, credit
from trainer.catalogue.queries import edition
from trainer.core.insert import insert_or_ignore
from trainer.core.prepared import Prepared
from trainer.learning.completing import evaluate_completion
from trainer.learning.enrolments import (
    ACTIVITY_STEP,
    check_public_id,
    edition_being_done,
    find_enrolment,
    lock_enrolment,
)
from trainer.learning.errors import BadReport, NoSuchEnrolment, NoSuchFilm, NoSuchStep, NotSignedIn
from trainer.learning.models import Coverage as CoverageRow
from trainer.learning.models import Enrolment, WatchClock
from trainer.learning.states import EnrolmentState
from trainer.people.actions import TOUCH_EVERY, touch_session
from trainer.people.models import BrowserSession
from trainer.people.queries import IDLE

#: The player reports every so many seconds.
REPORT_EVERY = 12
MOST_RANGES = 200
#: Opening a player starts the clock anew when nothing was reported for so long.
CLOCK_IDLE = timedelta(seconds=30)
DEFAULT_SPEED = Decimal(2)


@dataclass(frozen=True, slots=True)
class Watched:
    """What became of a report; ranges are half-open, in whole seconds of the film."""

    #: what was claimed and is credited, now or before
    accepted: list[Span]
    #: what was claimed and could not have been played yet by the server's clock: the player offers it again
    again: list[Span]
    #: how many seconds of the film are watched
    watched: int
    #: how many there are
    length: int
    #: what is not watched
    gaps: list[Span]
    #: the rule asks no more of this film
    enough: bool
    #: the module is completed
    complete: bool
    #: seconds until the next report
    next_after: int = REPORT_EVERY


_MINE = (
    select(
        BrowserSession.used_at,
        Enrolment.id,
        edition_being_done.label("edition_id"),
        Enrolment.completed_at,
        Enrolment.last_active_at,
        CoverageRow.bits,
        CoverageRow.length,
        WatchClock.reported_at,
        Enrolment.buddy_id,
    )
    .join(
        Enrolment,
        and_(Enrolment.buddy_id == BrowserSession.buddy_id, Enrolment.public_id == bindparam("enrolment")),
    )
    .join(
        CoverageRow,
        and_(CoverageRow.enrolment_id == Enrolment.id, CoverageRow.film_sha256 == bindparam("film")),
    )
    .join(WatchClock, WatchClock.buddy_id == Enrolment.buddy_id)
    .where(
        BrowserSession.token_hash == bindparam("session"),
        BrowserSession.ends_at > bindparam("now"),
        BrowserSession.used_at > bindparam("idle_since"),
    )
    # Both rows are written below.  A report that waits here for another tab's sees what that one wrote.
    .with_for_update(of=[CoverageRow, WatchClock], key_share=True)
)
_COVERED = (
    update(CoverageRow)
    .where(
        CoverageRow.enrolment_id == bindparam("the_enrolment"), CoverageRow.film_sha256 == bindparam("film")
    )
    .values(
        bits=bindparam("new_bits"),
        seconds=bindparam("new_seconds"),
        position=bindparam("new_position"),
        updated_at=bindparam("now"),
    )
)
_CLOCKED = (
    update(WatchClock).where(WatchClock.buddy_id == bindparam("buddy")).values(reported_at=bindparam("clock"))
)
_SIGNED_IN = select(BrowserSession.buddy_id).where(
    BrowserSession.token_hash == bindparam("session"),
    BrowserSession.ends_at > bindparam("now"),
    BrowserSession.used_at > bindparam("idle_since"),
)

_FIND = Prepared(_MINE)
_COVER = Prepared(_COVERED)
_CLOCK = Prepared(_CLOCKED)
#: PostgreSQL writes both rows in one statement.
_COVER_AND_CLOCK = Prepared(_COVERED.add_cte(_CLOCKED.cte("clocked")))


def open_player(
    connection: Connection, public_id: str, buddy_id: int, step_key: str, *, now: datetime
) -> EnrolmentState:
    """A player (or transcript) page is served: make its coverage, and start the buddy's clock.

    The clock is set when there is none, or when nothing was reported for 30 seconds: who comes back tomorrow has earned
    nothing meanwhile, and who opens a second tab loses nothing in the first.  Keeps the progress for overviews too.

    Raises:
        NoSuchEnrolment, NoSuchStep: unknown, or the step is no webcast.
    """
    enrolment = find_enrolment(connection, public_id, buddy_id)
    if enrolment is None:
        raise NoSuchEnrolment(public_id)
    try:
        step = edition(connection, enrolment.edition_id).module.step(step_key)
    except KeyError:
        raise NoSuchStep(step_key) from None
    if not isinstance(step, content.Webcast):
        raise NoSuchStep(step_key)
    start_watching(connection, enrolment, step, now)
    enrolment = lock_enrolment(connection, public_id, buddy_id, now)
    evaluate_completion(connection, enrolment, now)
    return enrolment


def start_watching(
    connection: Connection, enrolment: EnrolmentState, step: content.Webcast, now: datetime
) -> None:
    """Make the rows that a report needs: the film's coverage, and the buddy's clock."""
    connection.execute(
        insert_or_ignore(connection, CoverageRow).values(
            enrolment_id=enrolment.id,
            film_sha256=step.film.media.sha256,
            bits=b"",
            seconds=0,
            length=step.film.seconds,
            position=0.0,
            updated_at=now,
        )
    )
    start_clock(connection, enrolment.buddy_id, now)


def start_clock(connection: Connection, buddy_id: int, now: datetime) -> None:
    """Let the budget of seconds run from now, unless a report came less than 30 seconds ago."""
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(WatchClock)
    connection.execute(
        insert.values(buddy_id=buddy_id, reported_at=now).on_conflict_do_update(
            index_elements=[WatchClock.buddy_id],
            set_={"reported_at": now},
            where=or_(WatchClock.reported_at < now - CLOCK_IDLE),
        )
    )


def record_watching(
    connection: Connection,
    *,
    session: str,
    enrolment: str,
    film: str,
    played: Sequence[tuple[int, int]],
    position: float,
    now: datetime,
) -> Watched:
    """Credit the seconds that were played, as far as they were earned on the server's clock.

    Args:
        session: hash of the session's token: who reports is found in the same statement as what is watched.
        enrolment: its public id.
        film: SHA-256 of the film.
        played: half-open ranges of whole seconds, at most 200, in any order; what lies outside the film is dropped.
        position: where the player stands, in seconds.

    Raises:
        NotSignedIn: the session is unknown or over.
        NoSuchEnrolment, NoSuchFilm: unknown, or somebody else's.
        BadReport: more ranges than that, or one that ends before it starts.
    """
    check_public_id(enrolment)
    key = {"session": session, "enrolment": enrolment, "film": film, "now": now, "idle_since": now - IDLE}
    row = _FIND.first(connection, key)
    if row is None:
        _make_rows(connection, key, now)
        row = _FIND.first(connection, key)
        if row is None:
            raise NoSuchFilm(film)
    used_at, enrolment_id, edition_id, completed_at, active_at, bits, length, reported_at, buddy_id = row
    before = Coverage.from_bytes(bits, length)
    claimed = _claimed(played, length)
    module = edition(connection, edition_id).module
    result = credit(before, claimed, previous_report=reported_at, now=now, max_speed=_max_speed(module, film))
    after = result.watched
    values = {
        "the_enrolment": enrolment_id,
        "film": film,
        "new_bits": after.to_bytes(),
        "new_seconds": after.count,
        "new_position": min(max(position, 0.0), float(length)),
        "now": now,
        "buddy": buddy_id,
        "clock": result.clock,
    }
    if connection.dialect.name == "postgresql":
        _COVER_AND_CLOCK.run(connection, values)
    else:
        _COVER.run(connection, values)
        _CLOCK.run(connection, values)
    if now - used_at > TOUCH_EVERY and not touch_session(connection, session, now):
        raise NotSignedIn
    enough = after.reaches(module.rule.watched)
    complete = completed_at is not None
    # Between reaching the rule's part and the film's end nothing new is asked: whoever does the missing rest evaluates.
    is_decisive = enough and (after.count == length or not before.reaches(module.rule.watched))
    # Overviews want to know who was here today and how far: once a minute is enough for them.
    if result.newly and ((is_decisive and not complete) or active_at < now - ACTIVITY_STEP):
        mine = lock_enrolment(connection, enrolment, buddy_id, now)
        complete = complete or evaluate_completion(connection, mine, now) is not None
    return Watched(
        accepted=result.accepted.spans,
        again=result.offered_again.spans,
        watched=after.count,
        length=length,
        gaps=after.gaps,
        enough=enough,
        complete=complete,
    )


def _claimed(played: Sequence[tuple[int, int]], length: int) -> Coverage:
    if len(played) > MOST_RANGES:
        raise BadReport("too_many_ranges")
    try:
        return Coverage.from_ranges(played, length)
    except ValueError:
        raise BadReport("range_backwards") from None


def _max_speed(module: content.Module, film: str) -> Decimal:
    """The fastest that the author lets this film be played; a film of an earlier edition is taken at 2x."""
    for step in module.webcasts:
        if step.film.media.sha256 == film:
            return step.max_speed
    return DEFAULT_SPEED


def _make_rows(connection: Connection, key: dict[str, object], now: datetime) -> None:
    """Say why a report found nothing, or make what it needs: a minor edition may have brought the film meanwhile.

    Raises:
        NotSignedIn, NoSuchEnrolment, NoSuchFilm: as they say.
    """
    who = {"session": key["session"], "now": now, "idle_since": key["idle_since"]}
    buddy_id = connection.execute(_SIGNED_IN, who).scalar_one_or_none()
    if buddy_id is None:
        raise NotSignedIn
    enrolment = find_enrolment(connection, str(key["enrolment"]), buddy_id)
    if enrolment is None:
        raise NoSuchEnrolment(str(key["enrolment"]))
    for step in edition(connection, enrolment.edition_id).module.webcasts:
        if step.film.media.sha256 == key["film"]:
            start_watching(connection, enrolment, step, now)
            return
    raise NoSuchFilm(str(key["film"]))
