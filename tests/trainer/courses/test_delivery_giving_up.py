"""After a week of trying a delivery is parked and the operator hears of it, once; nothing is lost."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from tests.crash.world import HastyHttpClient, HostileTenant, World
from tests.support.smtp import MailServer
from trainer.courses.delivery_actions import retry_all_parked
from trainer.worker import Worker

Work = Callable[..., None]


@pytest.fixture
def world(database_url: str, mail_server: MailServer) -> Iterator[World]:
    """A service with an operator."""
    made = World(database_url, smtp_url=mail_server.url, operator_mail="ops@example.be")
    yield made
    made.close()


def test_a_week(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work, mail_server: MailServer
) -> None:
    tenant.tell(chances={"score": {"503": 1.0}})
    for sub in ("ann", "bert"):
        world.completed(*course, sub)
    work()
    for _ in range(6):
        work(after=timedelta(days=1))
    assert {row.state for row in world.deliveries()} == {"waiting"}
    work(after=timedelta(days=1, minutes=1))
    rows = world.deliveries()
    assert {(row.state, row.reason) for row in rows} == {("parked", "gave_up")}
    assert "busy" in rows[0].detail
    work(after=timedelta(minutes=2))
    work(after=timedelta(minutes=2))
    (message,) = mail_server.messages
    assert message["To"] == "ops@example.be"
    assert f"{tenant.name}: 2" in message.get_content()

    tenant.tell(chances={"score": {}})
    with world.database.writing() as connection:
        assert retry_all_parked(connection, world.clock(), registration_id=course[0]) == 2
    work()
    assert {row.state for row in world.deliveries()} == {"delivered"}


def test_mail_that_is_not_taken_is_sent_later(
    world: World, tenant: HostileTenant, course: tuple[int, int], mail_server: MailServer
) -> None:
    tenant.tell(chances={"score": {"503": 1.0}})
    mail_server.unknown_addresses.add("ops@example.be")
    world.completed(*course, "ann")
    client = HastyHttpClient(allow_insecure=True)
    worker = Worker(world.database, world.settings, clock=world.clock, http=client)
    worker.run_once()
    world.clock.push(timedelta(days=8))
    worker.run_once()
    world.clock.push(timedelta(minutes=2))
    worker.run_once()
    assert mail_server.messages == []
    mail_server.unknown_addresses.clear()
    world.clock.push(timedelta(minutes=2))
    worker.run_once()
    assert len(mail_server.messages) == 1
