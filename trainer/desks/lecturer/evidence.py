"""What a lecturer sees of one learner's module: what was done, part by part, in words.

The texts of a vertaalslag are the learner's own and are not among it, nor is which option was chosen in a question:
what is told is that something was done, when, and how much of it was right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from modules.coverage import Span
from trainer.core.i18n import format_moment, format_position, ngettext
from trainer.core.i18n import gettext as _
from trainer.core.i18n import lazy_gettext as _l
from trainer.courses import reasons
from trainer.courses.delivery_queries import ScoreOnItsWay, advice_for_staff, sentence_for_student
from trainer.learning.states import AttemptState, CheckState, FilmState, ModulePage, StepState

_NAMES = {
    "webcast": _l("Film"),
    "reading": _l("Page to read"),
    "knowledge_check": _l("Knowledge check"),
    "reflection": _l("Vertaalslag"),
}
_TICKS = {reasons.DELIVERED: "yes", reasons.PARKED: "bad"}


@dataclass(frozen=True, slots=True)
class Strip:
    """A film as a strip: what of it was watched, in seconds."""

    length: int
    watched: Sequence[Span]


@dataclass(frozen=True, slots=True)
class Line:
    """One part of the module, or one score."""

    #: a step's kind, or "score"
    kind: str
    #: "yes", "no", "way" or "bad"
    tick: str
    title: str
    sentence: str
    strip: Strip | None = None
    #: smaller sentences: attempts, pieces that were skipped, what to do about a score
    details: tuple[str, ...] = ()


def summary(page: ModulePage, now: datetime) -> str:
    """How far it is, in one sentence."""
    done = page.completion
    if done is None:
        return _("Not completed yet: %(part)s%% of what is asked is done.", part=page.progress)
    moment = format_moment(done.completed_at, now)
    if done.via == "transcript":
        return _("Completed %(moment)s, by reading the text of the film.", moment=moment)
    return _("Completed %(moment)s.", moment=moment)


def lines(page: ModulePage, now: datetime) -> list[Line]:
    """A line for each part of the module, in order."""
    return [_line(state, now) for state in page.steps]


def score_lines(scores: Sequence[ScoreOnItsWay], now: datetime) -> list[Line]:
    """A line for each score that goes to a column of the course."""
    found = []
    for score in scores:
        advice = advice_for_staff(score.reason) if score.state != reasons.DELIVERED else ""
        said = _("The LMS said: %(words)s", words=score.detail) if score.detail and advice else ""
        found.append(
            Line(
                "score",
                _TICKS.get(score.state, "way"),
                _("Score for “%(link)s”", link=score.link_title) if score.link_title else _("Score"),
                sentence_for_student(score, now),
                details=tuple(one for one in (advice, said) if one),
            )
        )
    return found


def _line(state: StepState, now: datetime) -> Line:
    tick = "no" if state.missing else "yes"
    title = str(_NAMES[state.kind])
    if state.film is not None:
        return _film(tick, title, state.film)
    if state.check is not None:
        return _check(tick, title, state.check, now)
    if state.reflection is not None:
        at = state.reflection.handed_in_at
        if at is None:
            return Line(state.kind, tick, title, _("Not handed in yet."))
        own = _("The text belongs to the student and is not shown here.")
        return Line(
            state.kind, tick, title, _("Handed in %(moment)s.", moment=format_moment(at, now)), details=(own,)
        )
    return Line(state.kind, tick, title, _("Not read yet.") if state.missing else _("Read."))


def _film(tick: str, title: str, film: FilmState) -> Line:
    if not film.watched:
        by_text = film.via == "transcript"
        return Line(
            "webcast", tick, title, _("The whole text was read.") if by_text else _("Not watched yet.")
        )
    sentence = _(
        "Watched %(watched)s of %(length)s.",
        watched=format_position(film.seconds),
        length=format_position(film.length),
    )
    if film.via == "transcript":
        sentence += " " + _("The whole text was read.")
    pieces = ", ".join(f"{format_position(gap.start)}–{format_position(gap.end)}" for gap in film.gaps)
    details = (_("Not watched: %(pieces)s.", pieces=pieces),) if pieces else ()
    return Line("webcast", tick, title, sentence, Strip(film.length, film.watched.spans), details)


def _check(tick: str, title: str, check: CheckState, now: datetime) -> Line:
    if not check.attempts:
        return Line("knowledge_check", tick, title, _("Not begun yet."))
    best = check.best
    sentence = (
        _("%(right)s of %(total)s right in the best attempt.", right=best.score.right, total=best.score.total)
        if best is not None
        else ngettext(
            "%(n)s attempt, not finished yet.", "%(n)s attempts, not finished yet.", len(check.attempts)
        )
    )
    return Line(
        "knowledge_check", tick, title, sentence, details=tuple(_attempt(one, now) for one in check.attempts)
    )


def _attempt(attempt: AttemptState, now: datetime) -> str:
    if attempt.finished_at is None:
        return _(
            "Attempt %(number)s, begun %(moment)s: not finished yet.",
            number=attempt.number,
            moment=format_moment(attempt.started_at, now),
        )
    values = {
        "number": attempt.number,
        "moment": format_moment(attempt.finished_at, now),
        "right": attempt.score.right,
        "total": attempt.score.total,
    }
    if attempt.score.critical_right:
        return _("Attempt %(number)s, %(moment)s: %(right)s of %(total)s right.", **values)
    return _("Attempt %(number)s, %(moment)s: %(right)s of %(total)s right, not all key questions.", **values)
