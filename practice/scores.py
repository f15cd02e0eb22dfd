"""Scores that come in, and results that go out: AGS 2.0, 3.3 and 3.4.

It takes scores as Moodle does (https://www.imsglobal.org/spec/lti-ags/v2p0/#score-publish-service), also where
that hurts a careless tool: a message without a finished grade takes the grade away, an older one is refused.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, make_response, request

from practice.line_items import find_item, item_url
from practice.lms import lms
from practice.school import Course
from practice.service import (
    RESULT_SCOPE,
    RESULTS_TYPE,
    SCORE_SCOPE,
    SCORE_TYPE,
    ServiceRefusal,
    answer_json,
    find_course,
    finite_number,
    read_object,
    refuse,
    require_accept,
    require_scope,
)

blueprint = Blueprint(
    "scores",
    __name__,
    url_prefix="/services/courses/<course_id>/lineitems/<int(max=999999999):item_id>/lineitem",
)
blueprint.register_error_handler(ServiceRefusal, refuse)

_ACTIVITY = ("Initialized", "Started", "InProgress", "Submitted", "Completed")
_GRADING = ("NotReady", "Failed", "Pending", "PendingManual", "FullyGraded")


@dataclass(frozen=True, slots=True)
class Score:
    person_id: str
    timestamp: datetime
    activity_progress: str
    grading_progress: str
    #: Part of the maximum, 0…1; None: the message takes the grade away.
    fraction: float | None
    comment: str | None


@blueprint.post("/scores")
def receive(course_id: str, item_id: int) -> Response:
    """Take a score. Each message of the tool is written down, also a refused one, for who looks at the gradebook."""
    require_scope(SCORE_SCOPE)
    course = find_course(course_id)
    try:
        with lms().store.writing() as connection:
            item = find_item(connection, course_id, item_id)
            score = _read_score(course)
            _keep(connection, item, score)
            _write_down(connection, course_id, item_id, person_id=score.person_id)
    except ServiceRefusal as refusal:
        with lms().store.writing() as connection:
            _write_down(connection, course_id, item_id, person_id=_named_person(), refusal=refusal)
        raise
    return make_response("", 200)


@blueprint.get("/results")
def results(course_id: str, item_id: int) -> Response:
    """The grades of a column, of one person with `user_id`. Who has no grade is not in it."""
    require_scope(RESULT_SCOPE)
    require_accept(RESULTS_TYPE)
    find_course(course_id)
    with lms().store.reading() as connection:
        item = find_item(connection, course_id, item_id)
        rows = connection.execute(
            "SELECT * FROM grades WHERE line_item_id = ? AND score IS NOT NULL ORDER BY person_id", (item_id,)
        ).fetchall()
    wanted = request.args.get("user_id")
    column = item_url(lms().settings, course_id, item_id)
    path, _, query = column.partition("?")
    return answer_json(
        [
            {
                "id": f"{path}/results?{query}&user_id={row['person_id']}",
                "scoreOf": column,
                "userId": row["person_id"],
                "resultScore": row["score"],
                "resultMaximum": item["maximum"],
                **({"comment": row["comment"]} if row["comment"] else {}),
            }
            for row in rows
            if wanted in (None, row["person_id"])
        ],
        RESULTS_TYPE,
    )


def _read_score(course: Course) -> Score:
    body = read_object(SCORE_TYPE)
    person_id = body.get("userId")
    if not isinstance(person_id, str) or not course.is_student(person_id):
        raise ServiceRefusal(400, "userId is no student of this course")
    if body.get("activityProgress") not in _ACTIVITY:
        raise ServiceRefusal(400, "activityProgress is missing or unknown")
    if body.get("gradingProgress") not in _GRADING:
        raise ServiceRefusal(400, "gradingProgress is missing or unknown")
    comment = body.get("comment")
    if comment is not None and not isinstance(comment, str):
        raise ServiceRefusal(400, "comment must be a text")
    fraction = _fraction(body)
    return Score(
        person_id=person_id,
        timestamp=_timestamp(body),
        activity_progress=body["activityProgress"],
        grading_progress=body["gradingProgress"],
        fraction=fraction if body["gradingProgress"] == "FullyGraded" else None,
        comment=comment or None,
    )


def _fraction(body: dict[str, Any]) -> float | None:
    """What was given, as a part of the maximum; more than the maximum counts as the maximum, as in Moodle."""
    if "scoreGiven" not in body:
        return None
    given, maximum = (finite_number(body.get(name)) for name in ("scoreGiven", "scoreMaximum"))
    if given is None or maximum is None:
        raise ServiceRefusal(400, "scoreGiven and scoreMaximum must be numbers")
    if given < 0 or maximum <= 0:
        raise ServiceRefusal(400, "scoreGiven must be 0 or more, scoreMaximum more than 0")
    return min(given / maximum, 1.0)


def _timestamp(body: dict[str, Any]) -> datetime:
    """ISO 8601 with a time zone (AGS 2.0, 3.4.8), in a year that pages can show in any zone."""
    text = body.get("timestamp")
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        found = None
    if found is None or found.utcoffset() is None or not 2000 <= found.year < 3000:
        raise ServiceRefusal(400, "timestamp must be ISO 8601 with a time zone")
    return found


def _keep(connection: sqlite3.Connection, item: sqlite3.Row, score: Score) -> None:
    """Make it the grade, if it is a whole second later than the last one."""
    last = connection.execute(
        "SELECT timestamp FROM grades WHERE line_item_id = ? AND person_id = ?", (item["id"], score.person_id)
    ).fetchone()
    if last and int(score.timestamp.timestamp()) <= int(
        datetime.fromisoformat(last["timestamp"]).timestamp()
    ):
        raise ServiceRefusal(409, "there is a score that is not older, counted in whole seconds")
    connection.execute(
        "INSERT OR REPLACE INTO grades (line_item_id, person_id, score, timestamp, received_at,"
        " activity_progress, grading_progress, comment) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            item["id"],
            score.person_id,
            None if score.fraction is None else score.fraction * item["maximum"],
            score.timestamp.isoformat(),
            lms().clock().isoformat(),
            score.activity_progress,
            score.grading_progress,
            score.comment,
        ),
    )


def _named_person() -> str | None:
    """Whom a refused message speaks of, if that is somebody of this school."""
    try:
        person_id = read_object(SCORE_TYPE).get("userId")
    except ServiceRefusal:
        return None
    return person_id if isinstance(person_id, str) and lms().school.person(person_id) else None


def _write_down(
    connection: sqlite3.Connection,
    course_id: str,
    item_id: int,
    *,
    person_id: str | None,
    refusal: ServiceRefusal | None = None,
) -> None:
    item = connection.execute(
        "SELECT label FROM line_items WHERE id = ? AND course_id = ?", (item_id, course_id)
    ).fetchone()
    connection.execute(
        "INSERT INTO arrivals (course_id, line_item_id, label, person_id, received_at, status, reason, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            course_id,
            item_id,
            item["label"] if item else f"Kolom {item_id}, die er niet is",
            person_id,
            lms().clock().isoformat(),
            refusal.status if refusal else 200,
            refusal.reason if refusal else "",
            request.get_data(as_text=True)[:4000],
        ),
    )
