"""Tables of courses, links, visits and deliveries."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from trainer.core.database import Base, Id, JsonText


class Course(Base):
    """An LTI context on a platform."""

    __tablename__ = "course"
    __table_args__ = (
        UniqueConstraint("deployment_id", "context_id"),
        Index(
            "ix_course_roster_due_at",
            "roster_due_at",
            sqlite_where=text("roster_due_at IS NOT NULL"),
            postgresql_where=text("roster_due_at IS NOT NULL"),
        ),
        Index(
            "ix_course_waiting",
            "id",
            sqlite_where=text("institution_id IS NULL"),
            postgresql_where=text("institution_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    #: whose course it is; none: it waits for a rule, or for an operator who says
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    #: an operator said whose it is: rules change that no more
    is_assigned: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: the platform's name for it; "" for links outside any course
    context_id: Mapped[str] = mapped_column(String(255))
    label: Mapped[str | None] = mapped_column(String(200))
    title: Mapped[str | None] = mapped_column(String(500))
    #: the LMS's name for where it belongs (course section's sourcedid), for rules
    org_unit: Mapped[str | None] = mapped_column(String(255))
    #: custom values of launches that rules may look at: those whose names begin with "course_"
    traits: Mapped[Any] = mapped_column(JsonText, default=dict, server_default="{}")
    #: what it is a copy of
    copied_from_id: Mapped[int | None] = mapped_column(ForeignKey("course.id"))
    #: the roster service, as launches name it
    memberships_url: Mapped[str | None] = mapped_column(String(2048))
    #: when the roster is to be read next; none: when a lecturer comes
    roster_due_at: Mapped[datetime | None]
    #: when the roster was last read whole, last tried, and why that failed (a code of courses.roster_reasons)
    roster_at: Mapped[datetime | None]
    roster_tried_at: Mapped[datetime | None]
    roster_problem: Mapped[str | None] = mapped_column(String(60))
    created_at: Mapped[datetime]


class RosterMember(Base):
    """Somebody who is in a course, or was, as the platform's roster says; also who never opened a module."""

    __tablename__ = "roster_member"
    __table_args__ = (Index(None, "identity_id"),)

    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), primary_key=True)
    #: the `sub` of the person's launches
    user_sub: Mapped[str] = mapped_column(String(255), primary_key=True)
    #: once they came
    identity_id: Mapped[int | None] = mapped_column(ForeignKey("identity.id"))
    name: Mapped[str | None] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(320))
    #: role URIs
    roles: Mapped[Any] = mapped_column(JsonText, default=list)
    #: a score may be sent for somebody with these roles
    is_learner: Mapped[bool]
    #: the roster that first said what stands here: one that says the same again writes nothing
    seen_at: Mapped[datetime]
    #: not in the roster any more, or there without access; what was reached is kept
    left_at: Mapped[datetime | None]


class Placement(Base):
    """A module that a teacher placed by deep linking; its id travels in the link, and in every copy of it."""

    __tablename__ = "placement"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: the custom parameter ``link`` (lti.history.LINK)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    #: the platform's context id; "" where the request named none
    context_id: Mapped[str] = mapped_column(String(255))
    module_key: Mapped[str] = mapped_column(String(100))
    #: with a column in the gradebook
    has_column: Mapped[bool]
    #: who placed it
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"))
    created_at: Mapped[datetime]


