"""What the pages of a knowledge check show: one question at a time, then the result."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

import modules.model as content
from trainer.core.i18n import format_moment, ngettext
from trainer.core.i18n import gettext as _
from trainer.desks.buddy.frame import Frame, step_url
from trainer.desks.buddy.question_view import QuestionView, question_view
from trainer.desks.buddy.words import Act, percent
from trainer.learning.states import AttemptState, CheckPage


@dataclass(frozen=True, slots=True)
class CheckView:
    """One question of an attempt."""

    where: str
    #: per question "done", "now" or ""
    pearls: tuple[str, ...]
    asked: QuestionView
    attempt: int
    answer_url: str
    next: Act
    problem: str
    script: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AttemptView:
    """A finished attempt in the list."""

    label: str
    score: str
    moment: str
    is_best: bool


@dataclass(frozen=True, slots=True)
class ResultView:
    """How it went, after the last question."""

    title: str
    score: str
    sentences: tuple[str, ...]
    #: none while something is missing here
    onward: Act | None
    again: str
    attempt_url: str
    attempts: tuple[AttemptView, ...]


def check_view(
    page: CheckPage, attempt: AttemptState, question: content.Question, problem: str = ""
) -> CheckView:
    """The page of one question; ``problem`` is why the answer was not taken."""
    enrolment, check = page.page.enrolment.public_id, page.check
    number = [one.key for one in check.questions].index(question.key) + 1
    pearls = tuple(
        "now" if one is question else "done" if one.key in page.answers else "" for one in check.questions
    )
    return CheckView(
        where=_("Question %(n)s of %(total)s", n=number, total=len(check.questions)),
        pearls=pearls,
        asked=question_view(question, attempt.seed, page.answers.get(question.key)),
        attempt=attempt.number,
        answer_url=url_for("buddy.answer_question", enrolment=enrolment, step=check.key),
        next=next_question(enrolment, check.key, len(page.answers) >= len(check.questions)),
        problem=problem,
        script={
            "texts": {
                "choose": _("Choose an answer first."),
                "answer_waits": _("No connection. Your answer is not saved yet; we keep trying."),
                "signed_out": _("Your session has ended. Open the module again from your course."),
            }
        },
    )


def next_question(enrolment: str, step: str, finished: bool) -> Act:
    """Where the button under a marked question leads."""
    return Act(_("See your result") if finished else _("Next question"), step_url(enrolment, step))


def result_view(page: CheckPage, frame: Frame, now: datetime) -> ResultView:
    """The page after the last question of an attempt."""
    state = page.page.step(page.check.key)
    best = page.state.best
    last = page.attempt
    missing = {lack.kind for lack in state.missing} if state else set()
    sentences = []
    if best and last and best is not last:
        sentences.append(_("Your best attempt counts: %(score)s.", score=_score(best)))
    if "check" in missing:
        needed = percent(page.page.module.rule.score)
        sentences.append(
            ngettext(
                "%(part)s is needed: at least %(n)s right answer. Try again as often as you like.",
                "%(part)s is needed: at least %(n)s right answers. Try again as often as you like.",
                page.state.needed,
                part=needed,
            )
        )
    if "critical" in missing:
        sentences.append(
            _("Not all key questions were right in one attempt. Look at their feedback and try again.")
        )
    done = not missing
    if done:
        sentences.append(_("That is enough for this step."))
    return ResultView(
        title=_("Well done") if done else _("Almost there"),
        score=_score(last) if last else "",
        sentences=tuple(sentences),
        onward=frame.onward if done else None,
        again=_("Try again") if not done else _("Do the questions again"),
        attempt_url=url_for(
            "buddy.new_attempt", enrolment=page.page.enrolment.public_id, step=page.check.key
        ),
        attempts=tuple(
            AttemptView(
                _("Attempt %(n)s", n=one.number),
                _score(one),
                format_moment(one.finished_at, now),
                one is best,
            )
            for one in page.state.attempts
            if one.finished_at is not None
        )
        if len(page.state.attempts) > 1
        else (),
    )


def _score(attempt: AttemptState) -> str:
    return _("%(right)s of %(total)s right", right=attempt.score.right, total=attempt.score.total)
