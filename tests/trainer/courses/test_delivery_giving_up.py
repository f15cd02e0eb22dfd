"""After a week of trying a delivery is parked and the operator hears of it, once; nothing is lost."""

import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import select, update

from tests.crash.world import HastyHttpClient, HostileTenant, RunningHostilePlatform, World
from tests.support.smtp import MailServer
from trainer.courses.delivery_actions import announce_completions, retry_all_parked, take_unreported
from trainer.courses.models import Delivery
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


def given_up(world: World, *courses: tuple[int, int]) -> None:
    """One score for each course was given up, by a platform that nobody calls any more."""
    for number, (registration_id, link_id) in enumerate(courses):
        world.completed(registration_id, link_id, f"u{number}")
    with world.database.writing() as connection:
        announce_completions(connection, world.clock())
        connection.execute(update(Delivery).values(state="parked", reason="gave_up"))


def test_a_worker_that_dies_before_the_mail_leaves_is_followed(
    world: World, course: tuple[int, int], work: Work, mail_server: MailServer
) -> None:
    given_up(world, course)
    with world.database.writing() as connection:
        assert [one.number for one in take_unreported(connection, world.clock())] == [1]
    work()
    assert mail_server.messages == [], "another worker may be writing it"
    work(after=timedelta(minutes=6))
    work(after=timedelta(minutes=6))
    assert len(mail_server.messages) == 1


def test_two_platforms_of_one_name_are_two(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work, mail_server: MailServer
) -> None:
    """Given a mail about one platform that was not taken, what was told of its namesake is not told again."""
    given_up(world, course)
    work()
    namesake = world.registration("http://127.0.0.1:9", name=tenant.name)
    mail_server.unknown_addresses.add("ops@example.be")
    given_up(world, (namesake, world.link(namesake, line_item="http://127.0.0.1:9/items/1")))
    work(after=timedelta(minutes=2))
    with world.database.reading() as connection:
        reported = connection.execute(
            select(Delivery.registration_id, Delivery.reported).order_by(Delivery.id)
        ).all()
    assert [tuple(row) for row in reported] == [(course[0], True), (namesake, False)]
    mail_server.unknown_addresses.clear()
    work(after=timedelta(minutes=2))
    first, second = mail_server.messages
    assert f"{tenant.name}: 1" in first.get_content()
    assert second.get_content().count(f"{tenant.name}: 1") == 1


def test_scores_do_not_wait_for_a_mail_server(
    database_url: str, hostile_platform: RunningHostilePlatform
) -> None:
    """Given a mail server that takes the connection and says nothing, the next score leaves all the same."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        world = World(database_url, smtp_url=url, operator_mail="ops@example.be")
        tenant = hostile_platform.tenant()
        tenant.tell(items=[{"id": "column"}])
        registration_id = world.platform(tenant)
        course = registration_id, world.link(registration_id, line_item=tenant.item_url("column"))
        given_up(world, course)
        worker = Worker(
            world.database, world.settings, clock=world.clock, http=HastyHttpClient(allow_insecure=True)
        )
        thread = Thread(target=worker.run)
        thread.start()
        try:
            silent.settimeout(10)
            silent.accept()
            world.completed(*course, "ann")
            began = time.monotonic()
            while not tenant.scores() and time.monotonic() - began < 15:
                time.sleep(0.05)
            assert set(tenant.scores()) == {("column", "ann")}
        finally:
            worker.stop()
            silent.close()
            thread.join()
            world.close()
