"""Deeds about people: recognising who comes, opening and ending sessions."""

import secrets
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from trainer.core.crypto import hash_token
from trainer.core.insert import insert_or_ignore, prepared_insert_if_new
from trainer.core.prepared import Prepared
from trainer.institutions.models import Deployment, Registration
from trainer.people.models import BrowserSession, Buddy, Identity, SpentNonce
from trainer.people.queries import IDLE

LONGEST_SESSION = timedelta(hours=8)
TOUCH_EVERY = timedelta(minutes=1)

_SPEND = prepared_insert_if_new(SpentNonce, ("nonce_hash", "expires_at"))
_OPEN = Prepared(insert(BrowserSession))


class NewSession(NamedTuple):
    """A session that is about to begin."""

    #: for the browser's cookie; only its hash is kept
    token: str
    #: the columns of BrowserSession
    row: dict[str, Any]


def spend_nonce(connection: Connection, nonce_hash: str, expires_at: datetime) -> bool:
    """Mark a nonce as used; False when it was used before, by whichever process."""
    return _SPEND.first(connection, {"nonce_hash": nonce_hash, "expires_at": expires_at}) is not None


def hold_identity(connection: Connection, registration_id: int, sub: str) -> bool:
    """Until the end of the transaction nothing changes about whose identity this is; False where there is none yet.

    Ask what is known of them afterwards.  On SQLite writers come one after the other as it is.
    """
    if connection.dialect.name != "postgresql":
        return True
    here = select(Identity.id).where(Identity.registration_id == registration_id, Identity.sub == sub)
    # Sessions and visits that are being made name the row too; they need not wait
    return connection.execute(here.with_for_update(key_share=True)).first() is not None


def meet(
    connection: Connection,
    registration_id: int,
    sub: str,
    *,
    name: str | None,
    email: str | None,
    now: datetime,
) -> tuple[int, int]:
    """Make the identity (and the buddy behind it) of someone who comes for the first time.

    Two first launches at the same moment end at the same person.

    Returns:
        (identity id, buddy id).
    """
    buddy_id = connection.execute(
        insert(Buddy).returning(Buddy.id), {"public_id": secrets.token_hex(16), "created_at": now}
    ).scalar_one()
    made = connection.execute(
        insert_or_ignore(connection, Identity).returning(Identity.id),
        {
            "buddy_id": buddy_id,
            "registration_id": registration_id,
            "sub": sub,
            "name": name,
            "email": email,
            "created_at": now,
        },
    ).scalar_one_or_none()
    if made is not None:
        return made, buddy_id
    connection.execute(delete(Buddy).where(Buddy.id == buddy_id))
    row = connection.execute(
        select(Identity.id, Identity.buddy_id)
        .where(Identity.registration_id == registration_id, Identity.sub == sub)
        .with_for_update(key_share=True)  # as `hold_identity`
    ).one()
    return row.id, row.buddy_id


def rename(connection: Connection, identity_id: int, *, name: str | None, email: str | None) -> None:
    """Note a name or address that the platform sent anew; what it no longer sends is kept."""
    values = {key: value for key, value in (("name", name), ("email", email)) if value}
    if values:
        connection.execute(update(Identity).where(Identity.id == identity_id).values(values))


def new_session(
    *,
    identity_id: int,
    buddy_id: int,
    registration_id: int,
    deployment_id: int,
    roles: tuple[str, ...],
    locale: str,
    return_url: str | None,
    login: list[tuple[str, str]] | None,
    now: datetime,
) -> NewSession:
    """A session for a browser, to be kept by `open_session`, or by whoever writes more in the same statement."""
    token = secrets.token_urlsafe(32)
    return NewSession(
        token,
        {
            "token_hash": hash_token(token),
            "identity_id": identity_id,
            "buddy_id": buddy_id,
            "registration_id": registration_id,
            "deployment_id": deployment_id,
            "roles": list(roles),
            "locale": locale,
            "return_url": return_url,
            "login": login,
            "again_url": None,
            "created_at": now,
            "used_at": now,
            "ends_at": now + LONGEST_SESSION,
        },
    )


def open_session(connection: Connection, session: NewSession) -> None:
    """Sign a browser in."""
    _OPEN.run(connection, session.row)


def touch_session(connection: Connection, token_hash: str, now: datetime) -> bool:
    """Note that a session is in use, so that it does not end as idle; False when its platform, its deployment or its
    person was switched off.

    Switching off ends all sessions that are there; one that was being opened at that very moment ends here.
    """
    is_on = (
        select(Registration.id).where(Registration.id == BrowserSession.registration_id, Registration.active),
        select(Deployment.id).where(Deployment.id == BrowserSession.deployment_id, Deployment.active),
        select(Identity.id).where(Identity.id == BrowserSession.identity_id, Identity.disabled_at.is_(None)),
    )
    statement = (
        update(BrowserSession)
        .where(BrowserSession.token_hash == token_hash, *(one.exists() for one in is_on))
        .values(used_at=now)
    )
    return connection.execute(statement).rowcount == 1


def choose_language(connection: Connection, token_hash: str, identity_id: int, locale: str) -> None:
    """Remember the language that a person chose, now and for the launches to come."""
    connection.execute(
        update(BrowserSession).where(BrowserSession.token_hash == token_hash).values(locale=locale)
    )
    connection.execute(update(Identity).where(Identity.id == identity_id).values(locale=locale))


def end_sessions(
    connection: Connection,
    *,
    registration_id: int | None = None,
    deployment_id: int | None = None,
    identity_id: int | None = None,
) -> int:
    """End every session of a platform, a deployment or a person, at once; gives how many."""
    statement = delete(BrowserSession)
    if registration_id is not None:
        statement = statement.where(BrowserSession.registration_id == registration_id)
    if deployment_id is not None:
        statement = statement.where(BrowserSession.deployment_id == deployment_id)
    if identity_id is not None:
        statement = statement.where(BrowserSession.identity_id == identity_id)
    if statement.whereclause is None:
        raise ValueError("Say whose sessions end.")
    return connection.execute(statement).rowcount


def disable_identity(connection: Connection, identity_id: int, now: datetime) -> None:
    """Keep someone out: no more launches, and the open sessions end."""
    connection.execute(update(Identity).where(Identity.id == identity_id).values(disabled_at=now))
    end_sessions(connection, identity_id=identity_id)


def enable_identity(connection: Connection, identity_id: int) -> None:
    """Let someone in again."""
    connection.execute(update(Identity).where(Identity.id == identity_id).values(disabled_at=None))


def purge(connection: Connection, now: datetime) -> None:
    """Forget nonces that can no longer be replayed and sessions that have ended."""
    connection.execute(delete(SpentNonce).where(SpentNonce.expires_at < now))
    connection.execute(
        delete(BrowserSession).where((BrowserSession.ends_at < now) | (BrowserSession.used_at < now - IDLE))
    )
