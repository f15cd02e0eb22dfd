"""Whose a course is, where several institutions share a deployment: the first rule that fits the course decides.

Pure: what a course is known by goes in, the number of a rule comes out.
"""

import operator
import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

LABEL: Final = "label"
TITLE: Final = "title"
ORG_UNIT: Final = "org_unit"
#: before the name of a custom value: "custom:course_school"
CUSTOM: Final = "custom:"
#: custom parameters that say something of the course, not of the person, have names that begin so
COURSE_VALUE: Final = "course_"

STARTS_WITH: Final = "starts_with"
IS: Final = "is"
CONTAINS: Final = "contains"
#: what a rule may do with what is said of the course, and with its own value; both without regard to letters' case
COMPARISONS: Final[Mapping[str, Callable[[str, str], bool]]] = MappingProxyType(
    {STARTS_WITH: str.startswith, IS: operator.eq, CONTAINS: operator.contains}
)

MAX_RULES: Final = 50
MAX_VALUE: Final = 200
#: so many custom values of a course are kept
MAX_CUSTOM: Final = 20
_MAX_NAME = 90
_WORDS = re.compile(r"(?:[^\W\d_]+[-_ ./:]+)+")


class Traits(NamedTuple):
    """What rules may look at: nothing of any person."""

    label: str | None = None
    title: str | None = None
    #: the LMS's name for where the course belongs
    org_unit: str | None = None
    #: custom parameters whose names begin with "course_"
    custom: Mapping[str, str] = MappingProxyType({})


class Rule(NamedTuple):
    """Courses that fit belong to the institution."""

    #: `LABEL`, `TITLE`, `ORG_UNIT`, or `CUSTOM` with a name
    field: str
    comparison: str
    value: str
    institution_id: int


class RuleProblem(Exception):
    """A rule that cannot be saved.

    Attributes:
        code: "field", "value", "institution", or "many" (there are more than `MAX_RULES`).
        number: which one, from 0.
    """

    def __init__(self, code: str, number: int = 0) -> None:
        super().__init__(f"rule {number}: {code}")
        self.code = code
        self.number = number


def check_rules(rules: Sequence[Rule], institutions: Container[int]) -> None:
    """Raise RuleProblem for the first thing that cannot be saved."""
    if len(rules) > MAX_RULES:
        raise RuleProblem("many", MAX_RULES)
    for number, rule in enumerate(rules):
        if not _is_field(rule.field) or rule.comparison not in COMPARISONS:
            raise RuleProblem("field", number)
        if not rule.value or len(rule.value) > MAX_VALUE or not rule.value.isprintable():
            raise RuleProblem("value", number)
        if rule.institution_id not in institutions:
            raise RuleProblem("institution", number)


def _is_field(field: str) -> bool:
    return field in {LABEL, TITLE, ORG_UNIT} or (
        field.startswith(CUSTOM + COURSE_VALUE) and is_course_value(field.removeprefix(CUSTOM))
    )


def is_course_value(name: str) -> bool:
    """A custom parameter of this name says something of the course that rules may look at."""
    return name.startswith(COURSE_VALUE) and len(name) <= _MAX_NAME and name.isprintable()


def fields_of(rules: Sequence[Rule]) -> list[str]:
    """What these rules look at, each once."""
    return list(dict.fromkeys(rule.field for rule in rules))


def first_that_fits(rules: Sequence[Rule]) -> Callable[[Iterable[str | None]], int | None]:
    """A function that gives the number (from 0) of the first rule that a course fits; None where none does.

    It is given what is said of the course in each of `fields_of` the rules, in that order.
    """
    places = {field: place for place, field in enumerate(fields_of(rules))}
    ready = [
        (number, places[rule.field], COMPARISONS[rule.comparison], rule.value.casefold())
        for number, rule in enumerate(rules)
        if rule.value
    ]

    def find(said: Iterable[str | None]) -> int | None:
        texts = [text.casefold() if text else "" for text in said]
        for number, place, fits, value in ready:
            if fits(texts[place], value):
                return number
        return None

    return find


def said_of(traits: Traits, field: str) -> str | None:
    """What is said of a course in a field."""
    if field.startswith(CUSTOM):
        return traits.custom.get(field.removeprefix(CUSTOM))
    said: str | None = getattr(traits, field)
    return said


def rule_for(rules: Sequence[Rule], traits: Traits) -> int | None:
    """The number (from 0) of the first rule that this course fits; None where none does."""
    return first_that_fits(rules)(said_of(traits, field) for field in fields_of(rules))


def suggest_rule(traits: Traits) -> tuple[str, str, str] | None:
    """(field, comparison, value) of a rule that would catch this course and, one may hope, its sisters.

    The words with which its label begins, up to the first with a digit: those name the school, numbers the course.
    """
    words = _WORDS.match(traits.label or "")
    if words:
        return LABEL, STARTS_WITH, words[0].rstrip(" ")
    if traits.org_unit:
        return ORG_UNIT, IS, traits.org_unit[:MAX_VALUE]
    for name, value in sorted(traits.custom.items()):
        return CUSTOM + name, IS, value
    return (LABEL, IS, traits.label) if traits.label else None
