"""Going about in the film: what the page says was watched is what the server has."""

import re

from playwright.sync_api import Frame, expect

from modules.coverage import Span
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


def gaps_on_page(module: Frame) -> list[Span]:
    """The gaps as the page offers them."""
    texts = module.locator("[data-gap]").evaluate_all("items => items.map(item => item.dataset.gap)")
    return [Span(*map(int, text.split("-"))) for text in texts]


def strip_on_page(module: Frame) -> list[Span]:
    """What the strip draws as watched."""
    drawn = module.locator(".strip rect.watched").evaluate_all(
        "bars => bars.map(bar => [bar.getAttribute('x'), bar.getAttribute('width')].map(Number))"
    )
    return [Span(start, start + width) for start, width in drawn]


def test_strip_words_and_gaps_agree_with_the_server(student: Student, school: School) -> None:
    module = student.opens_module()
    enrolment = enrolment_of(module)
    at_step(module, "film")
    for start in (40, 5, 20):
        plays_from(module, start, speed=1.5)
        film_reaches(module, start + 2.7)
    pauses(module)

    expect(module.locator(".strip rect.underway")).to_have_count(0)
    known = until(lambda: (seen := school.coverage(enrolment)).count >= 6 and seen)
    assert strip_on_page(module) == known.spans
    assert gaps_on_page(module) == known.gaps
    assert len(known.spans) == 3
    expect(module.locator("[data-words]")).to_have_text(f"Je bekeek {known.count} van 65 seconden")
    # What the server itself says of it, in a page made anew, is the same.
    at_step(module, "film")
    assert gaps_on_page(module) == known.gaps
    expect(module.locator("[data-words]")).to_have_text(f"Je bekeek {known.count} van 65 seconden")


def test_a_gap_is_one_click_away(student: Student, school: School) -> None:
    module = student.opens_module()
    school.has_watched(enrolment_of(module), (0, 42), (50, 65))
    at_step(module)

    module.get_by_role("link", name="0:42 – 0:50").click()
    module.locator(".video-js").wait_for()
    module.get_by_role("button", name="Verder kijken vanaf 0:42").click()

    film_reaches(module, 42.5)
    pauses(module)
    assert film_time(module) < 50


def test_a_click_on_the_strip_of_gaps_plays_the_film_there(student: Student, school: School) -> None:
    module = student.opens_module()
    school.has_watched(enrolment_of(module), (0, 10), (20, 65))
    at_step(module, "film")

    module.get_by_role("button", name="0:10 – 0:20").click()

    film_reaches(module, 10.5)
    assert film_time(module) < 20


def test_a_click_on_what_is_said_plays_the_film_there_and_the_list_follows(student: Student) -> None:
    module = student.opens_module()
    at_step(module, "film")
    line = module.get_by_role("button", name=re.compile("Luister zonder je te verdedigen"))
    start = float(line.get_attribute("data-start") or 0)

    line.click()

    film_reaches(module, start + 0.3)
    expect(line).to_have_attribute("aria-current", "true")


def test_playing_faster_than_the_author_allows_earns_nothing_more(student: Student, school: School) -> None:
    module = student.opens_module()
    at_step(module, "film")
    plays_from(module, 0, speed=8.0)
    film_reaches(module, 24)
    pauses(module)

    module.locator(".strip rect.underway").wait_for(state="attached")
    assert school.coverage(enrolment_of(module)).count < 22
