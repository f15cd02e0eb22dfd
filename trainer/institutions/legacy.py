"""Platforms that speak LTI 1.1 and nothing newer: a consumer key, a sealed secret, and a day on which it ends.

One exists only where an operator added it.  Where the LMS is found need not be told: its first signed launch with an
outcome service says it, and from then on results go there and nowhere else.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Connection, insert, select, update

from lti.errors import LtiError
from lti.fields import has_control
from lti.legacy import LegacyConsumer
from lti.urls import browser_origin, check_frame_origin
from trainer.core.crypto import Seal
from trainer.core.i18n import ZONE
from trainer.core.insert import insert_or_ignore
from trainer.institutions.actions import (
    LONGEST_NAME,
    PlatformExists,
    add_deployment,
    check_line,
    find_or_make_institution,
)
from trainer.institutions.models import LegacyConsumer as ConsumerRow
from trainer.institutions.models import Registration
from trainer.institutions.queries import RegisteredPlatform, platform_by_id

#: what stands in the columns of a registration for which LTI 1.1 has no word
VERSION = "1.1"
ISSUER = "lti-1.1"
#: LTI 1.1 knows no deployments: each platform has this one
DEPLOYMENT = "1"
#: how far off its last day may be
LONGEST_LEGACY = timedelta(days=5 * 366)
_LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class NewConsumer:
    """What an operator copies into the LMS; the secret is shown this once."""

    registration_id: int
    key: str
    secret: str
    #: the last day on which launches are taken
    ends_on: date


@dataclass(frozen=True, slots=True)
class LegacyPlatform:
    """A platform of LTI 1.1, as a launch needs it."""

    registered: RegisteredPlatform
    consumer: LegacyConsumer
    #: the last day on which launches are taken
    ends_on: date


def add_legacy_platform(
    connection: Connection,
    seal: Seal,
    *,
    name: str,
    institution: str,
    ends_on: date,
    key: str | None = None,
    address: str | None = None,
    allow_insecure: bool,
    now: datetime,
) -> NewConsumer:
    """Connect an LMS by LTI 1.1, with a secret of 256 random bits.

    Args:
        key: the consumer key; made where none is given.
        address: any address of the LMS; without one, its first launch with an outcome service says where it is.

    Raises:
        LtiError: ``lti_registration`` (the key, a name), ``url_not_allowed`` (the address).
        PlatformExists: the key is taken.
        ValueError: the last day is over, or further off than `LONGEST_LEGACY`.
    """
    if ends_on < now.astimezone(ZONE).date():
        raise ValueError("the last day is over already")
    if ends_on > now.astimezone(ZONE).date() + LONGEST_LEGACY:
        raise ValueError("the last day is more than five years off: LTI 1.1 is for a time")
    check_line("name", name.strip(), LONGEST_NAME)
    check_line("institution", institution.strip(), LONGEST_NAME)
    key = f"bt-{secrets.token_hex(8)}" if key is None else key
    if not key or len(key) > _LONGEST_KEY or has_control(key) or key != key.strip():
        raise LtiError("lti_registration", "the consumer key is empty, too long or not printable")
    origin = _origin(address, allow_insecure=allow_insecure) if address is not None else None
    registration_id = connection.execute(
        insert_or_ignore(connection, Registration).returning(Registration.id),
        {
            "institution_id": find_or_make_institution(connection, institution, now),
            "name": name,
            "issuer": ISSUER,
            "client_id": key,
            "authorization_endpoint": "",
            "token_endpoint": "",
            "jwks_uri": "",
            "active": True,
            "adopts_deployments": True,
            "service_hosts": [],
            "frame_origins": [origin] if origin else [],
            "version": VERSION,
            "created_at": now,
        },
    ).scalar_one_or_none()
    if registration_id is None:
        raise PlatformExists(f"The consumer key {key} is in use already.")
    secret = secrets.token_urlsafe(32)
    connection.execute(
        insert(ConsumerRow),
        {
            "registration_id": registration_id,
            "consumer_key": key,
            "secret": seal.close(secret),
            "ends_on": ends_on,
        },
    )
    add_deployment(connection, registration_id, DEPLOYMENT, now)
    return NewConsumer(registration_id, key, secret, ends_on)


def set_last_day(connection: Connection, registration_id: int, ends_on: date) -> bool:
    """Let a platform of LTI 1.1 go on until another day; False where it is none."""
    change = update(ConsumerRow).where(ConsumerRow.registration_id == registration_id).values(ends_on=ends_on)
    return connection.execute(change).rowcount == 1


def last_day_of(connection: Connection, registration_id: int) -> date | None:
    """Until when a platform of LTI 1.1 is good; none where it is none."""
    statement = select(ConsumerRow.ends_on).where(ConsumerRow.registration_id == registration_id)
    return connection.execute(statement).scalar_one_or_none()


def address_of(outcome_url: str, *, allow_insecure: bool) -> str:
    """Where the LMS is whose launch names this outcome service; "" for what cannot be kept."""
    try:
        return _origin(outcome_url, allow_insecure=allow_insecure)
    except LtiError:
        return ""


def note_address(connection: Connection, registration_id: int, outcome_url: str) -> None:
    """Keep where an LMS is that did not tell before: where the outcome service of a verified launch is."""
    origin = _origin(outcome_url, allow_insecure=True)
    here = Registration.id == registration_id
    kept = connection.execute(select(Registration.frame_origins).where(here).with_for_update()).scalar_one()
    if not kept:
        connection.execute(update(Registration).where(here).values(frame_origins=[origin]))


def legacy_platform_of_key(connection: Connection, seal: Seal, key: str) -> LegacyPlatform | None:
    """The platform with this consumer key, switched on or not."""
    return _legacy_platform(connection, seal, ConsumerRow.consumer_key == key)


def legacy_platform_by_id(connection: Connection, seal: Seal, registration_id: int) -> LegacyPlatform | None:
    """The platform with this internal id; none where it is none of LTI 1.1.

    Raises:
        SealBroken: the secret key is another one than when the platform was added.
    """
    return _legacy_platform(connection, seal, ConsumerRow.registration_id == registration_id)


def _legacy_platform(connection: Connection, seal: Seal, which: ColumnElement[bool]) -> LegacyPlatform | None:
    row = connection.execute(
        select(
            ConsumerRow.registration_id, ConsumerRow.consumer_key, ConsumerRow.secret, ConsumerRow.ends_on
        ).where(which)
    ).one_or_none()
    registered = platform_by_id(connection, row.registration_id) if row is not None else None
    if row is None or registered is None:
        return None
    consumer = LegacyConsumer(
        key=row.consumer_key,
        secret=seal.open(row.secret),
        address=registered.frame_origins[0] if registered.frame_origins else "",
        ends_at=datetime.combine(row.ends_on + timedelta(days=1), time(), ZONE),
        family=registered.platform.family,
        service_hosts=registered.platform.service_hosts,
    )
    return LegacyPlatform(registered, consumer, row.ends_on)


def _origin(address: str, *, allow_insecure: bool) -> str:
    """The origin of an address, as browsers write it."""
    origin = browser_origin(address)
    if origin is None:
        raise LtiError("url_not_allowed", "the LMS's address is not an absolute https address")
    check_frame_origin(origin, allow_insecure=allow_insecure)
    return origin
