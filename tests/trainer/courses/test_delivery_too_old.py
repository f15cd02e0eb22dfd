"""A platform that says "I have a later score" is believed only when a lost answer of ours explains it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.crash.world import HostileTenant, World
from trainer.courses.delivery_actions import retry_all_parked

Work = Callable[..., None]
FAULTS = pytest.mark.parametrize("fault", ["409", "400_old"])


@FAULTS
def test_unexplained_it_gets_one_new_moment(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work, fault: str
) -> None:
    tenant.tell(script={"score": [fault]})
    world.completed(*course, "ann")
    work()
    first, second = tenant.requests("score")
    assert second["timestamp"] > first["timestamp"]
    (row,) = world.deliveries()
    assert (row.state, row.restamped) == ("delivered", True)


@FAULTS
def test_unexplained_twice_it_is_parked_and_a_person_can_retry(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work, fault: str
) -> None:
    tenant.tell(script={"score": [fault, fault]})
    world.completed(*course, "ann")
    work()
    (row,) = world.deliveries()
    assert (row.state, row.reason) == ("parked", "too_old")
    with world.database.writing() as connection:
        assert retry_all_parked(connection, world.clock()) == 1
    work()
    (row,) = world.deliveries()
    assert row.state == "delivered"


@FAULTS
def test_after_an_unknown_outcome_it_means_delivered(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work, fault: str
) -> None:
    tenant.tell(script={"score": ["reset", fault]})
    world.completed(*course, "ann")
    work()
    work(after=timedelta(hours=1))
    (row,) = world.deliveries()
    assert (row.state, row.restamped) == ("delivered", False)
    assert len({entry["timestamp"] for entry in tenant.requests("score")}) == 1
