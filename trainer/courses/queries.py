"""What is asked about courses, the links in them, and who came through."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from trainer.catalogue.models import Edition, Module
from trainer.core.prepared import Prepared
from trainer.courses.models import Course, Link, RosterMember, Visit
from trainer.institutions.models import Deployment, Registration
from trainer.learning.models import Enrolment
from trainer.people.models import Identity


class Known(NamedTuple):
    """What the service knows already when a verified launch arrives; every part but the first may be new (None)."""

    #: the platform is switched on
    registration_active: bool
    #: product family code of its last launch
    family: str | None
    #: when somebody last came by it, to five minutes
    last_launch_at: datetime | None
    #: deployment, below the registration
    deployment_id: int | None
    deployment_active: bool | None
    #: person
    identity_id: int | None
    buddy_id: int | None
    name: str | None
    email: str | None
    locale: str | None
    disabled_at: datetime | None
    #: link and its course
    link_id: int | None
    link_public_id: str | None
    link_title: str | None
    chosen_module_key: str | None
    ags_scopes: Any
    line_item_url: str | None
    line_items_url: str | None
    link_course_id: int | None
    #: course of the launch
    course_id: int | None
    course_label: str | None
    course_title: str | None
    memberships_url: str | None
    roster_due_at: datetime | None
    roster_tried_at: datetime | None
    #: the roster says that this person is not in the course any more, since then
    left_at: datetime | None
    #: this person's earlier visit through this link
    visit_id: int | None
    visit_enrolment_id: int | None
    visit_may_place: bool | None
    visit_is_lecturer: bool | None
    visit_has_result: bool | None
    #: module that the launch names, and its newest edition
    module_id: int | None
    module_key: str | None
    retired_at: datetime | None
    successor_key: str | None
    edition_id: int | None
    #: what the visit opened the last time
    enrolment_public_id: str | None
    enrolment_buddy_id: int | None
    enrolment_module_id: int | None
    enrolment_period: str | None
    enrolment_completed_at: datetime | None


_newest = (
    select(func.max(Edition.number)).where(Edition.module_id == Module.id).correlate(Module).scalar_subquery()
)

# The columns of Known, in its order
_KNOWN = Prepared(
    select(
        Registration.active,
        Registration.family,
        Registration.last_launch_at,
        Deployment.id.label("deployment_id"),
        Deployment.active.label("deployment_active"),
        Identity.id.label("identity_id"),
        Identity.buddy_id,
        Identity.name,
        Identity.email,
        Identity.locale,
        Identity.disabled_at,
        Link.id.label("link_id"),
        Link.public_id.label("link_public_id"),
        Link.title.label("link_title"),
        Link.chosen_module_key,
        Link.ags_scopes,
        Link.line_item_url,
        Link.line_items_url,
        Link.course_id.label("link_course_id"),
        Course.id.label("course_id"),
        Course.label.label("course_label"),
        Course.title.label("course_title"),
        Course.memberships_url,
        Course.roster_due_at,
        Course.roster_tried_at,
        RosterMember.left_at,
        Visit.id.label("visit_id"),
        Visit.enrolment_id.label("visit_enrolment_id"),
        Visit.may_place.label("visit_may_place"),
        Visit.is_lecturer.label("visit_is_lecturer"),
        Visit.has_result.label("visit_has_result"),
        Module.id.label("module_id"),
        Module.key.label("module_key"),
        Module.retired_at,
        Module.successor_key,
        Edition.id.label("edition_id"),
        Enrolment.public_id.label("enrolment_public_id"),
        Enrolment.buddy_id.label("enrolment_buddy_id"),
        Enrolment.module_id.label("enrolment_module_id"),
        Enrolment.period.label("enrolment_period"),
        Enrolment.completed_at.label("enrolment_completed_at"),
    )
    .select_from(Registration)
    .outerjoin(
        Deployment,
        (Deployment.registration_id == Registration.id)
        & (Deployment.deployment_id == bindparam("deployment")),
    )
    .outerjoin(Identity, (Identity.registration_id == Registration.id) & (Identity.sub == bindparam("sub")))
    .outerjoin(
        Link, (Link.deployment_id == Deployment.id) & (Link.resource_link_id == bindparam("resource_link"))
    )
    .outerjoin(Course, (Course.deployment_id == Deployment.id) & (Course.context_id == bindparam("context")))
    .outerjoin(
        RosterMember, (RosterMember.course_id == Course.id) & (RosterMember.user_sub == bindparam("sub"))
    )
    .outerjoin(Visit, (Visit.link_id == Link.id) & (Visit.identity_id == Identity.id))
    .outerjoin(
        Module,
        Module.key == func.coalesce(bindparam("module_key", type_=Module.key.type), Link.chosen_module_key),
    )
    .outerjoin(Edition, (Edition.module_id == Module.id) & (Edition.number == _newest))
    .outerjoin(Enrolment, Enrolment.id == Visit.enrolment_id)
    .where(Registration.id == bindparam("registration"))
)


def known_at_launch(
    connection: Connection,
    *,
    registration_id: int,
    deployment_id: str,
    sub: str,
    context_id: str,
    resource_link_id: str,
    module_key: str | None,
) -> Known:
    """Everything that a launch needs to know, in one statement.

    Args:
        module_key: what the launch names; without one, what a teacher chose for the link counts.

    Raises:
        LookupError: the registration was removed meanwhile.
    """
    row = _KNOWN.first(
        connection,
        {
            "registration": registration_id,
            "deployment": deployment_id,
            "sub": sub,
            "context": context_id,
            "resource_link": resource_link_id,
            "module_key": module_key,
        },
    )
    if row is None:
        raise LookupError(f"registration {registration_id}")
    return Known._make(row)


@dataclass(frozen=True, slots=True)
class PlacedLink:
    """A link in a course, as its lecturer sees it."""

    public_id: str
    title: str | None
    #: the module that was chosen here, where the link names none itself
    chosen_module_key: str | None
    #: the module that it opened for whoever came last
    opened_module_key: str | None
    course_id: int
    course_title: str | None
    course_label: str | None
    #: this lecturer opened it; what that opened, none where the link named no module then
    is_visited: bool
    enrolment_public_id: str | None

    @property
    def module_key(self) -> str | None:
        """The module that it opens now; none where none is named or chosen."""
        if self.is_visited and self.enrolment_public_id is None:
            return self.chosen_module_key
        return self.chosen_module_key or self.opened_module_key


_somebodys, _theirs = aliased(Visit), aliased(Enrolment)
_opened = (
    select(Module.key)
    .join(_theirs, _theirs.module_id == Module.id)
    .join(_somebodys, _somebodys.enrolment_id == _theirs.id)
    .where(_somebodys.link_id == Link.id)
    .order_by(_somebodys.last_at.desc())
    .limit(1)
    .correlate(Link)
    .scalar_subquery()
)


def links_of_lecturer(connection: Connection, identity_id: int) -> list[PlacedLink]:
    """The links in every course into which this person came as a lecturer, by course and title.

    What stands outside any course has no course in common: of those links only the ones they opened themselves.
    """
    courses = select(Link.course_id).join(Visit).where(Visit.identity_id == identity_id, Visit.may_place)
    statement = (
        select(
            Link.public_id,
            Link.title,
            Link.chosen_module_key,
            Course.id.label("course_id"),
            Course.title.label("course_title"),
            Course.label.label("course_label"),
            _opened.label("opened_module_key"),
            Visit.id.is_not(None).label("is_visited"),
            Enrolment.public_id.label("enrolment_public_id"),
        )
        .select_from(Link)
        .join(Course, Course.id == Link.course_id)
        .outerjoin(Visit, (Visit.link_id == Link.id) & (Visit.identity_id == identity_id))
        .outerjoin(Enrolment, Enrolment.id == Visit.enrolment_id)
        .where(or_(and_(Course.context_id != "", Link.course_id.in_(courses)), Visit.may_place))
        .order_by(Course.title, Course.id, Link.title, Link.id)
    )
    return [PlacedLink(**row._mapping) for row in connection.execute(statement)]


def link_of_lecturer(connection: Connection, public_id: str, identity_id: int) -> PlacedLink | None:
    """One of those links; none when it stands in a course where this person is no lecturer."""
    return next(
        (link for link in links_of_lecturer(connection, identity_id) if link.public_id == public_id), None
    )
