"""Who comes with a verified message of the LMS may come in: nonce, platform, deployment, person, session.

The same for every message, whether it opens a link (`arrival`) or something else.
"""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote, urlsplit

from sqlalchemy import Connection

from lti.errors import LtiError
from lti.messages import Message, PlatformMessage, ResourceLinkLaunch
from trainer.core.i18n import choose_locale
from trainer.core.i18n import lazy_gettext as _l
from trainer.core.web.errors import Refusal
from trainer.courses.queries import Known, known_at_launch
from trainer.institutions.actions import add_deployment, note_family, note_waiting_deployment
from trainer.institutions.queries import RegisteredPlatform
from trainer.people.actions import (
    NewSession,
    hold_identity,
    meet,
    new_session,
    open_session,
    rename,
    spend_nonce,
)

LAUNCH_PATH = "/lti/launch/"
#: of what a link names as its module so much is kept: more than a key can have
_LONGEST_NAMED = 255


@dataclass(frozen=True, slots=True)
class LedTo:
    """Somebody who came with a message that opens no link is signed in, and goes on to a page."""

    #: for the session cookie
    token: str
    identity_id: int
    #: the page's path
    location: str


class UnknownDeployment(Exception):
    """The deployment is not in use; the launch is refused, and the deployment waits in the operator's inbox."""


def admit(
    connection: Connection, message: PlatformMessage, registered: RegisteredPlatform, now: datetime
) -> tuple[Known, int]:
    """Spend the nonce and see that platform, deployment and person may come in; the deployment's row stands beside.

    Raises:
        As `sign_in`.
    """
    if not spend_nonce(connection, message.nonce_hash, message.nonce_expires_at):
        raise LtiError("lti_nonce_replayed")
    is_held = hold_identity(connection, registered.id, message.sub)
    known = look_up(connection, message, registered)
    if known.identity_id is not None and not is_held:
        # Their first launch, in another window, ended between the two
        hold_identity(connection, registered.id, message.sub)
        known = look_up(connection, message, registered)
    if known.deployment_id is None and registered.adopts_deployments:
        add_deployment(connection, registered.id, message.deployment_id, now)
        known = look_up(connection, message, registered)
    if known.deployment_id is None or not known.deployment_active:
        raise UnknownDeployment
    if not known.registration_active:
        raise LtiError("lti_platform_inactive", "switched off while this launch was under way")
    if known.disabled_at is not None:
        raise person_stopped()
    return known, known.deployment_id


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
    note_which_lms(connection, message, registered, known)
    identity_id, buddy_id = know_person(connection, message, registered, known, now)
    session = session_of(
        message,
        registered,
        identity_id=identity_id,
        buddy_id=buddy_id,
        deployment_id=deployment_id,
        locale=locale_of(message, known, browser_locale),
        now=now,
    )
    open_session(connection, session)
    return session


def keep_for_operator(
    connection: Connection, launch: PlatformMessage, registered: RegisteredPlatform, now: datetime
) -> bool:
    """Put a refused deployment into the operator's inbox; False when that is full of this platform's.

    Its nonce is spent: the launch was genuine.
    """
    spend_nonce(connection, launch.nonce_hash, launch.nonce_expires_at)
    return note_waiting_deployment(connection, registered.id, launch.deployment_id, now)


def person_stopped() -> Refusal:
    """The refusal of somebody who is kept out."""
    return Refusal(
        "person_disabled",
        403,
        message=_l("Your access to this training was stopped."),
        advice=_l("Ask your lecturer why."),
    )


def look_up(connection: Connection, launch: PlatformMessage, registered: RegisteredPlatform) -> Known:
    """What is known of everything that a message names, in one statement.

    Raises:
        LtiError: ``lti_issuer``, the registration was removed meanwhile.
    """
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


def know_person(
    connection: Connection,
    launch: PlatformMessage,
    registered: RegisteredPlatform,
    known: Known,
    now: datetime,
) -> tuple[int, int]:
    """The identity and the buddy who comes, made where they are new, and named as the LMS names them now."""
    if known.identity_id is None or known.buddy_id is None:
        return meet(connection, registered.id, launch.sub, name=_name(launch), email=launch.email, now=now)
    if says_who_anew(launch, known):
        rename(connection, known.identity_id, name=_name(launch), email=launch.email)
    return known.identity_id, known.buddy_id


def session_of(
    launch: PlatformMessage,
    registered: RegisteredPlatform,
    *,
    identity_id: int,
    buddy_id: int,
    deployment_id: int,
    locale: str,
    now: datetime,
) -> NewSession:
    """A session for who comes with this message; it is not open yet."""
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


def locale_of(launch: Message, known: Known | None, browser_locale: str) -> str:
    """Chosen by the person, where anything is known of them, else told by the LMS, else the browser's."""
    chosen = known.locale if known is not None else None
    return chosen or choose_locale([launch.locale] if launch.locale else []) or browser_locale


def module_named_by(launch: ResourceLinkLaunch) -> str | None:
    """The key of the module that a launch names itself: custom parameter ``module``, else the path of the target."""
    named = launch.custom.get("module", "")
    path = urlsplit(launch.target_link_uri).path
    if not named and path.startswith(LAUNCH_PATH):
        named = unquote(path[len(LAUNCH_PATH) :]).strip("/")
    # What cannot be a key is no module's; a NUL would be refused by PostgreSQL in its own way
    return (named if named.isprintable() else repr(named))[:_LONGEST_NAMED] if named else None


def says_who_anew(launch: PlatformMessage, known: Known) -> bool:
    """The LMS tells another name or address than before; what it no longer tells is kept."""
    name = _name(launch)
    return bool((name and name != known.name) or (launch.email and launch.email != known.email))


def note_which_lms(
    connection: Connection, launch: PlatformMessage, registered: RegisteredPlatform, known: Known
) -> None:
    """Keep which LMS it says to be, where that is new."""
    family = other_family(launch, known)
    if family:
        note_family(connection, registered.id, family)


def other_family(launch: PlatformMessage, known: Known) -> str | None:
    """Which LMS the launch says that it comes from, where it said something else before."""
    family = launch.tool_platform.family_code if launch.tool_platform else None
    return family[:100] if family and family[:100] != known.family else None


def _name(launch: PlatformMessage) -> str | None:
    return (launch.full_name or "")[:200] or None
