"""What the hub asks about invitations: which there are, and what became of each."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, select

from trainer.institutions.models import Institution, Invitation, Registration

OPEN, USED, EXPIRED, WITHDRAWN = "open", "used", "expired", "withdrawn"
#: An invitation is spent before the LMS is asked: so long its answer may still come.
UNDER_WAY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class MadeInvitation:
    """An invitation as the hub shows it; its token is known to nobody here."""

    id: int
    institution: str
    #: the guide that goes with it, if it was made in the hub
    lms: str | None
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    withdrawn_at: datetime | None
    #: the registration that came of it; none: nothing did, or it is not known
    registration_id: int | None
    platform: str | None
    issuer: str | None
    #: the registration waits to be switched on
    pending: bool | None

    def state(self, now: datetime) -> str:
        """One of the four: what somebody who has the link can do with it, and why not."""
        if self.used_at is not None:
            return USED
        if self.withdrawn_at is not None:
            return WITHDRAWN
        return OPEN if self.expires_at > now else EXPIRED

    def is_awaited(self, now: datetime) -> bool:
        """Whether something may come of it still: it can be used, or the LMS is registering at this moment."""
        if self.used_at is None:
            return self.state(now) == OPEN
        return self.registration_id is None and now < self.used_at + UNDER_WAY


def made_invitations(connection: Connection) -> list[MadeInvitation]:
    """Every invitation that is remembered, by institution, the newest first."""
    statement = _invitations().order_by(Institution.name, Invitation.created_at.desc(), Invitation.id.desc())
    return [MadeInvitation(*row) for row in connection.execute(statement)]


def made_invitation(connection: Connection, invitation_id: int) -> MadeInvitation | None:
    """One of them."""
    row = connection.execute(_invitations().where(Invitation.id == invitation_id)).one_or_none()
    return MadeInvitation(*row) if row is not None else None


def _invitations() -> Select[*tuple[Any, ...]]:
    # in the order of MadeInvitation
    return (
        select(
            Invitation.id,
            Institution.name,
            Invitation.lms,
            Invitation.created_at,
            Invitation.expires_at,
            Invitation.used_at,
            Invitation.withdrawn_at,
            Invitation.registration_id,
            Registration.name,
            Registration.issuer,
            Registration.pending,
        )
        .join(Institution, Institution.id == Invitation.institution_id)
        .join(Registration, Registration.id == Invitation.registration_id, isouter=True)
    )
