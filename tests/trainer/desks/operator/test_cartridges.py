"""A lecturer imports the file with links: what is opened there is the module that it says."""

from sqlalchemy import select, update

from tests.support.cartridge import import_cartridge
from tests.support.lms import CLAIM
from tests.trainer.conftest import BASE_URL, House
from tests.trainer.desks.operator.conftest import Staff
from tests.trainer.desks.operator.test_hub import text_of
from trainer.catalogue.models import Module
from trainer.learning.models import Enrolment


def test_a_link_that_was_imported_opens_its_module(house: House, operator: Staff) -> None:
    answer = operator.get("/hub/links.imscc")
    assert answer.status_code == 200
    assert answer.mimetype == "application/vnd.ims.imsccv1p3"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="buddy-trainer.imscc"'
    course = import_cartridge(answer.get_data())
    assert course.title == "Modules van Buddy Trainer"
    (link,) = course.links
    assert link.url == f"{BASE_URL}/lti/launch/groeten"
    assert link.custom["link_history"] == "$ResourceLink.id.history"

    launch = {
        CLAIM + "resource_link": {"id": "imported-1", "title": link.title},
        CLAIM + "custom": {**link.custom, "link_history": ""},
        CLAIM + "target_link_uri": link.url,
    }
    opened = house.lms.open(house.browser(), house.clock(), launch)
    assert opened.status_code == 303
    with house.database.reading() as connection:
        (key,) = connection.execute(select(Module.key).join(Enrolment)).scalars()
    assert key == "groeten"


def test_either_of_address_and_parameter_is_enough(house: House, operator: Staff) -> None:
    (link,) = import_cartridge(operator.get("/hub/links.imscc").get_data()).links
    for changes in (
        {CLAIM + "custom": link.custom, CLAIM + "target_link_uri": f"{BASE_URL}/lti/launch"},
        {CLAIM + "custom": {}, CLAIM + "target_link_uri": link.url},
    ):
        opened = house.lms.open(house.browser(), house.clock(), changes)
        assert opened.headers["Location"].startswith("/m/")


def test_one_module_alone(operator: Staff) -> None:
    answer = operator.get("/hub/links.imscc?module=groeten")
    assert 'filename="buddy-trainer-groeten.imscc"' in answer.headers["Content-Disposition"]
    assert len(import_cartridge(answer.get_data()).links) == 1
    assert 'href="/hub/links.imscc?module=groeten"' in operator.get("/hub/links").get_data(as_text=True)


def test_a_module_that_is_not_there_has_no_file(house: House, operator: Staff) -> None:
    assert operator.get("/hub/links.imscc?module=warme%00band").status_code == 404
    with house.database.writing() as connection:
        connection.execute(update(Module).values(retired_at=house.clock()))
    assert operator.get("/hub/links.imscc").status_code == 404
    assert operator.get("/hub/links.imscc?module=groeten").status_code == 404
    assert "nog geen module gepubliceerd" in text_of(operator, "/hub/links")


def test_it_is_in_the_operators_language(operator: Staff) -> None:
    operator.post("/hub/language", locale="en", next="/hub/")
    course = import_cartridge(operator.get("/hub/links.imscc").get_data())
    assert (course.title, course.language) == ("Modules of Buddy Trainer", "en")
