"""The stage of the deliveries' stories: a hostile platform in its own process, a world in a database, a worker."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.crash.world import HastyHttpClient, HostileTenant, RunningHostilePlatform, World
from trainer.worker import Worker


@pytest.fixture(scope="session")
def hostile_platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHostilePlatform]:
    """The process; each test takes tenants of its own."""
    running = RunningHostilePlatform(tmp_path_factory.mktemp("hostile"))
    yield running
    running.stop()


@pytest.fixture
def tenant(hostile_platform: RunningHostilePlatform) -> HostileTenant:
    """A platform of this test's own."""
    return hostile_platform.tenant()


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """An empty service."""
    made = World(database_url)
    yield made
    made.close()


@pytest.fixture
def work(world: World) -> Callable[..., None]:
    """`work()` lets a worker do all that is due; `work(after=timedelta(hours=1))` lets time pass before."""

    def work(after: timedelta = timedelta()) -> None:
        world.clock.push(after)
        Worker(
            world.database, world.settings, clock=world.clock, http=HastyHttpClient(allow_insecure=True)
        ).run_once()

    return work


@pytest.fixture
def course(world: World, tenant: HostileTenant) -> tuple[int, int]:
    """(registration, link) of a platform whose claim names the line item `column`."""
    tenant.tell(items=[{"id": "column"}])
    registration_id = world.platform(tenant)
    line_items = f"{tenant.url}/lineitems?type_id=1"
    return registration_id, world.link(
        registration_id, line_item=tenant.item_url("column"), line_items=line_items
    )


@pytest.fixture
def log_folder(tmp_path: Path) -> Path:
    """Where processes of this test write what they say."""
    return tmp_path
