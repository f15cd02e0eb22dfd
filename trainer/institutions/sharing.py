"""Deployments that several institutions share: the rules as they are kept, and who a deployment is of."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from trainer.institutions.models import CourseRule, Deployment, Registration
from trainer.institutions.rules import Rule


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose courses those of a deployment are."""

    #: the row of the deployment, and the platform's name for it
    id: int
    deployment_id: str
    registration_id: int
    platform: str
    #: its own institution, else the registration's; what counts unless it is shared
    institution_id: int
    is_shared: bool


_OWNER = select(
    Deployment.id,
    Deployment.deployment_id,
    Deployment.registration_id,
    Registration.name.label("platform"),
    func.coalesce(Deployment.institution_id, Registration.institution_id).label("institution_id"),
    Deployment.is_shared,
).join(Registration, Registration.id == Deployment.registration_id)


def owner_of(connection: Connection, deployment_row: int, *, hold: bool = False) -> Owner | None:
    """Whose a deployment is; none when there is no such row.

    hold: until the end of the transaction nobody else changes it or its rules; others may read and hold it too.
    """
    statement = _OWNER.where(Deployment.id == deployment_row)
    if hold:
        statement = statement.with_for_update(read=True, of=Deployment)
    row = connection.execute(statement).one_or_none()
    return Owner(**row._mapping) if row is not None else None


def rules_of(connection: Connection, deployment_row: int) -> list[Rule]:
    """The rules of a deployment in their order; they count while it is shared."""
    rows = connection.execute(
        select(CourseRule.field, CourseRule.comparison, CourseRule.value, CourseRule.institution_id)
        .where(CourseRule.deployment_id == deployment_row)
        .order_by(CourseRule.position)
    )
    return [Rule(*row) for row in rows]


def hold_rules(connection: Connection, deployment_row: int) -> None:
    """Until the end of the transaction nobody else changes the rules of a deployment, or decides by them."""
    connection.execute(
        select(Deployment.id).where(Deployment.id == deployment_row).with_for_update(key_share=True)
    )


def share_by_rules(connection: Connection, deployment_row: int, rules: Iterable[Rule], now: datetime) -> None:
    """Several institutions share a deployment from now on, by these rules in place of those it had.

    What that makes of the courses seen so far is for ``courses.belonging`` to say.
    """
    # This also waits for launches that hold the deployment while they decide about a course
    connection.execute(update(Deployment).where(Deployment.id == deployment_row).values(is_shared=True))
    connection.execute(delete(CourseRule).where(CourseRule.deployment_id == deployment_row))
    rows = [
        {"deployment_id": deployment_row, "position": position, "created_at": now, **rule._asdict()}
        for position, rule in enumerate(rules)
    ]
    if rows:
        connection.execute(insert(CourseRule), rows)


def give_to_one(connection: Connection, deployment_row: int, institution_id: int) -> None:
    """All courses of a deployment are of one institution from now on.  Its rules are kept, and count no more."""
    connection.execute(
        update(Deployment)
        .where(Deployment.id == deployment_row)
        .values(is_shared=False, institution_id=institution_id)
    )
