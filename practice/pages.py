"""What people see: who do you want to be, courses, a module in its frame, the gradebook."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from practice import gradebook
from practice.lms import (
    LOCALES,
    choose_locale,
    lms,
    required_course,
    required_visitor,
    sign_in,
    sign_out,
    visitor,
)
from practice.school import Course, Person

blueprint = Blueprint("pages", __name__)


@blueprint.before_request
def only_own_forms() -> None:
    """The session cookie travels cross-site (lms.py), so a form counts only when it comes from our own pages."""
    if (
        request.method == "POST"
        and request.headers.get("Origin", lms().settings.origin) != lms().settings.origin
    ):
        abort(403, "Dit formulier kwam van een andere site.")


@blueprint.get("/")
def start() -> str:
    return render_template("start.html", people=lms().school.people, roles=_role)


@blueprint.post("/sign-in")
def become() -> AnyResponse:
    person = lms().school.person(request.form.get("person", ""))
    if person is None:
        abort(400, "Deze persoon kennen we niet.")
    answer = make_response(redirect(url_for("pages.courses"), 303))
    sign_in(person, answer)
    return answer


@blueprint.post("/sign-out")
def leave() -> AnyResponse:
    answer = make_response(redirect(url_for("pages.start"), 303))
    sign_out(answer)
    return answer


@blueprint.post("/language")
def set_language() -> AnyResponse:
    """The language that launches ask for; back to the item it was chosen on."""
    required_visitor()
    locale = request.form.get("locale", "")
    if locale not in LOCALES:
        abort(400, "Deze taal kennen we niet.")
    choose_locale(locale)
    placed = lms().placed(request.form.get("link", ""))
    if placed is None:
        return redirect(url_for("pages.courses"), 303)
    return redirect(url_for("pages.item", course_id=placed[0].id, link_id=placed[1].id), 303)


@blueprint.get("/courses")
def courses() -> str:
    return render_template(
        "courses.html",
        courses=[
            required_course(course.id) for course in lms().school.courses_of(required_visitor().person.id)
        ],
    )


@blueprint.get("/courses/<course_id>")
def course(course_id: str) -> str:
    found = required_course(course_id)
    return render_template("course.html", course=found, grades=_own_grades(found), teaching=_teaches(found))


@blueprint.get("/courses/<course_id>/return")
def back_from_tool(course_id: str) -> str:
    """`launch_presentation.return_url`: the tool may bring a message along (LTI 1.3, 3.6.1.9 of the core claims)."""
    found = required_course(course_id)
    return render_template(
        "course.html",
        course=found,
        grades=_own_grades(found),
        message=request.args.get("lti_msg"),
        problem=request.args.get("lti_errormsg"),
        teaching=_teaches(found),
    )


@blueprint.get("/courses/<course_id>/place")
def place(course_id: str) -> str:
    """The tool's catalogue in a frame, for the teacher."""
    found = required_course(course_id)
    if not _teaches(found):
        abort(403)
    settings = lms().settings
    return render_template(
        "place.html", course=found, tool_origin=settings.tool_origin, storage=settings.storage
    )


@blueprint.get("/courses/<course_id>/items/<link_id>")
def item(course_id: str, link_id: str) -> str:
    found = required_course(course_id)
    positions = {link.id: position for position, link in enumerate(found.links)}
    if link_id not in positions:
        abort(404)
    position = positions[link_id]
    return render_template(
        "item.html",
        course=found,
        link=found.links[position],
        number=position + 1,
        before=found.links[position - 1] if position else None,
        after=found.links[position + 1] if position + 1 < len(found.links) else None,
        locale=required_visitor().locale,
        tool_origin=lms().settings.tool_origin,
        storage=lms().settings.storage,
    )


@blueprint.get("/storage")
def storage() -> str:
    """The page in the frame that keeps things for the tool; the course page, above it, may do so itself."""
    return render_template("storage.html", tool_origin=lms().settings.tool_origin)


@blueprint.get("/courses/<course_id>/gradebook")
def grades(course_id: str) -> str:
    return render_template("gradebook.html", **_gradebook(required_course(course_id)))


@blueprint.get("/courses/<course_id>/gradebook/rows")
def grades_now(course_id: str) -> Response:
    """The part of the gradebook that changes; asked every three seconds by the page."""
    answer = make_response(render_template("gradebook_rows.html", **_gradebook(required_course(course_id))))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/courses/<course_id>/gradebook.json")
def grades_for_scripts(course_id: str) -> dict[str, Any]:
    found = required_course(course_id)
    people = _people_shown(found)
    return gradebook.as_json(found, people, gradebook.rows(lms(), found, people))


@blueprint.get("/registration.json")
def registration() -> dict[str, object]:
    """What `trainer platforms add --json` reads."""
    return lms().settings.registration()


@blueprint.app_context_processor
def for_every_page() -> dict[str, Any]:
    return {
        "lms_name": lms().settings.name,
        "institution": lms().settings.institution,
        "visitor": visitor(),
        "in_dutch": gradebook.in_dutch,
        "number": gradebook.number_in_dutch,
    }


def _teaches(course: Course) -> bool:
    return course.is_teacher(required_visitor().person.id)


def _role(person: Person) -> str:
    teaches = any(course.is_teacher(person.id) for course in lms().school.courses)
    return "docent" if teaches else "student"


def _people_shown(course: Course) -> list[Person]:
    """Whose grades the visitor may see: a teacher everybody's, a student the own ones."""
    who = required_visitor().person
    if not course.is_teacher(who.id):
        return [who]
    return [person for id in course.students if (person := lms().school.person(id)) is not None]


def _gradebook(course: Course) -> dict[str, Any]:
    who = required_visitor().person
    people = _people_shown(course)
    return {
        "course": course,
        "people": people,
        "teaching": course.is_teacher(who.id),
        "rows": gradebook.rows(lms(), course, people),
        "arrivals": gradebook.arrivals(lms(), course, None if course.is_teacher(who.id) else who.id),
    }


def _own_grades(course: Course) -> dict[str, gradebook.Grade]:
    """The visitor's grade per link, for the list of modules; nothing for a teacher."""
    who = required_visitor().person
    if course.is_teacher(who.id):
        return {}
    return {
        row.link_id: row.grades[0]
        for row in gradebook.rows(lms(), course, [who])
        if row.link_id and row.grades[0] is not None
    }
