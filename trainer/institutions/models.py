"""Tables of institutions and their platforms."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from trainer.core.database import Base, Id, JsonText


class Institution(Base):
    """A hogeschool or university: the tenant.  Nothing of one is visible to another."""

    __tablename__ = "institution"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: as the institution writes it itself
    name: Mapped[str] = mapped_column(String(200), unique=True)
    created_at: Mapped[datetime]


class Registration(Base):
    """What an LMS and we know of each other: (issuer, client_id) and the platform's endpoints."""

    __tablename__ = "registration"
    __table_args__ = (UniqueConstraint("issuer", "client_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: whose courses these are, unless a rule on the course says otherwise
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    #: shown to people: "Canvas van Thomas More"
    name: Mapped[str] = mapped_column(String(200))
    issuer: Mapped[str] = mapped_column(String(500))
    client_id: Mapped[str] = mapped_column(String(255))
    authorization_endpoint: Mapped[str] = mapped_column(String(1000))
    token_endpoint: Mapped[str] = mapped_column(String(1000))
    jwks_uri: Mapped[str] = mapped_column(String(1000))
    #: `aud` of the token request; none: the token endpoint itself
    audience: Mapped[str | None] = mapped_column(String(1000))
    #: product family code of the last launch ("moodle", "canvas"), chooses lti/platforms/<family>.py
    family: Mapped[str | None] = mapped_column(String(100))
    #: a platform that is off keeps its data; launches get 403, its sessions are ended, its deliveries wait
    active: Mapped[bool] = mapped_column(default=True)
    #: take new deployments without asking (a site that belongs to one institution)
    adopts_deployments: Mapped[bool] = mapped_column(default=False)
    #: hosts beside the endpoints' own that serve its line items and rosters (a school's own domain on Canvas)
    service_hosts: Mapped[Any] = mapped_column(JsonText, default=list)
    #: origins beside those that launches name that may frame learner pages
    frame_origins: Mapped[Any] = mapped_column(JsonText, default=list)
    #: "1.3", or "1.1": then issuer is "lti-1.1", client_id the consumer key, and the endpoints are empty
    version: Mapped[str] = mapped_column(String(10), default="1.3", server_default="1.3")
    #: made by dynamic registration and not switched on since; `active` is false
    pending: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: scopes that the platform's answer to the registration left out, and that no try of the connection got since
    withheld_scopes: Mapped[Any] = mapped_column(JsonText, default=list, server_default="[]")
    #: of the last launch, to five minutes
    last_launch_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class LegacyConsumer(Base):
    """The secret of an LTI 1.1 platform, whose registration has version "1.1"."""

    __tablename__ = "legacy_consumer"

    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True
    )
    consumer_key: Mapped[str] = mapped_column(String(255), unique=True)
    #: sealed
    secret: Mapped[str] = mapped_column(Text)
    #: the last day on which its launches are taken: LTI 1.1 is a way out, not a home
    ends_on: Mapped[date]


class Invitation(Base):
    """One use of dynamic registration, within the hour; the link carries a token, here stands its hash."""

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    #: the issuer that the operator expects, if typed beforehand
    expected_issuer: Mapped[str | None] = mapped_column(String(500))
    #: the guide that goes with it ("moodle"), where it was made in the hub
    lms: Mapped[str | None] = mapped_column(String(30))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    #: taken back by an operator before it was used
    withdrawn_at: Mapped[datetime | None]
    #: what came of it
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id", ondelete="SET NULL"))


class CourseRule(Base):
    """Whose courses those of a shared deployment are: the first rule that fits a course decides."""

    __tablename__ = "course_rule"
    __table_args__ = (UniqueConstraint("deployment_id", "position"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id", ondelete="CASCADE"))
    position: Mapped[int]
    #: what of the course is looked at: "label", "title", "org_unit" or "custom:<name>"
    field: Mapped[str] = mapped_column(String(100))
    #: "is", "starts_with" or "contains"; letters' case does not matter
    comparison: Mapped[str] = mapped_column(String(20))
    value: Mapped[str] = mapped_column(String(200))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    created_at: Mapped[datetime]


class Deployment(Base):
    """One deployment of the tool under a registration."""

    __tablename__ = "deployment"
    __table_args__ = (UniqueConstraint("registration_id", "deployment_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    #: the platform's name for it, opaque
    deployment_id: Mapped[str] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    #: whose courses these are; none: the registration's institution
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    #: several institutions share it: rules on the course decide, and a course that none fits waits
    is_shared: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: where the platform can be asked for notices, as launches say, and when that is to be done; none: it was
    notices_url: Mapped[str | None] = mapped_column(String(2048))
    notices_due_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class WaitingDeployment(Base):
    """A deployment that launched with a valid signature but is not known: the operator's inbox."""

    __tablename__ = "waiting_deployment"
    __table_args__ = (UniqueConstraint("registration_id", "deployment_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    deployment_id: Mapped[str] = mapped_column(String(255))
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    times: Mapped[int] = mapped_column(default=1)


class PlatformKeySet(Base):
    """A platform's last good key set, shared by all processes; served on when its endpoint is down."""

    __tablename__ = "platform_key_set"

    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True
    )
    #: the JWKS document as it came; none when it never came
    document: Mapped[str | None] = mapped_column(Text)
    fetched_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    #: when some process last set out to fetch it: the claim on the next fetch
    tried_at: Mapped[datetime | None]


class ServiceToken(Base):
    """An access token for a platform's services, shared by all workers; encrypted."""

    __tablename__ = "service_token"

    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True
    )
    #: the scopes asked for, sorted, joined by a space
    scopes: Mapped[str] = mapped_column(String(700), primary_key=True)
    #: JSON with the token, what was granted and when, sealed; none while it is being asked for
    sealed: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[datetime | None]
    #: when some worker last set out to ask for one: the claim on the next request
    asked_at: Mapped[datetime | None]


class ConnectionTry(Base):
    """The last time that an operator had a platform's connection tried, and what was found."""

    __tablename__ = "connection_try"

    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True
    )
    #: begun: also the claim on the next one
    tried_at: Mapped[datetime]
    #: ended, and what was found then (lti.checking); none while it goes on for the first time
    found_at: Mapped[datetime | None]
    found: Mapped[Any] = mapped_column(JsonText, nullable=True)


class ToolKey(Base):
    """One of our own key pairs.  When it signs and how long it is published follows from ``created_at`` (lti.keys)."""

    __tablename__ = "tool_key"

    #: RFC 7638 thumbprint
    kid: Mapped[str] = mapped_column(String(64), primary_key=True)
    #: PEM, sealed
    private_key: Mapped[str] = mapped_column(Text)
    #: since when it is published
    created_at: Mapped[datetime]
