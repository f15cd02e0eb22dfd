"""A course: who is in it, what is placed in it, what its gradebook holds, and what its services are called."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.support.lms import INSTRUCTOR, LEARNER

NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/"
LINE_ITEM, LINE_ITEM_READ, SCORE = f"{_SCOPE}lineitem", f"{_SCOPE}lineitem.readonly", f"{_SCOPE}score"
RESULT_READ = f"{_SCOPE}result.readonly"
ROSTER = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
ITEMS_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
MEMBERS_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
COURSE = "course-1"


@dataclass(frozen=True)
class Person:
    """Somebody with an account at the LMS. `sub`: as launches, rosters and scores call this person."""

    sub: str
    roles: tuple[str, ...] = (LEARNER,)
    name: str | None = None


@dataclass(frozen=True)
class Placed:
    """A link in a course. `column`: its line item, which the LMS made; None where it made none."""

    id: str = "link-1"
    module: str = "groeten"
    course: str = COURSE
    column: str | None = "1"
    custom: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Grade:
    """What the gradebook holds: 0–1, or None for a grade that was taken away."""

    score: float | None
    comment: str | None
    at: datetime


LINK = Placed()
STUDENT = Person("student-1")
TEACHER = Person("teacher-1", (INSTRUCTOR,), "Katrien Peeters")


def members(number: int) -> list[dict[str, Any]]:
    """So many students, as a roster tells them."""
    return [{"user_id": f"s{each}", "roles": ["Learner"], "status": "Active"} for each in range(number)]
