"""The running LMS: what every view needs, and who is signed in."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from flask import Response, abort, current_app, g, request

from practice.school import Course, Link, Person, School
from practice.settings import Settings
from practice.store import Store
from practice.tool_keys import ToolKeys

Clock = Callable[[], datetime]
SESSION_COOKIE = "practice_session"
_SESSION_LIFE = timedelta(days=7)
DUTCH = "nl-BE"
LOCALES = (DUTCH, "en")


@dataclass(frozen=True, slots=True)
class Lms:
    settings: Settings
    school: School
    store: Store
    tool_keys: ToolKeys
    clock: Clock

    def course(self, course_id: str) -> Course | None:
        """A course of the school, with what teachers placed in it since."""
        course = self.school.course(course_id)
        if course is None:
            return None
        with self.store.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM placed_links WHERE course_id = ? ORDER BY rowid", (course_id,)
            ).fetchall()
        placed = tuple(
            Link(
                row["id"],
                row["title"],
                None,
                target=row["target"],
                custom=tuple(json.loads(row["custom"]).items()),
            )
            for row in rows
        )
        return replace(course, links=course.links + placed) if placed else course

    def placed(self, link_id: str) -> tuple[Course, Link] | None:
        """A link with its course; None if there is no such link."""
        found = self.school.placed(link_id)
        if found is not None:
            return found
        with self.store.reading() as connection:
            row = connection.execute("SELECT course_id FROM placed_links WHERE id = ?", (link_id,)).fetchone()
        course = self.course(row["course_id"]) if row else None
        if course is None:
            return None
        return course, next(link for link in course.links if link.id == link_id)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is signed in in this browser, and in which language the modules open for them."""

    person: Person
    locale: str


def lms() -> Lms:
    """The LMS that serves this request."""
    found = current_app.extensions["practice"]
    assert isinstance(found, Lms)
    return found


def utc_now() -> datetime:
    return datetime.now(UTC)


def hash_of(secret: str) -> str:
    """What is stored of a secret that a browser or the tool holds."""
    return hashlib.sha256(secret.encode()).hexdigest()


def sign_in(person: Person, answer: Response) -> None:
    """Start a session for this person in this browser, in place of any other.

    The cookie is SameSite=None: the tool's answer to the login sends the iframe back to us, which browsers call a
    cross-site navigation although the page around it is ours. It is a first-party cookie all the same.
    """
    secret = secrets.token_urlsafe(32)
    with lms().store.writing() as connection:
        connection.execute(
            "INSERT INTO sessions VALUES (?, ?, ?, ?)",
            (hash_of(secret), person.id, DUTCH, lms().clock().isoformat()),
        )
    answer.set_cookie(
        SESSION_COOKIE, secret, max_age=_SESSION_LIFE, httponly=True, secure=True, samesite="None", path="/"
    )


def sign_out(answer: Response) -> None:
    with lms().store.writing() as connection:
        connection.execute("DELETE FROM sessions WHERE hash = ?", (_session_hash(),))
    answer.delete_cookie(SESSION_COOKIE, secure=True, httponly=True, samesite="None", path="/")


def choose_locale(locale: str) -> None:
    with lms().store.writing() as connection:
        connection.execute("UPDATE sessions SET locale = ? WHERE hash = ?", (locale, _session_hash()))


def visitor() -> Visitor | None:
    """Who is signed in; None for nobody. Looked up once per request."""
    if "visitor" not in g:
        g.visitor = _find_visitor()
    found: Visitor | None = g.visitor
    return found


def required_visitor() -> Visitor:
    """Who is signed in; 401 for nobody."""
    found = visitor()
    if found is None:
        abort(401)
    return found


def required_course(course_id: str) -> Course:
    """A course of which the visitor is a member; 404 for any other, so that ids tell nothing."""
    course = lms().course(course_id)
    if course is None or not course.is_member(required_visitor().person.id):
        abort(404)
    return course


def _session_hash() -> str:
    return hash_of(request.cookies.get(SESSION_COOKIE, ""))


def _find_visitor() -> Visitor | None:
    if SESSION_COOKIE not in request.cookies:
        return None
    oldest = lms().clock() - _SESSION_LIFE
    with lms().store.reading() as connection:
        row = connection.execute(
            "SELECT person_id, locale FROM sessions WHERE hash = ? AND made_at > ?",
            (_session_hash(), oldest.isoformat()),
        ).fetchone()
    person = lms().school.person(row["person_id"]) if row else None
    return Visitor(person, row["locale"]) if person else None
