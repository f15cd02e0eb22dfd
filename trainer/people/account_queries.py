"""What is asked about accounts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from trainer.people.models import Account, AccountSession

IDLE = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class SignedInAccount:
    """Whose browser makes a request."""

    token_hash: str
    account_id: int
    email: str
    name: str
    role: str
    #: language that they chose; none: the browser's
    locale: str | None
    #: last noted use of the session
    used_at: datetime


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account as it stands in a list."""

    id: int
    email: str
    name: str
    role: str
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a sign-in compares with."""

    account_id: int
    password_hash: str
    disabled_at: datetime | None


def normal_email(email: str) -> str:
    """An address as accounts keep it: in lower case, without blanks around it."""
    return email.strip().lower()


def account_signed_in_by(connection: Connection, token_hash: str, now: datetime) -> SignedInAccount | None:
    """Who carries the token with this hash; none when it is unknown, too old, idle for an hour, or ended."""
    statement = (
        select(
            AccountSession.token_hash,
            AccountSession.account_id,
            Account.email,
            Account.name,
            Account.role,
            Account.locale,
            AccountSession.used_at,
        )
        .join(Account, Account.id == AccountSession.account_id)
        .where(
            AccountSession.token_hash == token_hash,
            AccountSession.ends_at > now,
            AccountSession.used_at > now - IDLE,
            Account.disabled_at.is_(None),
        )
    )
    row = connection.execute(statement).one_or_none()
    return SignedInAccount(**row._mapping) if row is not None else None


def credentials_of(connection: Connection, email: str) -> Credentials | None:
    """What the sign-in of this address compares with; none where nobody has it."""
    if not email.isprintable():  # PostgreSQL would refuse a NUL in its own way
        return None
    row = connection.execute(
        select(Account.id.label("account_id"), Account.password_hash, Account.disabled_at).where(
            Account.email == normal_email(email)
        )
    ).one_or_none()
    return Credentials(**row._mapping) if row is not None else None


def list_accounts(connection: Connection) -> list[AccountLine]:
    """Every account, by address."""
    statement = select(Account.id, Account.email, Account.name, Account.role, Account.disabled_at)
    return [AccountLine(**row._mapping) for row in connection.execute(statement.order_by(Account.email))]
