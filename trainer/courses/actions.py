"""Deeds about courses: someone arrives through a link, a teacher chooses a module for one.

What happens to the scores afterwards is told in the delivery files.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from lti.messages import ResourceLinkLaunch
from trainer.core.insert import insert_or_ignore
from trainer.core.prepared import Prepared
from trainer.courses.models import Course, Link, Visit
from trainer.courses.queries import Known

NO_CONTEXT = ""

_VISIT_AGAIN = Prepared(
    update(Visit)
    .where(Visit.id == bindparam("visit"))
    .values(
        enrolment_id=bindparam("enrolment_id"),
        may_place=bindparam("may_place"),
        has_result=bindparam("has_result"),
        last_at=bindparam("last_at"),
    )
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a launch came from, found or made."""

    link_id: int
    link_public_id: str
    #: the way back to the gradebook is new or another one than before
    is_way_back_new: bool


def note_place(
    connection: Connection,
    launch: ResourceLinkLaunch,
    known: Known,
    *,
    deployment_id: int,
    institution_id: int,
    now: datetime,
) -> Place:
    """Find or make the course and the link of a launch, and take over what the LMS says of them now."""
    course_id = _note_course(
        connection, launch, known, deployment_id=deployment_id, institution_id=institution_id, now=now
    )
    title = launch.resource_link.title or known.link_title
    if launch.ags is not None:
        way_back = (list(launch.ags.scope), launch.ags.lineitem, launch.ags.lineitems)
    else:
        # Some launches (a preview, a lecturer's) lack the claim; that takes nobody else's way back away
        way_back = (known.ags_scopes or [], known.line_item_url, known.line_items_url)
    scopes, line_item, line_items = way_back
    values = {
        "course_id": course_id,
        "title": title[:500] if title else None,
        "ags_scopes": scopes,
        "line_item_url": line_item,
        "line_items_url": line_items,
    }
    if known.link_id is None or known.link_public_id is None:
        connection.execute(
            insert_or_ignore(connection, Link),
            {
                "public_id": secrets.token_hex(16),
                "deployment_id": deployment_id,
                "resource_link_id": launch.resource_link.id,
                "created_at": now,
                **values,
            },
        )
        made = connection.execute(
            select(Link.id, Link.public_id).where(
                Link.deployment_id == deployment_id, Link.resource_link_id == launch.resource_link.id
            )
        ).one()
        return Place(made.id, made.public_id, True)
    is_new = (known.ags_scopes, known.line_item_url, known.line_items_url) != way_back
    if is_new or known.link_course_id != course_id or known.link_title != values["title"]:
        connection.execute(update(Link).where(Link.id == known.link_id).values(values))
    return Place(known.link_id, known.link_public_id, is_new)


def _note_course(
    connection: Connection,
    launch: ResourceLinkLaunch,
    known: Known,
    *,
    deployment_id: int,
    institution_id: int,
    now: datetime,
) -> int:
    context_id = launch.context.id if launch.context else NO_CONTEXT
    label = (launch.context.label if launch.context else None) or known.course_label
    title = (launch.context.title if launch.context else None) or known.course_title
    values = {"label": label[:200] if label else None, "title": title[:500] if title else None}
    if known.course_id is not None:
        if (known.course_label, known.course_title) != (values["label"], values["title"]):
            connection.execute(update(Course).where(Course.id == known.course_id).values(values))
        return known.course_id
    connection.execute(
        insert_or_ignore(connection, Course),
        {
            "public_id": secrets.token_hex(16),
            "deployment_id": deployment_id,
            "institution_id": institution_id,
            "context_id": context_id,
            "created_at": now,
            **values,
        },
    )
    return connection.execute(
        select(Course.id).where(Course.deployment_id == deployment_id, Course.context_id == context_id)
    ).scalar_one()


def note_visit(
    connection: Connection,
    *,
    visit_id: int | None,
    link_id: int,
    identity_id: int,
    enrolment_id: int | None,
    may_place: bool,
    has_result: bool,
    now: datetime,
) -> int:
    """Note that a person came through a link, and what it opened; gives the visit's id."""
    values = {"enrolment_id": enrolment_id, "may_place": may_place, "has_result": has_result, "last_at": now}
    if visit_id is None:
        made = connection.execute(
            insert_or_ignore(connection, Visit).returning(Visit.id),
            {"link_id": link_id, "identity_id": identity_id, "first_at": now, **values},
        ).scalar_one_or_none()
        if made is not None:
            return made
        visit_id = connection.execute(
            select(Visit.id).where(Visit.link_id == link_id, Visit.identity_id == identity_id)
        ).scalar_one()
    _VISIT_AGAIN.run(connection, {"visit": visit_id, **values})
    return visit_id


def choose_module(connection: Connection, link_public_id: str, module_key: str) -> None:
    """A teacher chooses which module a link opens that names none itself."""
    connection.execute(
        update(Link).where(Link.public_id == link_public_id).values(chosen_module_key=module_key)
    )
