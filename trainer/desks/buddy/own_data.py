"""What is kept about the person who looks: as a page in plain words, and as a file with all of it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, render_template, url_for

from trainer.core.i18n import format_date, format_moment, format_position, ngettext
from trainer.core.i18n import gettext as _
from trainer.core.logging import logger
from trainer.core.web.service import service
from trainer.courses import reasons
from trainer.courses.kept import all_kept, keepers
from trainer.desks.buddy import buddy_desk
from trainer.desks.door import signed_in

_log = logger("buddy")


@dataclass(frozen=True, slots=True)
class ModuleKept:
    """What is kept of one module, in sentences."""

    title: str
    url: str
    sentences: tuple[str, ...]


@buddy_desk.get("/your-data/")
def own_data() -> str:
    """Who you are here, where you came from, what you did, what went to the LMS; why, and for how long."""
    person, now = signed_in(), service().clock()
    with service().database.reading() as connection:
        kept = all_kept(connection, person.buddy_id)
        institutions = keepers(connection, person.buddy_id)
    return render_template(
        "buddy/own_data.html",
        person=person,
        identities=kept["identities"],
        courses=_courses(kept),
        modules=[_module(one, now) for one in kept["enrolments"]],
        scores=_scores(kept, now),
        institutions=institutions,
        code=kept["person"]["public_id"],
    )


@buddy_desk.get("/your-data/download")
def own_data_file() -> Response:
    """All of it, as JSON."""
    person, now = signed_in(), service().clock()
    with service().database.reading() as connection:
        kept = all_kept(connection, person.buddy_id)
        institutions = keepers(connection, person.buddy_id)
    told = {"service": "Buddy Trainer", "made_at": now, "institutions": institutions, **kept}
    _log.info("took the own data along", identity=person.identity_id)
    response = Response(
        json.dumps(told, indent=2, ensure_ascii=False, default=_written), mimetype="application/json"
    )
    response.headers["Content-Disposition"] = 'attachment; filename="buddy-trainer.json"'
    return response


def _written(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} has no place in the file")


def _courses(kept: dict[str, Any]) -> list[str]:
    """Where the person is or was: by a link, or on a list that the LMS gave."""
    outside = [one for one in kept["visits"] if not one["course_id"]]
    courses = [one for one in kept["visits"] if one["course_id"]] + kept["rosters"]
    named = (one["course"] or one["course_label"] or _("Course without a title") for one in courses)
    return list(dict.fromkeys((*named, *(_("Outside any course") for _one in outside))))


def _module(enrolment: dict[str, Any], now: datetime) -> ModuleKept:
    return ModuleKept(
        enrolment["title"],
        url_for("buddy.status_page", enrolment=enrolment["public_id"]),
        tuple(_sentences(enrolment, now)),
    )


def _sentences(enrolment: dict[str, Any], now: datetime) -> Iterable[str]:
    yield _("Begun on %(date)s.", date=format_date(enrolment["started_at"]))
    watched = sum(film["seconds"] for film in enrolment["films"])
    if watched:
        yield _("%(time)s minutes watched, and which pieces.", time=format_position(watched))
    if any(text["cues"] for text in enrolment["texts"]):
        yield _("Which parts of the film's text you read.")
    answers = sum(len(one["answers"]) for one in enrolment["checks"]) + len(enrolment["film_answers"])
    if answers:
        yield ngettext("%(n)s answer that you gave.", "%(n)s answers that you gave.", answers)
    for written in enrolment["reflections"]:
        if written["handed_in_at"] is not None:
            yield _(
                "Your vertaalslag, handed in %(moment)s.", moment=format_moment(written["handed_in_at"], now)
            )
        else:
            yield _("The draft of your vertaalslag.")
    if enrolment["completed_at"] is not None:
        yield _("Completed %(moment)s.", moment=format_moment(enrolment["completed_at"], now))


def _scores(kept: dict[str, Any], now: datetime) -> list[str]:
    found = []
    for score in kept["scores"]:
        where = score["course"] or score["link"] or score["module"]
        if score["state"] == reasons.DELIVERED:
            found.append(
                _(
                    "%(course)s: sent %(moment)s.",
                    course=where,
                    moment=format_moment(score["delivered_at"], now),
                )
            )
        else:
            found.append(_("%(course)s: not sent yet.", course=where))
    return found
