"""A verified launch becomes a person with a session, in a course, on a module: one transaction.

Most launches are of somebody who was here before, through the same link onto the same module: they write three rows
and change nothing else, so they have a shorter way (`_as_before`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from lti.messages import ResourceLinkLaunch
from lti.notices import CONTEXT_COPY
from trainer.core.database import Database
from trainer.courses.actions import Place, is_known_place, note_place, note_return, note_visit
from trainer.courses.delivery_actions import announce_visit, link_changed, wake_for_visit
from trainer.courses.legacy import note_way_back
from trainer.courses.queries import Known
from trainer.courses.rosters import note_present
from trainer.desks.lti.admission import (
    admit,
    know_person,
    locale_of,
    look_up,
    module_named_by,
    note_which_lms,
    other_family,
    says_who_anew,
    session_of,
)
from trainer.desks.lti.dead_end import DeadEnd, dead_end, launched_by, wanted_key
from trainer.desks.lti.legacy_link import LegacyLink
from trainer.desks.lti.migrating import join_if_proven, may_be_another
from trainer.desks.lti.opening import Opened, missed_module, open_module, opened_before
from trainer.institutions.actions import note_launch
from trainer.institutions.notice_services import note_notice_service
from trainer.institutions.queries import RegisteredPlatform
from trainer.people.actions import NewSession, open_session

#: how often the platform's last launch is noted at most: the platform's row is one for all who come
NOTE_LAUNCH_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where a launch ends."""

    #: for the session cookie
    token: str
    identity_id: int
    locale: str
    is_lecturer: bool
    may_place: bool
    #: random id of the enrolment; none for a link without a module
    enrolment: str | None
    link_id: int
    #: random id of the link
    link: str


def arrive(
    database: Database,
    launch: ResourceLinkLaunch,
    registered: RegisteredPlatform,
    *,
    browser_locale: str,
    now: datetime,
) -> Arrival:
    """Spend the nonce, find or make everything that the launch names, and sign the browser in: one transaction.

    Raises:
        LtiError: ``lti_nonce_replayed``, ``lti_platform_inactive``, ``lti_issuer``.
        UnknownDeployment: the deployment is unknown or switched off.
        Refusal: ``person_disabled`` (403).
        DeadEnd: what a learner's link leads to is unknown or retired; all that the launch says is noted, but nobody
            is signed in.
    """
    with database.reading() as connection:
        known = look_up(connection, launch, registered)
        again = _as_before(connection, launch, known, now)
        if again is not None and may_be_another(connection, launch, registered, known):
            again = None
    if again is not None:
        with database.writing_once() as connection:
            arrival = _come_again(
                connection, launch, registered, known, again, browser_locale=browser_locale, now=now
            )
        if arrival is not None:
            return arrival
    with database.writing() as connection:
        end = _arrive(connection, launch, registered, browser_locale=browser_locale, now=now)
    if isinstance(end, DeadEnd):
        raise end
    return end


class _Again(NamedTuple):
    """Somebody who comes again, and for whom everything is as it was."""

    identity_id: int
    buddy_id: int
    deployment_id: int
    visit_id: int
    enrolment: Opened
    place: Place


def _as_before(
    connection: Connection, launch: ResourceLinkLaunch, known: Known, now: datetime
) -> _Again | None:
    """What a launch like the last one leads to: most launches are that."""
    if (
        known.identity_id is None
        or known.buddy_id is None
        or known.deployment_id is None
        or known.link_id is None
        or known.link_public_id is None
        or known.visit_id is None
    ):
        return None
    enrolment = opened_before(connection, known, now)
    if (
        enrolment is None
        or enrolment.completed_at is not None
        or not known.registration_active
        or not known.deployment_active
        or known.disabled_at is not None
        or known.visit_has_result != launch.has_learner_result
        or known.visit_may_place != launch.may_place
        or known.visit_is_lecturer != launch.is_lecturer
        or says_who_anew(launch, known)
        or other_family(launch, known)
        or _right_to_send(launch) is not None
        or _other_notices(launch, known) is not None
        or _is_note_due(known, now)
        or (launch.may_place and known.retired_at is not None)
        or not is_known_place(launch, known, module_named_by(launch), now)
    ):
        return None
    place = Place(known.link_id, known.link_public_id, False)
    return _Again(known.identity_id, known.buddy_id, known.deployment_id, known.visit_id, enrolment, place)


def _come_again(
    connection: Connection,
    launch: ResourceLinkLaunch,
    registered: RegisteredPlatform,
    known: Known,
    again: _Again,
    *,
    browser_locale: str,
    now: datetime,
) -> Arrival | None:
    """The little that such a launch writes; None when it was no such launch after all."""
    session = session_of(
        launch,
        registered,
        identity_id=again.identity_id,
        buddy_id=again.buddy_id,
        deployment_id=again.deployment_id,
        locale=locale_of(launch, known, browser_locale),
        now=now,
    )
    is_done = note_return(
        connection,
        session,
        nonce_hash=launch.nonce_hash,
        nonce_expires_at=launch.nonce_expires_at,
        visit_id=again.visit_id,
        enrolment_id=again.enrolment.id,
        deployment_id=again.deployment_id,
        now=now,
    )
    return _arrival(launch, session, again.place, again.enrolment) if is_done else None


