"""What a link or a course that is seen for the first time is a copy of: next year's course goes on where this one was.

Looked for only then, and only below the same registration: ids of links and courses mean nothing elsewhere.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Select, select, update
from sqlalchemy.orm import aliased

from lti.history import LINK
from lti.messages import ResourceLinkLaunch
from trainer.courses.models import Course, Link, Placement
from trainer.institutions.models import Deployment


class Original(NamedTuple):
    """The link that another one is a copy of."""

    link_id: int
    course_id: int
    #: the module that a teacher chose for it; mostly none where the link names one itself
    chosen_module_key: str | None
    #: what it was put in place of
    replaced_key: str | None


_ORIGINAL = select(Link.id, Link.course_id, Link.chosen_module_key, Link.replaced_key)


def original_link(connection: Connection, launch: ResourceLinkLaunch, deployment_id: int) -> Original | None:
    """What the link of a launch is a copy of.

    1. The first link with the same placement: our own id travels in the link, and in every copy of it.
    2. The latest link in the history that the platform tells, of those that were ever opened.

    Args:
        deployment_id: internal id of the launch's deployment.
    """
    return _of_same_placement(connection, launch, deployment_id) or _in_history(
        connection, launch, deployment_id
    )


def original_course(connection: Connection, launch: ResourceLinkLaunch, deployment_id: int) -> int | None:
    """The id of the course that the launch's course is a copy of: the latest one of its history that is known."""
    here = launch.context.id if launch.context else None
    told = [context_id for context_id in launch.course_history if context_id != here]
    if not told:
        return None
    rows = connection.execute(
        select(Course.id, Course.context_id, Course.deployment_id).where(
            Course.context_id.in_(told), Course.deployment_id.in_(_siblings(deployment_id))
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
            Link.resource_link_id.in_(told), Link.deployment_id.in_(_siblings(deployment_id))
        )
    ).all()
    nearest = min(
        rows,
        key=lambda row: (told.index(row.resource_link_id), row.deployment_id != deployment_id, -row.id),
        default=None,
    )
    return Original(*nearest[:4]) if nearest is not None else None


def _siblings(deployment_id: int) -> Select[int]:
    """The deployments of the same registration."""
    mine = aliased(Deployment)
    registration = select(mine.registration_id).where(mine.id == deployment_id).scalar_subquery()
    return select(Deployment.id).where(Deployment.registration_id == registration)
