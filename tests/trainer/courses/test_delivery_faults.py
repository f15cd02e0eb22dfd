"""A platform that fails for a while gets the score later: the same bytes, the same moment, as often as it takes."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.crash.world import HostileTenant, World

HOUR = timedelta(hours=1, seconds=1)
Work = Callable[..., None]


@pytest.mark.parametrize(
    ("fault", "reason", "unknown"),
    [
        ("500", "server_error", True),
        ("502", "server_error", True),
        ("503", "busy", False),
        ("timeout", "timeout", True),
        ("reset", "reset", True),
        ("redirect", "redirected", False),
    ],
)
def test_a_fault_waits_and_the_same_score_is_sent_again(
    world: World,
    tenant: HostileTenant,
    course: tuple[int, int],
    work: Work,
    fault: str,
    reason: str,
    unknown: bool,
) -> None:
    tenant.tell(script={"score": [fault]})
    world.completed(*course, "ann")
    work()
    (row,) = world.deliveries()
    assert (row.state, row.reason, row.tries, row.outcome_unknown) == ("waiting", reason, 1, unknown)
    assert timedelta(seconds=25) < row.next_try_at - world.clock() < HOUR
    work(after=HOUR)
    (row,) = world.deliveries()
    assert (row.state, row.reason) == ("delivered", None)
    first, second = tenant.requests("score")
    assert first["body"] == second["body"]
    assert len(tenant.scores()) == 1


@pytest.mark.parametrize("fault", ["500_stored", "timeout_stored", "reset_stored"])
def test_a_lost_answer_is_explained_by_too_old(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work, fault: str
) -> None:
    """Given a platform that stored the score and whose answer was lost, when it says "too old", then it has ours."""
    tenant.tell(script={"score": [fault]})
    world.completed(*course, "ann")
    work()
    work(after=HOUR)
    (row,) = world.deliveries()
    assert (row.state, row.restamped) == ("delivered", False)
    first, second = tenant.requests("score")
    assert first["body"] == second["body"]
    assert second["too_old"]


def test_an_answer_in_html_is_an_answer(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    tenant.tell(script={"score": ["html"]})
    world.completed(*course, "ann")
    work()
    (row,) = world.deliveries()
    assert row.state == "delivered"


@pytest.mark.parametrize("fault", ["429:40", "503:40"])
def test_retry_after_is_kept_for_all_that_goes_to_the_platform(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work, fault: str
) -> None:
    tenant.tell(script={"score": [fault] * 4})
    for sub in ("ann", "bert", "cem"):
        world.completed(*course, sub)
    work()
    tried = len(tenant.requests("score"))
    work(after=timedelta(seconds=30))
    assert len(tenant.requests("score")) == tried
    tenant.tell(script={"score": []})
    for _ in range(4):
        work(after=timedelta(seconds=41))
    assert {row.state for row in world.deliveries()} == {"delivered"}


def test_a_403_with_rate_headers_waits(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    tenant.tell(script={"score": ["403_rate"]})
    world.completed(*course, "ann")
    work()
    (row,) = world.deliveries()
    assert (row.state, row.reason) == ("waiting", "rate_limited")
    work(after=timedelta(seconds=31))
    (row,) = world.deliveries()
    assert row.state == "delivered"
    assert len(tenant.requests("token")) == 1


def test_nobody_there(world: World, course: tuple[int, int], work: Work) -> None:
    """Given a platform whose port is closed, nothing is lost and nothing counts as perhaps arrived."""
    registration_id = world.registration("http://127.0.0.1:9", name="dead")
    link_id = world.link(registration_id, line_item="http://127.0.0.1:9/items/1")
    world.completed(registration_id, link_id, "ann")
    work()
    (row,) = world.deliveries()
    assert (row.state, row.reason, row.outcome_unknown) == ("waiting", "unreachable", False)


def test_what_waits_because_of_an_outage_leaves_when_it_ends(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    """Given a platform that was down for many, when one gets through, then the others need not wait for their hour."""
    tenant.tell(script={"score": ["503"] * 12})
    for number in range(6):
        world.completed(*course, f"u{number}")
    work()
    work(after=HOUR)
    rows = world.deliveries()
    assert {row.state for row in rows} == {"waiting"}
    first_due = min(row.next_try_at for row in rows)
    work(after=first_due - world.clock() + timedelta(milliseconds=50))
    assert {row.state for row in world.deliveries()} == {"delivered"}
