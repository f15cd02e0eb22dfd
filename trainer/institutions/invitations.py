"""Invitations to connect an LMS: a link for one use within an hour, handed to the LMS's administrator.

The way: `invite` → (the administrator pastes the link in the LMS) → `open_invitation` as often as the page is looked
at → `spend_invitation`, which one of several at once wins → `note_connection`, or `give_back` when the LMS said no.
Until it is spent, `withdraw_invitation` ends it.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from lti.platform import Platform
from lti.urls import check_platform_url
from trainer.core.crypto import hash_token
from trainer.institutions.actions import find_or_make_institution, register_platform
from trainer.institutions.models import Institution, Invitation

#: How long an invitation may be used.
INVITATION_TTL = timedelta(hours=1)
#: How long it is remembered what became of one.
INVITATION_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """An invitation that was made just now."""

    id: int
    #: of which only the hash is kept
    token: str


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """An invitation that may be used now."""

    id: int
    #: the institution's name
    institution: str
    #: the only issuer that is taken, if the operator typed one
    expected_issuer: str | None


def invite(
    connection: Connection,
    institution: str,
    *,
    issuer: str | None,
    lms: str | None = None,
    allow_insecure: bool,
    now: datetime,
) -> NewInvitation:
    """Make an invitation for an institution.

    issuer: the only one that is taken, if it is known beforehand. lms: which guide goes with it; any LMS may use it.

    Raises:
        lti.LtiError: ``url_not_allowed``, for an issuer that no LMS may have.
    """
    if issuer is not None:
        check_platform_url(issuer, "issuer", allow_insecure=allow_insecure)
    token = secrets.token_urlsafe(32)
    row = {
        "token_hash": hash_token(token),
        "institution_id": find_or_make_institution(connection, institution, now),
        "expected_issuer": issuer,
        "lms": lms,
        "created_at": now,
        "expires_at": now + INVITATION_TTL,
    }
    made = connection.execute(insert(Invitation).returning(Invitation.id), row).scalar_one()
    return NewInvitation(made, token)


def invitation_address(base_url: str, token: str) -> str:
    """What the LMS's administrator pastes there."""
    return f"{base_url.rstrip('/')}/lti/register?invitation={token}"


def open_invitation(connection: Connection, token: str, now: datetime) -> OpenInvitation | None:
    """The invitation with this token, unless it was used or withdrawn, or is too old."""
    row = connection.execute(
        select(Invitation.id, Institution.name, Invitation.expected_issuer)
        .join(Institution)
        .where(
            Invitation.token_hash == hash_token(token),
            *_open(now),
        )
    ).one_or_none()
    return OpenInvitation(*row) if row is not None else None


def spend_invitation(connection: Connection, invitation_id: int, now: datetime) -> bool:
    """Use an invitation; False when somebody else did so first, it was withdrawn, or its hour is over."""
    spend = update(Invitation).where(Invitation.id == invitation_id, *_open(now)).values(used_at=now)
    return connection.execute(spend).rowcount == 1


def withdraw_invitation(connection: Connection, invitation_id: int, now: datetime) -> bool:
    """End an invitation that is open; False when it is not (any more)."""
    withdraw = update(Invitation).where(Invitation.id == invitation_id, *_open(now)).values(withdrawn_at=now)
    return connection.execute(withdraw).rowcount == 1


def give_back(connection: Connection, invitation_id: int) -> None:
    """Let a spent invitation be used again: it is certain that the LMS made nothing of it."""
    connection.execute(
        update(Invitation)
        .where(Invitation.id == invitation_id, Invitation.registration_id.is_(None))
        .values(used_at=None)
    )


def note_connection(
    connection: Connection,
    invitation: OpenInvitation,
    platform: Platform,
    *,
    name: str,
    deployment_id: str | None,
    withheld_scopes: frozenset[str],
    allow_insecure: bool,
    now: datetime,
) -> int:
    """Keep what the LMS made of the invitation, pending; gives the registration's id.

    Raises:
        lti.LtiError: ``url_not_allowed`` or ``lti_registration``, for what must not be stored.
        PlatformExists: the pair (issuer, client_id) is taken; nothing of it was changed.
    """
    registration_id = register_platform(
        connection,
        platform,
        name=name,
        institution=invitation.institution,
        deployment_ids=[deployment_id] if deployment_id is not None else [],
        pending=True,
        withheld_scopes=sorted(withheld_scopes),
        allow_insecure=allow_insecure,
        now=now,
    )
    connection.execute(
        update(Invitation).where(Invitation.id == invitation.id).values(registration_id=registration_id)
    )
    return registration_id


def purge_invitations(connection: Connection, now: datetime) -> None:
    """Forget invitations that were over long ago, whatever became of them."""
    connection.execute(delete(Invitation).where(Invitation.expires_at < now - INVITATION_KEPT))


def _open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Invitation.used_at.is_(None), Invitation.withdrawn_at.is_(None), Invitation.expires_at > now