def _arrive(
    connection: Connection,
    launch: ResourceLinkLaunch,
    registered: RegisteredPlatform,
    *,
    browser_locale: str,
    now: datetime,
) -> Arrival | DeadEnd:
    known, deployment_id = admit(connection, launch, registered, now)
    _note_platform(connection, launch, registered, known, deployment_id=deployment_id, now=now)
    identity_id, buddy_id = know_person(connection, launch, registered, known, now)
    joined = join_if_proven(connection, launch, registered, identity_id, course_id=known.course_id, now=now)
    if joined is not None:
        buddy_id, known = joined, look_up(connection, launch, registered)
    named = module_named_by(launch)
    place = note_place(connection, launch, known, named_key=named, deployment_id=deployment_id, now=now)
    if place.has_inherited:
        known = look_up(connection, launch, registered)
    enrolment = open_module(connection, known, named, buddy_id, now)
    enrolment_id = enrolment.id if enrolment else None
    is_completed = enrolment is not None and enrolment.completed_at is not None
    wanted = wanted_key(known, named)
    missed = missed_module(known, wanted, enrolment, now)
    changes_hands = known.visit_enrolment_id != enrolment_id or not launch.has_learner_result
    if known.visit_id is not None and known.visit_has_result and changes_hands:
        # What the visit led to until now may be completed and not announced yet; soon nothing would tell of it
        announce_visit(connection, known.visit_id, now)
    visit_id = note_visit(
        connection,
        visit_id=known.visit_id,
        link_id=place.link_id,
        identity_id=identity_id,
        enrolment_id=enrolment_id,
        may_place=launch.may_place,
        is_lecturer=launch.is_lecturer,
        has_result=launch.has_learner_result,
        missed=missed,
        now=now,
    )
    right = _right_to_send(launch)
    if right is not None:
        note_way_back(
            connection, link_id=place.link_id, visit_id=visit_id, outcome_url=right[0], sealed_right=right[1]
        )
    if known.visit_id is None or known.left_at is not None:
        note_present(connection, place.link_id, identity_id, launch.sub)
    if place.is_way_back_new and known.link_id is not None:
        link_changed(connection, place.link_id, now)
    elif launch.has_learner_result and (is_completed or known.enrolment_completed_at is not None):
        wake_for_visit(connection, place.link_id, identity_id, now)
    if launch.has_learner_result and is_completed:
        announce_visit(connection, visit_id, now)
    locale = locale_of(launch, known, browser_locale)
    if wanted is not None and enrolment is None and not launch.may_place:
        said = launched_by(launch, registration_id=registered.id, named_key=named, locale=locale)
        return dead_end(connection, said, wanted)
    session = session_of(
        launch,
        registered,
        identity_id=identity_id,
        buddy_id=buddy_id,
        deployment_id=deployment_id,
        locale=locale,
        now=now,
    )
    open_session(connection, session)
    # Who may place sees the choice where the link needs another module, also who tried the present one before
    is_led_to_the_choice = launch.may_place and known.retired_at is not None
    return _arrival(launch, session, place, None if is_led_to_the_choice else enrolment)


def _note_platform(
    connection: Connection,
    launch: ResourceLinkLaunch,
    registered: RegisteredPlatform,
    known: Known,
    *,
    deployment_id: int,
    now: datetime,
) -> None:
    """Keep what the launch tells of its LMS, and that somebody came by it."""
    note_which_lms(connection, launch, registered, known)
    notices_url = _other_notices(launch, known)
    if notices_url is not None:
        note_notice_service(connection, deployment_id, notices_url, now)
    if _is_note_due(known, now):
        note_launch(connection, registered.id, now)


def _right_to_send(launch: ResourceLinkLaunch) -> tuple[str, str] | None:
    """LTI 1.1: where this person's result goes, and the right to send it, sealed; it may be another one each time."""
    if not isinstance(launch, LegacyLink) or launch.outcome_url is None or launch.sealed_right is None:
        return None
    return launch.outcome_url, launch.sealed_right


def _arrival(
    launch: ResourceLinkLaunch, session: NewSession, place: Place, enrolment: Opened | None
) -> Arrival:
    return Arrival(
        token=session.token,
        identity_id=session.row["identity_id"],
        locale=session.row["locale"],
        is_lecturer=launch.is_lecturer,
        may_place=launch.may_place,
        enrolment=enrolment.public_id if enrolment else None,
        link_id=place.link_id,
        link=place.link_public_id,
    )


def _is_note_due(known: Known, now: datetime) -> bool:
    noted = known.last_launch_at
    return noted is None or not timedelta() <= now - noted < NOTE_LAUNCH_EVERY


def _other_notices(launch: ResourceLinkLaunch, known: Known) -> str | None:
    """Where the platform can be asked for notices of copies, where it said something else before."""
    told = launch.notices
    if told is None or CONTEXT_COPY not in told.types or told.url == known.notices_url:
        return None
    return told.url
