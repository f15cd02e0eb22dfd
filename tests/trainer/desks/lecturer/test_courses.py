"""A lecturer's own page: which modules stand in which course, what needs doing first, and how one gets there."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from lti.keys import ToolKey
from modules.model import Text
from modules.package import load_module
from tests.support.lms import CLAIM, INSTRUCTOR
from tests.trainer.conftest import BASE_URL, EXAMPLE, House
from tests.trainer.courses.roster_platform import RosterLms, member
from tests.trainer.web.visitors import Visitor, visitor
from trainer.catalogue.actions import publish_edition, retire_module
from trainer.worker import Worker

#: in the order of the learning path; in that of the alphabet they would stand the other way around
TITLES = {"begin": "Zo begin je", "midden": "Midden in de sessie", "einde": "Afscheid nemen"}


@pytest.fixture
def house(house: House) -> House:
    """With three more modules."""
    publish(house, TITLES)
    return house


@pytest.fixture
def lms(house: House, tool_key: ToolKey) -> Iterator[RosterLms]:
    lms = RosterLms(BASE_URL, tool_key)
    lms.register(house.database, house.clock(), name="Rooster-LMS", institution="Hogeschool met rooster")
    lms.members = [member("s1", "Noor")]
    yield lms
    lms.close()


def publish(house: House, titles: dict[str, str]) -> None:
    package = load_module(EXAMPLE)
    with house.database.writing() as connection:
        for number, (key, title) in enumerate(titles.items(), 2):
            module = replace(package.module, key=key, number=number, title=Text(nl=title, en=title))
            publish_edition(connection, replace(package, module=module), now=house.clock())


def comes_as_lecturer(house: House, keys: list[str], **changes: Any) -> Visitor:
    """Through a link for each of these modules."""
    who = Visitor(house.browser())
    for key in keys:
        link = {
            CLAIM + "resource_link": {"id": f"link-{key}", "title": TITLES.get(key, key)},
            CLAIM + "custom": {"module": key},
        }
        who = visitor(house, changes={"sub": "teacher-1", CLAIM + "roles": [INSTRUCTOR], **link, **changes})
    return who


def shown(who: Visitor, path: str = "/teach/") -> str:
    return unescape(who.get(path).get_data(as_text=True))


def test_a_module_leads_its_lecturer_to_the_courses_and_nobody_else(house: House) -> None:
    lecturer, student = comes_as_lecturer(house, ["begin"]), visitor(house)
    assert 'href="/teach/"' in shown(lecturer, lecturer.home)
    assert 'href="/teach/"' in shown(lecturer, lecturer.home + "film/")
    assert 'href="/teach/"' not in shown(student, student.home)
    assert 'href="/teach/"' not in shown(student, student.home + "film/")


def test_modules_stand_in_the_order_of_the_path_after_what_needs_the_lecturer(house: House) -> None:
    who = comes_as_lecturer(house, ["einde", "midden", "begin"])
    with house.database.writing() as connection:
        retire_module(connection, "midden", successor=None, now=house.clock())
    titles = re.findall(r"<b>(.*?)</b>", shown(who))
    assert titles == ["Midden in de sessie", "Zo begin je", "Afscheid nemen"]


def test_of_several_links_to_mend_one_has_the_filled_button(house: House) -> None:
    who = comes_as_lecturer(house, ["begin", "midden"])
    with house.database.writing() as connection:
        for key in ("begin", "midden"):
            retire_module(connection, key, successor="einde", now=house.clock())
    (course,) = re.findall(r'href="(/teach/courses/\w+/)"', shown(who))
    for path in ("/teach/", course):
        buttons = re.findall(r'<button class="(button[^"]*)"', shown(who, path))
        assert buttons == ["button", "button quiet"], path


def test_a_course_has_one_name_wherever_it_stands(house: House, lms: RosterLms) -> None:
    """Also where the LMS gives it none; outside any course is something else."""
    nameless = {CLAIM + "context": {"id": "course-1"}}
    lms.members = [member("teacher-1", "Katrien", roles=["Instructor"])]
    who = visitor(house, lms, {**lms.teaches(), **nameless})
    Worker(house.database, house.settings, clock=house.clock).run_once()
    for path in ("/teach/", "/your-data/"):
        page = shown(who, path)
        assert page.count("Cursus zonder titel") == 1, path
        assert "Buiten een cursus" not in page, path


def test_a_lecturer_without_a_course_reads_how_to_come_by_one(house: House) -> None:
    who = Visitor(house.browser())
    assert house.lms.ask_for_modules(who.browser, house.clock()).status_code == 303
    assert "Open een module in een van je cursussen" in shown(who)


def test_many_modules_are_counted_and_their_states_can_still_be_read(house: House, lms: RosterLms) -> None:
    keys = ["een", "twee", "drie"]
    publish(house, {**TITLES, **{key: key for key in keys}})
    who = Visitor(house.browser())
    for key in (*TITLES, *keys):
        link = {CLAIM + "resource_link": {"id": f"link-{key}"}, CLAIM + "custom": {"module": key}}
        who = visitor(house, lms, {**lms.teaches(), **link})
    lms.open(house.browser(), house.clock(), {**lms.told(), "sub": "s1", CLAIM + "custom": {"module": "een"}})
    Worker(house.database, house.settings, clock=house.clock).run_once()
    (course,) = re.findall(r'href="(/teach/courses/\w+/)"', shown(who))

    (row,) = re.findall(r'<th scope="row">Noor</th>(.*?)</tr>', shown(who, course), re.DOTALL)

    words = re.sub(r"<[^>]*>", " ", re.sub(r'<span class="mark".*?</span>', "", row)).split()
    assert "0 van 6" in " ".join(words)
    assert (words.count("Bezig"), " ".join(words).count("Niet begonnen")) == (1, 5)


def test_who_mended_one_link_reads_that_another_waits(house: House) -> None:
    who = comes_as_lecturer(house, ["begin", "midden"])
    with house.database.writing() as connection:
        for key in ("begin", "midden"):
            retire_module(connection, key, successor="einde", now=house.clock())
    said = []
    for link in re.findall(r'<form method="post" action="(/teach/links/\w+/module)">', shown(who)):
        assert who.post(link, form={"module": "einde"}).status_code == 303
        said.append("Nog een link heeft een andere module nodig" in shown(who, link))
    assert said == [True, False]


def test_nobody_began_a_module_that_never_was(house: House) -> None:
    who = comes_as_lecturer(house, ["begin", "bestaat-niet"])
    with house.database.writing() as connection:
        retire_module(connection, "begin", successor=None, now=house.clock())
    links = re.findall(r'<a href="(/teach/links/\w+/module)">Kies een andere module', shown(who))
    said = ["kan die afwerken" in shown(who, link) for link in links]
    assert sorted(said) == [False, True]
