"""What the pages ask of the gradebook."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from practice.lms import Lms
from practice.school import Course, Person

_BRUSSELS = ZoneInfo("Europe/Brussels")
_MONTHS = ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
_ARRIVALS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Grade:
    #: On the column's scale; None: the tool sent a message that erased it.
    score: float | None
    maximum: float
    #: When the tool says that the score came about (UTC aware).
    timestamp: datetime
    received_at: datetime
    comment: str | None
    activity_progress: str
    grading_progress: str


@dataclass(frozen=True, slots=True)
class Row:
    """One column of the gradebook; a row of the table, since there are more columns than students."""

    line_item_id: int
    label: str
    maximum: float
    link_id: str | None
    #: In the order of the people asked for.
    grades: tuple[Grade | None, ...]


@dataclass(frozen=True, slots=True)
class Arrival:
    """One score message as it came in."""

    label: str
    person: Person | None
    received_at: datetime
    status: int
    #: Why it was refused; empty when it was taken.
    reason: str
    body: str


def rows(lms: Lms, course: Course, people: list[Person]) -> list[Row]:
    """The gradebook of a course for these people: the columns of the links in their order, then the others."""
    with lms.store.reading() as connection:
        items = connection.execute(
            "SELECT * FROM line_items WHERE course_id = ? ORDER BY id", (course.id,)
        ).fetchall()
        grades = {
            (row["line_item_id"], row["person_id"]): row
            for row in connection.execute(
                "SELECT grades.*, maximum FROM grades JOIN line_items ON line_items.id = line_item_id"
                " WHERE course_id = ?",
                (course.id,),
            )
        }
    order = {link.id: position for position, link in enumerate(course.links)}
    items.sort(key=lambda item: (order.get(item["link_id"], len(order)), item["id"]))
    return [
        Row(
            line_item_id=item["id"],
            label=item["label"],
            maximum=item["maximum"],
            link_id=item["link_id"],
            grades=tuple(_grade(grades.get((item["id"], person.id))) for person in people),
        )
        for item in items
    ]


def arrivals(lms: Lms, course: Course, person_id: str | None = None) -> list[Arrival]:
    """The last messages that came in, newest first; of one person, or of all."""
    with lms.store.reading() as connection:
        found = connection.execute(
            "SELECT * FROM arrivals WHERE course_id = ? AND (? IS NULL OR person_id = ?) ORDER BY id DESC LIMIT ?",
            (course.id, person_id, person_id, _ARRIVALS_SHOWN),
        ).fetchall()
    return [
        Arrival(
            label=row["label"],
            person=lms.school.person(row["person_id"]) if row["person_id"] else None,
            received_at=datetime.fromisoformat(row["received_at"]),
            status=row["status"],
            reason=row["reason"],
            body=row["body"],
        )
        for row in found
    ]


def as_json(course: Course, people: list[Person], of: list[Row]) -> dict[str, Any]:
    """The gradebook for scripts: one entry per column, its grades by person id."""
    return {
        "course": course.id,
        "columns": [
            {
                "line_item": row.line_item_id,
                "link": row.link_id,
                "label": row.label,
                "maximum": row.maximum,
                "grades": {
                    person.id: {
                        "score": grade.score,
                        "timestamp": grade.timestamp.isoformat(),
                        "received_at": grade.received_at.isoformat(),
                        "comment": grade.comment,
                        "activity_progress": grade.activity_progress,
                        "grading_progress": grade.grading_progress,
                    }
                    for person, grade in zip(people, row.grades, strict=True)
                    if grade is not None
                },
            }
            for row in of
        ],
    }


def in_dutch(moment: datetime) -> str:
    """A moment as people here read it: 21 nov, 14:05:12."""
    local = moment.astimezone(_BRUSSELS)
    return f"{local.day} {_MONTHS[local.month - 1]}, {local:%H:%M:%S}"


def number_in_dutch(number: float) -> str:
    """At most two decimals, with a comma."""
    return f"{number:.2f}".rstrip("0").rstrip(".").replace(".", ",")


def _grade(row: sqlite3.Row | None) -> Grade | None:
    if row is None:
        return None
    return Grade(
        score=row["score"],
        maximum=row["maximum"],
        timestamp=datetime.fromisoformat(row["timestamp"]),
        received_at=datetime.fromisoformat(row["received_at"]),
        comment=row["comment"],
        activity_progress=row["activity_progress"],
        grading_progress=row["grading_progress"],
    )
