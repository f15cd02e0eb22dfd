"""Figures about scores on their way."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from trainer.core.metrics import Gauge, render
from trainer.courses import reasons
from trainer.courses.models import Delivery, DeliveryPace
from trainer.institutions.models import Registration
from trainer.learning.models import Completion

_AGE = "Seconds since the oldest score that still waits was ready to leave; 0 when none waits."
_COUNT = "Scores by state; what is parked needs a person or a next launch."
_FAILURES = "Failures of the platform in a row, for all scores that go there."
_UNANNOUNCED = "Completions for which a visit that is under way may still bring a score."


def outbox_metrics(connection: Connection, now: datetime) -> bytes:
    """The age of the outbox, the number of scores by state, and failures, per platform, as Prometheus text."""
    names = {row.id: row.name for row in connection.execute(select(Registration.id, Registration.name))}
    ages: dict[tuple[str, ...], float] = {(name,): 0.0 for name in names.values()}
    counts: dict[tuple[str, ...], float] = {
        (name, state): 0.0 for name in names.values() for state in reasons.STATES
    }
    oldest = connection.execute(
        select(Delivery.registration_id, func.min(Delivery.created_at))
        .where(Delivery.state == reasons.WAITING)
        .group_by(Delivery.registration_id)
    )
    for registration_id, since in oldest:
        label = (names[registration_id],)
        ages[label] = max(ages[label], (now - since).total_seconds())
    numbers = connection.execute(
        select(Delivery.registration_id, Delivery.state, func.count()).group_by(
            Delivery.registration_id, Delivery.state
        )
    )
    for registration_id, state, number in numbers:
        counts[names[registration_id], state] += number
    failures = connection.execute(select(DeliveryPace.registration_id, DeliveryPace.failures))
    unannounced = connection.execute(
        select(func.count()).select_from(Completion).where(Completion.announced_at.is_(None))
    ).scalar_one()
    return render(
        [
            Gauge("outbox_age_seconds", _AGE, ("platform",), ages),
            Gauge("deliveries", _COUNT, ("platform", "state"), counts),
            Gauge(
                "platform_failures",
                _FAILURES,
                ("platform",),
                {(names[registration_id],): float(number) for registration_id, number in failures},
            ),
            Gauge("completions_unannounced", _UNANNOUNCED, (), {(): float(unannounced)}),
        ]
    )
