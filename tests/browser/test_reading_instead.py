"""Reading the film's text counts as watching it."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Frame, expect

from tests.browser.school import School
from tests.browser.student import Student, at_step, enrolment_of


def reads_to_the_end(module: Frame) -> None:
    for passage in module.locator(".passage").all():
        passage.scroll_into_view_if_needed()


def test_the_whole_text_read_completes_the_module(student: Student, school: School) -> None:
    module = student.opens_module()
    enrolment = enrolment_of(module)
    school.has_answered(enrolment)
    school.has_written(enrolment)
    at_step(module, "film")
    module.get_by_role("link", name="Lees de tekst").click()
    module.locator(".passage").first.wait_for()
    school.earned(enrolment, datetime.now(UTC) - timedelta(minutes=2))

    reads_to_the_end(module)

    expect(module.locator("#read-words")).to_have_text(
        "Je las de hele tekst. Dat telt als de film bekijken.", timeout=20_000
    )
    module.locator("#onward").click()
    expect(module.get_by_role("heading", name="Klaar")).to_be_visible()
    expect(module.locator("[data-evidence=webcast]")).to_contain_text("Je las de hele tekst.")


def test_scrolling_through_it_in_a_second_does_not_count_and_says_why(student: Student) -> None:
    module = student.opens_module()
    at_step(module, "film/text")

    reads_to_the_end(module)

    expect(module.get_by_role("status")).to_contain_text("We tellen mee aan een rustig leestempo")
    expect(module.locator("#read-words")).not_to_contain_text("hele tekst")
