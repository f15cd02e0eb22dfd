"""What the worker looks at each second does not grow with what was ever done."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, update

from tests.crash.world import World
from tests.trainer.courses.history import rows_looked_at, seed_history
from trainer.courses import delivery_actions as deliveries
from trainer.courses.delivery_actions import ANNOUNCED_AFTER
from trainer.courses.delivery_work import platforms_with_work, take_delivery
from trainer.courses.models import DeliveryPace
from trainer.institutions.models import Deployment, Registration
from trainer.people.models import Identity

PEOPLE = 20_000
#: far more than a few rows and their neighbours, far less than a tenth of the people
FEW = 700
HOUR = timedelta(hours=1)

Course = tuple[int, int]


@pytest.fixture
def old_course(world: World) -> Course:
    """A platform whose link many went through long ago: their scores are delivered, some could not be."""
    registration_id = world.registration("https://lms.example.org", name="old")
    link_id = world.link(registration_id, line_item="https://lms.example.org/items/1")
    seed_history(world, registration_id, link_id, PEOPLE)
    seed_history(
        world, registration_id, link_id, PEOPLE // 4, first=5_000_000, state="parked", reason="no_column"
    )
    return registration_id, link_id


def test_announcing_begins_from_what_is_not_announced(world: World, old_course: Course) -> None:
    for number in range(3):
        world.completed(*old_course, f"new{number}")
    now = world.clock()

    def announce(connection: Connection) -> None:
        assert deliveries.wanted_deliveries(connection)
        assert deliveries.announce_completions(connection, now) == 3
        assert not deliveries.wanted_deliveries(connection)
        assert not deliveries.announcements_to_close(connection, now)

    def close(connection: Connection) -> None:
        later = now + ANNOUNCED_AFTER + timedelta(seconds=1)
        assert not deliveries.announcements_to_close(connection, later)
        assert deliveries.close_announcements(connection, later) == 0, "they are not announced yet"
        announce(connection)
        assert deliveries.close_announcements(connection, later) == 3
        assert not deliveries.announcements_to_close(connection, later)

    assert rows_looked_at(world, announce) < FEW
    assert rows_looked_at(world, close) < FEW


SWITCHES = pytest.mark.parametrize(
    ("table", "off"),
    [(Registration, {"active": False}), (Deployment, {"active": False}), (Identity, {"disabled_at": "now"})],
)


@SWITCHES
def test_following_switches_begins_from_what_is_off(
    world: World, old_course: Course, table: Any, off: dict[str, object]
) -> None:
    other = world.registration("https://other.example.org", name="other")
    link_id = world.link(other, line_item="https://other.example.org/items/1")
    world.completed(other, link_id, "ann")
    now = world.clock()
    with world.database.writing() as connection:
        assert deliveries.announce_completions(connection, now) == 1
    assert rows_looked_at(world, deliveries.switches_to_follow) < FEW

    values = {name: now if value == "now" else value for name, value in off.items()}
    on: dict[str, object] = {"disabled_at": None} if table is Identity else {"active": True}
    here = table.id == other if table is Registration else table.registration_id == other

    def follow(connection: Connection) -> None:
        assert not deliveries.switches_to_follow(connection)
        connection.execute(update(table).where(here).values(values))
        assert deliveries.switches_to_follow(connection)
        assert deliveries.park_switched_off(connection) == 1
        assert not deliveries.switches_to_follow(connection)
        connection.execute(update(table).where(here).values(on))
        assert deliveries.switches_to_follow(connection)
        assert deliveries.wake_switched_on(connection, now) == 1
        assert not deliveries.switches_to_follow(connection)

    assert rows_looked_at(world, follow) < FEW


@pytest.mark.parametrize("question", [deliveries.has_unreported, platforms_with_work])
def test_questions_of_each_look(world: World, old_course: Course, question: Callable[..., object]) -> None:
    now = world.clock()
    assert rows_looked_at(world, lambda connection: question(connection, now)) < FEW


def test_an_outage_with_many_waiting_does_not_slow_each_one_down(world: World, old_course: Course) -> None:
    """Given a platform that was down for thousands, choosing the next one looks at those in hand only."""
    registration_id = world.registration("https://down.example.org", name="down")
    link_id = world.link(registration_id, line_item="https://down.example.org/items/1")
    later = world.clock() + HOUR
    waiting = {"state": "waiting", "reason": "unreachable", "next_try_at": later}
    seed_history(world, registration_id, link_id, PEOPLE // 2, first=7_000_000, **waiting)
    world.completed(registration_id, link_id, "ann")
    now = world.clock()
    with world.database.writing() as connection:
        assert deliveries.announce_completions(connection, now) == 1
        connection.execute(
            insert(DeliveryPace).values(registration_id=registration_id, next_at=now - HOUR, failures=9)
        )

    def take(connection: Connection) -> None:
        assert platforms_with_work(connection, now) == {registration_id: 1}
        assert take_delivery(connection, registration_id, now, rate=1.0) is not None

    assert rows_looked_at(world, take) < FEW
