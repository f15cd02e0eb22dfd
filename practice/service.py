"""What all service calls have in common: scopes, bearer tokens, media types, refusals.

Assignment and Grade Services 2.0 (https://www.imsglobal.org/spec/lti-ags/v2p0/),
Names and Role Provisioning Services 2.0 (https://www.imsglobal.org/spec/lti-nrps/v2p0/).
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from flask import Response, make_response, request

from practice.lms import hash_of, lms
from practice.school import Course

_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/"
LINE_ITEM_SCOPE = f"{_SCOPE}lineitem"
LINE_ITEM_READ_SCOPE = f"{_SCOPE}lineitem.readonly"
RESULT_SCOPE = f"{_SCOPE}result.readonly"
SCORE_SCOPE = f"{_SCOPE}score"
#: What the AGS claim offers.
GRADE_SCOPES = (LINE_ITEM_SCOPE, LINE_ITEM_READ_SCOPE, RESULT_SCOPE, SCORE_SCOPE)
MEMBERS_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
ALL_SCOPES = (*GRADE_SCOPES, MEMBERS_SCOPE)

_MEDIA = "application/vnd.ims.lis.v2."
LINE_ITEM_TYPE = f"{_MEDIA}lineitem+json"
LINE_ITEMS_TYPE = f"{_MEDIA}lineitemcontainer+json"
RESULTS_TYPE = f"{_MEDIA}resultcontainer+json"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
MEMBERS_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"

_LARGEST = 1e15


class ServiceRefusal(Exception):
    """An error answer of a service."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def require_scope(*scopes: str) -> None:
    """One of these scopes, by a living bearer token; ServiceRefusal 401 or 403 otherwise (RFC 6750, 3.1)."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise ServiceRefusal(401, "a bearer token is required")
    with lms().store.reading() as connection:
        row = connection.execute(
            "SELECT scopes FROM access_tokens WHERE hash = ? AND expires_at > ?",
            (hash_of(token.strip()), lms().clock().isoformat()),
        ).fetchone()
    if row is None:
        raise ServiceRefusal(401, "the token is unknown or has expired")
    if not set(scopes) & set(row["scopes"].split()):
        raise ServiceRefusal(403, "the token does not carry the scope for this")


def require_deployment() -> None:
    """Service addresses carry a query, as Moodle's do: a tool that loses it gets 404."""
    if request.args.get("type_id") != lms().settings.deployment_id:
        raise ServiceRefusal(404, "the address lacks its type_id: query parameters must be kept")


def require_accept(media_type: str) -> None:
    """The exact media type in `Accept`, as Chamilo asks; 406 otherwise."""
    if media_type not in (value.split(";")[0] for value, _quality in request.accept_mimetypes):
        raise ServiceRefusal(406, f"Accept must name {media_type}")


def read_object(media_type: str) -> dict[str, Any]:
    """The body: a JSON object under its exact media type; 415 or 400 otherwise."""
    if request.mimetype != media_type:
        raise ServiceRefusal(415, f"Content-Type must be {media_type}")
    try:
        body = json.loads(request.get_data())
        json.dumps(body, ensure_ascii=False).encode()  # half a surrogate pair cannot be stored
    except (ValueError, RecursionError):
        raise ServiceRefusal(400, "the body is no JSON") from None
    if not isinstance(body, dict):
        raise ServiceRefusal(400, "the body is no JSON object")
    return body


def finite_number(value: object) -> float | None:
    """A JSON number that can be reckoned with; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _LARGEST:
        return None
    return float(value)


def answer_json(body: object, media_type: str, status: int = 200) -> Response:
    answer = make_response(json.dumps(body), status)
    answer.headers["Content-Type"] = media_type
    answer.headers["Cache-Control"] = "no-store"
    return answer


def refuse(refusal: ServiceRefusal) -> Response:
    """The error handler of service views."""
    answer = make_response({"status": refusal.status, "reason": refusal.reason}, refusal.status)
    if refusal.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="practice", error="invalid_token"'
    return answer


def find_course(course_id: str) -> Course:
    """The course of a service address; ServiceRefusal 404 when there is none."""
    require_deployment()
    course = lms().course(course_id)
    if course is None:
        raise ServiceRefusal(404, "no such course")
    return course


def count(name: str, *, least: int) -> int | None:
    """A whole number of the query; None when absent. ServiceRefusal 400 for anything else."""
    value = request.args.get(name)
    if value is None:
        return None
    if not value.isascii() or not value.isdigit() or not least <= int(value[:9]):
        raise ServiceRefusal(400, f"{name} must be a whole number of at least {least}")
    return int(value[:9])


def link_to_next(answer: Response, start: int) -> None:
    """Say where the next page is: the same question, from this position on (RFC 8288)."""
    query = urlencode({**request.args.to_dict(), "from": start})
    answer.headers["Link"] = f'<{lms().settings.origin}{request.path}?{query}>; rel="next"'
