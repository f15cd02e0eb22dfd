"""What goes to a disabled platform, deployment or person is parked, not deleted, and wakes when that is enabled."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from tests.crash.world import HostileTenant, World
from trainer.institutions.models import Deployment, Registration
from trainer.people.models import Identity

Work = Callable[..., None]


@pytest.mark.parametrize(
    ("table", "off", "on"),
    [
        (Registration, {"active": False}, {"active": True}),
        (Deployment, {"active": False}, {"active": True}),
        (Identity, {"disabled_at": "now"}, {"disabled_at": None}),
    ],
)
@pytest.mark.parametrize("when", ["before", "while it waits"])
def test_it_is_parked_and_wakes(
    world: World,
    tenant: HostileTenant,
    course: tuple[int, int],
    work: Work,
    table: Any,
    off: dict[str, object],
    on: dict[str, object],
    when: str,
) -> None:
    def switch(values: dict[str, object]) -> None:
        with world.database.writing() as connection:
            at = {name: world.clock() if value == "now" else value for name, value in values.items()}
            connection.execute(update(table).values(at))

    world.completed(*course, "ann")
    if when == "while it waits":
        tenant.tell(script={"score": ["500"]})
        work()
    switch(off)
    work(after=timedelta(hours=1))
    (row,) = world.deliveries()
    assert (row.state, row.reason) == ("parked", "platform_off")
    assert tenant.scores() == {}
    switch(on)
    work(after=timedelta(seconds=10))
    (row,) = world.deliveries()
    assert row.state == "delivered"
