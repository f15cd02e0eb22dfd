"""Deeds about accounts: making them, signing in and out, and the limits on guessing.

Verifying a password takes a while, so no transaction is open meanwhile: `note_attempt`, then
`passwords.is_password`, then `sign_in` in a transaction of its own, or nothing more.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Network, ip_address

from sqlalchemy import Connection, delete, func, insert, select, update

from trainer.core.crypto import derive_key, hash_token, keyed_hash
from trainer.core.insert import insert_or_ignore
from trainer.people.account_queries import IDLE, Credentials, normal_email
from trainer.people.models import Account, AccountSession, SignInAttempt
from trainer.people.passwords import check_rules, hash_password

OPERATOR = "operator"
LONGEST_SESSION = timedelta(hours=8)
TOUCH_EVERY = timedelta(minutes=1)

#: failures of one account from one address in this time
ACCOUNT_WINDOW, ACCOUNT_LIMIT = timedelta(minutes=15), 5
#: failures from one address in this time, over all accounts
ADDRESS_WINDOW, ADDRESS_LIMIT = timedelta(hours=1), 100


class AccountExists(Exception):
    """An account with this address is there already."""


class TooManyAttempts(Exception):
    """Too many sign-ins failed; ``retry_after`` is a whole number of seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"again in {retry_after} s")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in under way."""

    email_hash: str
    address_hash: str


def make_account(connection: Connection, *, email: str, name: str, password: str, now: datetime) -> int:
    """Make an operator's account; gives its id.

    Raises:
        PasswordRefused: the password is not good enough.
        AccountExists: the address is taken.
    """
    email = normal_email(email)
    check_rules(password, about=(email, name))
    made = connection.execute(
        insert_or_ignore(connection, Account).returning(Account.id),
        {
            "public_id": secrets.token_hex(16),
            "email": email,
            "name": name,
            "password_hash": hash_password(password),
            "role": OPERATOR,
            "created_at": now,
        },
    ).scalar_one_or_none()
    if made is None:
        raise AccountExists(email)
    return made


def set_password(connection: Connection, account_id: int, password: str) -> None:
    """Give an account another password; every browser that is signed in is signed out.

    Raises:
        PasswordRefused: the password is not good enough.
    """
    here = Account.id == account_id
    account = connection.execute(select(Account.email, Account.name).where(here)).one()
    check_rules(password, about=(account.email, account.name))
    connection.execute(update(Account).where(here).values(password_hash=hash_password(password)))
    end_account_sessions(connection, account_id)


def disable_account(connection: Connection, account_id: int, now: datetime) -> None:
    """Keep an account out: it signs in no more, and every browser that is signed in is signed out."""
    connection.execute(update(Account).where(Account.id == account_id).values(disabled_at=now))
    end_account_sessions(connection, account_id)


def enable_account(connection: Connection, account_id: int) -> None:
    """Let an account sign in again."""
    connection.execute(update(Account).where(Account.id == account_id).values(disabled_at=None))


def choose_account_language(connection: Connection, account_id: int, locale: str) -> None:
    """Remember the language of an account."""
    connection.execute(update(Account).where(Account.id == account_id).values(locale=locale))


# --- signing in ------------------------------------------------------------------------------------------------------


def note_attempt(connection: Connection, email: str, address: str, secret_key: str, now: datetime) -> Attempt:
    """Count a sign-in as failed before its password is looked at: guesses made at once are counted one by one.

    Raises:
        TooManyAttempts: too many failed before; this one is not looked at, and does not count.
    """
    key = derive_key(secret_key, "sign-in-attempts")
    attempt = Attempt(
        keyed_hash(key, "email " + normal_email(email)), keyed_hash(key, "address " + _whose(address))
    )
    if connection.dialect.name == "postgresql":
        # One at a time from one address; SQLite's writers come one by one anyway
        lock = func.pg_advisory_xact_lock(func.hashtextextended(attempt.address_hash, 0))
        connection.execute(select(lock))
    from_address = SignInAttempt.address_hash == attempt.address_hash
    limits = (
        (ACCOUNT_LIMIT, ACCOUNT_WINDOW, (from_address, SignInAttempt.email_hash == attempt.email_hash)),
        (ADDRESS_LIMIT, ADDRESS_WINDOW, (from_address,)),
    )
    for limit, window, which in limits:
        # The limit-th last one decides: when it leaves the window, one more fits in
        decides = connection.execute(
            select(SignInAttempt.at)
            .where(*which, SignInAttempt.at > now - window)
            .order_by(SignInAttempt.at.desc())
            .offset(limit - 1)
            .limit(1)
        ).scalar_one_or_none()
        if decides is not None:
            raise TooManyAttempts(max(1, int((decides + window - now).total_seconds())))
    connection.execute(
        insert(SignInAttempt),
        {"email_hash": attempt.email_hash, "address_hash": attempt.address_hash, "at": now},
    )
    return attempt


def _whose(address: str) -> str:
    """What one who guesses has of the internet: an IPv4 address, or the 2^64 addresses of an IPv6 network."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, IPv4Address):
        return str(ip)
    return str(ip.ipv4_mapped or IPv6Network((int(ip), 64), strict=False))


