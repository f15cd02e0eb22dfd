"""A verified launch becomes a person with a session, in a course, on a module: one transaction."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote, urlsplit

from sqlalchemy import Connection

from lti.errors import LtiError
from lti.messages import ResourceLinkLaunch
from trainer.catalogue.queries import edition
from trainer.core.i18n import choose_locale
from trainer.core.i18n import lazy_gettext as _l
from trainer.core.web.errors import Refusal
from trainer.courses.actions import note_place, note_visit
from trainer.courses.delivery_actions import announce_visit, link_changed, wake_for_visit
from trainer.courses.queries import Known, known_at_launch
from trainer.institutions.actions import add_deployment, note_family, note_waiting_deployment
from trainer.institutions.queries import RegisteredPlatform
from trainer.learning.enrolments import enrol, period_of
from trainer.people.actions import meet, open_session, rename, spend_nonce

LAUNCH_PATH = "/lti/launch/"


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
    connection: Connection,
    launch: ResourceLinkLaunch,
    registered: RegisteredPlatform,
    *,
    browser_locale: str,
    again_url: str | None,
    now: datetime,
) -> Arrival:
    """Spend the nonce, find or make everything that the launch names, and sign the browser in.

    Raises:
        LtiError: ``lti_nonce_replayed``.
        UnknownDeployment: the deployment is unknown or switched off.
        Refusal: ``person_disabled`` (403), ``module_unknown`` (404), ``module_retired`` (410).
    """
    if not spend_nonce(connection, launch.nonce_hash, launch.nonce_expires_at):
        raise LtiError("lti_nonce_replayed")
    known = _look_up(connection, launch, registered)
    if known.deployment_id is None and registered.adopts_deployments:
        add_deployment(connection, registered.id, launch.deployment_id, now)
        known = _look_up(connection, launch, registered)
    if known.deployment_id is None or not known.deployment_active:
        raise UnknownDeployment
    if not known.registration_active:
        raise LtiError("lti_platform_inactive", "switched off while this launch was under way")
    _refuse_what_cannot_open(launch, known)
    _note_which_lms(connection, launch, registered)
    identity_id, buddy_id = _person(connection, launch, registered, known, now)
    place = note_place(
        connection,
        launch,
        known,
        deployment_id=known.deployment_id,
        institution_id=registered.institution_id,
        now=now,
    )
    enrolment_id, enrolment_public_id = _enrolment(connection, known, buddy_id, now)
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
        has_result=launch.has_learner_result,
        now=now,
    )
    if place.is_way_back_new and known.link_id is not None:
        link_changed(connection, place.link_id, now)
    elif known.completed_at is not None and launch.has_learner_result:
        wake_for_visit(connection, place.link_id, identity_id, now)
    if known.completed_at is not None and enrolment_id == known.enrolment_id and launch.has_learner_result:
        announce_visit(connection, visit_id, now)
    locale = (
        known.locale
        or choose_locale([launch.locale] if launch.locale else [])
        or browser_locale
    )
    token = open_session(
        connection,
        identity_id=identity_id,
        buddy_id=buddy_id,
        registration_id=registered.id,
        deployment_id=known.deployment_id,
        roles=launch.roles,
        locale=locale,
        return_url=launch.return_url,
        again_url=again_url,
        now=now,
    )
    return Arrival(
        token=token,
        identity_id=identity_id,
        locale=locale,
        is_lecturer=launch.is_lecturer,
        may_place=launch.may_place,
        enrolment=enrolment_public_id,
        link_id=place.link_id,
        link=place.link_public_id,
    )


def _look_up(connection: Connection, launch: ResourceLinkLaunch, registered: RegisteredPlatform) -> Known:
    try:
        return known_at_launch(
            connection,
            registration_id=registered.id,
            deployment_id=launch.deployment_id,
            sub=launch.sub,
            context_id=launch.context.id if launch.context else "",
            resource_link_id=launch.resource_link.id,
            module_key=module_named_by(launch),
        )
    except LookupError as problem:
        raise LtiError("lti_issuer", "the registration was removed meanwhile") from problem


def keep_for_operator(
    connection: Connection, launch: ResourceLinkLaunch, registered: RegisteredPlatform, now: datetime
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
    return (named if named.isprintable() else repr(named)) if named else None


def _refuse_what_cannot_open(launch: ResourceLinkLaunch, known: Known) -> None:
    if known.disabled_at is not None:
        raise Refusal(
            "person_disabled",
            403,
            message=_l("Your access to this training was stopped."),
            advice=_l("Ask your lecturer why."),
        )
    if known.module_id is None:
        named = module_named_by(launch)
        if named is not None or known.chosen_module_key is not None:
            raise Refusal(
                "module_unknown",
                404,
                message=_l("This link points to a module that does not exist."),
                advice=_l("Tell your lecturer: the link needs another module."),
                detail=f"module {named or known.chosen_module_key!r}",
            )


def _note_which_lms(
    connection: Connection, launch: ResourceLinkLaunch, registered: RegisteredPlatform
) -> None:
    family = launch.tool_platform.family_code if launch.tool_platform else None
    if family and family != registered.platform.family:
        note_family(connection, registered.id, family)


def _person(
    connection: Connection,
    launch: ResourceLinkLaunch,
    registered: RegisteredPlatform,
    known: Known,
    now: datetime,
) -> tuple[int, int]:
    name = launch.name or " ".join(part for part in (launch.given_name, launch.family_name) if part) or None
    name = name[:200] if name else None
    if known.identity_id is None or known.buddy_id is None:
        return meet(connection, registered.id, launch.sub, name=name, email=launch.email, now=now)
    if (name and name != known.name) or (launch.email and launch.email != known.email):
        rename(connection, known.identity_id, name=name, email=launch.email)
    return known.identity_id, known.buddy_id


def _enrolment(
    connection: Connection, known: Known, buddy_id: int, now: datetime
) -> tuple[int | None, str | None]:
    if known.module_id is None or known.edition_id is None:
        return None, None
    period = period_of(edition(connection, known.edition_id).module, now)
    if known.enrolment_id is not None and known.enrolment_period == period:
        return known.enrolment_id, known.enrolment_public_id
    if known.retired_at is not None:
        raise Refusal(
            "module_retired",
            410,
            message=_l("This module is no longer offered."),
            advice=_l("Ask your lecturer for “%(key)s”, which takes its place.", key=known.successor_key)
            if known.successor_key
            else _l("Ask your lecturer which module takes its place."),
        )
    made = enrol(
        connection,
        buddy_id=buddy_id,
        module_id=known.module_id,
        edition_id=known.edition_id,
        period=period,
        now=now,
    )
    return made.id, made.public_id
