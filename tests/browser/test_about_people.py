"""A lecturer looks at what a student did, and the student at what is kept: every size can be read and used by everybody."""

import json
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.axe import what_is_wrong_at
from tests.browser.student import Student, enrolment_of

SIZES = ((1280, 800), (390, 844), (1280, 450))


def test_a_lecturer_looks_at_what_a_student_did(student_opens_browser: Callable[..., Student]) -> None:
    student = student_opens_browser("amina")
    enrolment = enrolment_of(student.opens_window())
    school = student.school
    school.has_watched(enrolment, (0, 20), (30, 40))
    school.has_answered(enrolment, wrong=3)
    school.has_answered(enrolment)
    teacher = student_opens_browser("katrien")
    page = teacher.context.new_page()
    page.goto(f"{school.lms_url}/launch/leerbuddy-afronden?in=window")
    page.wait_for_url(f"{school.service.base_url}/**")

    page.goto(f"{school.service.base_url}/teach/")
    page.get_by_role("link", name="Wie zit er in de cursus").first.click()
    assert what_is_wrong_at(page, SIZES) == []
    page.get_by_role("link", name="Bezig").first.click()

    expect(page.get_by_text("Niet bekeken: 0:20–0:30", exact=False)).to_be_visible()
    expect(page.locator("svg.watched-strip rect")).to_have_count(2)
    expect(page.get_by_text("Poging 2", exact=False)).to_be_visible()
    assert what_is_wrong_at(page, SIZES) == []


def test_a_student_looks_at_what_is_kept_and_takes_it_along(student: Student, tmp_path: Path) -> None:
    page = student.opens_window()
    enrolment = enrolment_of(page)
    student.school.has_watched(enrolment)
    student.school.has_answered(enrolment)
    student.school.has_written(enrolment)

    page.get_by_role("link", name="Je gegevens").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Je gegevens")
    assert what_is_wrong_at(page, SIZES) == []
    with page.expect_download() as saved:
        page.get_by_role("link", name="Alles downloaden (JSON)").click()
    assert saved.value.suggested_filename == "buddy-trainer.json"
    saved.value.save_as(tmp_path / "mine.json")
    told = json.loads((tmp_path / "mine.json").read_text("utf-8"))
    assert told["enrolments"][0]["completed_at"]
