"""A link that a teacher placed is known by the id in it, and so is a copy of it."""

from typing import Any

import pytest
from sqlalchemy import select

from tests.support.house import count
from tests.support.lms import CLAIM, Lms
from tests.trainer.conftest import BASE_URL, House
from tests.trainer.desks.lti.choosing import choose, items, teacher
from trainer.courses.models import Link, Placement
from trainer.institutions.actions import add_deployment


def opened(house: House, link: str, placed: str, sub: str = "student-1", **changes: Any) -> int | None:
    """Somebody opens a link that carries an id of ours; gives what the link is known to come from."""
    house.lms.open(
        house.browser(),
        house.clock(),
        {
            "sub": sub,
            CLAIM + "resource_link": {"id": link},
            CLAIM + "custom": {"module": "groeten", "link": placed},
            **changes,
        },
    )
    with house.database.reading() as connection:
        return connection.execute(
            select(Link.placement_id).where(Link.resource_link_id == link)
        ).scalar_one_or_none()


def test_the_first_launch_knows_what_was_placed_and_a_copy_knows_it_too(house: House) -> None:
    placed = items(house, choose(teacher(house), "groeten"))[0]["custom"]["link"]
    with house.database.reading() as connection:
        number = connection.execute(select(Placement.id)).scalar_one()
    with house.database.writing() as connection:
        add_deployment(connection, house.registration_id, "2", house.clock())

    assert opened(house, "placed", placed) == number
    assert opened(house, "placed", placed) == number, "the short way too"
    assert opened(house, "copy", placed, **{CLAIM + "context": {"id": "course-2027"}}) == number
    assert opened(house, "copied-elsewhere", placed, **{CLAIM + "deployment_id": "2"}) == number


@pytest.mark.parametrize("said", ["nergens", "x" * 300, "a b", "$Link.id"])
def test_an_id_that_is_none_of_ours_is_passed_over(house: House, said: str) -> None:
    assert opened(house, "link-9", said) is None
    assert count(house, Link) == 1


def test_another_platforms_placement_is_none_of_ours(house: House) -> None:
    placed = items(house, choose(teacher(house), "groeten"))[0]["custom"]["link"]
    other = Lms(BASE_URL, client_id="client-2")
    try:
        other.register(house.database, house.clock(), name="Ander", institution="Andere hogeschool")
        changes = {CLAIM + "resource_link": {"id": "stolen"}, CLAIM + "custom": {"link": placed}}
        assert other.open(house.browser(), house.clock(), changes).status_code == 303
    finally:
        other.close()

    with house.database.reading() as connection:
        link = connection.execute(
            select(Link.placement_id).where(Link.resource_link_id == "stolen")
        ).scalar_one()
    assert link is None
