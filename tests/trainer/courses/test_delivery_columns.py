"""The grade column: from the claim, or found, or made once; deleted, looked for again, made once more."""

from collections.abc import Callable
from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import insert, select, update

from lti.services import LINE_ITEM, LINE_ITEM_READ, SCORE
from tests.crash.world import HastyHttpClient, HostileTenant, World
from trainer.courses.delivery_actions import link_changed
from trainer.courses.models import Link, Placement
from trainer.people.models import Identity
from trainer.worker import Worker

Work = Callable[..., None]


def place(world: World, tenant: HostileTenant, **options: object) -> tuple[int, int]:
    """(registration, link) without a line item in the claim."""
    registration_id = world.platform(tenant)
    options.setdefault("line_items", f"{tenant.url}/lineitems?type_id=1")
    return registration_id, world.link(registration_id, name="link-7", **options)  # type: ignore[arg-type]


def test_a_column_of_the_link_is_found(world: World, tenant: HostileTenant, work: Work) -> None:
    tenant.tell(
        items=[{"id": "other", "resourceLinkId": "link-8"}, {"id": "mine", "resourceLinkId": "link-7"}]
    )
    course = place(world, tenant, scopes=[SCORE, LINE_ITEM_READ])
    world.completed(*course, "ann")
    work()
    assert list(tenant.scores()) == [("mine", "ann")]
    assert tenant.requests("create") == []


def test_without_one_it_is_made_once_for_all(world: World, tenant: HostileTenant, work: Work) -> None:
    course = place(world, tenant)
    for number in range(6):
        world.completed(*course, f"u{number}")
    for _ in range(20):
        work(after=timedelta(seconds=2))
        if {row.state for row in world.deliveries()} == {"delivered"}:
            break
    assert {row.state for row in world.deliveries()} == {"delivered"}
    state = tenant.state()
    assert state["made"] == 1
    (item,) = state["items"].values()
    assert (item["resourceLinkId"], item["scoreMaximum"], len(item["scores"])) == ("link-7", 1, 6)


def test_a_teacher_who_placed_it_without_a_column_gets_none(
    world: World, tenant: HostileTenant, work: Work
) -> None:
    registration_id, link_id = place(world, tenant)
    world.completed(registration_id, link_id, "ann")
    with world.database.writing() as connection:
        placement_id = connection.execute(
            insert(Placement).returning(Placement.id),
            {
                "public_id": "placed",
                "deployment_id": connection.execute(select(Link.deployment_id)).scalar_one(),
                "context_id": "course-1",
                "module_key": "groeten",
                "has_column": False,
                "identity_id": connection.execute(select(Identity.id)).scalar_one(),
                "created_at": world.clock(),
            },
        ).scalar_one()
        connection.execute(update(Link).where(Link.id == link_id).values(placement_id=placement_id))

    work()

    assert tenant.requests("create") == []
    (row,) = world.deliveries()
    assert (row.state, row.reason) == ("parked", "no_column")


