"""Gradebook columns for the tool: AGS 2.0, 3.2 (https://www.imsglobal.org/spec/lti-ags/v2p0/#line-item-service)."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, make_response, request

from practice.lms import lms
from practice.school import Course
from practice.service import (
    LINE_ITEM_READ_SCOPE,
    LINE_ITEM_SCOPE,
    LINE_ITEM_TYPE,
    LINE_ITEMS_TYPE,
    ServiceRefusal,
    answer_json,
    count,
    find_course,
    finite_number,
    link_to_next,
    read_object,
    refuse,
    require_accept,
    require_scope,
)
from practice.settings import Settings

blueprint = Blueprint("line_items", __name__, url_prefix="/services/courses/<course_id>/lineitems")
blueprint.register_error_handler(ServiceRefusal, refuse)

_MAX_TEXT = 255


@dataclass(frozen=True, slots=True)
class Column:
    """What a line item says."""

    label: str
    maximum: float
    link_id: str | None
    resource_id: str | None
    tag: str | None


def collection_url(settings: Settings, course_id: str) -> str:
    return f"{settings.origin}/services/courses/{course_id}/lineitems?type_id={settings.deployment_id}"


def item_url(settings: Settings, course_id: str, item_id: int) -> str:
    """The path goes on behind the id, as in Moodle: `/scores` belongs before the query."""
    return (
        f"{settings.origin}/services/courses/{course_id}/lineitems/{item_id}/lineitem"
        f"?type_id={settings.deployment_id}"
    )


def find_item(connection: sqlite3.Connection, course_id: str, item_id: int) -> sqlite3.Row:
    """The column of a service address; ServiceRefusal 404 when it is not there (any more)."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM line_items WHERE id = ? AND course_id = ?", (item_id, course_id)
    ).fetchone()
    if row is None:
        raise ServiceRefusal(404, "no such line item")
    return row


@blueprint.get("")
def list_items(course_id: str) -> Response:
    """The course's columns, filtered and in pages when asked; without `limit`, all of them."""
    require_scope(LINE_ITEM_SCOPE, LINE_ITEM_READ_SCOPE)
    require_accept(LINE_ITEMS_TYPE)
    find_course(course_id)
    conditions, values = ["course_id = ?"], [course_id]
    for parameter, column in (
        ("resource_link_id", "link_id"),
        ("resource_id", "resource_id"),
        ("tag", "tag"),
    ):
        if parameter in request.args:
            conditions.append(f"{column} = ?")
            values.append(request.args[parameter])
    limit, start = count("limit", least=1), count("from", least=0) or 0
    with lms().store.reading() as connection:
        rows = connection.execute(
            f"SELECT * FROM line_items WHERE {' AND '.join(conditions)} ORDER BY id LIMIT ? OFFSET ?",  # noqa: S608
            (*values, -1 if limit is None else limit + 1, start),
        ).fetchall()
    answer = answer_json([_shown(row) for row in rows[:limit]], LINE_ITEMS_TYPE)
    if limit is not None and len(rows) > limit:
        link_to_next(answer, start + limit)
    return answer


@blueprint.post("")
def create_item(course_id: str) -> Response:
    require_scope(LINE_ITEM_SCOPE)
    require_accept(LINE_ITEM_TYPE)
    column = _read_column(find_course(course_id))
    with lms().store.writing() as connection:
        made = connection.execute(
            "INSERT INTO line_items (course_id, label, maximum, link_id, resource_id, tag)"
            " VALUES (?, ?, ?, ?, ?, ?) RETURNING *",
            (course_id, column.label, column.maximum, column.link_id, column.resource_id, column.tag),
        ).fetchone()
    answer = answer_json(_shown(made), LINE_ITEM_TYPE, 201)
    answer.headers["Location"] = item_url(lms().settings, course_id, made["id"])
    return answer


@blueprint.get("/<int(max=999999999):item_id>/lineitem")
def show_item(course_id: str, item_id: int) -> Response:
    require_scope(LINE_ITEM_SCOPE, LINE_ITEM_READ_SCOPE)
    require_accept(LINE_ITEM_TYPE)
    find_course(course_id)
    with lms().store.reading() as connection:
        return answer_json(_shown(find_item(connection, course_id, item_id)), LINE_ITEM_TYPE)


@blueprint.put("/<int(max=999999999):item_id>/lineitem")
def change_item(course_id: str, item_id: int) -> Response:
    """Replaces label, maximum, resource id and tag; a column stays with its link (AGS 2.0, 3.2.9)."""
    require_scope(LINE_ITEM_SCOPE)
    require_accept(LINE_ITEM_TYPE)
    column = _read_column(find_course(course_id))
    with lms().store.writing() as connection:
        row = find_item(connection, course_id, item_id)
        if column.link_id != row["link_id"]:
            raise ServiceRefusal(400, "resourceLinkId cannot be changed")
        changed = connection.execute(
            "UPDATE line_items SET label = ?, maximum = ?, resource_id = ?, tag = ? WHERE id = ? RETURNING *",
            (column.label, column.maximum, column.resource_id, column.tag, item_id),
        ).fetchone()
    return answer_json(_shown(changed), LINE_ITEM_TYPE)


@blueprint.delete("/<int(max=999999999):item_id>/lineitem")
def delete_item(course_id: str, item_id: int) -> Response:
    """Takes its grades along, also for the column of a link: Moodle allows it, a tool should never ask it."""
    require_scope(LINE_ITEM_SCOPE)
    find_course(course_id)
    with lms().store.writing() as connection:
        find_item(connection, course_id, item_id)
        connection.execute("DELETE FROM line_items WHERE id = ?", (item_id,))
    return make_response("", 204)


def _read_column(course: Course) -> Column:
    body = read_object(LINE_ITEM_TYPE)
    maximum = finite_number(body.get("scoreMaximum"))
    if maximum is None or maximum <= 0:
        raise ServiceRefusal(400, "scoreMaximum is required: a number more than 0")
    label = _text(body, "label")
    if not label:
        raise ServiceRefusal(400, "label is required")
    link_id = _text(body, "resourceLinkId")
    if link_id and link_id not in {link.id for link in course.links}:
        raise ServiceRefusal(400, "resourceLinkId is no link of this course")
    return Column(label, maximum, link_id, _text(body, "resourceId"), _text(body, "tag"))


def _text(body: dict[str, Any], name: str) -> str | None:
    """A short text; None when absent or empty."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        raise ServiceRefusal(400, f"{name} must be a text of at most {_MAX_TEXT} characters")
    return value.strip() or None


def _shown(row: sqlite3.Row) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": item_url(lms().settings, row["course_id"], row["id"]),
        "label": row["label"],
        "scoreMaximum": row["maximum"],
    }
    for name, column in (("resourceLinkId", "link_id"), ("resourceId", "resource_id"), ("tag", "tag")):
        if row[column]:
            shown[name] = row[column]
    return shown
