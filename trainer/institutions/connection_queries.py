"""What the hub asks: how each institution is connected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from trainer.institutions.models import (
    Deployment,
    Institution,
    LegacyConsumer,
    Registration,
    WaitingDeployment,
)


@dataclass(frozen=True, slots=True)
class ConnectedPlatform:
    """A registration as the hub shows it."""

    id: int
    institution: str
    name: str
    issuer: str
    client_id: str
    #: product family code, if a launch or the registration told it
    family: str | None
    #: "1.3" or "1.1"
    version: str
    active: bool
    #: waits to be switched on for the first time
    pending: bool
    #: to five minutes; none: nobody ever came
    last_launch_at: datetime | None
    #: in use
    deployments: int
    #: launched, and wait to be adopted
    waiting_deployments: int
    #: rights that the LMS's answer to the registration left out
    withheld_scopes: Sequence[str]
    #: LTI 1.1: the last day on which launches are taken
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class ConnectedDeployment:
    """A deployment as the hub shows it."""

    #: its row; none while it waits
    id: int | None
    deployment_id: str
    active: bool
    is_waiting: bool
    #: waiting: how often it launched in vain, and when last
    times: int
    last_seen_at: datetime | None
    #: whose courses these are; none while it waits, and where several institutions share it
    institution: str | None
    is_shared: bool


def connected_platforms(connection: Connection) -> list[ConnectedPlatform]:
    """Every registration, by institution and name; in one statement."""
    statement = _platforms().order_by(Institution.name, Registration.name, Registration.id)
    return [ConnectedPlatform(*row) for row in connection.execute(statement)]


def connected_platform(connection: Connection, registration_id: int) -> ConnectedPlatform | None:
    """One registration."""
    row = connection.execute(_platforms().where(Registration.id == registration_id)).one_or_none()
    return ConnectedPlatform(*row) if row is not None else None


def _platforms() -> Select[*tuple[Any, ...]]:
    used = (
        select(func.count())
        .where(Deployment.registration_id == Registration.id, Deployment.active)
        .scalar_subquery()
    )
    waiting = (
        select(func.count()).where(WaitingDeployment.registration_id == Registration.id).scalar_subquery()
    )
    # in the order of ConnectedPlatform
    columns = select(
        Registration.id,
        Institution.name,
        Registration.name,
        Registration.issuer,
        Registration.client_id,
        Registration.family,
        Registration.version,
        Registration.active,
        Registration.pending,
        Registration.last_launch_at,
        used,
        waiting,
        Registration.withheld_scopes,
        LegacyConsumer.ends_on,
    ).select_from(Registration)
    return columns.join(Institution, Institution.id == Registration.institution_id).outerjoin(
        LegacyConsumer, LegacyConsumer.registration_id == Registration.id
    )


def connected_deployments(connection: Connection, registration_id: int) -> list[ConnectedDeployment]:
    """The deployments of a registration, those that wait first."""
    waiting = connection.execute(
        select(WaitingDeployment.deployment_id, WaitingDeployment.times, WaitingDeployment.last_seen_at)
        .where(WaitingDeployment.registration_id == registration_id)
        .order_by(WaitingDeployment.last_seen_at.desc(), WaitingDeployment.deployment_id)
    )
    known = connection.execute(
        select(
            Deployment.id,
            Deployment.deployment_id,
            Deployment.active,
            Institution.name.label("institution"),
            Deployment.is_shared,
        )
        .join(Registration, Registration.id == Deployment.registration_id)
        .join(
            Institution,
            Institution.id == func.coalesce(Deployment.institution_id, Registration.institution_id),
        )
        .where(Deployment.registration_id == registration_id)
        .order_by(Deployment.deployment_id)
    )
    return [
        *(
            ConnectedDeployment(
                None, row.deployment_id, False, True, row.times, row.last_seen_at, None, False
            )
            for row in waiting
        ),
        *(
            ConnectedDeployment(
                row.id,
                row.deployment_id,
                row.active,
                False,
                0,
                None,
                None if row.is_shared else row.institution,
                row.is_shared,
            )
            for row in known
        ),
    ]
