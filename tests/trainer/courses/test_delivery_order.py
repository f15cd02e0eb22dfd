"""Moments of scores for one person and column: later by a second or more each time, whatever clocks do."""

from collections.abc import Callable
from datetime import datetime, timedelta

from tests.crash.world import HostileTenant, World

Work = Callable[..., None]


def moments(tenant: HostileTenant) -> list[datetime]:
    return [datetime.fromisoformat(entry["timestamp"]) for entry in tenant.requests("score")]


def complete_again(world: World, course: tuple[int, int], identity_id: int, enrolment_id: int) -> None:
    """The same person completes another enrolment that was opened through the same link."""
    from sqlalchemy import insert, update

    from trainer.courses.models import Visit
    from trainer.learning.models import Enrolment

    with world.database.writing() as connection:
        before = connection.execute(Enrolment.__table__.select().where(Enrolment.id == enrolment_id)).one()
        values = {
            **before._mapping,
            "period": f"{len(world.deliveries())}",
            "public_id": f"p{world.clock()}"[:32],
        }
        del values["id"]
        made = connection.execute(insert(Enrolment).values(values).returning(Enrolment.id)).scalar_one()
        connection.execute(update(Visit).where(Visit.identity_id == identity_id).values(enrolment_id=made))
    world.complete(made)


def test_two_scores_in_one_second_are_a_second_apart(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    identity_id, enrolment_id = world.buddy(course[0], "ann")
    world.visit(course[1], identity_id, enrolment_id)
    world.complete(enrolment_id)
    work()
    complete_again(world, course, identity_id, enrolment_id)
    work()
    first, second = moments(tenant)
    assert second - first >= timedelta(seconds=1)
    assert [row.state for row in world.deliveries()] == ["delivered", "delivered"]


def test_a_clock_that_is_set_back_does_not_matter(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    identity_id, enrolment_id = world.buddy(course[0], "ann")
    world.visit(course[1], identity_id, enrolment_id)
    world.complete(enrolment_id)
    work()
    world.clock.push(timedelta(minutes=-10))
    complete_again(world, course, identity_id, enrolment_id)
    work()
    first, second = moments(tenant)
    assert second - first >= timedelta(seconds=1)
    assert [row.state for row in world.deliveries()] == ["delivered", "delivered"]


def test_a_later_score_waits_for_an_earlier_one_of_the_same_person(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    tenant.tell(script={"score": ["500"]})
    identity_id, enrolment_id = world.buddy(course[0], "ann")
    world.visit(course[1], identity_id, enrolment_id)
    world.complete(enrolment_id)
    work()
    complete_again(world, course, identity_id, enrolment_id)
    world.completed(*course, "bert")
    work()
    assert [entry["user"] for entry in tenant.requests("score")] == ["ann", "bert"]
    work(after=timedelta(hours=1))
    assert [entry["user"] for entry in tenant.requests("score")] == ["ann", "bert", "ann", "ann"]
    assert {row.state for row in world.deliveries()} == {"delivered"}
