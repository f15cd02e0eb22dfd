"""What is kept of a person, all of it: for their own page, and to take along.

A test fills every table that leads to a person and looks whether it is told here.
"""

from typing import Any

from sqlalchemy import Connection, Select, and_, select

from trainer.catalogue.models import Module
from trainer.courses.models import Course, Delivery, Link, Placement, PlacingRequest, RosterMember, Visit
from trainer.institutions.models import Deployment, Institution, Registration
from trainer.learning.kept import learning_kept
from trainer.learning.models import Completion, Enrolment
from trainer.people.kept import person_kept, rows
from trainer.people.models import Identity

_Statement = Select[*tuple[Any, ...]]


def all_kept(connection: Connection, buddy_id: int) -> dict[str, Any]:
    """Everything, by what it is; moments are aware datetimes, the rest is ready for JSON.

    What is left out belongs to the connection and says nothing of the person: tokens and their hashes, the LMS's sealed
    right to send a result, addresses of columns, what a worker notes while it sends.
    """
    return {
        **person_kept(connection, buddy_id),
        **learning_kept(connection, buddy_id),
        **_courses_kept(connection, buddy_id),
    }


def _courses_kept(connection: Connection, buddy_id: int) -> dict[str, Any]:
    parts = {
        "visits": _visits(buddy_id),
        "rosters": _rosters(buddy_id),
        "scores": _scores(buddy_id),
        "placements": _placements(buddy_id),
        "placing_requests": _placing_requests(buddy_id),
    }
    return {name: rows(connection, statement) for name, statement in parts.items()}


def _visits(buddy_id: int) -> _Statement:
    return (
        select(
            Registration.name.label("platform"),
            Course.context_id.label("course_id"),
            Course.title.label("course"),
            Course.label.label("course_label"),
            Link.title.label("link"),
            Enrolment.public_id.label("enrolment"),
            Visit.may_place,
            Visit.is_lecturer,
            Visit.has_result,
            Visit.missed_key,
            Visit.missed_at,
            Visit.first_at,
            Visit.last_at,
        )
        .select_from(Visit)
        .join(Link, Link.id == Visit.link_id)
        .join(Course, Course.id == Link.course_id)
        .join(Identity, Identity.id == Visit.identity_id)
        .join(Registration, Registration.id == Identity.registration_id)
        .outerjoin(Enrolment, Enrolment.id == Visit.enrolment_id)
        .where(Identity.buddy_id == buddy_id)
        .order_by(Visit.id)
    )


def _rosters(buddy_id: int) -> _Statement:
    return (
        select(
            Course.title.label("course"),
            Course.label.label("course_label"),
            RosterMember.user_sub,
            RosterMember.name,
            RosterMember.email,
            RosterMember.roles,
            RosterMember.is_learner,
            RosterMember.seen_at,
            RosterMember.left_at,
        )
        .select_from(Identity)
        .join(Deployment, Deployment.registration_id == Identity.registration_id)
        .join(Course, Course.deployment_id == Deployment.id)
        # By the platform's name for the person: who is on a roster and never came has no identity there
        .join(
            RosterMember,
            and_(RosterMember.course_id == Course.id, RosterMember.user_sub == Identity.sub),
        )
        .where(Identity.buddy_id == buddy_id)
        .order_by(Course.id)
    )


def _scores(buddy_id: int) -> _Statement:
    return (
        select(
            Module.key.label("module"),
            Course.title.label("course"),
            Link.title.label("link"),
            Delivery.user_sub,
            Delivery.state,
            Delivery.reason,
            Delivery.detail,
            Delivery.score_at,
            Delivery.body,
            Delivery.created_at,
            Delivery.delivered_at,
        )
        .join(Link, Link.id == Delivery.link_id)
        .join(Course, Course.id == Link.course_id)
        .join(Completion, Completion.id == Delivery.completion_id)
        .join(Enrolment, Enrolment.id == Completion.enrolment_id)
        .join(Module, Module.id == Enrolment.module_id)
        .where(Delivery.identity_id.in_(_identities(buddy_id)))
        .order_by(Delivery.id)
    )


def _placements(buddy_id: int) -> _Statement:
    return (
        select(Placement.public_id, Placement.module_key, Placement.has_column, Placement.created_at)
        .where(Placement.identity_id.in_(_identities(buddy_id)))
        .order_by(Placement.id)
    )


def _placing_requests(buddy_id: int) -> _Statement:
    return (
        select(
            PlacingRequest.course_title,
            PlacingRequest.created_at,
            PlacingRequest.expires_at,
            PlacingRequest.answered_at,
        )
        .where(PlacingRequest.identity_id.in_(_identities(buddy_id)))
        .order_by(PlacingRequest.created_at)
    )


def _identities(buddy_id: int) -> Select[int]:
    return select(Identity.id).where(Identity.buddy_id == buddy_id)


def keepers(connection: Connection, buddy_id: int) -> list[str]:
    """The institutions that decide about this person's data: of their courses, else of their platform."""
    by_course = (
        select(Institution.name)
        .join(Course, Course.institution_id == Institution.id)
        .join(Link, Link.course_id == Course.id)
        .join(Visit, Visit.link_id == Link.id)
        .join(Identity, Identity.id == Visit.identity_id)
        .where(Identity.buddy_id == buddy_id)
    )
    found = sorted(set(connection.execute(by_course).scalars()))
    if found:
        return found
    by_platform = (
        select(Institution.name)
        .join(Registration, Registration.institution_id == Institution.id)
        .join(Identity, Identity.registration_id == Registration.id)
        .where(Identity.buddy_id == buddy_id)
    )
    return sorted(set(connection.execute(by_platform).scalars()))
