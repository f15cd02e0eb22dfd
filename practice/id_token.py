"""The message of a launch: a link is opened (LTI 1.3, https://www.imsglobal.org/spec/lti/v1p3/), or a teacher looks for
something to place (Deep Linking 2.0, https://www.imsglobal.org/spec/lti-dl/v2p0/).
"""

from __future__ import annotations

from typing import Any

from practice import deep_linking, keys
from practice.line_items import collection_url, item_url
from practice.lms import Lms
from practice.members import members_url
from practice.school import Course, Link, Person
from practice.service import GRADE_SCOPES

_LTI = "https://purl.imsglobal.org/spec/lti/claim/"
_AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
_NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
_MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
_INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"


def issue_id_token(
    lms: Lms, person: Person, course: Course, link: Link | None, *, nonce: str, locale: str, in_frame: bool
) -> str:
    """The signed id_token of one launch; without a link, the teacher's question for content."""
    return keys.sign(
        lms.store,
        _identity(lms, person, nonce)
        | _message(lms, person, course, locale=locale, in_frame=in_frame)
        | (_resource_link(lms, course, link) if link else deep_linking.claims(lms, person, course)),
    )


def _identity(lms: Lms, person: Person, nonce: str) -> dict[str, Any]:
    now = lms.clock()
    claims: dict[str, Any] = {
        "iss": lms.settings.origin,
        "aud": lms.settings.client_id,
        "azp": lms.settings.client_id,
        "sub": person.id,
        "nonce": nonce,
        "iat": int(now.timestamp()),
        "exp": int((now + lms.settings.id_token_life).timestamp()),
    }
    if lms.settings.share_names:
        claims |= {
            "given_name": person.given_name,
            "family_name": person.family_name,
            "name": person.name,
            "email": person.email,
        }
    return claims


def _message(lms: Lms, person: Person, course: Course, *, locale: str, in_frame: bool) -> dict[str, Any]:
    settings = lms.settings
    return {
        f"{_LTI}version": "1.3.0",
        f"{_LTI}deployment_id": settings.deployment_id,
        f"{_LTI}roles": _roles(course, person),
        f"{_LTI}context": {
            "id": course.id,
            "label": course.label,
            "title": course.title,
            "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection"],
        },
        f"{_LTI}launch_presentation": {
            "locale": locale,
            "document_target": "iframe" if in_frame else "window",
            "return_url": f"{settings.origin}/courses/{course.id}/return",
        },
        f"{_LTI}tool_platform": {
            "guid": f"{settings.client_id}.{settings.institution}".lower(),
            "name": settings.name,
            "description": settings.institution,
            "url": settings.origin,
            "product_family_code": "oefen-lms",
            "version": "1",
        },
        _NRPS: {
            "context_memberships_url": members_url(settings, course.id),
            "service_versions": ["2.0"],
        },
    }


def _resource_link(lms: Lms, course: Course, link: Link) -> dict[str, Any]:
    claims: dict[str, Any] = {
        f"{_LTI}message_type": "LtiResourceLinkRequest",
        f"{_LTI}target_link_uri": link.target or lms.settings.target_link_uri(link.module),
        f"{_LTI}resource_link": {"id": link.id, "title": link.title},
        _AGS: _grade_services(lms, course, link),
    }
    if link.parameters:
        claims[f"{_LTI}custom"] = link.parameters
    return claims


def _roles(course: Course, person: Person) -> list[str]:
    if course.is_teacher(person.id):
        return [f"{_MEMBERSHIP}Instructor", f"{_INSTITUTION}Faculty"]
    return [f"{_MEMBERSHIP}Learner", f"{_INSTITUTION}Student"]


def _grade_services(lms: Lms, course: Course, link: Link) -> dict[str, Any]:
    """The AGS claim. `lineitem` is there when the link has exactly one column, as in Moodle (AGS 2.0, 3.1.1)."""
    with lms.store.reading() as connection:
        rows = connection.execute(
            "SELECT id FROM line_items WHERE course_id = ? AND link_id = ?", (course.id, link.id)
        ).fetchall()
    claim: dict[str, Any] = {
        "scope": list(GRADE_SCOPES),
        "lineitems": collection_url(lms.settings, course.id),
    }
    if len(rows) == 1:
        claim["lineitem"] = item_url(lms.settings, course.id, rows[0]["id"])
    return claim
