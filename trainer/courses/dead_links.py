"""Links that lead to a module that is unknown or retired, for those who can mend them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select

from trainer.catalogue.models import Module
from trainer.courses.models import Link, Visit
from trainer.courses.queries import MODULE_KEY


@dataclass(frozen=True, slots=True)
class DeadLink:
    """A link that needs another module."""

    public_id: str
    title: str | None
    #: what it leads to
    module_key: str
    #: learners who wanted that and did not get it, and since when
    learners: int
    since: datetime | None


_MET = (Visit.link_id == Link.id, Visit.missed_key == MODULE_KEY, Visit.has_result)
_DEAD = (
    select(
        Link.public_id,
        Link.title,
        MODULE_KEY.label("module_key"),
        select(func.count()).where(*_MET).correlate(Link).scalar_subquery().label("learners"),
        select(func.min(Visit.missed_at)).where(*_MET).correlate(Link).scalar_subquery().label("since"),
    )
    .outerjoin(Module, Module.key == MODULE_KEY)
    .where(MODULE_KEY.is_not(None), or_(Module.id.is_(None), Module.retired_at.is_not(None)))
    .order_by(Link.title, Link.id)
)


def dead_links(connection: Connection, public_ids: Collection[str]) -> list[DeadLink]:
    """Which of these links need another module."""
    return _listed(connection, _DEAD.where(Link.public_id.in_(public_ids))) if public_ids else []


def dead_links_of_course(connection: Connection, course_id: int) -> list[DeadLink]:
    """The links of a course that need another module."""
    return _listed(connection, _DEAD.where(Link.course_id == course_id))


def _listed(connection: Connection, statement: Select[*tuple[Any, ...]]) -> list[DeadLink]:
    return [DeadLink(**row._mapping) for row in connection.execute(statement)]
