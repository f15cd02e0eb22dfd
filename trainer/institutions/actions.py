"""Deeds about institutions, their platforms, and our keys."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from unicodedata import normalize

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from lti.claims import MAX_ID
from lti.errors import LtiError
from lti.fields import has_control
from lti.keys import ToolKey as KeyPair
from lti.keys import expired_keys, generate_key
from lti.keysets import StoredKeySet
from lti.platform import Platform, check_platform
from lti.urls import check_frame_origin, check_platform_url
from trainer.core.crypto import Seal
from trainer.core.insert import insert_if_new, insert_or_ignore
from trainer.institutions.models import (
    Deployment,
    Institution,
    PlatformKeySet,
    Registration,
    ServiceToken,
    ToolKey,
    WaitingDeployment,
)
from trainer.institutions.queries import registration_id_of, tool_keys

#: of people's names for institutions and platforms
LONGEST_NAME = 200
_LONGEST_ADDRESS = 1000
#: deployments of one platform that wait at a time: on an issuer that all the world shares, a stranger's come too
MOST_WAITING = 100


class PlatformExists(Exception):
    """This issuer and client id are registered already; a registration is never written over."""


def institution_name(typed: str) -> str | None:
    """An institution's name as it is kept, with single blanks; None for what is empty, unprintable or too long."""
    name = _as_read(typed)
    return name if 0 < len(name) <= LONGEST_NAME and typed.strip().isprintable() else None


def find_or_make_institution(connection: Connection, name: str, now: datetime) -> int:
    """The id of the institution with this name, or one that nobody could tell from it."""
    for one in (name, _as_read(name)):
        found = connection.execute(select(Institution.id).where(Institution.name == one)).scalar_one_or_none()
        if found is not None:
            return found
    name = _as_read(name)
    connection.execute(insert_or_ignore(connection, Institution), {"name": name, "created_at": now})
    return connection.execute(select(Institution.id).where(Institution.name == name)).scalar_one()


def _as_read(name: str) -> str:
    """A name without what is not seen: more blanks than one, accents apart from their letters."""
    composed = normalize("NFC", name)
    return " ".join((composed if len(composed) <= len(name) else name).split())


def check_line(what: str, text: str, longest: int) -> None:
    """Refuse what is no line of text that both databases keep: LtiError ``lti_registration``."""
    if not 0 < len(text) <= longest or has_control(text):
        raise LtiError("lti_registration", f"{what} is empty, too long or not printable")


def register_platform(
    connection: Connection,
    platform: Platform,
    *,
    name: str,
    institution: str,
    deployment_ids: Sequence[str],
    adopts_deployments: bool = False,
    frame_origins: Sequence[str] = (),
    pending: bool = False,
    withheld_scopes: Sequence[str] = (),
    allow_insecure: bool,
    now: datetime,
) -> int:
    """Register a platform with its deployments; gives the registration's id.

    pending: it is off until an operator switches it on. withheld_scopes: what the LMS did not grant.

    Raises:
        lti.LtiError: ``url_not_allowed`` or ``lti_registration``, for what must not be stored.
        PlatformExists: the pair (issuer, client_id) is taken.
    """
    check_platform(platform, allow_insecure=allow_insecure)
    check_line("name", name.strip(), LONGEST_NAME)
    check_line("institution", (institution or name).strip(), LONGEST_NAME)
    check_line("family", platform.family or "-", _LONGEST_ADDRESS)
    check_line("audience", platform.audience or "-", _LONGEST_ADDRESS)
    for url in (platform.authorization_endpoint, platform.token_endpoint, platform.jwks_uri):
        if len(url) > _LONGEST_ADDRESS:
            raise LtiError("url_not_allowed", f"an address is longer than {_LONGEST_ADDRESS} characters")
    for origin in frame_origins:
        check_frame_origin(origin, allow_insecure=allow_insecure)
    institution_id = find_or_make_institution(connection, institution or name, now)
    registration_id = connection.execute(
        insert_or_ignore(connection, Registration).returning(Registration.id),
        {
            "institution_id": institution_id,
            "name": name,
            "issuer": platform.issuer,
            "client_id": platform.client_id,
            "authorization_endpoint": platform.authorization_endpoint,
            "token_endpoint": platform.token_endpoint,
            "jwks_uri": platform.jwks_uri,
            "audience": platform.audience,
            "family": platform.family[:100] if platform.family else None,
            "active": not pending,
            "pending": pending,
            "withheld_scopes": list(withheld_scopes),
            "adopts_deployments": adopts_deployments,
            "service_hosts": list(platform.service_hosts),
            "frame_origins": list(frame_origins),
            "created_at": now,
        },
    ).scalar_one_or_none()
    if registration_id is None:
        raise PlatformExists(f"{platform.issuer} with client id {platform.client_id} is registered already.")
    for deployment_id in deployment_ids:
        add_deployment(connection, registration_id, deployment_id, now)
    return registration_id


