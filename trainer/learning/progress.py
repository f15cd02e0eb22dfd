"""What a buddy did in a module, gathered from the tables in two statements, weighed by the completion rule.

Pages and deeds look through the same eyes: what a page shows as missing is what keeps the completion from
being written.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from sqlalchemy import (
    Connection,
    RowMapping,
    bindparam,
    cast,
    literal,
    literal_column,
    null,
    select,
    union_all,
)
from sqlalchemy import func as sql

import modules.model as content
from modules.completion import FilmProgress, Missing, Progress, film_via
from modules.coverage import Coverage
from modules.marking import Score
from trainer.learning.models import Answer, Attempt, PageRead, Reading, Reflection
from trainer.learning.models import Coverage as CoverageRow
from trainer.learning.states import (
    AttemptState,
    CheckState,
    FilmState,
    NextDeed,
    ReflectionState,
    StepState,
    TranscriptState,
)

_NO_MOMENT = cast(null(), Reading.finished_at.type)

#: Films watched, transcripts read and pages read have little in common but this: a key, bits and a moment.
_SEEN = union_all(
    select(
        literal_column("'film'").label("what"),
        CoverageRow.film_sha256.label("key"),
        literal("").label("language"),
        CoverageRow.bits,
        CoverageRow.length,
        CoverageRow.position,
        _NO_MOMENT.label("finished_at"),
    ).where(CoverageRow.enrolment_id == bindparam("enrolment_id")),
    select(
        literal_column("'transcript'"),
        Reading.film_sha256,
        Reading.language,
        Reading.bits,
        Reading.length,
        literal_column("0.0"),
        Reading.finished_at,
    ).where(Reading.enrolment_id == bindparam("enrolment_id")),
    select(
        literal_column("'page'"),
        PageRead.step_key,
        literal(""),
        cast(null(), Reading.bits.type),
        literal_column("0"),
        literal_column("0.0"),
        PageRead.read_at,
    ).where(PageRead.enrolment_id == bindparam("enrolment_id")),
)

_ATTEMPTS = (
    select(
        Attempt.step_key,
        Attempt.number,
        Attempt.seed,
        Attempt.started_at,
        Attempt.finished_at,
        Attempt.right,
        Attempt.asked,
        Attempt.critical_right,
        select(sql.count())
        .where(Answer.attempt_id == Attempt.id)
        .correlate(Attempt)
        .scalar_subquery()
        .label("answered"),
    )
    .where(Attempt.enrolment_id == bindparam("enrolment_id"))
    .order_by(Attempt.step_key, Attempt.number)
)

_REFLECTIONS = select(
    Reflection.step_key,
    Reflection.draft,
    Reflection.revision,
    Reflection.saved_at,
    Reflection.handed_in,
    Reflection.handed_in_at,
).where(Reflection.enrolment_id == bindparam("enrolment_id"))


@dataclass(slots=True)
class Traces:
    """Everything an enrolment left behind; films and transcripts by hash, the rest by step key."""

    films: dict[str, tuple[Coverage, float]] = field(default_factory=dict)
    transcripts: dict[str, list[TranscriptState]] = field(default_factory=lambda: defaultdict(list))
    pages: set[str] = field(default_factory=set)
    attempts: dict[str, list[AttemptState]] = field(default_factory=lambda: defaultdict(list))
    reflections: dict[str, ReflectionState] = field(default_factory=dict)

    def progress(self, module: content.Module) -> Progress:
        """In the words of the completion rule."""
        return Progress(
            films={step.key: film for step in module.webcasts if (film := self._film(step)) is not None},
            scores={
                step.key: [one.score for one in self.attempts.get(step.key, ())] for step in module.checks
            },
            readings=frozenset(self.pages),
            reflections=frozenset(
                key for key, reflection in self.reflections.items() if reflection.handed_in_at is not None
            ),
        )

    def _film(self, step: content.Webcast) -> FilmProgress | None:
        sha256 = step.film.media.sha256
        seen = self.films.get(sha256)
        is_read = any(one.finished_at is not None for one in self.transcripts.get(sha256, ()))
        if seen is None and not is_read:
            return None
        return FilmProgress(seen[0] if seen else Coverage.empty(step.film.seconds), is_read)


def gather(connection: Connection, enrolment_id: int, *, with_reflections: bool = True) -> Traces:
    """Everything an enrolment left behind, in three statements; two where the reflections come from elsewhere."""
    traces = Traces()
    key = {"enrolment_id": enrolment_id}
    for row in connection.execute(_SEEN, key):
        if row.what == "film":
            traces.films[row.key] = Coverage.from_bytes(row.bits, row.length), row.position
        elif row.what == "transcript":
            shown = Coverage.from_bytes(row.bits, row.length)
            traces.transcripts[row.key].append(TranscriptState(row.language, shown, row.finished_at))
        else:
            traces.pages.add(row.key)
    for row in connection.execute(_ATTEMPTS, key):
        traces.attempts[row.step_key].append(_attempt(row))
    if with_reflections:
        for reflection in connection.execute(_REFLECTIONS, key).mappings():
            traces.reflections[reflection["step_key"]] = reflection_state(reflection)
    return traces


def _attempt(row: Any) -> AttemptState:
    """What counted when an attempt was finished goes on to count, whatever a later minor edition asks."""
    answered = row.asked if row.finished_at is not None else row.answered
    return AttemptState(
        number=row.number,
        seed=row.seed,
        started_at=row.started_at,
        finished_at=row.finished_at,
        score=Score(row.right, row.asked, answered, row.critical_right and row.finished_at is not None),
    )


def reflection_state(row: RowMapping) -> ReflectionState:
    """From a row with the reflection's columns, by their names."""
    return ReflectionState(
        row["draft"], row["revision"], row["saved_at"], row["handed_in"], row["handed_in_at"]
    )