class PlacingRequest(Base):
    """A deep linking request that waits for the teacher's choice; answered once, by the person who came with it."""

    __tablename__ = "placing_request"
    __table_args__ = (Index(None, "expires_at"),)

    public_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id", ondelete="CASCADE"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id", ondelete="CASCADE"))
    context_id: Mapped[str] = mapped_column(String(255))
    course_title: Mapped[str | None] = mapped_column(String(500))
    #: the platform's deep linking settings
    settings: Mapped[Any] = mapped_column(JsonText)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class Link(Base):
    """An LTI resource link: one placed module in a course, with its way back to the gradebook."""

    __tablename__ = "link"
    __table_args__ = (UniqueConstraint("deployment_id", "resource_link_id"), Index(None, "course_id"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    resource_link_id: Mapped[str] = mapped_column(String(255))
    title: Mapped[str | None] = mapped_column(String(500))
    #: the module that a teacher chose here, for a link that names none itself
    chosen_module_key: Mapped[str | None] = mapped_column(String(100))
    #: the module that the link names itself, as its last launch said
    named_key: Mapped[str | None] = mapped_column(String(255))
    #: the module in whose place the chosen one was put: what the link names, or what was chosen before and retired
    replaced_key: Mapped[str | None] = mapped_column(String(255))
    #: the placement that it, or the link that it is a copy of, came from
    placement_id: Mapped[int | None] = mapped_column(ForeignKey("placement.id"))
    #: the link that it is a copy of
    copied_from_id: Mapped[int | None] = mapped_column(ForeignKey("link.id"))
    #: where LTI 1.1 takes results
    outcome_url: Mapped[str | None] = mapped_column(String(2048))
    #: the AGS claim of the last launch: scopes, line item, line items
    ags_scopes: Mapped[Any] = mapped_column(JsonText, default=list)
    line_item_url: Mapped[str | None] = mapped_column(String(2048))
    line_items_url: Mapped[str | None] = mapped_column(String(2048))
    #: the line item that we found or created ourselves, while the claim names none
    own_line_item_url: Mapped[str | None] = mapped_column(String(2048))
    #: a worker is looking for the line item, or making it, until then: no other one does
    seeking_until: Mapped[datetime | None]
    #: line items this link has had; in place of a deleted one we make one, once
    columns_used: Mapped[int] = mapped_column(default=0)
    #: how often we asked the platform to make one without hearing that it did
    columns_asked: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class Visit(Base):
    """A person came through a link: the right to see the course (lecturers), the way for the score (learners)."""

    __tablename__ = "visit"
    __table_args__ = (
        UniqueConstraint("link_id", "identity_id"),
        Index(None, "identity_id"),
        Index(None, "enrolment_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"))
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"))
    #: what the link opened for this person the last time; none for a link without a module
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolment.id"))
    #: came as one who may place modules (lecturer, content developer) the last time
    may_place: Mapped[bool]
    #: came as a lecturer the last time: sees who is in the course
    is_lecturer: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: came as one who is graded the last time: scores are sent; lecturers, mentors and the like get none
    has_result: Mapped[bool]
    #: LTI 1.1: the right to send this person's result for this link (lis_result_sourcedid), sealed
    result_sourcedid: Mapped[str | None] = mapped_column(Text)
    #: the unknown or retired module that this person wanted and did not get, and since when
    missed_key: Mapped[str | None] = mapped_column(String(255))
    missed_at: Mapped[datetime | None]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]


class Delivery(Base):
    """One score on its way to one line item.

    States: ``waiting`` (due at ``next_try_at``; a worker that has it in hand moves that into the future, which is its
    lease), ``delivered``, ``parked`` (needs a person, or a next launch).  ``reason`` says the rest.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("completion_id", "link_id", "identity_id"),
        Index(
            "ix_delivery_due",
            "registration_id",
            "next_try_at",
            "id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_delivery_in_hand",
            "registration_id",
            sqlite_where=text("lease IS NOT NULL"),
            postgresql_where=text("lease IS NOT NULL"),
        ),
        Index(
            "ix_delivery_parked",
            "reason",
            "registration_id",
            sqlite_where=text("state = 'parked'"),
            postgresql_where=text("state = 'parked'"),
        ),
        Index(
            "ix_delivery_delivered",
            "registration_id",
            "delivered_at",
            sqlite_where=text("delivered_at IS NOT NULL"),
            postgresql_where=text("delivered_at IS NOT NULL"),
        ),
        Index(None, "line_item_url", "user_sub"),
        Index(None, "registration_id", "user_sub"),
        Index(None, "link_id", "identity_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    completion_id: Mapped[int] = mapped_column(ForeignKey("completion.id"))
    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"))
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    #: the platform's name for the learner
    user_sub: Mapped[str] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(20))
    #: why it waits or is parked: a code with a sentence in courses.reasons; none before the first try
    reason: Mapped[str | None] = mapped_column(String(60))
    #: what the platform said, shortened, plain text; for lecturers and operators
    detail: Mapped[str | None] = mapped_column(String(500))
    #: where it goes, once known
    line_item_url: Mapped[str | None] = mapped_column(String(2048))
    #: a line item that was not there when it was sent to
    gone_url: Mapped[str | None] = mapped_column(String(2048))
    #: the score's own moment, strictly increasing per (line item, user); the same at each retry
    score_at: Mapped[datetime | None]
    #: the body as sent, byte for byte
    body: Mapped[str | None] = mapped_column(Text)
    #: tries that failed since ``trying_since``
    tries: Mapped[int] = mapped_column(default=0)
    #: the first try of this round: a week later it is given up; a person who retries it begins a new round
    trying_since: Mapped[datetime | None]
    #: an earlier try may have arrived (its answer was lost)
    outcome_unknown: Mapped[bool] = mapped_column(default=False)
    #: was given a new moment after "too old" already
    restamped: Mapped[bool] = mapped_column(default=False)
    #: was forbidden once and waited for a token that is surely new
    token_renewed: Mapped[bool] = mapped_column(default=False)
    #: the operator has had mail about it
    reported: Mapped[bool] = mapped_column(default=False)
    #: a worker is writing that mail, until then: no other one does
    telling_until: Mapped[datetime | None]
    #: token of the worker that has it in hand
    lease: Mapped[str | None] = mapped_column(String(32))
    next_try_at: Mapped[datetime]
    created_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]


class DeliveryPace(Base):
    """How fast scores may go to a platform, over all workers; also the row that lets one worker at a time choose."""

    __tablename__ = "delivery_pace"

    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True
    )
    #: the next request may leave from then on
    next_at: Mapped[datetime]
    #: the platform asked for rest until then
    paused_until: Mapped[datetime | None]
    #: failures of the platform in a row, whatever was sent: from three on it is probed by one at a time
    failures: Mapped[int] = mapped_column(default=0)
