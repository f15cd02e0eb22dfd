"""At the next academic year's course copy: a copied link opens what its original opened, and nothing is done twice."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from modules.package import load_module
from tests.support.lms import CLAIM, INSTRUCTOR, Lms
from tests.trainer.conftest import BASE_URL, EXAMPLE, House
from trainer.catalogue.actions import publish_edition
from trainer.courses.models import Course, Delivery, Link, Placement
from trainer.institutions.actions import add_deployment, find_or_make_institution
from trainer.institutions.models import Deployment
from trainer.learning.models import Completion, Enrolment
from trainer.people.models import Identity

BARE = {CLAIM + "target_link_uri": f"{BASE_URL}/lti/launch"}


def last_year(**more: Any) -> dict[str, Any]:
    """A launch from last year's course."""
    return {
        CLAIM + "context": {"id": "2025", "title": "Leerbuddy 2025"},
        CLAIM + "resource_link": {"id": "old"},
        **more,
    }


def this_year(
    link_history: str = "", course_history: str = "", link: str = "", **more: Any
) -> dict[str, Any]:
    """A launch from the copy of that course."""
    return {
        CLAIM + "context": {"id": "2026", "title": "Leerbuddy 2026"},
        CLAIM + "resource_link": {"id": "new"},
        CLAIM + "custom": {"link_history": link_history, "course_history": course_history, "link": link},
        **more,
    }


def links(house: House) -> dict[str, Any]:
    with house.database.reading() as connection:
        return {row.resource_link_id: row for row in connection.execute(select(Link.__table__))}


def courses(house: House) -> dict[str, Any]:
    with house.database.reading() as connection:
        return {row.context_id: row for row in connection.execute(select(Course.__table__))}


def a_teacher_chose(house: House) -> None:
    house.lms.open(
        house.browser(), house.clock(), last_year(**BARE, sub="teacher-1", **{CLAIM + "roles": [INSTRUCTOR]})
    )
    with house.database.writing() as connection:
        connection.execute(update(Link).values(chosen_module_key="groeten"))


def was_placed(house: House, public_id: str = "p" * 32) -> None:
    with house.database.writing() as connection:
        placement = connection.execute(
            insert(Placement).returning(Placement.id),
            {
                "public_id": public_id,
                "deployment_id": connection.execute(select(Deployment.id)).scalars().first(),
                "context_id": "2025",
                "module_key": "groeten",
                "has_column": True,
                "identity_id": connection.execute(select(Identity.id)).scalars().first(),
                "created_at": house.clock(),
            },
        ).scalar_one()
        connection.execute(update(Link).values(placement_id=placement))


def test_a_copy_opens_what_the_teacher_chose_last_year_at_the_first_click(house: House) -> None:
    a_teacher_chose(house)

    answer = house.lms.open(house.browser(), house.clock(), this_year("other,old", "2025", **BARE))

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/m/")
    found = links(house)
    assert (found["new"].copied_from_id, found["new"].chosen_module_key) == (found["old"].id, "groeten")
    assert courses(house)["2026"].copied_from_id == courses(house)["2025"].id


def test_where_no_history_is_told_the_placement_tells(house: House) -> None:
    a_teacher_chose(house)
    was_placed(house)

    answer = house.lms.open(house.browser(), house.clock(), this_year(link="p" * 32, **BARE))

    assert answer.headers["Location"].startswith("/m/")
    assert links(house)["new"].copied_from_id == links(house)["old"].id
    assert courses(house)["2026"].copied_from_id == courses(house)["2025"].id


def test_the_latest_copy_counts(house: House) -> None:
    for link in ("older", "old"):
        house.lms.open(house.browser(), house.clock(), last_year(**{CLAIM + "resource_link": {"id": link}}))
    house.lms.open(house.browser(), house.clock(), this_year("never-opened,old,older"))
    assert links(house)["new"].copied_from_id == links(house)["old"].id


@pytest.mark.parametrize("told", ["$ResourceLink.id.history", "", "unknown", "new"])
def test_what_tells_nothing_makes_no_copy(house: House, told: str) -> None:
    house.lms.open(house.browser(), house.clock(), last_year())
    house.lms.open(house.browser(), house.clock(), this_year(told, "$Context.id.history"))
    assert links(house)["new"].copied_from_id is None
    assert courses(house)["2026"].copied_from_id is None


def test_another_platforms_ids_mean_nothing(house: House) -> None:
    a_teacher_chose(house)
    was_placed(house)
    other = Lms(BASE_URL, client_id="other")
    try:
        other.register(house.database, house.clock(), name="Ander LMS", institution="Andere hogeschool")
        answer = other.open(house.browser(), house.clock(), this_year("old", "2025", "p" * 32, **BARE))
    finally:
        other.close()
    assert "Location" not in answer.headers
    assert (links(house)["new"].copied_from_id, links(house)["new"].chosen_module_key) == (None, None)


@pytest.mark.parametrize(
    ("whose", "is_copy"), [("Andere hogeschool", False), ("Oefenhogeschool", True), (None, True)]
)
def test_ids_of_another_institution_on_the_same_registration_mean_nothing(
    house: House, whose: str | None, is_copy: bool
) -> None:
    """One registration serves many a Blackboard, and each of them counts its links from one."""
    a_teacher_chose(house)
    now = house.clock()
    with house.database.writing() as connection:
        add_deployment(connection, house.registration_id, "2", now)
        institution = find_or_make_institution(connection, whose, now) if whose else None
        connection.execute(
            update(Deployment).where(Deployment.deployment_id == "2").values(institution_id=institution)
        )

    told = {**BARE, CLAIM + "deployment_id": "2"}
    house.lms.open(house.browser(), now, this_year("old", "2025", **told))

    assert (links(house)["new"].copied_from_id is not None) == is_copy
    assert (links(house)["new"].chosen_module_key is not None) == is_copy
    assert (courses(house)["2026"].copied_from_id is not None) == is_copy


def test_what_was_completed_last_year_is_shown_and_told_to_the_new_column(house: House) -> None:
    first = house.lms.open(house.browser(), house.clock(), last_year())
    completes(house)
    house.clock.move(days=330)

    again = house.lms.open(house.browser(), house.clock(), this_year("old", "2025"))

    assert again.headers["Location"] == first.headers["Location"]
    with house.database.reading() as connection:
        told = connection.execute(select(Delivery.link_id)).scalars().all()
    assert links(house)["new"].id in told


def test_a_module_that_renews_is_asked_again(house: House) -> None:
    package = load_module(EXAMPLE)
    rule = replace(package.module.rule, renewal="academic-year")
    with house.database.writing() as connection:
        publish_edition(
            connection, replace(package, module=replace(package.module, rule=rule)), now=house.clock()
        )
    first = house.lms.open(house.browser(), house.clock(), last_year())
    completes(house)
    house.clock.move(days=330)

    again = house.lms.open(house.browser(), house.clock(), this_year("old", "2025"))

    assert again.headers["Location"] != first.headers["Location"]


def completes(house: House) -> None:
    """The student did all that is asked."""
    now = house.clock()
    with house.database.writing() as connection:
        one = connection.execute(select(Enrolment.id, Enrolment.edition_id)).one()
        connection.execute(update(Enrolment).values(completed_at=now, progress=100))
        connection.execute(
            insert(Completion),
            {
                "enrolment_id": one.id,
                "edition_id": one.edition_id,
                "completed_at": now,
                "via": "film",
                "evidence": {},
            },
        )
