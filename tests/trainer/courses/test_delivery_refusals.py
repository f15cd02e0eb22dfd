"""A platform that refuses is not asked again by itself: the delivery is parked with a reason that people can read."""

from collections.abc import Callable

import pytest

from tests.crash.world import HostileTenant, World
from trainer.core.i18n import in_locale
from trainer.courses.delivery_actions import retry_deliveries
from trainer.courses.delivery_queries import advice_for_staff, scores_of_enrolment, sentence_for_student

Work = Callable[..., None]


@pytest.mark.parametrize(
    ("family", "fault", "reason", "said"),
    [
        (None, "refuse:422:nonsense", "refused", "Het leerplatform weigerde het punt."),
        (None, "refuse:400:nonsense", "refused", "Het leerplatform weigerde het punt."),
        (
            "moodle",
            "refuse:400:",
            "not_gradable",
            "Het leerplatform weigerde: het neemt in deze cursus geen punt van je aan.",
        ),
        (
            "canvas",
            "refuse:422:User not found in course or is not a student",
            "not_enrolled",
            "Het leerplatform weigerde: je bent niet (meer) ingeschreven in deze cursus.",
        ),
    ],
)
def test_it_is_parked_and_says_why(
    world: World, tenant: HostileTenant, work: Work, family: str | None, fault: str, reason: str, said: str
) -> None:
    tenant.tell(items=[{"id": "column"}], script={"score": [fault]})
    registration_id = world.platform(tenant, family=family)
    link_id = world.link(registration_id, line_item=tenant.item_url("column"))
    enrolment_id = world.completed(registration_id, link_id, "ann")
    work()
    (row,) = world.deliveries()
    assert (row.state, row.reason) == ("parked", reason)
    assert advice_for_staff(reason)
    with world.database.reading() as connection, in_locale("nl-BE"):
        (score,) = scores_of_enrolment(connection, enrolment_id)
        assert sentence_for_student(score, world.clock()) == said

    with world.database.writing() as connection:
        assert retry_deliveries(connection, [row.public_id], world.clock()) == 1
    work()
    (row,) = world.deliveries()
    assert row.state == "delivered"


def test_what_the_platform_said_is_kept_as_plain_text(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    tenant.tell(script={"score": ["refuse:422:<b>Term</b> is closed\x00" + "x" * 600]})
    world.completed(*course, "ann")
    work()
    (row,) = world.deliveries()
    assert "is closed" in row.detail
    assert "\x00" not in row.detail
    assert len(row.detail) <= 500


def test_a_person_whom_the_platform_takes_for_a_teacher(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    tenant.tell(teachers=["ann"])
    world.completed(*course, "ann")
    work()
    (row,) = world.deliveries()
    assert row.state == "parked"
