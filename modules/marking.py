"""Marking: what an answer is worth, which feedback it gets, and what an attempt at a check adds up to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2b

from modules.model import KnowledgeCheck, Option, Question, Text


class AnswerError(ValueError):
    """An answer that the question does not offer; `code` says what.

    `unknown_option`, `unknown_question` or `wrong_number_of_options`.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Feedback:
    """What to say about one option: `chosen` ones always, and right ones that were missed."""

    option: str
    text: Text
    right: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class Marked:
    """A marked answer; the feedback is in the order of the document."""

    right: bool
    feedback: tuple[Feedback, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """What one attempt at a check adds up to. Unanswered questions are not right.

    critical_right: all critical questions were answered right in this attempt (true when there are none).
    """

    right: int
    total: int
    answered: int
    critical_right: bool

    @property
    def finished(self) -> bool:
        """Whether every question has an answer; only finished attempts count."""
        return self.answered == self.total

    @property
    def percent(self) -> int:
        """For showing, rounded down, so that 79.9 never reads as 80."""
        return self.right * 100 // self.total if self.total else 0

    def reaches(self, fraction: Decimal) -> bool:
        """Whether at least this part is right, counted exactly."""
        return self.right >= fraction * self.total


def mark(question: Question, chosen: Collection[str]) -> Marked:
    """Mark the options chosen, by key.

    Single and truefalse take exactly one option, multi at least one; a multi answer is right when all right
    options are chosen and no other. Raises AnswerError.
    """
    keys = frozenset(chosen)
    if not keys <= {option.key for option in question.options}:
        raise AnswerError("unknown_option")
    if not keys or (question.type != "multi" and len(keys) > 1):
        raise AnswerError("wrong_number_of_options")
    return Marked(
        right=keys == question.right_keys,
        feedback=tuple(
            Feedback(option.key, option.feedback, option.right, option.key in keys)
            for option in question.options
            if option.key in keys or (option.right and question.type == "multi")
        ),
    )


def score(check: KnowledgeCheck, answers: Mapping[str, Collection[str]]) -> Score:
    """Add up an attempt: question key → options chosen. Raises AnswerError, for an unknown question too."""
    questions = {question.key: question for question in check.questions}
    if not answers.keys() <= questions.keys():
        raise AnswerError("unknown_question")
    right = {key for key, chosen in answers.items() if mark(questions[key], chosen).right}
    return Score(
        right=len(right),
        total=len(questions),
        answered=len(answers),
        critical_right=all(key in right for key, question in questions.items() if question.critical),
    )


def best(scores: Iterable[Score]) -> Score | None:
    """The best finished attempt: most right, then with all critical questions right, then the earliest."""
    finished = [one for one in scores if one.finished]
    return max(finished, key=lambda one: (one.right, one.critical_right), default=None)


def shuffled(question: Question, seed: str) -> tuple[Option, ...]:
    """The options in an order that looks random and is always the same for the same seed.

    Use something of the attempt as seed, so that a page that is loaded again shows the same order. True stays
    before false.
    """
    if question.type == "truefalse":
        return tuple(sorted(question.options, key=lambda option: option.key, reverse=True))

    def place(option: Option) -> bytes:
        return blake2b("\0".join((seed, question.key, option.key)).encode(), digest_size=16).digest()

    return tuple(sorted(question.options, key=place))
