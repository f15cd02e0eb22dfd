"""Where a deployment's platform can be asked for notices, and whether it was (Platform Notification Service 1.0)."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Select, select, update

from trainer.institutions.models import Deployment, Registration

#: our address for notices: one for all platforms
NOTICES_PATH = "/lti/notices"
#: a worker that asks has that long; then another one may
LEASE = timedelta(minutes=10)


class TakenSubscription(NamedTuple):
    """A deployment for which notices are being asked."""

    #: internal id
    deployment_id: int
    registration_id: int
    #: the platform's notification service
    url: str


_DUE = (
    select(Deployment.id, Deployment.registration_id, Deployment.notices_url)
    .join(Registration, Registration.id == Deployment.registration_id)
    .where(Deployment.notices_url.is_not(None), Deployment.active, Registration.active)
    .order_by(Deployment.notices_due_at, Deployment.id)
    .limit(1)
)


def note_notice_service(connection: Connection, deployment_id: int, url: str, now: datetime) -> None:
    """A launch tells where notices can be asked for: soon somebody does."""
    connection.execute(
        update(Deployment).where(Deployment.id == deployment_id).values(notices_url=url, notices_due_at=now)
    )


def is_subscription_due(connection: Connection, now: datetime) -> bool:
    """Whether :func:`take_subscription` would find one: asked first, because it costs no writer's turn."""
    return connection.execute(_due(now)).first() is not None


def take_subscription(connection: Connection, now: datetime) -> TakenSubscription | None:
    """Take in hand the deployment that waits longest for its notices; none where none does."""
    due = connection.execute(_due(now).with_for_update(of=Deployment, skip_locked=True)).one_or_none()
    if due is None:
        return None
    ask_again(connection, due.id, now + LEASE)
    return TakenSubscription(due.id, due.registration_id, due.notices_url)


def ask_again(connection: Connection, deployment_id: int, due_at: datetime | None) -> None:
    """Say when notices are to be asked for again; none: when a launch tells of another service."""
    connection.execute(update(Deployment).where(Deployment.id == deployment_id).values(notices_due_at=due_at))


def _due(now: datetime) -> Select[int, int, str | None]:
    return _DUE.where(Deployment.notices_due_at <= now)