def step_states(
    module: content.Module, traces: Traces, missing: tuple[Missing, ...]
) -> tuple[tuple[StepState, ...], NextDeed | None]:
    """Each step with where the buddy is, and the one clear next action: the first step that misses something."""
    lacking: dict[str, tuple[Missing, ...]] = defaultdict(tuple)
    for lack in missing:
        lacking[lack.step] += (lack,)
    states: list[StepState] = []
    next_deed: NextDeed | None = None
    for number, step in enumerate(module.steps, start=1):
        lacks = lacking[step.key]
        is_current = bool(lacks) and next_deed is None
        state = StepState(
            number=number,
            step=step,
            status="current" if is_current else "todo" if lacks else "done",
            missing=lacks,
            film=film_state(module.rule, step, traces) if isinstance(step, content.Webcast) else None,
            check=_check_state(module.rule, step, traces)
            if isinstance(step, content.KnowledgeCheck)
            else None,
            reflection=_reflection(step, traces) if isinstance(step, content.Reflection) else None,
        )
        states.append(state)
        if is_current:
            next_deed = _deed(state)
    return tuple(states), next_deed


def film_state(rule: content.Rule, step: content.Webcast, traces: Traces) -> FilmState:
    """How far a buddy is with the film of a step."""
    sha256, length = step.film.media.sha256, step.film.seconds
    watched, position = traces.films.get(sha256, (Coverage.empty(length), 0.0))
    transcripts = tuple(traces.transcripts.get(sha256, ()))
    is_read = any(one.finished_at is not None for one in transcripts)
    return FilmState(
        sha256=sha256,
        watched=watched,
        position=position,
        needed=ceil(rule.watched * length),
        via=film_via(rule, FilmProgress(watched, is_read)),
        transcripts=transcripts,
    )


def _check_state(rule: content.Rule, step: content.KnowledgeCheck, traces: Traces) -> CheckState:
    total = len(step.questions)
    return CheckState(tuple(traces.attempts.get(step.key, ())), needed=ceil(rule.score * total), total=total)


def _reflection(step: content.Reflection, traces: Traces) -> ReflectionState:
    return traces.reflections.get(step.key) or ReflectionState({}, 0, None, None, None)


def _deed(state: StepState) -> NextDeed:
    if state.film is not None:
        return _film_deed(state.key, state.film)
    if state.check is not None:
        return NextDeed(_check_deed(state, state.check), state.key)
    if state.reflection is not None:
        return NextDeed("write_on" if any(state.reflection.draft.values()) else "write", state.key)
    return NextDeed("read", state.key)


def _film_deed(key: str, film: FilmState) -> NextDeed:
    if not film.watched:
        return NextDeed("watch", key, 0)
    stopped = int(film.position)
    if stopped < film.length and stopped not in film.watched:
        return NextDeed("watch_on", key, stopped)
    gap = film.watched.next_gap(film.position)
    # A film that was watched without a jump has one gap, the rest of it: that is going on, not going back.
    is_rest = gap is not None and len(film.gaps) == 1 and gap.end == film.length
    return NextDeed("watch_on" if is_rest else "watch_gap", key, gap.start if gap else 0)


def _check_deed(state: StepState, check: CheckState) -> Any:
    if check.open is not None:
        return "check_on"
    if check.best is None:
        return "check"
    return "check_again" if any(lack.kind == "check" for lack in state.missing) else "critical_again"
