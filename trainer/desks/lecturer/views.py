"""A lecturer's courses, and the choice of a module for a link that has none."""

from collections.abc import Container
from itertools import groupby

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response as BaseResponse

from lti.roles import may_place
from trainer.catalogue.queries import edition, find_module, list_modules
from trainer.core.i18n import format_moment, locale
from trainer.core.i18n import lazy_gettext as _l
from trainer.core.web.errors import Refusal
from trainer.core.web.service import service
from trainer.courses.actions import choose_module
from trainer.courses.dead_links import dead_links, dead_links_of_course
from trainer.courses.queries import PlacedLink, link_of_lecturer, links_of_lecturer
from trainer.courses.roster_queries import (
    Cursor,
    course_led_by,
    courses_led_by,
    learners_of,
    modules_of_course,
)
from trainer.courses.roster_reasons import ROSTER_REASONS
from trainer.desks.door import signed_in
from trainer.desks.lecturer.mending import to_mend
from trainer.people.queries import SignedIn

lecturer_desk = Blueprint("lecturer", __name__)

#: what a place in a list is sealed for
_PLACE = "learners"


@lecturer_desk.get("/teach/")
def courses() -> str:
    """The courses into which this person came as a lecturer, with the links placed in them."""
    person = lecturers_only()
    with service().database.reading() as connection:
        links = links_of_lecturer(connection, person.identity_id)
        titles = _titles(connection)
        dead = [link.public_id for link in links if _leads_nowhere(link, titles)]
        mending = to_mend(connection, dead_links(connection, dead))
        led = courses_led_by(connection, person.identity_id)
    place = {key: number for number, key in enumerate(titles)}

    def turn(link: PlacedLink) -> int:
        """What needs the lecturer comes first, the rest in the order of the learning path."""
        return place.get(link.module_key or "", -1)

    by_course = [sorted(group, key=turn) for _, group in groupby(links, key=lambda link: link.course_id)]
    mended_by = {link.public_id: link for link in mending}
    shown = (mended_by.get(link.public_id) for group in by_course for link in group)
    return render_template(
        "lecturer/courses.html",
        courses=by_course,
        titles=titles,
        led=led,
        mending=mended_by,
        filled=next((link.public_id for link in shown if link and link.successor_key), None),
        person=person,
    )


@lecturer_desk.get("/teach/courses/<course>/")
def learners(course: str) -> str:
    """Who is in a course, and how far everybody is with the modules in it; fifty at a time."""
    person = lecturers_only()
    after = _opened(request.args.get("after"))
    now = service().clock()
    with service().database.reading() as connection:
        led = course_led_by(connection, course, person.identity_id)
        if led is None:
            raise Refusal("not_found", 404)
        placed = modules_of_course(connection, led.id)
        page = learners_of(connection, led, placed, now, after=after)
        titles = {one.key: edition(connection, one.edition_id).module.title(locale()) for one in placed}
        mending = to_mend(connection, dead_links_of_course(connection, led.id))
    return render_template(
        "lecturer/learners.html",
        course=led,
        titles=titles,
        page=page,
        is_first=after is None,
        fetched=format_moment(led.roster_at, now) if led.roster_at else None,
        following=service().seal.close_for(_PLACE, page.following) if page.following else None,
        problem=ROSTER_REASONS.get(led.roster_problem or ""),
        mending=mending,
        filled=next((link.public_id for link in mending if link.successor_key), None),
        person=person,
    )


def _opened(sealed: str | None) -> Cursor | None:
    """Where the part before ended.  It is sealed: there is a name in it, and addresses stand in logs."""
    if sealed is None:
        return None
    place = service().seal.open_for(_PLACE, sealed)
    if place is None:
        raise Refusal("not_found", 404)
    return Cursor(*place)


@lecturer_desk.get("/teach/links/<link>/module")
def choose(link: str) -> str:
    """The modules to choose from: for a link that names none itself, or one that is not offered any more."""
    person = _who_may_place()
    with service().database.reading() as connection:
        links = {one.public_id: one for one in links_of_lecturer(connection, person.identity_id)}
        placed = _found(links.get(link))
        titles = _titles(connection)
        dead = dead_links(
            connection, [one.public_id for one in links.values() if _leads_nowhere(one, titles)]
        )
        mending = to_mend(connection, [one for one in dead if one.public_id == link])
    return render_template(
        "lecturer/choose_module.html",
        link=placed,
        titles=titles,
        mending=mending[0] if mending else None,
        others=len(dead) - len(mending) if person.is_lecturer else 0,
        person=person,
    )


@lecturer_desk.post("/teach/links/<link>/module")
def chosen(link: str) -> BaseResponse:
    """Remember the choice; the students' next click opens that module."""
    person = _who_may_place()
    key = request.form.get("module", "")
    with service().database.writing() as connection:
        _found(link_of_lecturer(connection, link, person.identity_id))
        module = find_module(connection, key)
        if module is None:
            raise Refusal(
                "module_unknown",
                404,
                message=_l("This module does not exist."),
                advice=_l("Choose one from the list."),
            )
        if module.retired_at is not None:
            raise Refusal(
                "module_retired",
                410,
                message=_l("This module is no longer offered."),
                advice=_l("Choose another one from the list."),
            )
        choose_module(connection, link, key)
    return redirect(url_for("lecturer.choose", link=link), 303)


def lecturers_only() -> SignedIn:
    """Who makes this request, if they came as a lecturer of some course.

    Raises:
        Refusal: ``lecturers_only`` (403), and what `signed_in` raises.
    """
    person = signed_in()
    if not person.is_lecturer:
        raise _refusal()
    return person


def _titles(connection: Connection) -> dict[str, str]:
    """Key → title of every module that can be placed, in the order of the learning path."""
    return {
        module.key: edition(connection, module.edition_id).module.title(locale())
        for module in list_modules(connection)
    }


def _leads_nowhere(link: PlacedLink, titles: Container[str]) -> bool:
    """Whether it names a module that cannot be placed."""
    return link.module_key is not None and link.module_key not in titles


def _found(placed: PlacedLink | None) -> PlacedLink:
    if placed is None:
        raise Refusal("not_found", 404)
    return placed


def _who_may_place() -> SignedIn:
    """Lecturers, and content developers, who may do nothing else here."""
    person = signed_in()
    if not may_place(person.roles):
        raise _refusal()
    return person


def _refusal() -> Refusal:
    return Refusal(
        "lecturers_only",
        403,
        message=_l("This page is for lecturers of the course."),
        advice=_l("Go back to your course."),
    )