def test_two_workers_make_one(world: World, tenant: HostileTenant) -> None:
    course = place(world, tenant)
    tenant.tell(script={"list": ["slow:0.2"], "create": ["slow:0.2"]})
    for number in range(6):
        world.completed(*course, f"u{number}")

    def run() -> None:
        client = HastyHttpClient(allow_insecure=True)
        Worker(world.database, world.settings, clock=world.clock, http=client).run_once()

    for _ in range(3):
        threads = [Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        world.clock.push(timedelta(seconds=5))
    assert {row.state for row in world.deliveries()} == {"delivered"}
    assert tenant.state()["made"] == 1


def test_a_creation_whose_answer_is_lost_is_found_again(
    world: World, tenant: HostileTenant, work: Work
) -> None:
    tenant.tell(script={"create": ["reset_stored"]})
    course = place(world, tenant)
    world.completed(*course, "ann")
    work()
    work(after=timedelta(hours=1))
    assert tenant.state()["made"] == 1
    (row,) = world.deliveries()
    assert row.state == "delivered"


def test_a_deleted_column_is_made_again_once(world: World, tenant: HostileTenant, work: Work) -> None:
    """Given a column that a teacher deleted, then one is made in its place; deleted again, that is for people."""
    tenant.tell(items=[{"id": "column", "resourceLinkId": "link-7"}])
    course = place(world, tenant, line_item=tenant.item_url("column"))
    tenant.tell(delete=["column"])
    world.completed(*course, "ann")
    work()
    assert tenant.state()["made"] == 1
    ((item_id, user),) = tenant.scores()
    assert user == "ann"
    tenant.tell(delete=[item_id])
    world.completed(*course, "bert")
    work()
    row = world.deliveries()[-1]
    assert world.deliveries()[0].state == "delivered", "what was delivered once is not taken back"
    assert (row.state, row.reason) == ("parked", "column_deleted")
    assert tenant.state()["made"] == 1


def test_what_was_in_a_deleted_column_goes_to_the_one_in_its_place(
    world: World, tenant: HostileTenant, work: Work
) -> None:
    """Given a score that stood in a column, when that was deleted and made again, then it stands in the new one."""
    tenant.tell(items=[{"id": "column", "resourceLinkId": "link-7"}])
    course = place(world, tenant, line_item=tenant.item_url("column"))
    world.completed(*course, "ann")
    work()
    tenant.tell(delete=["column"])
    world.completed(*course, "bert")
    work()
    work(after=timedelta(seconds=5))
    assert {user for _, user in tenant.scores()} == {"ann", "bert"}
    assert {row.state for row in world.deliveries()} == {"delivered"}


def test_a_deleted_column_that_is_elsewhere_is_found(world: World, tenant: HostileTenant, work: Work) -> None:
    tenant.tell(items=[{"id": "column"}, {"id": "moved", "resourceLinkId": "link-7"}], delete=["column"])
    course = place(world, tenant, line_item=tenant.item_url("column"))
    world.completed(*course, "ann")
    work()
    assert list(tenant.scores()) == [("moved", "ann")]
    assert tenant.requests("create") == []


def test_a_platform_that_does_not_list_columns_and_lost_one(
    world: World, tenant: HostileTenant, work: Work
) -> None:
    course = place(world, tenant, line_item=tenant.item_url("gone"), line_items=None)
    world.completed(*course, "ann")
    work()
    (row,) = world.deliveries()
    assert (row.state, row.reason) == ("parked", "column_deleted")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"line_items": None}, "no_column"),
        ({"scopes": [LINE_ITEM]}, "no_scope"),
        ({"scopes": []}, "no_scope"),
        ({"scopes": [SCORE]}, "no_column"),
        ({"scopes": [SCORE, LINE_ITEM_READ]}, "no_column"),
    ],
)
def test_without_a_way_it_is_parked_until_a_launch_brings_one(
    world: World, tenant: HostileTenant, work: Work, given: dict[str, object], reason: str
) -> None:
    course = place(world, tenant, **given)
    world.completed(*course, "ann")
    work()
    (row,) = world.deliveries()
    assert (row.state, row.reason) == ("parked", reason)
    assert tenant.requests("score") == []

    tenant.tell(items=[{"id": "column"}])
    with world.database.writing() as connection:
        brought = {"line_item_url": tenant.item_url("column"), "ags_scopes": [SCORE, LINE_ITEM]}
        connection.execute(update(Link).where(Link.id == course[1]).values(brought))
        assert link_changed(connection, course[1], world.clock()) == 1
    work()
    assert list(tenant.scores()) == [("column", "ann")]


def test_a_column_of_another_host_gets_nothing(world: World, tenant: HostileTenant, work: Work) -> None:
    """The score goes to the registered platform only, whatever the claim says."""
    course = place(world, tenant, line_item="http://127.0.0.1:9/lineitems/1")
    world.completed(*course, "ann")
    work()
    (row,) = world.deliveries()
    assert (row.state, row.reason) == ("parked", "foreign_host")


def test_what_was_made_is_remembered_for_the_link(world: World, tenant: HostileTenant, work: Work) -> None:
    course = place(world, tenant)
    world.completed(*course, "ann")
    work()
    with world.database.reading() as connection:
        link = connection.execute(select(Link.own_line_item_url, Link.seeking_until)).one()
    assert link.own_line_item_url == tenant.item_url("made1")
    assert link.seeking_until is None