def add_deployment(connection: Connection, registration_id: int, deployment_id: str, now: datetime) -> None:
    """Take a deployment into use; it leaves the operator's inbox if it waited there.

    Raises:
        lti.LtiError: ``lti_registration``, for what is no id.
    """
    check_line("deployment id", deployment_id, MAX_ID)
    _hold_platform(connection, registration_id)
    values = {
        "registration_id": registration_id,
        "deployment_id": deployment_id,
        "active": True,
        "created_at": now,
    }
    connection.execute(insert_or_ignore(connection, Deployment), values)
    forget_waiting_deployment(connection, registration_id, deployment_id)


def note_waiting_deployment(
    connection: Connection, registration_id: int, deployment_id: str, now: datetime
) -> bool:
    """Put a deployment that launched, verified but unknown, into the operator's inbox.

    False when there is no room: `MOST_WAITING` of this platform wait, and an operator has to look at those first.
    """
    here = (
        WaitingDeployment.registration_id == registration_id,
        WaitingDeployment.deployment_id == deployment_id,
    )
    values = {"times": WaitingDeployment.times + 1, "last_seen_at": now}
    if connection.execute(update(WaitingDeployment).where(*here).values(values)).rowcount:
        return True
    # One newcomer of a platform at a time, so that they are counted
    _hold_platform(connection, registration_id)
    is_adopted = select(Deployment.id).where(
        Deployment.registration_id == registration_id,
        Deployment.deployment_id == deployment_id,
        Deployment.active,
    )
    if connection.execute(is_adopted).first() is not None:
        return True
    count = select(func.count()).where(WaitingDeployment.registration_id == registration_id)
    if connection.execute(count).scalar_one() >= MOST_WAITING:
        return False
    connection.execute(
        insert_or_ignore(connection, WaitingDeployment),
        {
            "registration_id": registration_id,
            "deployment_id": deployment_id,
            "first_seen_at": now,
            "last_seen_at": now,
            "times": 1,
        },
    )
    return True


def forget_waiting_deployment(connection: Connection, registration_id: int, deployment_id: str) -> None:
    """Take a deployment out of the operator's inbox; when it launches again it waits there again."""
    connection.execute(
        delete(WaitingDeployment).where(
            WaitingDeployment.registration_id == registration_id,
            WaitingDeployment.deployment_id == deployment_id,
        )
    )


def _hold_platform(connection: Connection, registration_id: int) -> None:
    """Until the end of the transaction nobody else adds deployments to this platform, or to its inbox."""
    connection.execute(
        select(Registration.id).where(Registration.id == registration_id).with_for_update(key_share=True)
    )


def set_deployment_active(
    connection: Connection, registration_id: int, deployment_id: str, *, active: bool
) -> int | None:
    """Switch a deployment on or off; gives its internal id, none when the registration has no such deployment."""
    return connection.execute(
        update(Deployment)
        .where(Deployment.registration_id == registration_id, Deployment.deployment_id == deployment_id)
        .values(active=active)
        .returning(Deployment.id)
    ).scalar_one_or_none()


def change_platform(
    connection: Connection,
    registration_id: int,
    *,
    frame_origins: Sequence[str] = (),
    service_hosts: Sequence[str] = (),
    adopts_deployments: bool | None = None,
    allow_insecure: bool,
) -> None:
    """Add origins that may frame pages and hosts that serve grades; say whether new deployments are adopted.

    Raises:
        lti.LtiError: ``url_not_allowed``.
    """
    for origin in frame_origins:
        check_frame_origin(origin, allow_insecure=allow_insecure)
    for host in service_hosts:
        check_platform_url(f"https://{host}/", "service host", allow_insecure=allow_insecure)
    here = Registration.id == registration_id
    kept = connection.execute(
        select(Registration.frame_origins, Registration.service_hosts).where(here)
    ).one()
    values: dict[str, object] = {
        "frame_origins": list(dict.fromkeys([*kept.frame_origins, *frame_origins])),
        "service_hosts": list(dict.fromkeys([*kept.service_hosts, *service_hosts])),
    }
    if adopts_deployments is not None:
        values["adopts_deployments"] = adopts_deployments
    connection.execute(update(Registration).where(here).values(values))


