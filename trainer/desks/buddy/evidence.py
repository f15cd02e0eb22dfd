"""What the page "Wat ontbreekt nog?" tells: what is there and what is missing, step by step, and where the score is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

import modules.model as content
from modules.reflection import short_fields
from trainer.core.i18n import format_moment, locale, ngettext
from trainer.core.i18n import gettext as _
from trainer.desks.buddy.frame import gap_label, step_url
from trainer.desks.buddy.words import STEP_NAMES, Act, film_time, minutes, percent
from trainer.learning.states import CheckState, FilmState, ModulePage, ReflectionState, StepState

#: yes: done · no: still needs you · way: under way by itself · bad: somebody has to do something
LineState = Literal["yes", "no", "way", "bad"]


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One line of the list."""

    #: a step's kind, or "score"
    kind: str
    state: LineState
    title: str
    sentence: str
    #: how many things are missing, for the honey mark
    count: int | None = None
    act: Act | None = None
    #: pieces of a film, each with the way to it
    gaps: tuple[Act, ...] = ()


class Asked(NamedTuple):
    """What a step asks, before one begins."""

    sentence: str
    minutes: str


def evidence(page: ModulePage, now: datetime) -> tuple[EvidenceLine, ...]:
    """A line for each step that the completion rule looks at, in order."""
    return tuple(_line(page, state, now) for state in page.steps)


def asked(module: content.Module) -> tuple[Asked, ...]:
    """What the module asks, step by step, with its minutes."""
    rule, time = module.rule, module.minutes
    found = []
    for step in module.steps:
        if isinstance(step, content.Webcast):
            sentence = (
                _("Watch at least %(part)s of the film, or read its text.", part=percent(rule.watched))
                if rule.transcript and step.captions
                else _("Watch at least %(part)s of the film.", part=percent(rule.watched))
            )
            found.append(Asked(sentence, minutes(time.film)))
        elif isinstance(step, content.Reading):
            found.append(
                Asked(_("Read the page “%(title)s”.", title=step.title(locale())), minutes(time.reading))
            )
        elif isinstance(step, content.KnowledgeCheck):
            found.append(Asked(_check_asked(step, rule), minutes(time.check)))
        else:
            sentence = ngettext(
                "Write your vertaalslag: one text of at least %(words)s words.",
                "Write your vertaalslag: %(n)s texts of at least %(words)s words.",
                len(step.fields),
                words=step.min_words,
            )
            found.append(Asked(sentence, minutes(time.reflection)))
    return tuple(found)


def _check_asked(step: content.KnowledgeCheck, rule: content.Rule) -> str:
    number = len(step.questions)
    sentence = ngettext(
        "Answer %(n)s question, at least %(part)s right. You can try again as often as you like.",
        "Answer %(n)s questions, at least %(part)s right. You can try again as often as you like.",
        number,
        part=percent(rule.score),
    )
    critical = sum(question.critical for question in step.questions)
    if rule.critical and critical:
        sentence += " " + ngettext(
            "%(n)s key question has to be right.",
            "The %(n)s key questions have to be right in one attempt.",
            critical,
        )
    return sentence


def _line(page: ModulePage, state: StepState, now: datetime) -> EvidenceLine:
    url = step_url(page.enrolment.public_id, state.key)
    title = str(STEP_NAMES[state.kind])
    if state.film is not None:
        return _film(state, state.film, title, url)
    if state.check is not None:
        return _check(state, state.check, title, url, page.module.rule)
    if isinstance(state.step, content.Reflection):
        return _reflection(state, state.step, title, url, now)
    if state.missing:
        return EvidenceLine(state.kind, "no", title, _("Not read yet."), 1, Act(_("Read"), url))
    return EvidenceLine(state.kind, "yes", title, _("Read."))


def _film(state: StepState, film: FilmState, title: str, url: str) -> EvidenceLine:
    watched = film_time(film.seconds, film.length)
    if not state.missing:
        if film.via == "transcript":
            return EvidenceLine("webcast", "yes", title, _("You read the whole text."))
        return EvidenceLine("webcast", "yes", title, _("You watched %(time)s.", time=watched))
    if not film.watched:
        return EvidenceLine("webcast", "no", title, _("Not watched yet."), 1, Act(_("Watch"), url))
    sentence = ngettext(
        "You watched %(time)s; %(n)s second more is needed.",
        "You watched %(time)s; %(n)s seconds more are needed.",
        film.seconds_missing,
        time=watched,
    )
    gaps = tuple(Act(gap_label(gap.start, gap.end), f"{url}#t={gap.start}") for gap in film.gaps)
    return EvidenceLine("webcast", "no", title, sentence, len(gaps), None, gaps)


def _check(state: StepState, check: CheckState, title: str, url: str, rule: content.Rule) -> EvidenceLine:
    best = check.best.score if check.best else None
    score = (
        _("%(right)s of %(total)s right in your best attempt", right=best.right, total=best.total)
        if best
        else ""
    )
    if not state.missing:
        return EvidenceLine("knowledge_check", "yes", title, f"{score}." if score else _("Done."))
    act = Act(_("Try again") if best else _("Answer"), url)
    if check.open is not None:
        # a minor edition may have added or dropped a question since the attempt began
        left = max(check.open.score.total - check.open.score.answered, 1)
        sentence = ngettext(
            "%(n)s question of this attempt is still open.",
            "%(n)s questions of this attempt are still open.",
            left,
        )
        if score:
            sentence = f"{score}. {sentence}"
        return EvidenceLine("knowledge_check", "no", title, sentence, left, Act(_("Go on"), url))
    if best is None:
        sentence = ngettext("%(n)s question, not begun yet.", "%(n)s questions, not begun yet.", check.total)
        return EvidenceLine("knowledge_check", "no", title, sentence, check.total, act)
    if any(lack.kind == "check" for lack in state.missing):
        sentence = _("%(score)s; %(part)s is needed.", score=score, part=percent(rule.score))
        return EvidenceLine("knowledge_check", "no", title, sentence, max(check.needed - best.right, 1), act)
    sentence = _("%(score)s, but not all key questions were right in one attempt.", score=score)
    return EvidenceLine("knowledge_check", "no", title, sentence, 1, act)


def _reflection(
    state: StepState, step: content.Reflection, title: str, url: str, now: datetime
) -> EvidenceLine:
    written = state.reflection or ReflectionState({}, 0, None, None, None)
    if written.handed_in_at is not None:
        sentence = _("Handed in %(moment)s.", moment=format_moment(written.handed_in_at, now))
        if written.has_changes:
            sentence += " " + _("You changed something since: hand it in again to keep that.")
        return EvidenceLine("reflection", "yes", title, sentence, act=Act(_("Read again"), url))
    if not state.missing:
        return EvidenceLine("reflection", "yes", title, _("Not asked in this module."))
    short = short_fields(step, written.draft)
    if len(short) == len(step.fields) and not any(written.draft.values()):
        return EvidenceLine(
            "reflection", "no", title, _("Nothing written yet."), len(short), Act(_("Write"), url)
        )
    if not short:
        return EvidenceLine(
            "reflection", "no", title, _("Written, but not handed in yet."), 1, Act(_("Hand in"), url)
        )
    sentence = ngettext("%(n)s text is still too short.", "%(n)s texts are still too short.", len(short))
    return EvidenceLine("reflection", "no", title, sentence, len(short), Act(_("Fill in"), url))
