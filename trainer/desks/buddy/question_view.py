"""A question as a page shows it: open, or marked."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import modules.model as content
from modules.marking import AnswerError, Marked, mark, shuffled
from trainer.core.i18n import format_time, locale
from trainer.core.i18n import gettext as _
from trainer.learning.states import GivenAnswer


@dataclass(frozen=True, slots=True)
class OptionView:
    """One option; ``mark`` is "right" or "wrong" once there is something to say about it."""

    key: str
    label: content.Text
    chosen: bool = False
    mark: str = ""
    #: a word before the feedback
    word: str = ""
    feedback: content.Text | None = None


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question; with ``answered`` it is marked and closed."""

    key: str
    prompt: content.Text
    takes_several: bool
    is_critical: bool
    hint: str
    options: tuple[OptionView, ...]
    answered: bool = False
    verdict: str = ""
    saved: str = ""


def question_view(
    question: content.Question, seed: str = "", given: GivenAnswer | None = None
) -> QuestionView:
    """A question with its options in the order of ``seed``; marked when an answer was ``given``."""
    several = question.type == "multi"
    marked = _marked(question, given.chosen) if given else None
    told = {one.option: one for one in marked.feedback} if marked else {}
    options = []
    for option in shuffled(question, seed) if seed else question.options:
        one = told.get(option.key)
        chosen = bool(given and option.key in given.chosen)
        options.append(
            OptionView(
                option.key,
                option.label,
                chosen,
                "" if one is None else "right" if one.right else "wrong",
                _missed_word(one.chosen) if one else "",
                one.text if one else None,
            )
        )
    return QuestionView(
        key=question.key,
        prompt=question.prompt,
        takes_several=several,
        is_critical=question.critical,
        hint=_("More than one answer can be right.") if several else "",
        options=tuple(options),
        answered=given is not None,
        verdict=verdict(given.is_right, marked) if given else "",
        saved=saved_at(given.answered_at) if given else "",
    )


def marked_json(marked: Marked, now: datetime) -> dict[str, Any]:
    """What a script needs to show a marked answer in place."""
    return {
        "right": marked.right,
        "verdict": verdict(marked.right, marked),
        "saved": saved_at(now),
        "feedback": [
            {
                "option": one.option,
                "text": one.text(locale()),
                "right": one.right,
                "chosen": one.chosen,
                "word": _missed_word(one.chosen),
            }
            for one in marked.feedback
        ],
    }


def verdict(is_right: bool, marked: Marked | None) -> str:
    """One word on the whole answer."""
    if is_right:
        return _("Right.")
    if marked and any(one.right and one.chosen for one in marked.feedback):
        return _("Partly right.")
    return _("Not right.")


def saved_at(moment: datetime) -> str:
    """``Bewaard om 14:05``."""
    return _("Saved at %(time)s", time=format_time(moment))


def _missed_word(chosen: bool) -> str:
    return "" if chosen else _("This one too.")


def _marked(question: content.Question, chosen: Collection[str]) -> Marked | None:
    try:
        return mark(question, chosen)
    except AnswerError:
        return None  # a minor edition renamed the options; the verdict stays
