"""Platforms do not wait for each other, and none gets more than it can bear."""

import time
from collections.abc import Callable
from datetime import timedelta
from threading import Thread

from tests.crash.world import HastyHttpClient, HostileTenant, RunningHostilePlatform, World
from trainer.worker import Worker

Work = Callable[..., None]


def test_a_dead_platform_delays_nobody(world: World, hostile_platform: RunningHostilePlatform) -> None:
    """Given a platform that lets every request hang, then another's scores arrive as if it were not there."""
    dead, well = hostile_platform.tenant(), hostile_platform.tenant()
    dead.tell(chances={"score": {"timeout": 1.0}}, items=[{"id": "column"}])
    well.tell(items=[{"id": "column"}])
    for tenant in (dead, well):
        registration_id = world.platform(tenant)
        link_id = world.link(registration_id, line_item=tenant.item_url("column"))
        for number in range(10):
            world.completed(registration_id, link_id, f"u{number}")
    worker = Worker(
        world.database, world.settings, clock=world.clock, http=HastyHttpClient(allow_insecure=True)
    )
    began = time.monotonic()
    thread = Thread(target=worker.run)
    thread.start()
    try:
        while len(well.scores()) < 10 and time.monotonic() - began < 10:
            time.sleep(0.05)
        took = time.monotonic() - began
        assert len(well.scores()) == 10
        assert took < 5, f"{took:.1f} s"
    finally:
        worker.stop()
        thread.join()


def test_at_most_four_at_once(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    tenant.tell(chances={"score": {"slow:0.1": 1.0}})
    for number in range(20):
        world.completed(*course, f"u{number}")
    work()
    assert len(tenant.scores()) == 20
    assert 2 <= tenant.state()["most_in_hand"] <= 4


def test_two_workers_share_the_limits(world: World, tenant: HostileTenant, course: tuple[int, int]) -> None:
    tenant.tell(chances={"score": {"slow:0.1": 1.0}})
    for number in range(16):
        world.completed(*course, f"u{number}")

    def run() -> None:
        client = HastyHttpClient(allow_insecure=True)
        Worker(world.database, world.settings, clock=world.clock, http=client).run_once()

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    world.clock.push(timedelta(seconds=6))  # a worker that found the other asking for a token waits five
    run()
    assert len(tenant.scores()) == 16
    assert len(tenant.requests("score")) == 16
    assert tenant.state()["most_in_hand"] <= 4


def test_no_faster_than_the_rate(world: World, tenant: HostileTenant, course: tuple[int, int]) -> None:
    for number in range(11):
        world.completed(*course, f"u{number}")
    settings = world.with_settings(delivery_rate=20)
    began = time.time()
    Worker(world.database, settings, clock=world.clock, http=HastyHttpClient(allow_insecure=True)).run_once()
    assert len(tenant.scores()) == 11
    # However long one of them is on its way: none arrives before its turn
    arrived = sorted(entry["at"] for entry in tenant.requests("score"))
    assert [moment - began >= number / 20 for number, moment in enumerate(arrived)] == [True] * 11
