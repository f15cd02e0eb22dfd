"""Deeds about courses: someone arrives through a link, a teacher chooses a module for one.

What happens to the scores afterwards is told in the delivery files.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Insert, bindparam, func, insert, inspect, select, update
from sqlalchemy.dialects import postgresql

from lti.history import LINK
from lti.messages import ResourceLinkLaunch
from trainer.catalogue.models import Module
from trainer.core.insert import insert_or_ignore
from trainer.core.prepared import Prepared
from trainer.courses.belonging import decide_again, institution_of, traits_told
from trainer.courses.copies import note_course_of_original, original_course, original_link
from trainer.courses.models import Course, Link, Visit
from trainer.courses.placing import placement_named
from trainer.courses.queries import Known
from trainer.courses.rosters import memberships_url, wants_roster
from trainer.institutions.models import Deployment
from trainer.institutions.rules import Traits
from trainer.people.actions import NewSession, open_session, spend_nonce
from trainer.people.models import BrowserSession, Identity, SpentNonce

NO_CONTEXT = ""

_VISIT_AGAIN = Prepared(
    update(Visit)
    .where(Visit.id == bindparam("visit"))
    .values(
        enrolment_id=bindparam("enrolment_id"),
        may_place=bindparam("may_place"),
        is_lecturer=bindparam("is_lecturer"),
        has_result=bindparam("has_result"),
        missed_key=bindparam("missed_key"),
        missed_at=bindparam("missed_at"),
        last_at=bindparam("last_at"),
    )
)


_THE_SAME = (
    update(Visit)
    .where(
        Visit.id == bindparam("visit"),
        Visit.enrolment_id == bindparam("opened"),
        select(Deployment.id).where(Deployment.id == bindparam("deployment"), Deployment.active).exists(),
        # Whose it is may change with a join, and when that is undone; the enrolment goes along
        select(Identity.id)
        .where(Identity.id == Visit.identity_id, Identity.buddy_id == bindparam("buddy_id"))
        .exists(),
    )
    .values(last_at=bindparam("last_at"))
    .returning(Visit.id)
)
_COME_AGAIN = Prepared(_THE_SAME)


def _return_in_one() -> Insert:
    """PostgreSQL writes visit, nonce and session in one statement, each only when the one before was."""
    visit = _THE_SAME.cte("again")
    columns = inspect(SpentNonce).columns
    nonce = (
        postgresql.insert(SpentNonce)
        .from_select(
            columns.keys(),
            select(*(bindparam(name, type_=column.type) for name, column in columns.items())).where(
                select(visit.c.id).exists()
            ),
        )
        .on_conflict_do_nothing()
        .returning(SpentNonce.nonce_hash)
        .cte("spent")
    )
    columns = inspect(BrowserSession).columns
    return (
        insert(BrowserSession)
        .from_select(
            columns.keys(),
            select(*(bindparam(name, type_=column.type) for name, column in columns.items())).where(
                select(nonce.c.nonce_hash).exists()
            ),
        )
        .returning(BrowserSession.token_hash)
    )


_RETURN = Prepared(_return_in_one())


@dataclass(frozen=True, slots=True)
class Place:
    """Where a launch came from, found or made."""

    link_id: int
    link_public_id: str
    #: the way back to the gradebook is new or another one than before
    is_way_back_new: bool
    #: a copy, seen for the first time, that took over which module a teacher chose for its original
    has_inherited: bool = False


def note_place(
    connection: Connection,
    launch: ResourceLinkLaunch,
    known: Known,
    *,
    named_key: str | None,
    deployment_id: int,
    now: datetime,
) -> Place:
    """Find or make the course and the link of a launch, and take over what the LMS says of them now.

    Args:
        named_key: the module that the launch names itself.
    """
    course_id = _note_course(connection, launch, known, deployment_id=deployment_id, now=now)
    way_back = scopes, line_item, line_items = _way_back(launch, known)
    values = {
        "course_id": course_id,
        "title": _link_title(launch, known),
        "named_key": named_key,
        "ags_scopes": scopes,
        "line_item_url": line_item,
        "line_items_url": line_items,
    }
    if known.link_id is None or known.link_public_id is None:
        original = original_link(connection, launch, deployment_id, course_id=course_id, named_key=named_key)
        connection.execute(
            insert_or_ignore(connection, Link),
            {
                "public_id": secrets.token_hex(16),
                "deployment_id": deployment_id,
                "resource_link_id": launch.resource_link.id,
                # A link keeps what it was placed as, so this is asked the first time only
                "placement_id": placement_named(
                    connection, launch.custom.get(LINK), deployment_row=deployment_id
                ),
                "copied_from_id": original.link_id if original else None,
                "chosen_module_key": original.chosen_module_key if original else None,
                "replaced_key": original.replaced_key if original else None,
                "created_at": now,
                **values,
            },
        )
        if original is not None and known.course_id is None:
            note_course_of_original(connection, course_id, original.course_id)
        made = connection.execute(
            select(Link.id, Link.public_id).where(
                Link.deployment_id == deployment_id, Link.resource_link_id == launch.resource_link.id
            )
        ).one()
        return Place(made.id, made.public_id, True, bool(original and original.chosen_module_key))
    is_new = (known.ags_scopes, known.line_item_url, known.line_items_url) != way_back
    before = known.link_course_id, known.link_title, known.named_key
    if is_new or before != (course_id, values["title"], named_key):
        connection.execute(update(Link).where(Link.id == known.link_id).values(values))
    return Place(known.link_id, known.link_public_id, is_new)


def is_known_place(launch: ResourceLinkLaunch, known: Known, named_key: str | None, now: datetime) -> bool:
    """The course and the link are known, and the LMS says of them what it said before: nothing is to be noted."""
    return (
        known.link_id is not None
        and known.course_id is not None
        and known.link_course_id == known.course_id
        and known.link_title == _link_title(launch, known)
        and known.named_key == named_key
        and known.left_at is None
        and _known_traits(known) == traits_told(launch, _known_traits(known))
        and known.memberships_url == memberships_url(launch, known)
        and not wants_roster(launch, known, now)
        and (known.ags_scopes, known.line_item_url, known.line_items_url) == _way_back(launch, known)
    )


def _link_title(launch: ResourceLinkLaunch, known: Known) -> str | None:
    title = launch.resource_link.title or known.link_title
    return title[:500] if title else None


def _way_back(launch: ResourceLinkLaunch, known: Known) -> tuple[list[str], str | None, str | None]:
    """Scopes, line item and line items."""
    if launch.ags is not None:
        return list(launch.ags.scope), launch.ags.lineitem, launch.ags.lineitems
    # Some launches (a preview, a lecturer's) lack the claim; that takes nobody else's way back away
    return known.ags_scopes or [], known.line_item_url, known.line_items_url


def _known_traits(known: Known) -> Traits:
    return Traits(known.course_label, known.course_title, known.course_org_unit, known.course_custom or {})


def _note_course(
    connection: Connection,
    launch: ResourceLinkLaunch,
    known: Known,
    *,
    deployment_id: int,
    now: datetime,
) -> int:
    context_id = launch.context.id if launch.context else NO_CONTEXT
    traits = traits_told(launch, _known_traits(known))
    values: dict[str, object] = {
        "label": traits.label,
        "title": traits.title,
        "org_unit": traits.org_unit,
        "traits": traits.custom,
        "memberships_url": memberships_url(launch, known),
    }
    is_told_anew = traits != _known_traits(known)
    is_wanted = wants_roster(launch, known, now)
    if is_wanted:
        values["roster_due_at"] = now
    if known.course_id is not None:
        # Of a course that a notice made known nothing was decided: it has its original's institution until now
        if is_told_anew or traits == Traits(custom={}):
            decide_again(connection, known.course_id, deployment_id, traits)
        if is_told_anew or is_wanted or known.memberships_url != values["memberships_url"]:
            connection.execute(update(Course).where(Course.id == known.course_id).values(values))
        return known.course_id
    connection.execute(
        insert_or_ignore(connection, Course),
        {
            "public_id": secrets.token_hex(16),
            "deployment_id": deployment_id,
            "institution_id": institution_of(connection, deployment_id, traits),
            "context_id": context_id,
            "copied_from_id": original_course(connection, launch, deployment_id),
            "created_at": now,
            **values,
        },
    )
    return connection.execute(
        select(Course.id).where(Course.deployment_id == deployment_id, Course.context_id == context_id)
    ).scalar_one()


def note_visit(
    connection: Connection,
    *,
    visit_id: int | None,
    link_id: int,
    identity_id: int,
    enrolment_id: int | None,
    may_place: bool,
    is_lecturer: bool,
    has_result: bool,
    missed: tuple[str, datetime] | None = None,
    now: datetime,
) -> int:
    """Note that a person came through a link, and what it opened; gives the visit's id.

    Args:
        missed: the unknown or retired module that they wanted and did not get, and since when.
    """
    values = {
        "enrolment_id": enrolment_id,
        "may_place": may_place,
        "is_lecturer": is_lecturer,
        "has_result": has_result,
        "missed_key": missed[0] if missed else None,
        "missed_at": missed[1] if missed else None,
        "last_at": now,
    }
    if visit_id is None:
        made = connection.execute(
            insert_or_ignore(connection, Visit).returning(Visit.id),
            {"link_id": link_id, "identity_id": identity_id, "first_at": now, **values},
        ).scalar_one_or_none()
        if made is not None:
            return made
        visit_id = connection.execute(
            select(Visit.id).where(Visit.link_id == link_id, Visit.identity_id == identity_id)
        ).scalar_one()
    _VISIT_AGAIN.run(connection, {"visit": visit_id, **values})
    return visit_id


def note_return(
    connection: Connection,
    session: NewSession,
    *,
    nonce_hash: str,
    nonce_expires_at: datetime,
    visit_id: int,
    enrolment_id: int,
    deployment_id: int,
    now: datetime,
) -> bool:
    """Somebody comes again through a link that opens what it opened before: spend the nonce, note the visit, sign in.

    Returns:
        False, with no session, when the nonce was spent before, when the visit has another enrolment by now, when the
        identity is another person's, or when the deployment was switched off meanwhile.
    """
    visit = {
        "visit": visit_id,
        "opened": enrolment_id,
        "deployment": deployment_id,
        "buddy_id": session.row["buddy_id"],
        "last_at": now,
    }
    nonce = {"nonce_hash": nonce_hash, "expires_at": nonce_expires_at}
    if connection.dialect.name == "postgresql":
        return _RETURN.first(connection, {**visit, **nonce, **session.row}) is not None
    if _COME_AGAIN.first(connection, visit) is None or not spend_nonce(
        connection, nonce_hash, nonce_expires_at
    ):
        return False
    open_session(connection, session)
    return True


def lead_on(connection: Connection, visit_id: int, enrolment_id: int, now: datetime) -> None:
    """A learner did not get what the link leads to, and goes on with what takes its place.

    From now on that is what this person's visit opens, and what its score is about.
    """
    connection.execute(
        update(Visit).where(Visit.id == visit_id).values(enrolment_id=enrolment_id, last_at=now)
    )


def choose_module(connection: Connection, link_public_id: str, module_key: str) -> None:
    """A teacher chooses which module a link opens, for the whole course.

    Also in place of one that the link names itself, for as long as it names that one: when it is made to name
    another in the LMS, that counts again. Of a retired module that was chosen before is kept that it was
    replaced: who had begun it may finish.
    """
    was_retired = (
        select(Module.key)
        .where(Module.key == Link.chosen_module_key, Module.retired_at.is_not(None))
        .scalar_subquery()
    )
    connection.execute(
        update(Link)
        .where(Link.public_id == link_public_id)
        .values(
            chosen_module_key=module_key,
            replaced_key=func.coalesce(Link.named_key, was_retired, Link.replaced_key),
        )
    )
