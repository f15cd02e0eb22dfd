"""How far a buddy is: plain immutable values, as pages show them and as the completion rule weighs them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from modules.completion import Missing, Via
from modules.coverage import Coverage, Span
from modules.marking import Score
from modules.model import KnowledgeCheck, Module, Reading, Reflection, Step, Webcast
from modules.reflection import ShortField

#: "current" is the step of the one clear next action
StepStatus = Literal["todo", "current", "done"]

#: What to do now, as a button would say it.  A film: "watch" (not begun), "watch_on" (go on where it stopped),
#: "watch_gap" (a missed piece).  A page: "read".  A check: "check" (first attempt), "check_on" (an attempt is
#: open), "check_again" (not enough right), "critical_again" (enough right, but not all critical questions in one
#: attempt).  A vertaalslag: "write" (nothing yet), "write_on" (there is a draft).
Deed = Literal[
    "watch",
    "watch_on",
    "watch_gap",
    "read",
    "check",
    "check_on",
    "check_again",
    "critical_again",
    "write",
    "write_on",
]


@dataclass(frozen=True, slots=True)
class EnrolmentState:
    """One buddy on one module, on the edition that is being done (see learning.enrolments)."""

    id: int
    #: stands in URLs
    public_id: str
    buddy_id: int
    module_id: int
    #: being done, or completed
    edition_id: int
    #: "2026-2027" for a module that renews, else ""
    period: str
    started_at: datetime
    last_active_at: datetime
    #: 0–100, as last kept
    progress: int
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class TranscriptState:
    """How much of a transcript was shown in one language; bit n of ``shown`` is cue n."""

    language: str
    shown: Coverage
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class FilmState:
    """How far a buddy is with one film."""

    sha256: str
    watched: Coverage
    #: where the player stood, in seconds
    position: float
    #: seconds that the rule asks
    needed: int
    #: how the rule's part about this film was met: "film" or "transcript"; none when it is not yet
    via: Via | None
    transcripts: tuple[TranscriptState, ...] = ()

    @property
    def length(self) -> int:
        """Whole seconds of the film."""
        return self.watched.length

    @property
    def seconds(self) -> int:
        """How many of them are watched."""
        return self.watched.count

    @property
    def gaps(self) -> list[Span]:
        """What is not watched, as [start, end) in seconds."""
        return self.watched.gaps

    @property
    def seconds_missing(self) -> int:
        """How many seconds are still to be watched before the rule is met; 0 when it is."""
        return 0 if self.via else max(self.needed - self.seconds, 0)

    def transcript(self, language: str) -> TranscriptState | None:
        """What was read in this language ("nl", "en"); none when nothing was."""
        return next((one for one in self.transcripts if one.language == language), None)


@dataclass(frozen=True, slots=True)
class AttemptState:
    """One attempt at a check; ``finished_at`` is none while questions are open."""

    number: int
    seed: str
    started_at: datetime
    finished_at: datetime | None
    score: Score


@dataclass(frozen=True, slots=True)
class CheckState:
    """How far a buddy is with a knowledge check."""

    attempts: tuple[AttemptState, ...]
    #: questions to be right in one attempt
    needed: int
    #: questions in all
    total: int

    @property
    def best(self) -> AttemptState | None:
        """The finished attempt that counts: most right, then criticals right, then the earliest."""
        return max(
            (attempt for attempt in self.attempts if attempt.finished_at is not None),
            key=lambda one: (one.score.right, one.score.critical_right),
            default=None,
        )

    @property
    def open(self) -> AttemptState | None:
        """The attempt that is under way."""
        return next((attempt for attempt in self.attempts if attempt.finished_at is None), None)

    @property
    def last(self) -> AttemptState | None:
        return self.attempts[-1] if self.attempts else None


@dataclass(frozen=True, slots=True)
class ReflectionState:
    """A vertaalslag: the draft as last saved and what was handed in; both field key → text."""

    draft: Mapping[str, str]
    #: send it along with the next save
    revision: int
    saved_at: datetime | None
    handed_in: Mapping[str, str] | None
    handed_in_at: datetime | None

    @property
    def has_changes(self) -> bool:
        """The draft differs from what was handed in."""
        return self.handed_in is not None and dict(self.draft) != dict(self.handed_in)


@dataclass(frozen=True, slots=True)
class StepState:
    """A step with where the buddy is; the one of film, check, reflection that fits the step's kind is set."""

    #: 1, 2, 3 … in the order of the module
    number: int
    step: Step
    status: StepStatus
    #: what the rule still asks here, none when the step is done
    missing: tuple[Missing, ...]
    film: FilmState | None = None
    check: CheckState | None = None
    reflection: ReflectionState | None = None

    @property
    def key(self) -> str:
        return self.step.key

    @property
    def kind(self) -> str:
        return self.step.kind


class NextDeed(NamedTuple):
    """The one clear next action."""

    deed: Deed
    #: key of the step
    step: str
    #: seconds into the film, for watch_on and watch_gap
    at: int | None = None


@dataclass(frozen=True, slots=True)
class CompletionState:
    """The fact, with what it rested on."""

    completed_at: datetime
    #: "film" or "transcript"
    via: str
    edition_id: int
    evidence: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ModulePage:
    """A module as its page shows it, and as "Wat ontbreekt nog?" tells it: what is done, what is open, what is next."""

    enrolment: EnrolmentState
    module: Module
    #: number of the edition, for the small print
    edition_number: int
    #: a newer major edition that the buddy may switch to (actions.switch_edition); none when there is none
    newer_edition_id: int | None
    steps: tuple[StepState, ...]
    #: none when everything that is asked is done
    next_deed: NextDeed | None
    #: 0–100, as of now
    progress: int
    completion: CompletionState | None

    def step(self, key: str) -> StepState | None:
        """The step with this key."""
        return next((step for step in self.steps if step.key == key), None)

    def after(self, key: str) -> StepState | None:
        """The step that follows."""
        numbers = [step.key for step in self.steps]
        at = numbers.index(key) + 1 if key in numbers else len(numbers)
        return self.steps[at] if at < len(numbers) else None

    @property
    def open_steps(self) -> tuple[StepState, ...]:
        """The steps at which the rule still asks something, in order."""
        return tuple(step for step in self.steps if step.missing)


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer that was saved."""

    question: str
    #: keys of the options
    chosen: tuple[str, ...]
    is_right: bool
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class PlayerPage:
    """The player (and the transcript) of one webcast."""

    page: ModulePage
    webcast: Webcast
    film: FilmState
    #: question key → last answer to it inside the film
    answers: Mapping[str, GivenAnswer]


@dataclass(frozen=True, slots=True)
class CheckPage:
    """A knowledge check with the attempt that is shown: the open one, else the last, else none yet."""

    page: ModulePage
    check: KnowledgeCheck
    state: CheckState
    attempt: AttemptState | None
    #: question key → answer in that attempt
    answers: Mapping[str, GivenAnswer]

    @property
    def is_answered(self) -> bool:
        """The attempt is under way and has no open question (any more): it waits to be closed."""
        return (
            self.attempt is not None
            and self.attempt.finished_at is None
            and all(question.key in self.answers for question in self.check.questions)
        )


@dataclass(frozen=True, slots=True)
class ReflectionPage:
    """The vertaalslag; ``too_short`` says of the draft what handing in would say."""

    page: ModulePage
    reflection: Reflection
    state: ReflectionState
    too_short: tuple[ShortField, ...]


@dataclass(frozen=True, slots=True)
class ReadingPage:
    """A page to read."""

    page: ModulePage
    reading: Reading
