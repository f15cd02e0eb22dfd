"""What is kept of a person: who they are on each platform, where they are signed in.  Plain values, ready for JSON."""

from typing import Any

from sqlalchemy import Connection, or_, select

from trainer.institutions.models import Registration
from trainer.people.models import BrowserSession, Buddy, Identity, IdentityJoin


def rows(connection: Connection, statement: Any) -> list[dict[str, Any]]:
    """The rows of a statement, each by the names of its columns."""
    return [dict(row._mapping) for row in connection.execute(statement)]


def person_kept(connection: Connection, buddy_id: int) -> dict[str, Any]:
    """The person, each identity on a platform, open sessions, and identities that were joined on proof.

    Of a session its token's hash is left out: it tells nothing of the person, and is what the browser is known by.
    """
    mine = select(Identity.id).where(Identity.buddy_id == buddy_id)
    (person,) = rows(connection, select(Buddy.public_id, Buddy.created_at).where(Buddy.id == buddy_id))
    return {
        "person": person,
        "identities": rows(
            connection,
            select(
                Registration.name.label("platform"),
                Registration.issuer,
                Identity.sub,
                Identity.name,
                Identity.email,
                Identity.locale,
                Identity.disabled_at,
                Identity.created_at,
            )
            .join(Registration, Registration.id == Identity.registration_id)
            .where(Identity.buddy_id == buddy_id)
            .order_by(Identity.id),
        ),
        "sessions": rows(
            connection,
            select(
                Registration.name.label("platform"),
                BrowserSession.roles,
                BrowserSession.locale,
                BrowserSession.return_url,
                BrowserSession.login,
                BrowserSession.created_at,
                BrowserSession.used_at,
                BrowserSession.ends_at,
            )
            .join(Registration, Registration.id == BrowserSession.registration_id)
            .where(or_(BrowserSession.identity_id.in_(mine), BrowserSession.buddy_id == buddy_id))
            .order_by(BrowserSession.created_at),
        ),
        "joins": rows(
            connection,
            select(IdentityJoin.proof, IdentityJoin.joined_at, IdentityJoin.undone_at)
            .where(
                or_(
                    IdentityJoin.identity_id.in_(mine),
                    IdentityJoin.from_buddy_id == buddy_id,
                    IdentityJoin.to_buddy_id == buddy_id,
                )
            )
            .order_by(IdentityJoin.id),
        ),
    }
