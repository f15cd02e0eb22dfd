"""An institution has two platforms of today beside the one of LTI 1.1: one person by all three, and a join undone that is not the last."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.support.cosnics import Cosnics
from tests.support.lms import CLAIM, Lms
from tests.trainer.conftest import BASE_URL, House
from tests.trainer.desks.lti.test_one_person_before_and_after import (
    came,
    came_before,
    completes,
    joins,
    undo,
    works,
)
from tests.trainer.web.visitors import contents
from trainer.courses.actions import note_visit
from trainer.courses.models import Course, Visit
from trainer.institutions.actions import find_or_make_institution
from trainer.institutions.models import Deployment, Registration
from trainer.learning.models import Enrolment
from trainer.people.models import Identity

PEOPLE = ("buddy", "identity", "enrolment", "coverage", "attempt", "answer", "completion")


@pytest.fixture
def two(house: House) -> Iterator[list[Lms]]:
    """The same institution's two platforms of today."""
    made = [Lms(BASE_URL, client_id=f"client-{number}") for number in (2, 3)]
    for number, lms in enumerate(made):
        lms.register(house.database, house.clock(), name=f"Campus {number}", institution="HOGENT")
    yield made
    for lms in made:
        lms.close()


@pytest.mark.parametrize("did_before", [True, False])
@pytest.mark.parametrize("order", [("1", "2"), ("2", "1")])
def test_undone_in_whichever_order_everybody_has_what_they_had(
    house: House, before: Cosnics, two: list[Lms], did_before: bool, order: tuple[str, str]
) -> None:
    came_before(house, before, **({} if did_before else {"custom_module": None}))
    works(came(house, two[0]))
    completes(came(house, two[1]))
    was = {name: contents(house.database)[name] for name in PEOPLE}
    came(house, two[0], before)
    came(house, two[1], before)
    for number in order:
        undo(house, number)
    assert {name: contents(house.database)[name] for name in PEOPLE} == was


@pytest.mark.parametrize("where", ["course", "platform"])
def test_who_belongs_to_another_institution_by_any_platform_is_not_joined_by_a_third(
    house: House, before: Cosnics, two: list[Lms], where: str
) -> None:
    """By one of today's platforms the person of before came to another institution since: nothing is joined to that unasked."""
    came_before(house, before)
    came(house, two[0], before)
    came(house, two[1])
    with house.database.writing() as connection:
        other = find_or_make_institution(connection, "Andere hogeschool", house.clock())
        there = select(Deployment.id).where(
            Deployment.registration_id
            == select(Registration.id).where(Registration.name == "Campus 0").scalar_subquery()
        )
        if where == "course":
            connection.execute(
                update(Course).where(Course.deployment_id.in_(there)).values(institution_id=other)
            )
        else:
            connection.execute(update(Deployment).where(Deployment.id.in_(there)).values(is_shared=True))
    came(house, two[1], before)
    assert joins(house) == 1


@pytest.mark.parametrize("other_way", [False, True])
def test_a_launch_that_is_under_way_while_a_join_is_undone_leads_to_nobody_elses_work(
    house: House, before: Cosnics, two: list[Lms], monkeypatch: pytest.MonkeyPatch, other_way: bool
) -> None:
    """It has read what its visit opens; before it writes that down again somebody undoes the join."""
    came_before(house, before)
    works(came(house, two[0]))
    came(house, two[0], before)
    undoing = threading.Thread(target=undo, args=(house,))

    def slowly(*args: Any, **kwargs: Any) -> int:
        if not undoing.is_alive():
            undoing.start()
            undoing.join(1)  # it may have to wait for this launch
        return note_visit(*args, **kwargs)

    monkeypatch.setattr("trainer.desks.lti.arrival.note_visit", slowly)
    if other_way:
        came_before(house, before, resource_link_title="anders")
    else:
        came(house, two[0], changes={CLAIM + "resource_link": {"id": "link-1", "title": "anders"}})
    undoing.join(10)
    with house.database.reading() as connection:
        led = connection.execute(
            select(Identity.buddy_id, Enrolment.buddy_id)
            .join(Visit, Visit.identity_id == Identity.id)
            .join(Enrolment, Enrolment.id == Visit.enrolment_id)
        ).all()
    assert joins(house) == 1
    assert all(mine == theirs for mine, theirs in led)
