"""Whose a course is: its deployment's, or by rules where several institutions share that, or as an operator says.

No launch waits for it: a course that is nobody's yet works as any other, and no institution sees it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection, select, update

from lti.history import COURSE_HISTORY
from lti.messages import Message
from trainer.courses.belonging_queries import what_becomes_of_courses
from trainer.courses.models import Course
from trainer.institutions.rules import MAX_CUSTOM, MAX_VALUE, Rule, Traits, is_course_value, rule_for
from trainer.institutions.sharing import give_to_one, owner_of, rules_of, share_by_rules

#: rows in one update
_BATCH = 1000


def traits_told(message: Message, known: Traits) -> Traits:
    """What a message says of its course, and where it is silent what was known: links say more or less."""
    context = message.context
    label = (context.label if context else None) or known.label
    title = (context.title if context else None) or known.title
    org_unit = message.course_sourcedid or known.org_unit
    return Traits(
        label[:200] if label else None,
        title[:500] if title else None,
        org_unit[:255] if org_unit else None,
        _custom_told(message.custom, known.custom),
    )


def _custom_told(told: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    custom = dict(known)
    for name, value in told.items():
        # The history is ours, and names other courses
        if is_course_value(name) and name != COURSE_HISTORY and (name in custom or len(custom) < MAX_CUSTOM):
            custom[name] = value[:MAX_VALUE].strip()
    return custom


def institution_of(connection: Connection, deployment_row: int, traits: Traits) -> int | None:
    """Whose a course is, unless an operator said so; None where no rule fits.

    Until the end of the transaction nobody changes what the answer rests on.
    """
    owner = owner_of(connection, deployment_row, hold=True)
    if owner is None or not owner.is_shared:
        return owner.institution_id if owner else None
    rules = rules_of(connection, deployment_row)
    number = rule_for(rules, traits)
    return rules[number].institution_id if number is not None else None


def decide_again(connection: Connection, course_id: int, deployment_row: int, traits: Traits) -> None:
    """Something else is said of a course than before: whose it is may change, unless an operator said so."""
    institution_id = institution_of(connection, deployment_row, traits)
    connection.execute(
        update(Course)
        .where(Course.id == course_id, Course.is_assigned.is_(False))
        .values(institution_id=institution_id)
    )


def save_rules(connection: Connection, deployment_row: int, rules: Sequence[Rule], now: datetime) -> int:
    """Share a deployment by these rules, also its courses seen so far; gives how many of them changed hands."""
    share_by_rules(connection, deployment_row, rules, now)
    changes: defaultdict[int | None, list[int]] = defaultdict(list)
    for course in what_becomes_of_courses(connection, deployment_row, rules):
        if course.becomes != course.institution_id:
            changes[course.becomes].append(course.id)
    for institution_id, courses in changes.items():
        rest = iter(courses)
        while batch := list(islice(rest, _BATCH)):
            # Who is assigned by hand meanwhile stays so
            connection.execute(
                update(Course)
                .where(Course.id.in_(batch), Course.is_assigned.is_(False))
                .values(institution_id=institution_id)
            )
    return sum(map(len, changes.values()))


def give_all_to(connection: Connection, deployment_row: int, institution_id: int) -> None:
    """All courses of a deployment are of one institution, also those seen so far, but for those assigned by hand."""
    give_to_one(connection, deployment_row, institution_id)
    connection.execute(
        update(Course)
        .where(Course.deployment_id == deployment_row, Course.is_assigned.is_(False))
        .values(institution_id=institution_id)
    )


def assign_course(connection: Connection, public_id: str, institution_id: int) -> bool:
    """An operator says whose a course is, for good; False when there is no such course."""
    statement = (
        update(Course)
        .where(Course.public_id == public_id)
        .values(institution_id=institution_id, is_assigned=True)
    )
    return connection.execute(statement).rowcount == 1


def release_course(connection: Connection, public_id: str) -> bool:
    """Leave a course that was assigned to its deployment and the rules again; False when there is no such course."""
    here = Course.public_id == public_id
    deployment_row = connection.execute(select(Course.deployment_id).where(here)).scalar_one_or_none()
    if deployment_row is None:
        return False
    # First the deployment, then the course, as launches and rules do; and what is said of it when it is ours
    owner_of(connection, deployment_row, hold=True)
    row = connection.execute(
        select(Course.id, Course.label, Course.title, Course.org_unit, Course.traits)
        .where(here)
        .with_for_update()
    ).one()
    traits = Traits(row.label, row.title, row.org_unit, row.traits)
    institution_id = institution_of(connection, deployment_row, traits)
    connection.execute(
        update(Course).where(Course.id == row.id).values(institution_id=institution_id, is_assigned=False)
    )
    return True
