"""Who is in a course, for the tool: NRPS 2.0 (https://www.imsglobal.org/spec/lti-nrps/v2p0/)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from practice.lms import lms
from practice.school import Course, Person
from practice.service import (
    MEMBERS_SCOPE,
    MEMBERS_TYPE,
    ServiceRefusal,
    answer_json,
    count,
    find_course,
    link_to_next,
    refuse,
    require_accept,
    require_scope,
)
from practice.settings import Settings

blueprint = Blueprint("members", __name__, url_prefix="/services/courses/<course_id>/members")
blueprint.register_error_handler(ServiceRefusal, refuse)


def members_url(settings: Settings, course_id: str) -> str:
    return f"{settings.origin}/services/courses/{course_id}/members?type_id={settings.deployment_id}"


@blueprint.get("")
def list_members(course_id: str) -> Response:
    """Teachers first; in pages when `limit` asks for them, as in Moodle."""
    require_scope(MEMBERS_SCOPE)
    require_accept(MEMBERS_TYPE)
    course = find_course(course_id)
    limit, start = count("limit", least=1), count("from", least=0) or 0
    ids = (*course.teachers, *course.students)
    end = len(ids) if limit is None else start + limit
    people = [person for id in ids[start:end] if (person := lms().school.person(id)) is not None]
    answer = answer_json(
        {
            "id": members_url(lms().settings, course.id),
            "context": {"id": course.id, "label": course.label, "title": course.title},
            "members": [_member(course, person) for person in people],
        },
        MEMBERS_TYPE,
    )
    if end < len(ids):
        link_to_next(answer, end)
    return answer


def _member(course: Course, person: Person) -> dict[str, Any]:
    """Roles by their short names, as Moodle tells them (NRPS 2.0, 2.2: context roles may be)."""
    member: dict[str, Any] = {
        "user_id": person.id,
        "status": "Active",
        "roles": ["Instructor" if course.is_teacher(person.id) else "Learner"],
    }
    if lms().settings.share_names:
        member |= {
            "name": person.name,
            "given_name": person.given_name,
            "family_name": person.family_name,
            "email": person.email,
        }
    return member
