"""Tables of people: who someone is, and who is signed in."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from trainer.core.database import Base, Id, JsonText


class Buddy(Base):
    """A learner.  Everything a person did hangs on this row; names hang on the identity."""

    __tablename__ = "buddy"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: shown where no name is known: "Deelnemer 7F3A" is its beginning
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    created_at: Mapped[datetime]


class Identity(Base):
    """How one platform knows a person: (registration, sub).  Never joined by e-mail."""

    __tablename__ = "identity"
    __table_args__ = (
        UniqueConstraint("registration_id", "sub"),
        Index(None, "buddy_id"),
        Index(
            "ix_identity_disabled",
            "registration_id",
            "sub",
            sqlite_where=text("disabled_at IS NOT NULL"),
            postgresql_where=text("disabled_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    buddy_id: Mapped[int] = mapped_column(ForeignKey("buddy.id"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    #: the platform's name for the person, opaque, compared byte for byte
    sub: Mapped[str] = mapped_column(String(255))
    name: Mapped[str | None] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(320))
    #: language that the person chose here ("nl-BE", "en"); wins over what the LMS says
    locale: Mapped[str | None] = mapped_column(String(10))
    #: set: may not launch, sessions are ended
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class BrowserSession(Base):
    """A signed-in browser.  The cookie carries a random token; here stands only its hash.

    Ends 60 minutes after the last use and 8 hours after the launch; ended at once (the row is deleted) when the
    person, the deployment or the platform is disabled, so that a live row needs no further check.
    """

    __tablename__ = "browser_session"
    # A launch writes here: no more indexes than a page needs
    __table_args__ = (Index(None, "identity_id"),)

    #: SHA-256 of the token, hexadecimal
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id", ondelete="CASCADE"))
    # Those of the identity. PostgreSQL would check a foreign key by locking the row it names: each launch of an LMS
    # would write the same registration anew
    buddy_id: Mapped[int] = mapped_column(Id)
    registration_id: Mapped[int] = mapped_column(Id)
    deployment_id: Mapped[int] = mapped_column(Id)
    #: role URIs of the launch
    roles: Mapped[Any] = mapped_column(JsonText, default=list)
    #: "nl-BE" or "en"
    locale: Mapped[str] = mapped_column(String(10))
    #: where the LMS wants its user back; shown as a link, never followed by itself
    return_url: Mapped[str | None] = mapped_column(String(2048))
    #: the fields of this launch's login initiation, to open the module again in a window of its own
    login: Mapped[Any] = mapped_column(JsonText, nullable=True)
    #: what the version before kept in its place; goes with the next one
    again_url: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    #: last use, written at most once a minute
    used_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class Account(Base):
    """Somebody of the staff, with a password of their own: an operator."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    #: what they sign in with: an e-mail address, in lower case
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    #: argon2id, in PHC format
    password_hash: Mapped[str] = mapped_column(String(255))
    #: "operator"
    role: Mapped[str] = mapped_column(String(20))
    #: language that they chose ("nl-BE", "en")
    locale: Mapped[str | None] = mapped_column(String(10))
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class AccountSession(Base):
    """A browser in which an account is signed in; ends as a learner's session does."""

    __tablename__ = "account_session"
    __table_args__ = (Index(None, "account_id"),)

    #: SHA-256 of the token in the cookie ``__Host-staff``, hexadecimal
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class SignInAttempt(Base):
    """A sign-in that failed: what the limits on guessing are counted by."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index(None, "email_hash", "at"), Index(None, "address_hash", "at"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: keyed hashes: neither addresses of people nor of machines are kept
    email_hash: Mapped[str] = mapped_column(String(64))
    address_hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class IdentityJoin(Base):
    """An identity that was found, on proof, to be somebody known under another one; can be undone."""

    __tablename__ = "identity_join"
    __table_args__ = (Index(None, "identity_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: the identity that moved
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"))
    from_buddy_id: Mapped[int] = mapped_column(ForeignKey("buddy.id"))
    to_buddy_id: Mapped[int] = mapped_column(ForeignKey("buddy.id"))
    #: "lti1p1": signed by the platform with the secret of LTI 1.1
    proof: Mapped[str] = mapped_column(String(40))
    #: what moved with it, for undoing: ids of enrolments (courses.joining)
    enrolments: Mapped[Any] = mapped_column(JsonText, default=list)
    joined_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class SpentNonce(Base):
    """A nonce that was used; the primary key is what makes a second use fail."""

    __tablename__ = "spent_nonce"
    # On SQLite a short row belongs into the key's own tree; a long one, as of a session, would overflow it
    __table_args__ = ({"sqlite_with_rowid": False},)

    nonce_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime]
