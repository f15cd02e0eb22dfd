"""The session ends under an open page: nothing is lost, and the page goes on when the module was opened again elsewhere."""

from playwright.sync_api import Frame, expect

from tests.browser.school import School
from tests.browser.student import (
    Student,
    at_step,
    enrolment_of,
    film_reaches,
    pauses,
    plays_from,
    settles,
    until,
)


def open_again_elsewhere(student: Student) -> None:
    """In another tab of the same browser, in the same course."""
    student.opens_module(on=student.context.new_page())


def network_comes_back(student: Student) -> None:
    """One of the moments at which a page that waits tries again; the others are a minute, and being looked at."""
    student.context.set_offline(True)
    student.context.set_offline(False)


def test_the_film_page_sends_what_it_kept(student: Student, school: School) -> None:
    module = student.opens_module()
    enrolment = enrolment_of(module)
    at_step(module, "film")
    plays_from(module, 0, speed=1)
    film_reaches(module, 2.6)
    school.end_sessions()
    pauses(module)
    told = module.locator("#connection")
    expect(told).to_contain_text("Je sessie is afgelopen.")

    open_again_elsewhere(student)
    network_comes_back(student)

    expect(told).to_contain_text("De verbinding is terug.")
    until(lambda: school.coverage(enrolment).count >= 2, what="every second that was played")


def test_the_vertaalslag_saves_what_was_typed_meanwhile(student: Student, school: School) -> None:
    module = student.opens_module()
    at_step(module, "reflection")
    school.end_sessions()
    module.get_by_role("textbox").first.fill("Getypt zonder sessie")
    saved = module.locator("#saved")
    expect(saved).to_contain_text("Je sessie is afgelopen.")

    open_again_elsewhere(student)
    network_comes_back(student)

    expect(saved).to_contain_text("Bewaard om")
    expect(module.get_by_role("alert")).to_be_hidden()


def test_the_text_goes_on_counting(student: Student, school: School) -> None:
    module = student.opens_module()
    at_step(module, "film/text")
    school.end_sessions()
    told = module.locator("#connection")
    expect(told).to_contain_text("Je sessie is afgelopen.")

    open_again_elsewhere(student)
    network_comes_back(student)

    expect(told).not_to_contain_text("Je sessie is afgelopen.")


def test_the_way_to_the_course_leaves_the_page_where_it_is(student: Student, school: School) -> None:
    module = student.opens_module()
    at_step(module, "film")
    plays_from(module, 0, speed=1)
    film_reaches(module, 1.6)
    school.end_sessions()
    pauses(module)

    with student.context.expect_page() as opened:
        module.get_by_role("link", name="Naar je cursus").click()

    settles(module)
    assert_is_player(module)
    assert opened.value.url.startswith(school.lms_url)


def assert_is_player(place: Frame) -> None:
    assert place.url.endswith("/film/")
    expect(place.locator("#connection")).to_contain_text("Je kijktijd blijft hier bewaard.")
