"""What a link or a course that is seen for the first time is a copy of: next year's course goes on where this one was.

Looked for only then, and only below the same registration: ids of links and courses mean nothing elsewhere.  One
registration may serve the sites of many institutions (Blackboard), each with ids of its own: a history, which tells ids
of the site, is looked up among the deployments of one institution.  The id of a placement is ours, and random.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Select, func, select, update
from sqlalchemy.orm import aliased

from lti.history import LINK
from lti.messages import ResourceLinkLaunch
from trainer.core.insert import insert_or_ignore
from trainer.courses.models import Course, Link, Placement
from trainer.institutions.models import Deployment, Registration


class Original(NamedTuple):
    """The link that another one is a copy of."""

    link_id: int
    course_id: int
    #: the module that a teacher chose for it; mostly none where the link names one itself
    chosen_module_key: str | None
    #: what it was put in place of
    replaced_key: str | None


_ORIGINAL = select(Link.id, Link.course_id, Link.chosen_module_key, Link.replaced_key)


def original_link(
    connection: Connection,
    launch: ResourceLinkLaunch,
    deployment_id: int,
    *,
    course_id: int,
    named_key: str | None,
) -> Original | None:
    """What the link of a launch is a copy of.

    1. The first link with the same placement: our own id travels in the link, and in every copy of it.
    2. The latest link in the history that the platform tells, of those that were ever opened.
    3. Where the course is known to be a copy: the only link of its original that has the same title and names the
       same module (Moodle tells the history of courses alone, a notice of a copy names no links).

    Args:
        deployment_id: internal id of the launch's deployment.
        course_id: internal id of the launch's course.
        named_key: the module that the launch names itself.
    """
    return (
        _of_same_placement(connection, launch, deployment_id)
        or _in_history(connection, launch, deployment_id)
        or _in_original_course(connection, launch, course_id, named_key)
    )


def original_course(connection: Connection, launch: ResourceLinkLaunch, deployment_id: int) -> int | None:
    """The id of the course that the launch's course is a copy of: the latest one of its history that is known."""
    here = launch.context.id if launch.context else None
    return _nearest_course(
        connection, [context_id for context_id in launch.course_history if context_id != here], deployment_id
    )


def note_copied_course(
    connection: Connection, deployment_id: int, context_id: str, origins: Sequence[str], now: datetime
) -> bool:
    """The platform tells that a course is a copy, perhaps before anybody has launched from it: make it known.

    Doing it again changes nothing. Of a course whose origin nobody ever launched from there is nothing to know.

    Args:
        deployment_id: internal id of the deployment that was told.
        origins: the platform's names for what it is a copy of, latest first.

    Returns:
        True when it is known now what the course is a copy of.
    """
    original_id = _nearest_course(connection, [one for one in origins if one != context_id], deployment_id)
    if original_id is None:
        return False
    institution = select(Course.institution_id).where(Course.id == original_id)
    connection.execute(
        insert_or_ignore(connection, Course),
        {
            "public_id": secrets.token_hex(16),
            "deployment_id": deployment_id,
            "institution_id": connection.execute(institution).scalar_one(),
            "context_id": context_id,
            "copied_from_id": original_id,
            "created_at": now,
        },
    )
    made = select(Course.id).where(Course.deployment_id == deployment_id, Course.context_id == context_id)
    note_course_of_original(connection, connection.execute(made).scalar_one(), original_id)
    return True


def _nearest_course(connection: Connection, told: Sequence[str], deployment_id: int) -> int | None:
    """The id of the first of these courses that is known."""
    if not told:
        return None
    rows = connection.execute(
        select(Course.id, Course.context_id, Course.deployment_id).where(
            Course.context_id.in_(told), Course.deployment_id.in_(_of_same_institution(deployment_id))
        )
    ).all()
    nearest = min(
        rows,
        key=lambda row: (told.index(row.context_id), row.deployment_id != deployment_id, -row.id),
        default=None,
    )
    return nearest.id if nearest is not None else None


def note_course_of_original(connection: Connection, course_id: int, original_id: int) -> None:
    """A course of whose history the platform tells nothing is a copy of the one in which a link's original stands."""
    connection.execute(
        update(Course)
        .where(Course.id == course_id, Course.copied_from_id.is_(None), Course.id != original_id)
        .values(copied_from_id=original_id)
    )


def _of_same_placement(
    connection: Connection, launch: ResourceLinkLaunch, deployment_id: int
) -> Original | None:
    placed = launch.custom.get(LINK)
    # What was not made here is nobody's id; a NUL would be refused by PostgreSQL in its own way
    if not placed or not placed.isprintable():
        return None
    row = connection.execute(
        _ORIGINAL.join(Placement, Placement.id == Link.placement_id)
        .where(
            Placement.public_id == placed,
            Placement.deployment_id.in_(_siblings(deployment_id)),
            Link.deployment_id.in_(_siblings(deployment_id)),
        )
        .order_by(Link.id)
        .limit(1)
    ).first()
    return Original._make(row) if row is not None else None


def _in_history(connection: Connection, launch: ResourceLinkLaunch, deployment_id: int) -> Original | None:
    told: Sequence[str] = [one for one in launch.link_history if one != launch.resource_link.id]
    if not told:
        return None
    rows = connection.execute(
        _ORIGINAL.add_columns(Link.resource_link_id, Link.deployment_id).where(
            Link.resource_link_id.in_(told), Link.deployment_id.in_(_of_same_institution(deployment_id))
        )
    ).all()
    nearest = min(
        rows,
        key=lambda row: (told.index(row.resource_link_id), row.deployment_id != deployment_id, -row.id),
        default=None,
    )
    return Original(*nearest[:4]) if nearest is not None else None


def _in_original_course(
    connection: Connection, launch: ResourceLinkLaunch, course_id: int, named_key: str | None
) -> Original | None:
    title = launch.resource_link.title
    if not title:
        return None
    original = select(Course.copied_from_id).where(Course.id == course_id).scalar_subquery()
    rows = connection.execute(
        _ORIGINAL.where(
            Link.course_id == original,
            Link.title == title[:500],
            Link.named_key == named_key if named_key is not None else Link.named_key.is_(None),
        ).limit(2)
    ).all()
    return Original._make(rows[0]) if len(rows) == 1 else None


def _siblings(deployment_id: int) -> Select[int]:
    """The deployments of the same registration."""
    mine = aliased(Deployment)
    registration = select(mine.registration_id).where(mine.id == deployment_id).scalar_subquery()
    return select(Deployment.id).where(Deployment.registration_id == registration)


def _of_same_institution(deployment_id: int) -> Select[int]:
    """Those that belong to the same institution as this one."""
    mine, its = aliased(Deployment), aliased(Registration)
    whose = (
        select(func.coalesce(mine.institution_id, its.institution_id))
        .join(its, its.id == mine.registration_id)
        .where(mine.id == deployment_id)
        .scalar_subquery()
    )
    return (
        _siblings(deployment_id)
        .join(Registration, Registration.id == Deployment.registration_id)
        .where(func.coalesce(Deployment.institution_id, Registration.institution_id) == whose)
    )
