"""What is asked about people."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, bindparam, select

from lti.platform import Platform
from lti.platforms import quirks_of
from lti.roles import is_lecturer
from lti.urls import browser_origin
from trainer.core.prepared import Prepared
from trainer.institutions.models import Registration
from trainer.people.models import BrowserSession, Buddy, Identity

IDLE = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who makes a request."""

    token_hash: str
    identity_id: int
    buddy_id: int
    #: random, may be shown
    buddy_public_id: str
    registration_id: int
    #: internal id of the deployment
    deployment_id: int
    #: role URIs of the launch
    roles: tuple[str, ...]
    #: "nl-BE" or "en"
    locale: str
    #: came with lecturer rights (context roles)
    is_lecturer: bool
    name: str | None
    #: the platform's name for the person, and the platform's issuer
    sub: str
    issuer: str
    #: where the LMS wants its user back, http(s) only
    return_url: str | None
    #: the fields of the login that led here: repeated at top level, it opens the module in a window of its own
    login: list[tuple[str, str]] | None
    #: as shown to people: "Canvas van Thomas More"
    platform_name: str
    #: origins that may frame this person's pages
    frame_origins: tuple[str, ...]
    #: last noted use of the session
    used_at: datetime


_SIGNED_IN = Prepared(
    select(
        BrowserSession.identity_id,
        BrowserSession.buddy_id,
        Buddy.public_id.label("buddy_public_id"),
        BrowserSession.registration_id,
        BrowserSession.deployment_id,
        BrowserSession.roles,
        BrowserSession.locale,
        BrowserSession.return_url,
        BrowserSession.login,
        BrowserSession.used_at,
        Identity.name,
        Identity.sub,
        Registration.issuer,
        Registration.name.label("platform_name"),
        Registration.authorization_endpoint,
        Registration.frame_origins,
        Registration.family,
    )
    .join(
        Identity,
        # A session that was being opened while a join was undone knows the person from before
        and_(Identity.id == BrowserSession.identity_id, Identity.buddy_id == BrowserSession.buddy_id),
    )
    .join(Buddy, Buddy.id == BrowserSession.buddy_id)
    .join(Registration, Registration.id == BrowserSession.registration_id)
    .where(
        BrowserSession.token_hash == bindparam("token_hash"),
        BrowserSession.ends_at > bindparam("now"),
        BrowserSession.used_at > bindparam("idle_since"),
        Identity.disabled_at.is_(None),
        Registration.active,
    )
)


def signed_in_by(connection: Connection, token_hash: str, now: datetime) -> SignedIn | None:
    """Who carries the session token with this hash; none when it is unknown, too old, idle for an hour, or ended."""
    found = _SIGNED_IN.first(connection, {"token_hash": token_hash, "now": now, "idle_since": now - IDLE})
    if found is None:
        return None
    (
        identity_id,
        buddy_id,
        buddy_public_id,
        registration_id,
        deployment_id,
        roles,
        locale,
        return_url,
        login,
        used_at,
        name,
        sub,
        issuer,
        platform_name,
        authorization_endpoint,
        frame_origins,
        family,
    ) = found
    platform = Platform(issuer, "", authorization_endpoint, "", "", family=family)
    return SignedIn(
        token_hash=token_hash,
        identity_id=identity_id,
        buddy_id=buddy_id,
        buddy_public_id=buddy_public_id,
        registration_id=registration_id,
        deployment_id=deployment_id,
        roles=tuple(roles),
        locale=locale,
        is_lecturer=is_lecturer(tuple(roles)),
        name=name,
        sub=sub,
        issuer=issuer,
        return_url=return_url,
        login=login,
        platform_name=platform_name,
        frame_origins=_who_may_frame(platform, return_url, frame_origins),
        used_at=used_at,
    )


def find_identity(connection: Connection, registration_id: int, sub: str) -> int | None:
    """The id of the identity by which a platform knows a person."""
    return connection.execute(
        select(Identity.id).where(Identity.registration_id == registration_id, Identity.sub == sub)
    ).scalar_one_or_none()


def _who_may_frame(platform: Platform, return_url: str | None, named: list[str]) -> tuple[str, ...]:
    """The origins of the platform's own pages.

    Where logins go is not always where courses are: Canvas signs in on sso.canvaslms.com and shows courses on the
    school's own host.  The launch says where that is, signed by the platform: its return URL.
    """
    told = (browser_origin(url) for url in (platform.authorization_endpoint, return_url) if url)
    origins = [origin for origin in told if origin is not None]
    return tuple(dict.fromkeys([*origins, *quirks_of(platform).framing_origins, *named]))
