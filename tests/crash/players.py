"""Signed-in buddies for the crash runs: the rows that a launch makes, and the headers that a browser sends."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, select

from modules.package import load_module
from tests.crash.world import World
from trainer.catalogue.actions import publish_edition
from trainer.catalogue.models import Edition
from trainer.core.crypto import derive_key, hash_token, keyed_hash
from trainer.institutions.models import Deployment
from trainer.learning.models import Attempt, Coverage, Enrolment, PageRead, Reflection, WatchClock
from trainer.people.models import BrowserSession, Identity

EXAMPLE = Path(__file__).parent.parent / "modules" / "examples" / "groeten"


@dataclass(frozen=True)
class Film:
    """The film of the example module: its hash and its whole seconds."""

    sha256: str
    seconds: int


@dataclass(frozen=True)
class SignedInBuddy:
    """Who reports, and how."""

    identity_id: int
    enrolment_id: int
    #: as in URLs
    enrolment: str
    headers: dict[str, str]
    #: when the clock of their seconds began
    began: datetime


def publish_example(world: World) -> Film:
    """Publish the example module; buddies of this world begin it from now on."""
    package = load_module(EXAMPLE)
    with world.database.writing() as connection:
        publish_edition(connection, package, now=datetime.now(UTC))
        newest = select(Edition.id, Edition.module_id).order_by(Edition.id.desc()).limit(1)
        world.edition_id, world.module_id = connection.execute(newest).one()
    (webcast,) = package.module.webcasts
    return Film(webcast.film.media.sha256, webcast.film.seconds)


def sign_in(
    world: World,
    registration_id: int,
    sub: str,
    base_url: str,
    film: Film,
    *,
    watching_for: timedelta = timedelta(),
    link_id: int | None = None,
    only_film_is_left: bool = False,
) -> SignedInBuddy:
    """A buddy whose player page was served `watching_for` ago.

    Args:
        link_id: through which link they came.
        only_film_is_left: the page is read, the check passed, the vertaalslag handed in, so watching the film completes.
    """
    identity_id, enrolment_id = world.buddy(registration_id, sub)
    if link_id is not None:
        world.visit(link_id, identity_id, enrolment_id)
    token, mark = secrets.token_urlsafe(32), secrets.token_urlsafe(16)
    with world.database.writing() as connection:
        buddy_id = connection.execute(
            select(Identity.buddy_id).where(Identity.id == identity_id)
        ).scalar_one()
        public_id = connection.execute(
            select(Enrolment.public_id).where(Enrolment.id == enrolment_id)
        ).scalar_one()
        deployment_id = connection.execute(
            select(Deployment.id).where(Deployment.registration_id == registration_id)
        ).scalar_one()
        now = datetime.now(UTC)
        session = {
            "token_hash": hash_token(token),
            "identity_id": identity_id,
            "buddy_id": buddy_id,
            "registration_id": registration_id,
            "deployment_id": deployment_id,
            "roles": [],
            "locale": "nl-BE",
            "created_at": now,
            # far ahead: a worker whose clock is sped up must not take the session for ended
            "used_at": now + timedelta(days=365),
            "ends_at": now + timedelta(days=365),
        }
        covered = {"bits": b"", "seconds": 0, "length": film.seconds, "position": 0.0, "updated_at": now}
        began = now - watching_for
        connection.execute(insert(BrowserSession).values(session))
        connection.execute(
            insert(Coverage).values(enrolment_id=enrolment_id, film_sha256=film.sha256, **covered)
        )
        connection.execute(insert(WatchClock).values(buddy_id=buddy_id, reported_at=began))
        if only_film_is_left:
            passed = {"number": 1, "seed": 1, "right": 4, "asked": 4, "critical_right": True}
            moments = {"started_at": now, "finished_at": now}
            connection.execute(
                insert(Attempt).values(enrolment_id=enrolment_id, step_key="check", **passed, **moments)
            )
            connection.execute(
                insert(PageRead).values(enrolment_id=enrolment_id, step_key="lezen", read_at=now)
            )
            written = {"draft": {}, "handed_in": {}, "revision": 1, "saved_at": now, "handed_in_at": now}
            connection.execute(
                insert(Reflection).values(enrolment_id=enrolment_id, step_key="vertaalslag", **written)
            )
    csrf = keyed_hash(derive_key(world.settings.secret_key, "csrf"), mark)
    headers = {
        "Content-Type": "application/json",
        "Origin": base_url,
        "Cookie": f"__Host-s={token}.{mark}",
        "X-CSRF-Token": csrf,
    }
    return SignedInBuddy(identity_id, enrolment_id, public_id, headers, began)
