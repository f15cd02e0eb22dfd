"""Tables of learning."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from trainer.core.database import Base, Id, JsonText


class Enrolment(Base):
    """One buddy on one module (and, for a module that renews, in one academic year), on one edition."""

    __tablename__ = "enrolment"
    __table_args__ = (UniqueConstraint("buddy_id", "module_id", "period"), Index(None, "module_id"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: random, stands in URLs
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    buddy_id: Mapped[int] = mapped_column(ForeignKey("buddy.id"))
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"))
    #: the edition it was started on, and once completed the one it was completed on; what is being done
    #: meanwhile is the newest edition of the same line (learning.enrolments)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"))
    #: "2026-2027" for a module that renews per academic year, else ""
    period: Mapped[str] = mapped_column(String(9), default="")
    started_at: Mapped[datetime]
    #: to the minute: kept by every deed, by the opening of a player and while a film is watched
    last_active_at: Mapped[datetime]
    #: how much of what is asked is done, 0–100: for overviews; while a film is watched it is at most a minute behind
    progress: Mapped[int] = mapped_column(default=0)
    #: copied from the completion, so that pages need no join
    completed_at: Mapped[datetime | None]


class Coverage(Base):
    """The watched seconds of one film by one enrolment; one bit a second (modules.coverage).

    The row is made when the player page is served.
    """

    __tablename__ = "coverage"

    enrolment_id: Mapped[int] = mapped_column(
        ForeignKey("enrolment.id", ondelete="CASCADE"), primary_key=True
    )
    film_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    #: little-endian bits
    bits: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    #: number of bits set
    seconds: Mapped[int] = mapped_column(default=0)
    #: number of bits of the whole film
    length: Mapped[int]
    #: where the player stood, in seconds
    position: Mapped[float] = mapped_column(default=0.0)
    updated_at: Mapped[datetime]


class WatchClock(Base):
    """When a buddy last reported: the budget for new seconds runs from here, over all tabs and devices.

    Also the row that makes two reports of one buddy wait for each other.
    """

    __tablename__ = "watch_clock"

    buddy_id: Mapped[int] = mapped_column(ForeignKey("buddy.id", ondelete="CASCADE"), primary_key=True)
    reported_at: Mapped[datetime]


class Reading(Base):
    """How much of a film's transcript was shown in one language: the route that counts as watching.

    Kept per language, because the cues differ; what was read in one is not lost by looking at the other.
    """

    __tablename__ = "reading"

    enrolment_id: Mapped[int] = mapped_column(
        ForeignKey("enrolment.id", ondelete="CASCADE"), primary_key=True
    )
    film_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    #: of the captions that were read: "nl" or "en"
    language: Mapped[str] = mapped_column(String(10), primary_key=True)
    #: one bit a cue of the captions, little-endian
    bits: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    #: number of bits set, and of bits of the whole transcript
    cues: Mapped[int] = mapped_column(default=0)
    length: Mapped[int]
    updated_at: Mapped[datetime]
    #: when the whole was shown; none before
    finished_at: Mapped[datetime | None]


class PageRead(Base):
    """A reading step was opened and read to its end."""

    __tablename__ = "page_read"

    enrolment_id: Mapped[int] = mapped_column(
        ForeignKey("enrolment.id", ondelete="CASCADE"), primary_key=True
    )
    step_key: Mapped[str] = mapped_column(String(100), primary_key=True)
    read_at: Mapped[datetime]


class Attempt(Base):
    """One pass over all questions of a knowledge check."""

    __tablename__ = "attempt"
    __table_args__ = (UniqueConstraint("enrolment_id", "step_key", "number"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id", ondelete="CASCADE"))
    step_key: Mapped[str] = mapped_column(String(100))
    #: 1, 2, 3 …
    number: Mapped[int]
    #: order of the options follows from it
    seed: Mapped[str] = mapped_column(String(32))
    started_at: Mapped[datetime]
    #: when the last question was answered
    finished_at: Mapped[datetime | None]
    #: number of questions right, and asked
    right: Mapped[int] = mapped_column(default=0)
    asked: Mapped[int] = mapped_column(default=0)
    #: every critical question right in this attempt
    critical_right: Mapped[bool] = mapped_column(default=False)


class Answer(Base):
    """The answer to one question of an attempt; saved at once, the first one counts."""

    __tablename__ = "answer"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"), primary_key=True)
    question_key: Mapped[str] = mapped_column(String(100), primary_key=True)
    #: keys of the chosen options
    chosen: Mapped[Any] = mapped_column(JsonText)
    is_right: Mapped[bool]
    answered_at: Mapped[datetime]


class FilmAnswer(Base):
    """The last answer to a question inside a film; it weighs nothing in the completion rule."""

    __tablename__ = "film_answer"

    enrolment_id: Mapped[int] = mapped_column(
        ForeignKey("enrolment.id", ondelete="CASCADE"), primary_key=True
    )
    question_key: Mapped[str] = mapped_column(String(100), primary_key=True)
    chosen: Mapped[Any] = mapped_column(JsonText)
    is_right: Mapped[bool]
    answered_at: Mapped[datetime]


class Reflection(Base):
    """A vertaalslag: the draft as it is typed, and the text that was handed in."""

    __tablename__ = "reflection"

    enrolment_id: Mapped[int] = mapped_column(
        ForeignKey("enrolment.id", ondelete="CASCADE"), primary_key=True
    )
    step_key: Mapped[str] = mapped_column(String(100), primary_key=True)
    #: field key → text
    draft: Mapped[Any] = mapped_column(JsonText, default=dict)
    #: counts the saves, so that an older tab does not write over a newer text
    revision: Mapped[int] = mapped_column(default=0)
    saved_at: Mapped[datetime]
    #: field key → text as last handed in; none before
    handed_in: Mapped[Any | None] = mapped_column(JsonText)
    handed_in_at: Mapped[datetime | None]


class Completion(Base):
    """The fact, with its evidence, that an enrolment met its completion rule.  Never taken back.

    Written in the transaction of what caused it; the scores on their way to the LMSs follow from this row.
    """

    __tablename__ = "completion"
    __table_args__ = (
        Index(
            "ix_completion_unannounced",
            "id",
            sqlite_where=text("announced_at IS NULL"),
            postgresql_where=text("announced_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), unique=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"))
    completed_at: Mapped[datetime]
    #: "film", "transcript" or "attendance"
    via: Mapped[str] = mapped_column(String(20))
    #: rule, coverage, best attempt, vertaalslag's time: what the verdict rested on
    evidence: Mapped[Any] = mapped_column(JsonText)
    #: when the worker no longer needs to look for links through which the buddy came
    announced_at: Mapped[datetime | None]
