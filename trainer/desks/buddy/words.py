"""The words for steps and deeds: what a button says it does, what a step is called."""

from decimal import Decimal
from typing import NamedTuple

from markupsafe import Markup, escape

import modules.model as content
from trainer.core.i18n import format_position, gettext, locale, ngettext
from trainer.core.i18n import gettext as _
from trainer.core.i18n import lazy_gettext as _l
from trainer.learning.states import CheckState, NextDeed, StepState

#: up to here a length is told in seconds
_SHORT_FILM = 180

STEP_NAMES = {
    "webcast": _l("Watch"),
    "reading": _l("Read"),
    "knowledge_check": _l("Check"),
    "reflection": _l("Translate"),
}
_WAYS_THERE = {
    "webcast": _l("To the film"),
    "reading": _l("To the page"),
    "knowledge_check": _l("To the questions"),
    "reflection": _l("To the vertaalslag"),
}
_DEEDS = {
    "watch": _l("Start watching"),
    "read": _l("Read the page"),
    "check": _l("Start with the questions"),
    "check_on": _l("Go on with the questions"),
    "check_again": _l("Try the questions again"),
    "critical_again": _l("Try the questions again"),
    "write": _l("Write your vertaalslag"),
    "write_on": _l("Finish your vertaalslag"),
}


class Act(NamedTuple):
    """A link or button: what it says and where it leads."""

    label: str
    url: str


def said(text: content.Text) -> str | Markup:
    """A text of the module in the reader's language; marked as Dutch where only the Dutch one is there."""
    words = text(locale())
    if locale().startswith("en") and not text.en:
        return Markup('<span lang="nl">{}</span>').format(escape(words))
    return words


def deed_label(deed: NextDeed) -> str:
    """What the one filled button says."""
    if deed.deed == "watch_on":
        return _("Go on watching from %(position)s", position=format_position(deed.at or 0))
    if deed.deed == "watch_gap":
        return _("Watch what you missed, from %(position)s", position=format_position(deed.at or 0))
    return str(_DEEDS[deed.deed])


def way_to(step: StepState) -> str:
    """What a button says that leads to a step."""
    return str(_WAYS_THERE[step.kind])


def percent(fraction: Decimal) -> str:
    """``90 %`` in Dutch, ``90%`` in English; rounded to whole percents."""
    return _("%(n)s%%", n=round(fraction * 100))


def film_time(seconds: int, length: int) -> str:
    """How much of a film of ``length`` seconds: in seconds when it is short, else in minutes and seconds."""
    if length <= _SHORT_FILM:
        return _("%(seconds)s of %(length)s seconds", seconds=seconds, length=length)
    return _("%(time)s of %(length)s minutes", time=format_position(seconds), length=format_position(length))


def step_detail(state: StepState) -> str:
    """The small line under a step's name: where one is with it."""
    if state.film is not None:
        by_reading = state.film.via == "transcript"
        return _("text read") if by_reading else film_time(state.film.seconds, state.film.length)
    if state.check is not None:
        return _check_detail(state.check)
    if state.reflection is not None:
        if state.reflection.handed_in_at is not None:
            return _("handed in")
        return _("begun") if any(state.reflection.draft.values()) else _("to your own pupils")
    return _("read") if state.status == "done" else _("a page to read")


def _check_detail(check: CheckState) -> str:
    if check.best is not None:
        return _("%(right)s of %(total)s right", right=check.best.score.right, total=check.best.score.total)
    if check.open is not None:
        score = check.open.score
        return _("%(answered)s of %(total)s answered", answered=score.answered, total=score.total)
    return ngettext("%(n)s question", "%(n)s questions", check.total)


def minutes(n: int) -> str:
    """``15 minuten``."""
    return ngettext("%(n)s minute", "%(n)s minutes", n)


def kind_name(module: content.Module) -> str:
    """``webcast`` or ``webinar``."""
    return gettext("webinar") if module.kind == "webinar" else gettext("webcast")
