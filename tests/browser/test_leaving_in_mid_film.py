"""Reload, close, come back, watch in two places: what was watched stays."""

from playwright.sync_api import expect

from tests.browser.school import School
from tests.browser.student import (
    Student,
    at_step,
    enrolment_of,
    film_reaches,
    film_time,
    pauses,
    plays_from,
    until,
)

#: seconds of film that closing a tab may cost
LOSS = 5


def test_a_reload_of_the_player_goes_on_where_it_was_and_keeps_what_was_watched(
    student: Student, school: School
) -> None:
    module = student.opens_module()
    enrolment = enrolment_of(module)
    at_step(module, "film")
    plays_from(module, 0, speed=1.5)
    film_reaches(module, 7.5)
    stood = film_time(module)

    module.evaluate("() => location.reload()")

    until(lambda: film_is_at_rest(module) and film_time(module) > 1, what="the film where it was")
    assert abs(film_time(module) - stood) < 3
    until(lambda: school.coverage(enrolment).count >= int(stood) - 1, what="every second that was played")
    expect(module.locator("#go-on")).to_contain_text("Verder kijken vanaf 0:0")


def film_is_at_rest(module: object) -> bool:
    try:
        return bool(module.evaluate("() => document.querySelector('video').readyState > 0"))  # type: ignore[attr-defined]
    except Exception:  # the page is on its way
        return False


def test_a_reload_of_the_course_page_leads_back_into_the_film(student: Student, school: School) -> None:
    module = student.opens_module()
    at_step(module, "film")
    plays_from(module, 10, speed=2)
    film_reaches(module, 15)

    student.page.reload()
    module = student.opens_module()

    next_step = module.locator("#next")
    expect(next_step).to_contain_text("Verder kijken vanaf 0:1")
    next_step.click()
    until(lambda: film_is_at_rest(module) and film_time(module) > 13, what="the film where it was")


def test_a_closed_tab_costs_at_most_five_seconds(student: Student, school: School) -> None:
    module = student.opens_module()
    enrolment = enrolment_of(module)
    at_step(module, "film")
    plays_from(module, 0, speed=1.5)
    film_reaches(module, 9.2)
    stood = film_time(module)

    student.page.close()

    until(
        lambda: school.coverage(enrolment).count >= stood - LOSS, what="what was played before the tab closed"
    )
    assert school.coverage(enrolment).spans[0].start == 0


def test_the_next_day_and_on_another_device_it_goes_on_where_it_was(
    student: Student, student_opens_browser: object, school: School
) -> None:
    module = student.opens_module()
    at_step(module, "film")
    plays_from(module, 20, speed=1.5)
    film_reaches(module, 23)
    pauses(module)
    until(lambda: school.coverage(enrolment_of(module)).count >= 2)
    student.context.close()

    phone = student_opens_browser("amina", viewport={"width": 390, "height": 844})  # type: ignore[operator]
    module = phone.opens_module()

    expect(module.locator("#next")).to_contain_text("Verder kijken vanaf 0:2")
    expect(module.locator("[data-evidence=webcast]")).to_contain_text("0:00 – 0:20")


def test_two_tabs_at_once_both_count(student: Student, school: School) -> None:
    tabs = [student.opens_window(), student.opens_window()]
    enrolment = enrolment_of(tabs[0])
    for tab, start in zip(tabs, (0, 40), strict=True):
        at_step(tab, "film")
        plays_from(tab, start, speed=1)
    for tab, start in zip(tabs, (0, 40), strict=True):
        film_reaches(tab, start + 5)
        pauses(tab)

    def both() -> bool:
        seen = school.coverage(enrolment)
        return all(second in seen for second in (1, 2, 3, 41, 42, 43))

    until(both, what="what was played in both tabs")
