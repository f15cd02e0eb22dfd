"""A worker that is told to stop finishes what is in hand, and waits for all of it together no longer than 45 seconds."""

import threading
import time
from threading import Thread
from typing import Any

from lti.http import HttpResponse
from tests.crash.world import HastyHttpClient, HostileTenant, World
from trainer.core.http import SafeHttpClient
from trainer.worker import Worker


def stopped(
    world: World, client: SafeHttpClient, tenant: HostileTenant, *, begun: int, speed: float
) -> float:
    """Stop a worker that has so many scores on their way; gives the seconds it took."""
    worker = Worker(world.database, world.settings, clock=world.clock, http=client, speed=speed)
    thread = Thread(target=worker.run, daemon=True)
    thread.start()
    until = time.monotonic() + 15
    while len(tenant.requests("score")) < begun and time.monotonic() < until:
        time.sleep(0.02)
    began = time.monotonic()
    worker.stop()
    thread.join(30)
    assert not thread.is_alive()
    return time.monotonic() - began


def test_what_is_in_hand_is_finished(world: World, tenant: HostileTenant, course: tuple[int, int]) -> None:
    tenant.tell(chances={"score": {"slow:0.4": 1.0}})
    for number in range(12):
        world.completed(*course, f"u{number}")
    stopped(world, HastyHttpClient(allow_insecure=True), tenant, begun=1, speed=1.0)
    rows = world.deliveries()
    assert all(row.lease is None for row in rows)
    assert len(tenant.scores()) == sum(row.state == "delivered" for row in rows)


class Patient(HastyHttpClient):
    """Waits long for an answer."""

    def request(self, method: str, url: str, **options: Any) -> HttpResponse:
        return SafeHttpClient.request(self, method, url, **options)


def test_four_that_hang_take_no_longer_than_one(
    world: World, tenant: HostileTenant, course: tuple[int, int]
) -> None:
    """Given four requests that are not answered, the worker, its 45 seconds shortened to one, is gone in one."""
    tenant.tell(chances={"score": {"timeout": 1.0}}, slow_seconds=4.0)
    for number in range(8):
        world.completed(*course, f"u{number}")
    took = stopped(world, Patient(allow_insecure=True), tenant, begun=4, speed=45.0)
    for lane in threading.enumerate():
        if lane.name.startswith("lane-"):
            lane.join()  # a process would be gone
    assert took < 2.5
