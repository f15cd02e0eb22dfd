"""What an operator asks about whose courses are whose: what rules would do, and which courses wait."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import Connection, Text, func, literal, select, type_coerce

from trainer.courses.models import Course
from trainer.institutions.models import Deployment, Registration
from trainer.institutions.rules import (
    CUSTOM,
    LABEL,
    ORG_UNIT,
    TITLE,
    Rule,
    Traits,
    fields_of,
    first_that_fits,
)

#: courses on one part of a list
PART: Final = 20
#: custom values to choose from: a link may make names up, and an administrator's are in many courses
MOST_NAMES: Final = 100
Show = Literal["changes", "waiting", "by_hand", "all"]


class Fate(NamedTuple):
    """Whose a course is, and whose by some rules."""

    id: int
    institution_id: int | None
    becomes: int | None
    #: the number of the rule, from 0; none: no rule fits, or an operator said whose it is
    rule: int | None
    is_assigned: bool


def what_becomes_of_courses(
    connection: Connection, deployment_row: int, rules: Sequence[Rule]
) -> Iterator[Fate]:
    """Each course of a deployment, in the order in which they were seen first.  Saving and trying out both ask here.

    There may be tens of thousands, so no more is read of them than these rules look at.
    """
    find, fields = first_that_fits(rules), fields_of(rules)
    told = {LABEL: Course.label, TITLE: Course.title, ORG_UNIT: Course.org_unit}
    custom_names = [field.removeprefix(CUSTOM) for field in fields if field.startswith(CUSTOM)]
    # Plain fields come first in the row, then the custom values, wherever the rules name them
    plain = [field for field in fields if field in told]
    order = [
        plain.index(field) if field in told else len(plain) + custom_names.index(field.removeprefix(CUSTOM))
        for field in fields
    ]
    rows = connection.execute(
        select(
            Course.id,
            Course.institution_id,
            Course.is_assigned,
            type_coerce(Course.traits, Text) if custom_names else literal("{}"),
            *(told[field] for field in plain),
        )
        .where(Course.deployment_id == deployment_row)
        .order_by(Course.id)
    )
    values = _Values(custom_names)
    for course_id, institution_id, is_assigned, custom, *said in rows.all():
        if is_assigned:
            yield Fate(course_id, institution_id, institution_id, None, True)
            continue
        if custom_names:
            told_here = [*said, *values[custom]]
            number = find([told_here[place] for place in order])
        else:
            number = find(said)
        becomes = rules[number].institution_id if number is not None else None
        yield Fate(course_id, institution_id, becomes, number, False)


class _Values(dict[str, list[str | None]]):
    """JSON of a course's custom values → the values of these names; courses of one school say the same."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._names = names

    def __missing__(self, text: str) -> list[str | None]:
        told = json.loads(text)
        found = self[text] = [told.get(name) for name in self._names]
        return found


@dataclass(frozen=True, slots=True)
class TriedCourse:
    """A course in a list, with what becomes of it."""

    public_id: str
    label: str | None
    title: str | None
    org_unit: str | None
    fate: Fate


@dataclass(frozen=True, slots=True)
class TryOut:
    """What rules would do with the courses seen so far."""

    #: (institution, how many courses it has now, how many by these rules); None: those that wait
    institutions: list[tuple[int | None, int, int]]
    #: how many courses the rule with this number catches
    caught: Counter[int | None]
    #: how many courses there are in each list
    counts: dict[Show, int]
    show: Show
    #: from 1, and how many there are
    part: int
    parts: int
    courses: list[TriedCourse]


def try_out(
    connection: Connection,
    deployment_row: int,
    rules: Sequence[Rule],
    *,
    show: Show | None = None,
    part: int = 1,
) -> TryOut:
    """What these rules would do, in one pass over the courses.

    show: the list to look into; without one, the first that is not empty.
    """
    everyone = list(what_becomes_of_courses(connection, deployment_row, rules))
    lists: dict[Show, list[Fate]] = {
        "changes": [one for one in everyone if one.institution_id != one.becomes],
        "waiting": [one for one in everyone if one.becomes is None],
        "by_hand": [one for one in everyone if one.is_assigned],
        "all": everyone,
    }
    if show is None:
        filled: list[Show] = [name for name, courses in lists.items() if courses]
        show = filled[0] if filled else "all"
    parts = max(1, -(-len(lists[show]) // PART))
    part = min(part, parts)
    before = Counter(one.institution_id for one in everyone)
    after = Counter(one.becomes for one in everyone)
    return TryOut(
        institutions=[(one, before[one], after[one]) for one in before | after],
        caught=Counter(one.rule for one in everyone),
        counts={name: len(courses) for name, courses in lists.items()},
        show=show,
        part=part,
        parts=parts,
        courses=_described(connection, lists[show][(part - 1) * PART : part * PART]),
    )


def _described(connection: Connection, fates: Sequence[Fate]) -> list[TriedCourse]:
    rows = connection.execute(
        select(Course.id, Course.public_id, Course.label, Course.title, Course.org_unit).where(
            Course.id.in_([one.id for one in fates])
        )
    )
    found = {row.id: row for row in rows}
    return [
        TriedCourse(row.public_id, row.label, row.title, row.org_unit, one)
        for one in fates
        if (row := found.get(one.id)) is not None
    ]


def custom_names(connection: Connection, deployment_row: int) -> list[str]:
    """The names of the custom values that courses of a deployment have; the `MOST_NAMES` that most of them have."""
    told = type_coerce(Course.traits, Text)
    rows = connection.execute(
        select(told, func.count()).where(Course.deployment_id == deployment_row).group_by(told)
    )
    courses: Counter[str] = Counter()
    for text, count in rows:
        courses.update(dict.fromkeys(json.loads(text), count))
    return sorted(name for name, _ in courses.most_common(MOST_NAMES))


@dataclass(frozen=True, slots=True)
class WaitingCourse:
    """A course of a shared deployment that no rule fits."""

    public_id: str
    label: str | None
    title: str | None
    org_unit: str | None
    custom: dict[str, str]
    deployment_row: int
    platform: str
    created_at: datetime

    @property
    def traits(self) -> Traits:
        """What rules look at."""
        return Traits(self.label, self.title, self.org_unit, self.custom)


_WAITS = Course.institution_id.is_(None)


def count_waiting_courses(connection: Connection) -> int:
    """How many courses wait to hear whose they are."""
    return connection.execute(select(func.count()).select_from(Course).where(_WAITS)).scalar_one()


def waiting_courses(connection: Connection, part: int) -> list[WaitingCourse]:
    """A part (from 1) of the courses that wait, the newest first."""
    rows: Any = connection.execute(
        select(
            Course.public_id,
            Course.label,
            Course.title,
            Course.org_unit,
            Course.traits.label("custom"),
            Course.deployment_id.label("deployment_row"),
            Registration.name.label("platform"),
            Course.created_at,
        )
        .join(Deployment, Deployment.id == Course.deployment_id)
        .join(Registration, Registration.id == Deployment.registration_id)
        .where(_WAITS)
        .order_by(Course.id.desc())
        .offset((part - 1) * PART)
        .limit(PART)
    )
    return [WaitingCourse(**row._mapping) for row in rows]
