"""A lecturer sees who is in the course and how far everybody is, fifty at a time; nobody else does."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from sqlalchemy import event, select, update

from lti.keys import ToolKey
from tests.support.lms import CLAIM, LEARNER
from tests.trainer.conftest import BASE_URL, House
from tests.trainer.courses.roster_platform import RosterLms, member
from tests.trainer.web.visitors import Visitor, visitor
from trainer.courses.models import Course, Link
from trainer.institutions.actions import add_deployment, set_deployment_active
from trainer.institutions.models import Registration
from trainer.learning.models import Enrolment
from trainer.worker import Worker

CONTENT_DEVELOPER = "http://purl.imsglobal.org/vocab/lis/v2/membership#ContentDeveloper"


@pytest.fixture
def lms(house: House, tool_key: ToolKey) -> Iterator[RosterLms]:
    lms = RosterLms(BASE_URL, tool_key)
    lms.register(house.database, house.clock(), name="Rooster-LMS", institution="Hogeschool met rooster")
    lms.members = [member(f"s{number}", f"Student {number:03}") for number in range(120)]
    yield lms
    lms.close()


def teacher(house: House, lms: RosterLms) -> Visitor:
    """The lecturer came, and the roster was fetched."""
    who = visitor(house, lms, lms.teaches())
    Worker(house.database, house.settings, clock=house.clock).run_once()
    return who


def address(house: House, course: str = "course-1") -> str:
    with house.database.reading() as connection:
        found = connection.execute(select(Course.public_id).where(Course.context_id == course)).scalar_one()
    return f"/teach/courses/{found}/"


def rows(page: str) -> dict[str, list[str]]:
    """Name → states, as they stand in the table."""
    found = re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', page, re.DOTALL)
    return {unescape(name): re.findall(r'class="state \w+">([^<]*)<', rest) for name, rest in found}


def test_names_with_how_far_they_are(house: House, lms: RosterLms) -> None:
    for sub in ("s1", "s2"):
        lms.open(house.browser(), house.clock(), {**lms.told(), "sub": sub})
    who = teacher(house, lms)
    with house.database.writing() as connection:
        first = connection.execute(select(Enrolment.id).order_by(Enrolment.id).limit(1)).scalar_one()
        connection.execute(update(Enrolment).where(Enrolment.id == first).values(completed_at=house.clock()))

    page = who.get(address(house)).get_data(as_text=True)

    listed = rows(page)
    assert [listed[f"Student 00{number}"] for number in range(3)] == [
        ["Niet begonnen"],
        ["Voltooid"],
        ["Bezig"],
    ]
    assert "120 deelnemers" in page
    assert "opgehaald bij het leerplatform om 14:00" in page
    assert "120 deelnemers" in who.get("/teach/").get_data(as_text=True)


def test_fifty_at_a_time_to_the_end_each_once(house: House, lms: RosterLms) -> None:
    who = teacher(house, lms)
    path, names = address(house), []
    pages = 0
    while path:
        page = who.get(path).get_data(as_text=True)
        names += list(rows(page))
        pages += 1
        found = re.search(r'href="([^"]*after=[^"]*)"', page)
        path = unescape(found[1]) if found else ""
        assert "Student" not in path, "no name stands in an address"
    assert pages == 3
    assert names == [f"Student {number:03}" for number in range(120)]


def test_a_cursor_that_was_not_ours_is_nothing(house: House, lms: RosterLms) -> None:
    assert teacher(house, lms).get(address(house) + "?after=made-up").status_code == 404


def test_who_has_no_name_is_a_participant_with_a_mark(house: House, lms: RosterLms) -> None:
    lms.members = [member("s1"), member("s2", "Noor")]
    names = list(rows(teacher(house, lms).get(address(house)).get_data(as_text=True)))
    assert names[0] == "Noor"
    assert re.fullmatch(r"Deelnemer [0-9A-F]{4}", names[1])


def test_who_left_is_folded_below(house: House, lms: RosterLms) -> None:
    lms.members = [member("s1", "Noor"), member("s2", "Bram", status="Inactive")]
    page = teacher(house, lms).get(address(house)).get_data(as_text=True)
    present, left = page.split("<details")
    assert list(rows(present)) == ["Noor"]
    assert list(rows(left)) == ["Bram"]
    assert "Niet meer in de cursus" in left


def test_without_a_roster_those_who_came_are_there_and_why_it_is_missing(
    house: House, lms: RosterLms
) -> None:
    lms.open(house.browser(), house.clock(), {**lms.told(), "sub": "s1", "name": "Noor"})
    lms.grants = False
    page = teacher(house, lms).get(address(house)).get_data(as_text=True)
    assert list(rows(page)) == ["Noor"]
    assert "Buddy Trainer mag van het leerplatform niet vragen wie er in de cursus zit." in page


def test_the_page_asks_five_questions_whatever_the_course(house: House, lms: RosterLms) -> None:
    """Who asks; the course; its modules; the people with their states; links that need another module.

    The edition is read once in a process.
    """
    who = teacher(house, lms)
    who.get(address(house))
    path = address(house)
    asked: list[str] = []

    def count(*call: object) -> None:
        asked.append(str(call[2]))

    event.listen(house.database.engine, "before_cursor_execute", count)
    try:
        assert who.get(path).status_code == 200
    finally:
        event.remove(house.database.engine, "before_cursor_execute", count)
    assert len(asked) == 5, asked


def test_a_content_developer_sees_nobody(house: House, lms: RosterLms) -> None:
    """Also one who teaches elsewhere: what counts is how they came into this course."""
    teacher(house, lms)
    designer = {**lms.teaches("designer"), CLAIM + "roles": [CONTENT_DEVELOPER]}
    lms.open(house.browser(), house.clock(), designer)
    who = visitor(house, lms, lms.teaches("designer", "course-2", "link-2"))
    assert who.get(address(house)).status_code == 404
    assert who.get(address(house, "course-2")).status_code == 200


def test_a_lecturer_who_left_the_course_sees_nobody(house: House, lms: RosterLms) -> None:
    lms.members = [*lms.members, member("teacher-1", "Katrien", roles=["Instructor"])]
    teacher(house, lms)
    lms.members = lms.members[:-1]
    house.clock.move(hours=21)
    Worker(house.database, house.settings, clock=house.clock).run_once()
    elsewhere = visitor(house, lms, lms.teaches("teacher-1", "course-2", "link-2"))
    assert elsewhere.get(address(house)).status_code == 404


def test_who_teaches_in_another_course_and_learns_in_this_one_sees_nobody(
    house: House, lms: RosterLms
) -> None:
    teacher(house, lms)
    lms.open(house.browser(), house.clock(), {**lms.told(), "sub": "both", CLAIM + "roles": [LEARNER]})
    who = visitor(house, lms, lms.teaches("both", "course-2", "link-2"))
    assert who.get(address(house)).status_code == 404


def link(house: House, resource_link: str = "link-1") -> str:
    with house.database.reading() as connection:
        statement = select(Link.public_id).where(Link.resource_link_id == resource_link)
        return f"/teach/links/{connection.execute(statement).scalar_one()}/module"


def test_who_taught_here_and_learns_here_now_sees_nobody_and_chooses_nothing(
    house: House, lms: RosterLms
) -> None:
    """How they came into this course last counts, through whichever link; they teach another one still."""
    teacher(house, lms)
    lms.open(house.browser(), house.clock(), lms.teaches("both"))
    assert (
        visitor(house, lms, lms.teaches("both", "course-2", "link-2")).get(address(house)).status_code == 200
    )
    house.clock.move(days=1)
    now_learns = {**lms.told("course-1", "link-3"), "sub": "both", CLAIM + "roles": [LEARNER]}
    lms.open(house.browser(), house.clock(), now_learns)

    who = visitor(house, lms, lms.teaches("both", "course-2", "link-2"))

    assert who.get(address(house)).status_code == 404
    assert "Cursus course-1" not in who.get("/teach/").get_data(as_text=True)
    assert who.get(link(house)).status_code == 404
    assert who.post(link(house), form={"module": "groeten"}).status_code == 404
    assert who.get(link(house, "link-2")).status_code == 200

    house.clock.move(days=1)
    who = visitor(house, lms, lms.teaches("both"))
    assert who.get(address(house)).status_code == 200, "teaches here again"


def test_a_lecturer_who_left_the_course_chooses_nothing_in_it(house: House, lms: RosterLms) -> None:
    lms.members = [*lms.members, member("teacher-1", "Katrien", roles=["Instructor"])]
    who = teacher(house, lms)
    assert who.get(link(house)).status_code == 200
    lms.members = lms.members[:-1]
    house.clock.move(hours=21)
    Worker(house.database, house.settings, clock=house.clock).run_once()

    who = visitor(house, lms, lms.teaches("teacher-1", "course-2", "link-2"))

    assert who.get(link(house)).status_code == 404
    assert who.post(link(house), form={"module": "groeten"}).status_code == 404
    assert "Cursus course-1" not in who.get("/teach/").get_data(as_text=True)


def test_a_deployment_that_was_withdrawn_shows_nobody_through_another_one(
    house: House, lms: RosterLms
) -> None:
    with house.database.writing() as connection:
        registration = connection.execute(
            select(Registration.id).where(Registration.client_id == lms.client_id)
        ).scalar_one()
        add_deployment(connection, registration, "2", house.clock())
    teacher(house, lms)
    there = {**lms.teaches("teacher-1", "course-2", "link-2"), CLAIM + "deployment_id": "2"}
    who = visitor(house, lms, there)
    assert who.get(address(house)).status_code == 200
    with house.database.writing() as connection:
        set_deployment_active(connection, registration, "1", active=False)

    assert who.get(address(house)).status_code == 404
    assert who.get(link(house)).status_code == 404
    assert "Cursus course-1" not in who.get("/teach/").get_data(as_text=True)
    assert who.get(address(house, "course-2")).status_code == 200
