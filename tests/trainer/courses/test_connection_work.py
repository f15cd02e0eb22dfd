"""What came of a connection's scores and rosters, as the connection check tells it; also among years of finished work."""

from datetime import timedelta

from sqlalchemy import select, update

from tests.crash.world import HostileTenant, World
from tests.trainer.courses.history import rows_looked_at, seed_history
from trainer.checking.lines import Line, Mark, mark_of, stored_lines
from trainer.checking.trying import Checked, read_check
from trainer.core.i18n import ENGLISH, in_locale
from trainer.courses.connection_queries import Standing, Trouble, standing_of_platforms, work_done
from trainer.courses.models import Course, Delivery
from trainer.institutions.connection_queries import connected_platforms


def checked(world: World, registration_id: int) -> Checked:
    found = read_check(world.database, world.clock, registration_id)
    assert found is not None
    return found


def lines(world: World, registration_id: int, title: str) -> list[Line]:
    with in_locale(ENGLISH):
        found = stored_lines(checked(world, registration_id), "https://training.example.be", world.clock())
    return [line for line in found if line.title == title]


def set_details(world: World, detail: str) -> None:
    """What the platform said of the newest score alone: the older ones have none."""
    with world.database.writing() as connection:
        newest = select(Delivery.id).order_by(Delivery.id.desc()).limit(1).scalar_subquery()
        connection.execute(update(Delivery).where(Delivery.id == newest).values(detail=detail))


def test_when_the_platform_last_took_a_score(world: World, course: tuple[int, int]) -> None:
    registration_id, link_id = course
    assert lines(world, registration_id, "Last score accepted")[0].mark is Mark.UNKNOWN
    seed_history(world, registration_id, link_id, 3)
    taken_at = world.clock()
    with world.database.writing() as connection:
        connection.execute(update(Delivery).values(delivered_at=taken_at - timedelta(days=1)))
        newest = select(Delivery.id).limit(1).scalar_subquery()
        connection.execute(update(Delivery).where(Delivery.id == newest).values(delivered_at=taken_at))
    assert checked(world, registration_id).work.delivered_at == taken_at
    assert lines(world, registration_id, "Last score accepted")[0].mark is Mark.GOOD
    assert lines(world, registration_id, "Scores refused") == []


def test_what_was_refused_with_the_reason_and_what_the_platform_said(
    world: World, course: tuple[int, int]
) -> None:
    registration_id, link_id = course
    seed_history(world, registration_id, link_id, 2, state="parked", reason="not_enrolled")
    seed_history(world, registration_id, link_id, 3, state="parked", reason="no_scope", first=2_000_000)
    set_details(world, "403 insufficient scope")
    seed_history(world, registration_id, link_id, 1, state="waiting", reason="timeout", first=500_000)
    seed_history(world, registration_id, link_id, 1, state="waiting", reason="column_sought", first=600_000)
    work = checked(world, registration_id).work
    assert work.parked == (Trouble("no_scope", 3, "403 insufficient scope"), Trouble("not_enrolled", 2, None))
    assert work.waiting == (Trouble("timeout", 1, None),)
    platforms, persons = lines(world, registration_id, "Scores refused")
    assert (platforms.mark, platforms.says) == (Mark.BAD, "403 insufficient scope")
    assert platforms.found.startswith("3 are set aside.")
    assert platforms.ask.startswith("Ask the LMS administrator of Hogeschool ")
    assert (persons.mark, persons.ask) == (Mark.LOOK, "")
    assert lines(world, registration_id, "Scores that wait")[0].mark is Mark.LOOK


def test_each_red_line_says_whom_to_ask(world: World, course: tuple[int, int]) -> None:
    registration_id, link_id = course
    for number, reason in enumerate(
        (
            "no_scope",
            "forbidden",
            "address",
            "gave_up",
            "service_disabled",
            "foreign_host",
            "refused",
            "unreadable",
        )
    ):
        first = 1_000_000 * (number + 1)
        seed_history(world, registration_id, link_id, 1, state="parked", reason=reason, first=first)
    with world.database.writing() as connection:
        connection.execute(update(Course).values(memberships_url="https://lms.example.org/m"))
    found = lines(world, registration_id, "Scores refused")
    for reason in ("no_scope", "forbidden", "refused", "keys", "certificate", "address", "unreadable"):
        with world.database.writing() as connection:
            connection.execute(update(Course).values(roster_problem=reason))
        found += lines(world, registration_id, "Rosters that do not come")
    assert len(found) == 15
    assert all(line.mark is Mark.BAD and line.ask.startswith("Ask the LMS administrator") for line in found)


def test_the_list_of_platforms_counts_what_the_platform_itself_refuses(
    world: World, course: tuple[int, int], tenant: HostileTenant
) -> None:
    registration_id, link_id = course
    other = world.registration(f"{tenant.url}/other", name="other")
    third = world.registration(f"{tenant.url}/third", name="third")
    seed_history(world, registration_id, link_id, 2, state="parked", reason="not_enrolled")
    seed_history(world, registration_id, link_id, 1, state="parked", reason="forbidden", first=2_000_000)
    seed_history(world, registration_id, link_id, 4, state="waiting", first=3_000_000)
    world.link(other)
    with world.database.writing() as connection:
        mine = select(Course.id).order_by(Course.id.desc()).limit(1).scalar_subquery()
        connection.execute(update(Course).where(Course.id == mine).values(roster_problem="no_scope"))
    with world.database.reading() as connection:
        standing = standing_of_platforms(connection)
        platforms = {one.id: one for one in connected_platforms(connection)}
    assert standing == {registration_id: Standing(4, 3, 1, 0), other: Standing(0, 0, 0, 1)}
    today = world.clock().date()
    marks = {
        one: mark_of(platforms[one], standing.get(one), today) for one in (registration_id, other, third)
    }
    assert marks == {registration_id: Mark.BAD, other: Mark.LOOK, third: Mark.GOOD}


def test_years_of_finished_work_are_not_looked_at(world: World, course: tuple[int, int]) -> None:
    registration_id, link_id = course

    def looked_at() -> list[int]:
        with world.database.writing() as connection:
            connection.execute(update(Delivery).values(delivered_at=world.clock()))
        return [
            rows_looked_at(world, lambda connection: work_done(connection, registration_id)),
            rows_looked_at(world, standing_of_platforms),
        ]

    seed_history(world, registration_id, link_id, 50)
    few = looked_at()
    seed_history(world, registration_id, link_id, 3000, first=2_000_000)
    assert all(more < less + 100 for more, less in zip(looked_at(), few, strict=True))
