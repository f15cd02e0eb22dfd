"""What is asked about institutions, their platforms, and our keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, ScalarSelect, bindparam, select

from lti.keys import ToolKey as KeyPair
from lti.keys import load_key
from lti.platform import Platform
from trainer.core.crypto import Seal
from trainer.core.prepared import Prepared
from trainer.institutions.models import Deployment, Institution, Registration, ToolKey


@dataclass(frozen=True, slots=True)
class RegisteredPlatform:
    """A registration as the launch needs it."""

    id: int
    institution_id: int
    name: str
    active: bool
    adopts_deployments: bool
    frame_origins: tuple[str, ...]
    platform: Platform


# Of a RegisteredPlatform, then of its Platform, in their orders
_COLUMNS = select(
    Registration.id,
    Registration.institution_id,
    Registration.name,
    Registration.active,
    Registration.adopts_deployments,
    Registration.frame_origins,
    Registration.service_hosts,
    Registration.issuer,
    Registration.client_id,
    Registration.authorization_endpoint,
    Registration.token_endpoint,
    Registration.jwks_uri,
    Registration.audience,
    Registration.family,
)
_BY_CLIENT = Prepared(
    _COLUMNS.where(
        Registration.issuer == bindparam("issuer"),
        Registration.client_id == bindparam("client_id"),
        # a platform of LTI 1.1 has no logins
        Registration.version == "1.3",
    )
)
_BY_ISSUER = _COLUMNS.where(Registration.issuer == bindparam("issuer"), Registration.version == "1.3").limit(
    2
)
_BY_ID = _COLUMNS.where(Registration.id == bindparam("id"))


def platform_of_client(connection: Connection, issuer: str, client_id: str) -> RegisteredPlatform | None:
    """The registration with exactly this issuer and client id."""
    found = _BY_CLIENT.first(connection, {"issuer": issuer, "client_id": client_id})
    return _platform(found) if found is not None else None


def platforms_of_issuer(connection: Connection, issuer: str) -> list[RegisteredPlatform]:
    """At most two registrations of an issuer: enough to know whether a login without client_id is clear."""
    return [_platform(row) for row in connection.execute(_BY_ISSUER, {"issuer": issuer})]


def platform_by_id(connection: Connection, registration_id: int) -> RegisteredPlatform | None:
    """The registration with this internal id."""
    row = connection.execute(_BY_ID, {"id": registration_id}).one_or_none()
    return _platform(row) if row is not None else None


def open_deployment(connection: Connection, registration_id: int, deployment_id: str) -> int | None:
    """The internal id of a deployment in use, by the platform's name for it; none where it, or the platform, is off."""
    return connection.execute(
        select(Deployment.id)
        .join(Registration, Registration.id == Deployment.registration_id)
        .where(
            Deployment.registration_id == registration_id,
            Deployment.deployment_id == deployment_id,
            Deployment.active,
            Registration.active,
        )
    ).scalar_one_or_none()


def tool_keys(connection: Connection, seal: Seal) -> list[KeyPair]:
    """All our key pairs, oldest first; which one signs and which are published is for lti.keys to say."""
    rows = connection.execute(
        select(ToolKey.private_key, ToolKey.created_at).order_by(ToolKey.created_at, ToolKey.kid)
    )
    return [load_key(seal.open(row.private_key).encode(), row.created_at) for row in rows]


def tool_key_ids(connection: Connection) -> tuple[str, ...]:
    """The kids of all our key pairs: when they are as before, what was read before still holds."""
    return tuple(connection.execute(select(ToolKey.kid).order_by(ToolKey.created_at, ToolKey.kid)).scalars())


def institution_names(connection: Connection) -> dict[int, str]:
    """Every institution's name by its number, in the order of the names."""
    rows = connection.execute(select(Institution.id, Institution.name).order_by(Institution.name))
    return {row.id: row.name for row in rows}


def registration_id_of(platform: Platform) -> ScalarSelect[int]:
    """The number of a platform's registration, to write into a statement."""
    return (
        select(Registration.id)
        .where(Registration.issuer == platform.issuer, Registration.client_id == platform.client_id)
        .scalar_subquery()
    )


def _platform(row: Sequence[Any]) -> RegisteredPlatform:
    identity, institution_id, name, active, adopts_deployments, frame_origins, service_hosts, *rest = row
    issuer, client_id, authorization_endpoint, token_endpoint, jwks_uri, audience, family = rest
    return RegisteredPlatform(
        id=identity,
        institution_id=institution_id,
        name=name,
        active=active,
        adopts_deployments=adopts_deployments,
        frame_origins=tuple(frame_origins),
        platform=Platform(
            issuer=issuer,
            client_id=client_id,
            authorization_endpoint=authorization_endpoint,
            token_endpoint=token_endpoint,
            jwks_uri=jwks_uri,
            audience=audience,
            family=family,
            service_hosts=tuple(service_hosts),
        ),
    )
