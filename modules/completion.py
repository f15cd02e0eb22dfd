"""When a module is completed: the rule applied to what a buddy did, the evidence, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil
from typing import Literal

from modules.coverage import Coverage
from modules.marking import Score, best
from modules.model import KnowledgeCheck, Module, Reading, Reflection, Rule, Step, Webcast

MissingKind = Literal["film", "reading", "check", "critical", "reflection"]
Via = Literal["film", "transcript"]


@dataclass(frozen=True, slots=True)
class FilmProgress:
    """What a buddy did with a film. `read_whole`: every cue of a transcript was shown, in one language."""

    watched: Coverage
    read_whole: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """What a buddy did in a module, by step key; a step that is absent was not begun.

    scores: every attempt at a check, in order. readings and reflections: the steps that were read, handed in.
    """

    films: Mapping[str, FilmProgress] = field(default_factory=dict)
    scores: Mapping[str, Sequence[Score]] = field(default_factory=dict)
    readings: frozenset[str] = frozenset()
    reflections: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that still has to be done at a step.

    film: seconds watched, seconds needed, seconds in all. check: questions right in the best attempt, needed,
    in all. critical: 0 of 1 attempt with all critical questions right; `total` is how many critical questions
    there are. reading, reflection: 0 of 1.
    """

    kind: MissingKind
    step: str
    have: int
    needed: int
    total: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is missing for the rule to be met, in the order of the steps."""

    missing: tuple[Missing, ...]
    module: Module = field(repr=False)
    progress: Progress = field(repr=False)

    @property
    def complete(self) -> bool:
        """Whether the rule is met."""
        return not self.missing

    @property
    def evidence(self) -> dict[str, object]:
        """What there is to prove it, as JSON values: counts, hashes and the rule, no answers and no texts."""
        return _evidence(self.module, self.progress)


def decide(module: Module, progress: Progress) -> Verdict:
    """Apply the module's rule to what was done. Cheap: it is asked with every report of watching."""
    missing = (lack for step in module.steps for lack in _missing(module.rule, step, progress))
    return Verdict(tuple(missing), module, progress)


def percent_done(module: Module, progress: Progress) -> int:
    """How much of what the rule asks is done, 0–100, the parts weighted by their minutes.

    100 means completed and nothing else does.
    """
    if not any(True for step in module.steps for _ in _missing(module.rule, step, progress)):
        return 100
    asked = [step for step in module.steps if module.rule.reflection or not isinstance(step, Reflection)]
    weights = [_weight(module, step) for step in asked]
    done = sum(
        weight * _part_done(module.rule, step, progress) for weight, step in zip(weights, asked, strict=True)
    )
    return min(int(100 * done / sum(weights)), 99)


def film_via(rule: Rule, film: FilmProgress | None) -> Via | None:
    """How a film was done with, None when it is not yet."""
    if film is None:
        return None
    if film.watched.reaches(rule.watched):
        return "film"
    return "transcript" if rule.transcript and film.read_whole else None


def _missing(rule: Rule, step: Step, progress: Progress) -> list[Missing]:
    match step:
        case Webcast():
            film = progress.films.get(step.key)
            if film_via(rule, film):
                return []
            have, length = (film.watched.count, film.watched.length) if film else (0, step.film.seconds)
            return [Missing("film", step.key, have, _needed(rule.watched, length), length)]
        case Reading():
            return [] if step.key in progress.readings else [Missing("reading", step.key, 0, 1, 1)]
        case KnowledgeCheck():
            return _missing_of_check(rule, step, progress.scores.get(step.key, ()))
        case Reflection():
            done = not rule.reflection or step.key in progress.reflections
            return [] if done else [Missing("reflection", step.key, 0, 1, 1)]


def _missing_of_check(rule: Rule, step: KnowledgeCheck, scores: Sequence[Score]) -> list[Missing]:
    missing = []
    top = best(scores)
    if top is None or not top.reaches(rule.score):
        total = len(step.questions)
        needed = _needed(rule.score, total)
        missing.append(Missing("check", step.key, top.right if top else 0, needed, total))
    critical = sum(question.critical for question in step.questions)
    if rule.critical and critical and not any(one.finished and one.critical_right for one in scores):
        missing.append(Missing("critical", step.key, 0, 1, critical))
    return missing


def _part_done(rule: Rule, step: Step, progress: Progress) -> float:
    """From 0 to 1. Critical questions not yet right leave a check one question short."""
    missing = _missing(rule, step, progress)
    if not missing:
        return 1.0
    parts = []
    for lack in missing:
        if lack.kind == "critical" and isinstance(step, KnowledgeCheck):
            needed = _needed(rule.score, len(step.questions))
            parts.append((needed - 1) / needed if progress.scores.get(step.key) else 0.0)
        else:
            parts.append(min(lack.have / lack.needed, 1.0) if lack.needed else 1.0)
    return min(parts)


def _weight(module: Module, step: Step) -> float:
    """The minutes of a step; at least one, so that no step is done for nothing."""
    minutes = module.minutes
    match step:
        case Webcast():
            return max(minutes.film, 1) / len(module.webcasts)
        case Reading():
            return max(minutes.reading, 1) / len(module.readings)
        case KnowledgeCheck():
            return max(minutes.check, 1) / len(module.checks)
        case Reflection():
            return max(minutes.reflection, 1) / len(module.reflections)


def _needed(fraction: Decimal, total: int) -> int:
    """The least whole number that reaches the fraction: 0.90 of 81 is 73."""
    return ceil(fraction * total)


def _evidence(module: Module, progress: Progress) -> dict[str, object]:
    rule = module.rule
    films: dict[str, object] = {}
    for webcast in module.webcasts:
        film = progress.films.get(webcast.key)
        if film is not None:
            films[webcast.key] = {
                "film": webcast.film.media.sha256,
                "watched": film.watched.count,
                "seconds": film.watched.length,
                "via": film_via(rule, film),
            }
    checks: dict[str, object] = {}
    for check in module.checks:
        scores = progress.scores.get(check.key, ())
        top = best(scores)
        if top is not None:
            checks[check.key] = {
                "right": top.right,
                "total": top.total,
                "attempts": sum(one.finished for one in scores),
                "critical_right": any(one.finished and one.critical_right for one in scores),
            }
    return {
        "module": module.key,
        "rule": {
            "watched": str(rule.watched),
            "score": str(rule.score),
            "critical": rule.critical,
            "reflection": rule.reflection,
            "transcript": rule.transcript,
            "renewal": rule.renewal,
        },
        "films": films,
        "readings": sorted(progress.readings),
        "checks": checks,
        "reflections": sorted(progress.reflections),
    }
