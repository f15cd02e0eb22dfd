"""What is parked for something that a teacher repairs goes on when the learner opens the module again."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import event, insert, select, update

from lti.services import LINE_ITEM, SCORE
from tests.crash.world import HostileTenant, World
from trainer.courses.delivery_actions import announce_visit, wake_for_visit
from trainer.courses.models import Link, Visit
from trainer.learning.models import Enrolment
from trainer.people.models import Identity

Work = Callable[..., None]


def launch(world: World, link_id: int, sub: str) -> int:
    """The learner opens the module again, with the same claim; gives how many deliveries it woke."""
    with world.database.writing() as connection:
        identity_id = connection.execute(select(Identity.id).where(Identity.sub == sub)).scalar_one()
        return wake_for_visit(connection, link_id, identity_id, world.clock())


def test_a_right_that_was_given_in_the_platform(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    """Given a platform whose tokens do not hold the right that its claim promises, when that is repaired and the
    learner comes again, then the score arrives."""
    tenant.tell(grants=[])
    for sub in ("ann", "bert"):
        world.completed(*course, sub)
    work()
    assert {(row.state, row.reason) for row in world.deliveries()} == {("parked", "no_scope")}
    tenant.tell(grants=["score"])
    world.clock.push(timedelta(minutes=5))
    assert launch(world, course[1], "ann") == 1
    work()
    assert [row.state for row in world.deliveries()] == ["delivered", "parked"], "bert did not come again"
    assert set(tenant.scores()) == {("column", "ann")}


def test_a_column_that_was_made_again(world: World, tenant: HostileTenant, work: Work) -> None:
    """Given a column that was deleted twice, when the teacher makes one, then a launch has it found."""
    registration_id = world.platform(tenant)
    link_id = world.link(registration_id, name="link-7", line_items=f"{tenant.url}/lineitems")
    with world.database.writing() as connection:
        connection.execute(update(Link).values(columns_used=2))
    world.completed(registration_id, link_id, "ann")
    work()
    (row,) = world.deliveries()
    assert (row.state, row.reason) == ("parked", "no_column")
    tenant.tell(items=[{"id": "again", "resourceLinkId": "link-7"}])
    assert launch(world, link_id, "ann") == 1
    work()
    assert set(tenant.scores()) == {("again", "ann")}


def test_launches_do_not_have_columns_made_without_end(
    world: World, tenant: HostileTenant, work: Work
) -> None:
    """Given a platform that makes columns and lists none, however often learners come, it is asked eight times."""
    tenant.tell(chances={"create": {"500": 1.0}})
    registration_id = world.platform(tenant)
    link_id = world.link(registration_id, line_items=f"{tenant.url}/lineitems", scopes=[SCORE, LINE_ITEM])
    world.completed(registration_id, link_id, "ann")
    for _ in range(12):
        work(after=timedelta(hours=1, seconds=1))
        launch(world, link_id, "ann")
    assert len(tenant.requests("create")) == 8


def test_a_link_without_a_way_back_stays_as_it_is(world: World, work: Work) -> None:
    registration_id = world.registration("http://127.0.0.1:9", name="lms")
    link_id = world.link(registration_id, line_item="http://127.0.0.1:9/items/1", scopes=[])
    world.completed(registration_id, link_id, "ann")
    work()
    assert launch(world, link_id, "ann") == 0
    (row,) = world.deliveries()
    assert (row.state, row.reason) == ("parked", "no_scope")


def test_what_a_person_has_to_repair_is_left_to_them(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    tenant.tell(script={"score": ["refuse:422:nonsense"]})
    world.completed(*course, "ann")
    work()
    assert launch(world, course[1], "ann") == 0


def test_a_launch_with_nothing_to_wake_asks_once(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    world.completed(*course, "ann")
    work()
    said: list[str] = []
    with world.database.writing() as connection:
        identity_id = connection.execute(select(Identity.id)).scalar_one()
        event.listen(connection, "before_cursor_execute", lambda *given: said.append(given[2]))
        assert wake_for_visit(connection, course[1], identity_id, world.clock()) == 0
    assert [statement.split()[0] for statement in said] == ["SELECT"]


def test_what_a_visit_led_to_is_announced_before_it_leads_elsewhere(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    """Given a completion that no worker saw yet, when its buddy comes through the same link for another enrolment (a
    new academic year), then the score of the former one is sent."""
    identity_id, enrolment_id = world.buddy(course[0], "ann")
    visit_id = world.visit(course[1], identity_id, enrolment_id)
    world.complete(enrolment_id)
    with world.database.writing() as connection:
        former = connection.execute(Enrolment.__table__.select()).one()._asdict()
        del former["id"]
        next_year = {**former, "period": "2027-2028", "public_id": "f" * 32, "completed_at": None}
        made = connection.execute(insert(Enrolment).values(next_year).returning(Enrolment.id)).scalar_one()
        announce_visit(connection, visit_id, world.clock())
        connection.execute(update(Visit).values(enrolment_id=made))
    work()
    assert set(tenant.scores()) == {("column", "ann")}
