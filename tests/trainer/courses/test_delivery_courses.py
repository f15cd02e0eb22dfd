"""Every course through which a learner came has the score, once; teachers never get one."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from tests.crash.world import HostileTenant, World
from trainer.courses.delivery_actions import announce_completions, announce_visit
from trainer.learning.models import Completion

Work = Callable[..., None]


def second_course(world: World, tenant: HostileTenant, registration_id: int) -> int:
    tenant.tell(items=[{"id": "second"}])
    return world.link(registration_id, line_item=tenant.item_url("second"), course="Stage 2")


def test_two_courses_get_the_score_each(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    registration_id, first = course
    second = second_course(world, tenant, registration_id)
    identity_id, enrolment_id = world.buddy(registration_id, "ann")
    for link_id in (first, second):
        world.visit(link_id, identity_id, enrolment_id)
    world.complete(enrolment_id)
    work()
    assert set(tenant.scores()) == {("column", "ann"), ("second", "ann")}


def test_a_course_that_is_opened_after_the_completion_gets_it_at_once(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    registration_id, first = course
    identity_id, enrolment_id = world.buddy(registration_id, "ann")
    world.visit(first, identity_id, enrolment_id)
    world.complete(enrolment_id)
    work()
    work(after=timedelta(days=30))

    second = second_course(world, tenant, registration_id)
    visit_id = world.visit(second, identity_id, enrolment_id)
    with world.database.writing() as connection:
        assert announce_visit(connection, visit_id, world.clock()) == 1
        assert announce_visit(connection, visit_id, world.clock()) == 0
    work()
    assert set(tenant.scores()) == {("column", "ann"), ("second", "ann")}


def test_a_visit_to_what_is_not_completed_announces_nothing(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    registration_id, link_id = course
    visit_id = world.visit(link_id, *world.buddy(registration_id, "ann"))
    with world.database.writing() as connection:
        assert announce_visit(connection, visit_id, world.clock()) == 0
    work()
    assert world.deliveries() == []


def test_a_teacher_never_gets_one(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    registration_id, link_id = course
    identity_id, enrolment_id = world.buddy(registration_id, "teacher")
    visit_id = world.visit(link_id, identity_id, enrolment_id, is_lecturer=True)
    world.complete(enrolment_id)
    with world.database.writing() as connection:
        assert announce_visit(connection, visit_id, world.clock()) == 0
    work()
    assert world.deliveries() == []
    assert tenant.requests("score") == []


def test_a_launch_that_was_under_way_at_the_completion_is_still_seen(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    registration_id, link_id = course
    identity_id, enrolment_id = world.buddy(registration_id, "ann")
    world.complete(enrolment_id)
    work()
    world.visit(link_id, identity_id, enrolment_id)
    work(after=timedelta(minutes=5))
    assert set(tenant.scores()) == {("column", "ann")}


def test_completions_are_looked_at_no_longer_than_needed(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    world.completed(*course, "ann")
    work()
    with world.database.reading() as connection:
        assert connection.execute(select(Completion.announced_at)).scalar_one() is None
    work(after=timedelta(minutes=11))
    with world.database.reading() as connection:
        assert connection.execute(select(Completion.announced_at)).scalar_one() is not None


def test_announcing_twice_makes_one(world: World, course: tuple[int, int]) -> None:
    for number in range(3):
        world.completed(*course, f"u{number}")
    for expected in (3, 0):
        with world.database.writing() as connection:
            assert announce_completions(connection, world.clock()) == expected
    assert len({row.public_id for row in world.deliveries()}) == 3
