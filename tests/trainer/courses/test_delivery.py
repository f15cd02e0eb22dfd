"""A completion reaches the gradebook."""

from collections.abc import Callable

from tests.crash.world import HostileTenant, World


def test_it_works(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Callable[..., None]
) -> None:
    """Given a buddy who came through a link, when they complete the module, then the gradebook says 1 of 1."""
    registration_id, link_id = course
    world.completed(registration_id, link_id, "ann")
    work()
    (score,) = tenant.scores().values()
    assert (score["scoreGiven"], score["scoreMaximum"]) == (1, 1)
    assert (score["activityProgress"], score["gradingProgress"]) == ("Completed", "FullyGraded")
    (row,) = world.deliveries()
    assert (row.state, row.reason) == ("delivered", None)
    assert row.delivered_at is not None