def set_platform_active(connection: Connection, registration_id: int, *, active: bool) -> None:
    """Switch a platform on or off; one that was pending is so no more once it was on.

    Who is signed in through it is for ``people.actions.end_sessions`` to end.
    """
    values = {"active": True, "pending": False} if active else {"active": False}
    connection.execute(update(Registration).where(Registration.id == registration_id).values(values))


def remove_platform(connection: Connection, registration_id: int) -> None:
    """Take a registration away that nobody ever came through.

    Raises:
        sqlalchemy.exc.IntegrityError: people came through it; it can only be disabled.
    """
    connection.execute(delete(Registration).where(Registration.id == registration_id))


def note_family(connection: Connection, registration_id: int, family: str) -> None:
    """Remember which LMS a platform is, as its launches say."""
    connection.execute(
        update(Registration).where(Registration.id == registration_id).values(family=family[:100])
    )


def note_launch(connection: Connection, registration_id: int, now: datetime) -> None:
    """Remember when somebody last came by a platform."""
    connection.execute(
        update(Registration).where(Registration.id == registration_id).values(last_launch_at=now)
    )


def activate_platform(connection: Connection, registration_id: int) -> bool:
    """Switch a registration on that waited for it since it was made; False when it does not wait (any more)."""
    statement = (
        update(Registration)
        .where(Registration.id == registration_id, Registration.pending)
        .values(pending=False, active=True)
    )
    return connection.execute(statement).rowcount == 1


# --- platforms' key sets: what lti.keysets asks of its store ---------------------------------------------------------


def load_key_set(connection: Connection, platform: Platform) -> StoredKeySet | None:
    """The last good key set of a platform, fresh or not."""
    row = connection.execute(
        select(PlatformKeySet.document, PlatformKeySet.fetched_at, PlatformKeySet.expires_at)
        .join(Registration)
        .where(Registration.issuer == platform.issuer, Registration.client_id == platform.client_id)
    ).one_or_none()
    if row is None or row.document is None:
        return None
    return StoredKeySet(row.document, row.fetched_at, row.expires_at)


def save_key_set(connection: Connection, platform: Platform, stored: StoredKeySet) -> None:
    """Keep a key set that was fetched, unless a later one is kept already."""
    connection.execute(
        update(PlatformKeySet)
        .where(
            PlatformKeySet.registration_id == registration_id_of(platform),
            or_(PlatformKeySet.fetched_at.is_(None), PlatformKeySet.fetched_at <= stored.fetched_at),
        )
        .values(document=stored.jwks_json, fetched_at=stored.fetched_at, expires_at=stored.expires_at)
    )


def claim_key_fetch(connection: Connection, platform: Platform, now: datetime, cooldown: timedelta) -> bool:
    """Claim the right to fetch a platform's key set: one process in each ``cooldown``."""
    registration_id = connection.execute(select(registration_id_of(platform))).scalar_one_or_none()
    if registration_id is None:
        return False
    if insert_if_new(connection, PlatformKeySet, {"registration_id": registration_id, "tried_at": now}):
        return True
    # A time in the future means that the clock was set back: it must not keep us from fetching
    free = or_(
        PlatformKeySet.tried_at.is_(None),
        PlatformKeySet.tried_at <= now - cooldown,
        PlatformKeySet.tried_at > now + cooldown,
    )
    claim = (
        update(PlatformKeySet)
        .where(PlatformKeySet.registration_id == registration_id, free)
        .values(tried_at=now)
    )
    return connection.execute(claim).rowcount == 1


# --- our own keys and the tokens they earn ---------------------------------------------------------------------------


def rotate_keys(connection: Connection, seal: Seal, now: datetime) -> KeyPair:
    """Make a new key pair, publish it at once, and forget those whose time is over."""
    made = generate_key(now)
    keep_key(connection, seal, made)
    gone = [key.kid for key in expired_keys(tool_keys(connection, seal), now)]
    connection.execute(delete(ToolKey).where(ToolKey.kid.in_(gone)))
    return made


def keep_key(connection: Connection, seal: Seal, key: KeyPair) -> None:
    """Keep a key pair, its private part sealed."""
    private = seal.close(key.private_pem().decode())
    connection.execute(
        insert(ToolKey), {"kid": key.kid, "private_key": private, "created_at": key.created_at}
    )


def ensure_key(connection: Connection, seal: Seal, now: datetime) -> None:
    """Make the first key pair, if there is none."""
    if connection.execute(select(ToolKey.kid).limit(1)).first() is None:
        rotate_keys(connection, seal, now)


def purge_service_tokens(connection: Connection, now: datetime) -> None:
    """Forget tokens that are over."""
    connection.execute(delete(ServiceToken).where(ServiceToken.expires_at < now))
