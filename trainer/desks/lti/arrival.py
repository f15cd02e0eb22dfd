"""A verified launch becomes a person with a session, in a course, on a module: one transaction.

Most launches are of somebody who was here before, through the same link onto the same module: they write three rows
and change nothing else, so they have a shorter way (`_as_before`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from sqlalchemy import Connection

from lti.errors import LtiError
from lti.messages import PlatformMessage, ResourceLinkLaunch
from lti.notices import CONTEXT_COPY
from trainer.core.database import Database
from trainer.core.i18n import choose_locale
from trainer.core.i18n import lazy_gettext as _l
from trainer.core.web.errors import Refusal
from trainer.courses.actions import Place, is_known_place, note_place, note_return, note_visit
from trainer.courses.delivery_actions import announce_visit, link_changed, wake_for_visit
from trainer.courses.legacy import note_way_back
from trainer.courses.queries import Known, known_at_launch
from trainer.courses.rosters import note_present
from trainer.desks.lti.dead_end import DeadEnd, dead_end, launched_by, wanted_key
from trainer.desks.lti.legacy_link import LegacyLink
from trainer.desks.lti.migrating import join_if_proven, may_be_another
from trainer.desks.lti.opening import Opened, missed_module, open_module, opened_before
from trainer.institutions.actions import add_deployment, note_family, note_launch, note_waiting_deployment
from trainer.institutions.notice_services import note_notice_service
from trainer.institutions.queries import RegisteredPlatform
from trainer.people.actions import NewSession, meet, new_session, open_session, rename, spend_nonce

LAUNCH_PATH = "/lti/launch/"
#: how often the platform's last launch is noted at most: the platform's row is one for all who come
NOTE_LAUNCH_EVERY = timedelta(minutes=5)
#: of what a link names as its module so much is kept: more than a key can have
_LONGEST_NAMED = 255


class UnknownDeployment(Exception):
    """The deployment is not in use; the launch is refused, and the deployment waits in the operator's inbox."""


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
        known = _look_up(connection, launch, registered)
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
        or _says_who_anew(launch, known)
        or _other_family(launch, known)
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
    session = _session(
        launch,
        registered,
        identity_id=again.identity_id,
        buddy_id=again.buddy_id,
        deployment_id=again.deployment_id,
        locale=_locale(launch, known, browser_locale),
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
    _note_which_lms(connection, launch, registered, known)
    notices_url = _other_notices(launch, known)
    if notices_url is not None:
        note_notice_service(connection, deployment_id, notices_url, now)
    if _is_note_due(known, now):
        note_launch(connection, registered.id, now)
    identity_id, buddy_id = _person(connection, launch, registered, known, now)
    joined = join_if_proven(connection, launch, registered, identity_id, course_id=known.course_id, now=now)
    if joined is not None:
        buddy_id, known = joined, _look_up(connection, launch, registered)
    named = module_named_by(launch)
    place = note_place(connection, launch, known, named_key=named, deployment_id=deployment_id, now=now)
    if place.has_inherited:
        known = _look_up(connection, launch, registered)
    enrolment = open_module(connection, known, named, buddy_id, now)
    enrolment_id = enrolment.id if enrolment else None
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
    is_completed = enrolment is not None and enrolment.completed_at is not None
    if place.is_way_back_new and known.link_id is not None:
        link_changed(connection, place.link_id, now)
    elif launch.has_learner_result and (is_completed or known.enrolment_completed_at is not None):
        wake_for_visit(connection, place.link_id, identity_id, now)
    if launch.has_learner_result and is_completed:
        announce_visit(connection, visit_id, now)
    locale = _locale(launch, known, browser_locale)
    if wanted is not None and enrolment is None and not launch.may_place:
        said = launched_by(launch, registration_id=registered.id, named_key=named, locale=locale)
        return dead_end(connection, said, wanted)
    session = _session(
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


def _right_to_send(launch: ResourceLinkLaunch) -> tuple[str, str] | None:
    """LTI 1.1: where this person's result goes, and the right to send it, sealed; it may be another one each time."""
    if not isinstance(launch, LegacyLink) or launch.outcome_url is None or launch.sealed_right is None:
        return None
    return launch.outcome_url, launch.sealed_right


def admit(
    connection: Connection, message: PlatformMessage, registered: RegisteredPlatform, now: datetime
) -> tuple[Known, int]:
    """Spend the nonce and see that platform, deployment and person may come in; the deployment's row stands beside.

    Raises:
        As `sign_in`.
    """
    if not spend_nonce(connection, message.nonce_hash, message.nonce_expires_at):
        raise LtiError("lti_nonce_replayed")
    known = _look_up(connection, message, registered)
    if known.deployment_id is None and registered.adopts_deployments:
        add_deployment(connection, registered.id, message.deployment_id, now)
        known = _look_up(connection, message, registered)
    if known.deployment_id is None or not known.deployment_active:
        raise UnknownDeployment
    if not known.registration_active:
        raise LtiError("lti_platform_inactive", "switched off while this launch was under way")
    if known.disabled_at is not None:
        raise person_stopped()
    return known, known.deployment_id


def person_stopped() -> Refusal:
    """The refusal of somebody who is kept out."""
    return Refusal(
        "person_disabled",
        403,
        message=_l("Your access to this training was stopped."),
        advice=_l("Ask your lecturer why."),
    )


def sign_in(
    connection: Connection,
    message: PlatformMessage,
    registered: RegisteredPlatform,
    *,
    browser_locale: str,
    now: datetime,
) -> NewSession:
    """Let somebody in who comes with a message that opens no link: spend the nonce, know the person, open a session.

    Raises:
        LtiError: ``lti_nonce_replayed``, ``lti_platform_inactive``, ``lti_issuer``.
        UnknownDeployment: the deployment is unknown or switched off.
        Refusal: ``person_disabled`` (403).
    """
    known, deployment_id = admit(connection, message, registered, now)
    _note_which_lms(connection, message, registered, known)
    identity_id, buddy_id = _person(connection, message, registered, known, now)
    session = _session(
        message,
        registered,
        identity_id=identity_id,
        buddy_id=buddy_id,
        deployment_id=deployment_id,
        locale=_locale(message, known, browser_locale),
        now=now,
    )
    open_session(connection, session)
    return session


def _locale(launch: PlatformMessage, known: Known, browser_locale: str) -> str:
    return known.locale or choose_locale([launch.locale] if launch.locale else []) or browser_locale


def _session(
    launch: PlatformMessage,
    registered: RegisteredPlatform,
    *,
    identity_id: int,
    buddy_id: int,
    deployment_id: int,
    locale: str,
    now: datetime,
) -> NewSession:
    return new_session(
        identity_id=identity_id,
        buddy_id=buddy_id,
        registration_id=registered.id,
        deployment_id=deployment_id,
        roles=launch.roles,
        locale=locale,
        return_url=launch.return_url,
        login=launch.login,
        now=now,
    )


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


def _look_up(connection: Connection, launch: PlatformMessage, registered: RegisteredPlatform) -> Known:
    try:
        return known_at_launch(
            connection,
            registration_id=registered.id,
            deployment_id=launch.deployment_id,
            sub=launch.sub,
            context_id=launch.context.id if launch.context else "",
            # Without a link there is none to be found: no link's id is empty
            resource_link_id=launch.resource_link.id if isinstance(launch, ResourceLinkLaunch) else "",
            module_key=module_named_by(launch) if isinstance(launch, ResourceLinkLaunch) else None,
        )
    except LookupError as problem:
        raise LtiError("lti_issuer", "the registration was removed meanwhile") from problem


def keep_for_operator(
    connection: Connection, launch: PlatformMessage, registered: RegisteredPlatform, now: datetime
) -> None:
    """Put a refused deployment into the operator's inbox.  Its nonce is spent: the launch was genuine."""
    spend_nonce(connection, launch.nonce_hash, launch.nonce_expires_at)
    note_waiting_deployment(connection, registered.id, launch.deployment_id, now)


def module_named_by(launch: ResourceLinkLaunch) -> str | None:
    """The key of the module that a launch names itself: custom parameter ``module``, else the path of the target."""
    named = launch.custom.get("module", "")
    path = urlsplit(launch.target_link_uri).path
    if not named and path.startswith(LAUNCH_PATH):
        named = unquote(path[len(LAUNCH_PATH) :]).strip("/")
    # What cannot be a key is no module's; a NUL would be refused by PostgreSQL in its own way
    return (named if named.isprintable() else repr(named))[:_LONGEST_NAMED] if named else None


def _note_which_lms(
    connection: Connection, launch: PlatformMessage, registered: RegisteredPlatform, known: Known
) -> None:
    family = _other_family(launch, known)
    if family:
        note_family(connection, registered.id, family)


def _is_note_due(known: Known, now: datetime) -> bool:
    noted = known.last_launch_at
    return noted is None or not timedelta() <= now - noted < NOTE_LAUNCH_EVERY


def _other_family(launch: PlatformMessage, known: Known) -> str | None:
    """Which LMS the launch says that it comes from, where it said something else before."""
    family = launch.tool_platform.family_code if launch.tool_platform else None
    return family[:100] if family and family[:100] != known.family else None


def _other_notices(launch: ResourceLinkLaunch, known: Known) -> str | None:
    """Where the platform can be asked for notices of copies, where it said something else before."""
    told = launch.notices
    if told is None or CONTEXT_COPY not in told.types or told.url == known.notices_url:
        return None
    return told.url


def _name(launch: PlatformMessage) -> str | None:
    name = launch.name or " ".join(part for part in (launch.given_name, launch.family_name) if part)
    return name[:200] or None


def _says_who_anew(launch: PlatformMessage, known: Known) -> bool:
    """The LMS tells another name or address than before; what it no longer tells is kept."""
    name = _name(launch)
    return bool((name and name != known.name) or (launch.email and launch.email != known.email))


def _person(
    connection: Connection,
    launch: PlatformMessage,
    registered: RegisteredPlatform,
    known: Known,
    now: datetime,
) -> tuple[int, int]:
    if known.identity_id is None or known.buddy_id is None:
        return meet(connection, registered.id, launch.sub, name=_name(launch), email=launch.email, now=now)
    if _says_who_anew(launch, known):
        rename(connection, known.identity_id, name=_name(launch), email=launch.email)
    return known.identity_id, known.buddy_id
