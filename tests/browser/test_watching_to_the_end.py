"""The whole story of one student: watch, check, write, and the LMS knows."""

from playwright.sync_api import Frame, expect

from modules.model import KnowledgeCheck
from tests.browser.school import ENOUGH, School
from tests.browser.student import (
    Student,
    answers,
    at_step,
    enrolment_of,
    settles,
    until,
    watches_all_of_it_twice_as_fast,
)


def test_a_module_from_the_first_click_to_the_gradebook(student: Student, school: School) -> None:
    module = student.opens_module()
    enrolment = enrolment_of(module)

    module.get_by_role("link", name="Begin te kijken").click()
    watches_all_of_it_twice_as_fast(module)
    expect(module.locator("[data-gaps]")).to_be_hidden()
    module.get_by_role("link", name="Naar de vragen").click(timeout=20_000)
    assert until(lambda: not school.coverage(enrolment).gaps, what="every second in the database")
    answers_everything(module, school)
    writes(module)

    expect(module.get_by_role("heading", name="Klaar")).to_be_visible()
    until(school.arrivals, 20, what="a score at the LMS")
    until(lambda: "Verzonden om" in score_on_page(module), what="the score's arrival on the module page")
    student.page.goto(f"{school.lms_url}/courses/leerbuddy/gradebook")
    expect(student.page.locator("tr[data-link=leerbuddy-afronden] td .score")).to_have_text("1 / 1")
    assert [arrival["status"] for arrival in school.arrivals()] == [200]


def answers_everything(module: Frame, school: School) -> None:
    check = next(step for step in school.modules["afronden"].steps if isinstance(step, KnowledgeCheck))
    for question in check.questions:
        answers(module, question, right=True)
        module.locator("a.button").click()
    expect(module.locator(".score")).to_have_text("5 van 5 juist")
    module.get_by_role("link", name="Naar de vertaalslag").click()


def score_on_page(module: Frame) -> str:
    at_step(module)
    return module.locator("[data-evidence=score]").inner_text()


def writes(module: Frame) -> None:
    expect(module.get_by_role("textbox")).to_have_count(4)
    settles(module)
    for field in module.get_by_role("textbox").all():
        field.fill(ENOUGH)
    module.get_by_role("button", name="Module afronden").click()