def sign_in(
    connection: Connection,
    checked: Credentials,
    attempt: Attempt,
    *,
    replaces: str | None,
    rehashed: str | None = None,
    now: datetime,
) -> str | None:
    """Open a session after the right password; gives its token, for the browser's cookie.

    Args:
        checked: what the password was compared with.
        replaces: the token that the browser carried until now; its session ends.
        rehashed: what is to be kept of the password from now on.

    Returns:
        None when the account was disabled, or got another password, meanwhile.
    """
    here = Account.id == checked.account_id
    as_checked = (Account.disabled_at.is_(None), Account.password_hash == checked.password_hash)
    # The row is locked: who disables the account or sets its password came before this, or ends this session too
    if connection.execute(select(Account.id).where(here, *as_checked).with_for_update()).first() is None:
        return None
    if rehashed is not None:
        connection.execute(update(Account).where(here).values(password_hash=rehashed))
    # Whoever knows the password did not guess it: their own slips count no longer
    connection.execute(
        delete(SignInAttempt).where(
            SignInAttempt.email_hash == attempt.email_hash, SignInAttempt.address_hash == attempt.address_hash
        )
    )
    if replaces is not None:
        end_account_session(connection, hash_token(replaces))
    token = secrets.token_urlsafe(32)
    connection.execute(
        insert(AccountSession),
        {
            "token_hash": hash_token(token),
            "account_id": checked.account_id,
            "created_at": now,
            "used_at": now,
            "ends_at": now + LONGEST_SESSION,
        },
    )
    return token


def touch_account_session(connection: Connection, token_hash: str, now: datetime) -> None:
    """Note that a session is in use, so that it does not end as idle."""
    connection.execute(
        update(AccountSession).where(AccountSession.token_hash == token_hash).values(used_at=now)
    )


def end_account_session(connection: Connection, token_hash: str) -> None:
    """Sign one browser out."""
    connection.execute(delete(AccountSession).where(AccountSession.token_hash == token_hash))


def end_account_sessions(connection: Connection, account_id: int) -> int:
    """Sign out every browser of an account; gives how many."""
    return connection.execute(delete(AccountSession).where(AccountSession.account_id == account_id)).rowcount


def purge_accounts(connection: Connection, now: datetime) -> None:
    """Forget sessions that have ended, and failures that no limit counts any more."""
    connection.execute(
        delete(AccountSession).where((AccountSession.ends_at < now) | (AccountSession.used_at < now - IDLE))
    )
    longest = max(ACCOUNT_WINDOW, ADDRESS_WINDOW)
    connection.execute(delete(SignInAttempt).where(SignInAttempt.at < now - longest))
