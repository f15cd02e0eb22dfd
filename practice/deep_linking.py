"""A teacher takes modules from the tool's catalogue into the course: Deep Linking 2.0
(https://www.imsglobal.org/spec/lti-dl/v2p0/).

The answer comes through the browser, so whose it is stands in `data`, signed, beside the session.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer

from practice.lms import Lms, lms, required_course, required_visitor
from practice.school import Course, Person
from practice.service import finite_number
from practice.tokens import TokenRefused, read_signed, spend

blueprint = Blueprint("deep_linking", __name__)

_LTI = "https://purl.imsglobal.org/spec/lti/claim/"
_DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
_DATA_LIFE = 60 * 60  # seconds
_MOST_ITEMS = 50
_MAX_TEXT = 255


@dataclass(frozen=True, slots=True)
class Item:
    """One link that the tool gives, with the maximum of its column if it is to have one."""

    title: str
    target: str
    custom: dict[str, str]
    maximum: float | None


def claims(of: Lms, person: Person, course: Course) -> dict[str, Any]:
    """What makes a message an LtiDeepLinkingRequest."""
    return {
        f"{_LTI}message_type": "LtiDeepLinkingRequest",
        f"{_LTI}target_link_uri": of.settings.deep_linking_uri,
        f"{_DL}deep_linking_settings": {
            "deep_link_return_url": f"{of.settings.origin}/courses/{course.id}/placed",
            "accept_types": ["ltiResourceLink"],
            "accept_presentation_document_targets": ["iframe", "window"],
            "accept_multiple": True,
            "accept_lineitem": True,
            "auto_create": False,
            "data": _signer(of).dumps([person.id, course.id]),
        },
    }


@blueprint.post("/courses/<course_id>/placed")
def take(course_id: str) -> str:
    """The tool's answer: its links, and their columns, come into the course; then the window shows the course."""
    course = required_course(course_id)
    if not course.is_teacher(required_visitor().person.id):
        abort(403)
    answer = _read_answer(request.form.get("JWT", ""), course)
    items = [_read_item(one) for one in answer.get(f"{_DL}content_items", [])]
    if len(items) > _MOST_ITEMS:
        abort(400, "Het antwoord brengt te veel modules mee.")
    with lms().store.writing() as connection:
        try:
            spend(connection, answer)
        except sqlite3.IntegrityError:
            abort(400, "Dit antwoord werd al gebruikt.")
        for item in items:
            _place(connection, course, item)
    return render_template(
        "placed.html", next=url_for("pages.course", course_id=course.id), placed=len(items)
    )


def _read_answer(token: str, course: Course) -> dict[str, Any]:
    """The claims of an LtiDeepLinkingResponse to the question of this teacher for this course; 400 for any other."""
    of = lms()
    try:
        answer = read_signed(token, audience=of.settings.origin)
        carried = _signer(of).loads(str(answer.get(f"{_DL}data")), max_age=_DATA_LIFE)
    except (TokenRefused, BadSignature) as problem:
        abort(400, f"Het antwoord van de module klopt niet: {problem}.")
    if (
        carried != [required_visitor().person.id, course.id]
        or answer.get(f"{_LTI}message_type") != "LtiDeepLinkingResponse"
        or answer.get(f"{_LTI}version") != "1.3.0"
        or answer.get(f"{_LTI}deployment_id") != of.settings.deployment_id
        or not isinstance(answer.get(f"{_DL}content_items", []), list)
    ):
        abort(400, "Het antwoord van de module hoort niet bij wat hier gevraagd werd.")
    return answer


def _read_item(item: Any) -> Item:
    """An ltiResourceLink; its column must be whole, from 1 to 100, as in Moodle."""
    if not isinstance(item, dict) or item.get("type") != "ltiResourceLink":
        abort(400, "Alleen modules kunnen in een cursus geplaatst worden.")
    target, custom, column = item.get("url"), item.get("custom", {}), item.get("lineItem")
    if not isinstance(target, str) or not target.startswith(lms().settings.tool_origin + "/"):
        abort(400, "Een module wijst naar een ander adres dan dat van Buddy Trainer.")
    if not isinstance(custom, dict) or not all(isinstance(value, str) for value in custom.values()):
        abort(400, "De parameters van een module zijn geen teksten.")
    maximum = None
    if column is not None:
        maximum = finite_number(column.get("scoreMaximum")) if isinstance(column, dict) else None
        if maximum is None or not 1 <= maximum <= 100 or maximum != int(maximum):
            abort(400, "Het maximum van een puntenkolom moet een geheel getal zijn, van 1 tot 100.")
    return Item(str(item.get("title") or "Module")[:_MAX_TEXT], target, custom, maximum)


def _place(connection: sqlite3.Connection, course: Course, item: Item) -> None:
    link_id = f"{course.id}-{secrets.token_hex(6)}"
    connection.execute(
        "INSERT INTO placed_links VALUES (?, ?, ?, ?, ?)",
        (link_id, course.id, item.title, item.target, json.dumps(item.custom)),
    )
    if item.maximum is not None:
        connection.execute(
            "INSERT INTO line_items (course_id, link_id, label, maximum) VALUES (?, ?, ?, ?)",
            (course.id, link_id, item.title, item.maximum),
        )


def _signer(of: Lms) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(of.store.secret("deep linking"), salt="deep_linking")
