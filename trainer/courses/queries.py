"""What is asked about courses, the links in them, and who came through."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Select, and_, bindparam, case, exists, func, or_, select
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
    #: where its platform can be asked for notices
    notices_url: str | None
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
    named_key: str | None
    replaced_key: str | None
    ags_scopes: Any
    line_item_url: str | None
    line_items_url: str | None
    link_course_id: int | None
    #: course of the launch
    course_id: int | None
    course_label: str | None
    course_title: str | None
    course_org_unit: str | None
    course_custom: Any
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
    visit_missed_key: str | None
    visit_missed_at: datetime | None
    #: module that the link opens, and its newest edition
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

_named = bindparam("module_key", type_=Link.named_key.type)

# The columns of Known, in its order
_KNOWN = Prepared(
    select(
        Registration.active,
        Registration.family,
        Registration.last_launch_at,
        Deployment.id.label("deployment_id"),
        Deployment.active.label("deployment_active"),
        Deployment.notices_url,
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
        Link.named_key,
        Link.replaced_key,
        Link.ags_scopes,
        Link.line_item_url,
        Link.line_items_url,
        Link.course_id.label("link_course_id"),
        Course.id.label("course_id"),
        Course.label.label("course_label"),
        Course.title.label("course_title"),
        Course.org_unit.label("course_org_unit"),
        Course.traits.label("course_custom"),
        Course.memberships_url,
        Course.roster_due_at,
        Course.roster_tried_at,
        RosterMember.left_at,
        Visit.id.label("visit_id"),
        Visit.enrolment_id.label("visit_enrolment_id"),
        Visit.may_place.label("visit_may_place"),
        Visit.is_lecturer.label("visit_is_lecturer"),
        Visit.has_result.label("visit_has_result"),
        Visit.missed_key.label("visit_missed_key"),
        Visit.missed_at.label("visit_missed_at"),
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
        Module.key
        == func.coalesce(
            case((Link.replaced_key == _named, Link.chosen_module_key)), _named, Link.chosen_module_key
        ),
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
        module_key: what the launch names; without one, and where a teacher put another in its place, what was
            chosen for the link counts.

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


#: The module that a link opens: a teacher's choice, unless the link names one that no choice was put in place of.
MODULE_KEY = case(
    (
        or_(
            Link.named_key.is_(None),
            and_(Link.named_key == Link.replaced_key, Link.chosen_module_key.is_not(None)),
        ),
        Link.chosen_module_key,
    ),
    else_=Link.named_key,
)


@dataclass(frozen=True, slots=True)
class PlacedLink:
    """A link in a course, as its lecturer sees it."""

    public_id: str
    title: str | None
    #: the module that was chosen here: where the link names none itself, or in place of it
    chosen_module_key: str | None
    #: the module that it opens, which may be unknown or retired; none where none is named or chosen
    module_key: str | None
    course_id: int
    course_title: str | None
    course_label: str | None
    #: what this lecturer's own visit opened
    enrolment_public_id: str | None


_IN_USE = select(Deployment.id).where(Deployment.active)


def courses_in_which(identity_id: int, right: Literal["may_place", "is_lecturer"]) -> Select[int]:
    """The ids of the courses into which this person came with a right, and has it still.

    The last time decides, through whichever link they came; so does a roster that says that they left, and an operator
    who withdrew the deployment.
    """
    visit, link, later, its_link = aliased(Visit), aliased(Link), aliased(Visit), aliased(Link)
    came_without_since = exists().where(
        later.identity_id == identity_id,
        later.link_id == its_link.id,
        its_link.course_id == link.course_id,
        later.last_at > visit.last_at,
        getattr(later, right).is_(False),
    )
    has_left = exists().where(
        RosterMember.course_id == link.course_id,
        RosterMember.identity_id == identity_id,
        RosterMember.left_at.is_not(None),
    )
    return (
        select(link.course_id)
        .join(visit, visit.link_id == link.id)
        .where(
            visit.identity_id == identity_id,
            getattr(visit, right),
            ~came_without_since,
            ~has_left,
            link.deployment_id.in_(_IN_USE),
        )
    )


def links_of_lecturer(connection: Connection, identity_id: int) -> list[PlacedLink]:
    """The links in every course into which this person came as a lecturer and is one still, by course and title.

    What stands outside any course has no course in common: of those links only the ones they opened themselves.
    """
    courses = courses_in_which(identity_id, "may_place")
    statement = (
        select(
            Link.public_id,
            Link.title,
            Link.chosen_module_key,
            MODULE_KEY.label("module_key"),
            Course.id.label("course_id"),
            Course.title.label("course_title"),
            Course.label.label("course_label"),
            Enrolment.public_id.label("enrolment_public_id"),
        )
        .select_from(Link)
        .join(Course, Course.id == Link.course_id)
        .outerjoin(Visit, (Visit.link_id == Link.id) & (Visit.identity_id == identity_id))
        .outerjoin(Enrolment, Enrolment.id == Visit.enrolment_id)
        .where(
            or_(
                and_(Course.context_id != "", Link.course_id.in_(courses)),
                and_(Course.context_id == "", Visit.may_place, Link.deployment_id.in_(_IN_USE)),
            )
        )
        .order_by(Course.title, Course.id, Link.title, Link.id)
    )
    return [PlacedLink(**row._mapping) for row in connection.execute(statement)]


def link_of_lecturer(connection: Connection, public_id: str, identity_id: int) -> PlacedLink | None:
    """One of those links; none when it stands in a course where this person is no lecturer."""
    return next(
        (link for link in links_of_lecturer(connection, identity_id) if link.public_id == public_id), None
    )
