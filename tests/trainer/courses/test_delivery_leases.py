"""A worker that dies leaves a lease; when it is over the same bytes are sent again, and their outcome was unknown."""

from collections.abc import Callable
from datetime import timedelta

from tests.crash.world import HostileTenant, World
from trainer.courses.delivery_actions import announce_completions
from trainer.courses.delivery_outcomes import note_delivered
from trainer.courses.delivery_work import LEASE, InHand, take_delivery

Work = Callable[..., None]


def take(world: World, registration_id: int) -> InHand:
    with world.database.writing() as connection:
        announce_completions(connection, world.clock())
        taken = take_delivery(connection, registration_id, world.clock(), rate=1000)
    assert isinstance(taken, InHand)
    return taken


def test_what_is_in_hand_is_left_to_its_worker(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    world.completed(*course, "ann")
    take(world, course[0])
    work()
    assert tenant.requests("score") == []


def test_when_the_lease_is_over_the_same_body_is_sent(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    """Given a worker that died after the platform stored, then "too old" means delivered."""
    world.completed(*course, "ann")
    taken = take(world, course[0])
    tenant.tell(script={"score": ["409"]})
    work(after=LEASE + timedelta(seconds=1))
    (entry,) = tenant.requests("score")
    assert entry["timestamp"] in str(taken.body)
    (row,) = world.deliveries()
    assert (row.state, row.restamped) == ("delivered", False)


def test_a_worker_that_comes_too_late_says_nothing(world: World, course: tuple[int, int], work: Work) -> None:
    world.completed(*course, "ann")
    late = take(world, course[0])
    world.clock.push(LEASE + timedelta(seconds=1))
    in_time = take(world, course[0])
    assert in_time.outcome_unknown
    assert in_time.body == late.body
    with world.database.writing() as connection:
        note_delivered(connection, late, world.clock())
    (row,) = world.deliveries()
    assert (row.state, row.lease) == ("waiting", in_time.lease)
