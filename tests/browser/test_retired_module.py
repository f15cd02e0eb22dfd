"""A module is no longer offered: the student goes on with its successor, the teacher mends the link; in the course."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from tests.browser.axe import what_is_wrong
from tests.browser.school import School
from tests.browser.student import MODULE_PAGE, Student, settles
from trainer.catalogue.actions import restore_module, retire_module

SIZES = {"window": (1280, 800), "phone": (390, 844), "low frame": (1000, 450)}


@pytest.fixture
def retired(school: School) -> Iterator[School]:
    """The school, in which “Afronden” is retired and “Feedback” takes its place."""
    with school.database.writing() as connection:
        retire_module(connection, "afronden", successor="feedback", now=datetime.now(UTC))
    yield school
    with school.database.writing() as connection:
        restore_module(connection, "afronden")


def test_the_student_goes_on_in_the_course_with_one_click(
    retired: School, student_opens_browser: Callable[..., Student]
) -> None:
    title = retired.modules["feedback"].title("nl")
    student = student_opens_browser()
    frame = student.opens()
    expect(frame.get_by_role("heading", level=1)).to_contain_text("wordt niet meer aangeboden")
    settles(frame)
    assert what_is_wrong(frame) == []

    frame.get_by_role("button", name=f"“{title}” openen").click()

    frame.wait_for_url(MODULE_PAGE)
    expect(frame.get_by_role("heading", level=1)).to_have_text(title)
    again = student.opens_module()
    expect(again.get_by_role("heading", level=1)).to_have_text(title)


@pytest.mark.parametrize("size", SIZES)
def test_the_teacher_reads_it_and_mends_the_link_with_one_click(
    retired: School, student_opens_browser: Callable[..., Student], size: str
) -> None:
    title = retired.modules["feedback"].title("nl")
    student_opens_browser().opens().get_by_role("button").wait_for()
    width, height = SIZES[size]
    teacher = student_opens_browser("katrien", viewport={"width": width, "height": height})
    window = teacher.context.new_page()
    window.goto(f"{retired.lms_url}/launch/leerbuddy-afronden?in=window")
    expect(window.get_by_role("heading", level=1)).to_have_text("Welke module opent hier?")
    expect(window.get_by_label(title)).to_be_checked()
    assert what_is_wrong(window) == []

    window.goto(f"{retired.service.base_url}/teach/")
    expect(window.get_by_role("main")).to_contain_text("wilde 1 deelnemer ze openen")
    assert what_is_wrong(window) == []
    window.get_by_role("link", name="Wie zit er in de cursus").first.click()
    expect(window.get_by_role("heading", name="Een link heeft een andere module nodig")).to_be_visible()
    assert what_is_wrong(window) == []
    window.get_by_role("button", name=f"Hier “{title}” laten openen").click()

    expect(window.get_by_role("main")).to_contain_text(f"Studenten openen nu “{title}”.")
    assert what_is_wrong(window) == []
    newcomer = student_opens_browser("jef").opens_module()
    expect(newcomer.get_by_role("heading", level=1)).to_have_text(title)
