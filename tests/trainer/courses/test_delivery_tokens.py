"""Tokens: one request serves all, an expired one is replaced, a platform that gives none is waited for."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.crash.world import HostileTenant, World

Work = Callable[..., None]


def test_one_token_serves_all_at_once(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    tenant.tell(script={"token": ["slow:0.3"]})
    for number in range(8):
        world.completed(*course, f"u{number}")
    work()
    assert {row.state for row in world.deliveries()} == {"delivered"}
    assert len(tenant.requests("token")) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_an_expired_token_is_replaced_at_once(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work, status: int
) -> None:
    """Open edX says 403 for an expired token, others 401."""
    tenant.tell(refusal_of_tokens=status)
    world.completed(*course, "ann")
    work()
    tenant.tell(revoke_tokens=True)
    world.completed(*course, "bert")
    work(after=timedelta(minutes=5))
    assert [row.state for row in world.deliveries()] == ["delivered", "delivered"]
    assert len(tenant.requests("token")) == 2


@pytest.mark.parametrize(("status", "reason"), [(401, "token_refused"), (403, "forbidden_once")])
def test_a_token_that_is_refused_while_it_is_fresh_waits_for_a_newer_one(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work, status: int, reason: str
) -> None:
    tenant.tell(script={"score": [str(status)]})
    world.completed(*course, "ann")
    work()
    (row,) = world.deliveries()
    assert (row.state, row.reason) == ("waiting", reason)
    assert len(tenant.requests("token")) == 1, "at most one token request in 30 seconds"
    work(after=timedelta(hours=1))
    (row,) = world.deliveries()
    assert row.state == "delivered"


def test_a_403_that_stays_is_parked(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    tenant.tell(script={"score": ["403"] * 6})
    world.completed(*course, "ann")
    work()
    work(after=timedelta(seconds=32))
    (row,) = world.deliveries()
    assert (row.state, row.reason) == ("parked", "forbidden")


@pytest.mark.parametrize(
    ("fault", "reason"), [("html", "token_unreadable"), ("500", "server_error"), ("reset", "reset")]
)
def test_a_platform_that_gives_no_token_is_waited_for(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work, fault: str, reason: str
) -> None:
    tenant.tell(script={"token": [fault]})
    world.completed(*course, "ann")
    work()
    (row,) = world.deliveries()
    assert (row.state, row.reason, row.outcome_unknown) == ("waiting", reason, False)
    assert tenant.requests("score") == []
    work(after=timedelta(hours=1))
    (row,) = world.deliveries()
    assert row.state == "delivered"


def test_a_failing_token_endpoint_is_asked_at_most_twice_a_minute(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    tenant.tell(chances={"token": {"500": 1.0}})
    for number in range(10):
        world.completed(*course, f"u{number}")
    for _ in range(12):
        work(after=timedelta(seconds=5))
    assert len(tenant.requests("token")) <= 3
