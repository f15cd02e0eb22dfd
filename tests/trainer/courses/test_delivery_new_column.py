"""A link that has another column than before (grading was switched off and on): the scores follow."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update

from lti.services import SCORE
from tests.crash.world import HostileTenant, World
from trainer.courses.delivery_actions import link_changed
from trainer.courses.delivery_outcomes import note_delivered
from trainer.courses.delivery_work import InHand, take_delivery
from trainer.courses.models import Link

Work = Callable[..., None]


def claim(world: World, link_id: int, **brought: object) -> int:
    """A launch brings this way back; gives the number of deliveries that follow."""
    with world.database.writing() as connection:
        connection.execute(update(Link).where(Link.id == link_id).values(brought))
        return link_changed(connection, link_id, world.clock())


def test_delivered_scores_go_to_the_new_column_too(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    for sub in ("ann", "bert"):
        world.completed(*course, sub)
    work()
    tenant.tell(delete=["column"], items=[{"id": "new"}])
    assert claim(world, course[1], line_item_url=tenant.item_url("new")) == 2
    assert {(row.state, row.reason) for row in world.deliveries()} == {("waiting", "column_new")}
    work()
    assert set(tenant.scores()) == {("new", "ann"), ("new", "bert")}
    assert {row.state for row in world.deliveries()} == {"delivered"}


def test_a_claim_that_names_the_same_column_sends_nothing(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    world.completed(*course, "ann")
    work()
    assert claim(world, course[1], ags_scopes=[SCORE]) == 0
    assert claim(world, course[1], line_item_url=None) == 0
    work()
    assert len(tenant.requests("score")) == 1


def test_other_links_keep_their_columns(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    tenant.tell(items=[{"id": "second"}, {"id": "new"}])
    second = world.link(course[0], line_item=tenant.item_url("second"))
    world.completed(course[0], second, "ann")
    work()
    assert claim(world, course[1], line_item_url=tenant.item_url("new")) == 0


def test_what_waits_for_the_old_column_goes_to_the_new_one(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    """Given a score whose answer was lost, the old column may be there still, but the new one has it."""
    tenant.tell(script={"score": ["500"]}, items=[{"id": "new"}])
    world.completed(*course, "ann")
    work()
    assert claim(world, course[1], line_item_url=tenant.item_url("new")) == 1
    (row,) = world.deliveries()
    assert not row.outcome_unknown, "nothing was sent to this one yet"
    work()
    assert set(tenant.scores()) == {("new", "ann")}


@pytest.mark.parametrize("refusal", ["refuse:422:The assignment is locked", "403"])
def test_what_the_old_column_refused_is_offered_to_the_new_one(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work, refusal: str
) -> None:
    tenant.tell(script={"score": [refusal] * 4}, items=[{"id": "new"}])
    world.completed(*course, "ann")
    work()
    work(after=timedelta(seconds=32))
    (row,) = world.deliveries()
    assert row.state == "parked"
    tenant.tell(clear=["score"])
    assert claim(world, course[1], line_item_url=tenant.item_url("new")) == 1
    work(after=timedelta(seconds=32))  # a token is asked for twice a minute at most
    assert set(tenant.scores()) == {("new", "ann")}


def test_what_a_worker_is_sending_to_the_old_column_goes_to_the_new_one_too(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    """Given a launch that comes while a worker waits for the answer, then that answer is about the old column."""
    identity_id, enrolment_id = world.buddy(course[0], "ann")
    world.visit(course[1], identity_id, enrolment_id)
    world.complete(enrolment_id)
    tenant.tell(script={"score": ["500"]}, items=[{"id": "new"}])
    work()
    world.clock.push(timedelta(hours=1, seconds=1))
    with world.database.writing() as connection:
        in_hand = take_delivery(connection, course[0], world.clock(), rate=1000)
    assert isinstance(in_hand, InHand)
    assert claim(world, course[1], line_item_url=tenant.item_url("new")) == 1
    with world.database.writing() as connection:
        note_delivered(connection, in_hand, world.clock())
    (row,) = world.deliveries()
    assert row.state == "waiting"
    work(after=timedelta(seconds=1))
    assert set(tenant.scores()) == {("new", "ann")}
