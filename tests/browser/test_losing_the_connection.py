"""The network is away for a while: nothing that was watched is lost, and it is told calmly."""

import os
import time

from playwright.sync_api import expect

from tests.browser.school import ENOUGH, School
from tests.browser.student import (
    Student,
    at_step,
    enrolment_of,
    film_reaches,
    film_time,
    pauses,
    plays_from,
    settles,
    until,
)

#: How long the network is away, in seconds; `make slow-browser` takes a minute.
AWAY = float(os.environ.get("TRAINER_TEST_OFFLINE_SECONDS", "12"))


def test_what_is_watched_meanwhile_is_kept_and_sent_later(student: Student, school: School) -> None:
    module = student.opens_module()
    enrolment = enrolment_of(module)
    school.has_watched(enrolment, (0, 1))
    at_step(module, "film")
    plays_from(
        module, 1, speed=min(1.5, 44 / AWAY)
    )  # so that the film does not end before the network is back
    student.context.set_offline(True)

    question = module.get_by_role("dialog")
    leaves = time.monotonic() + AWAY
    while time.monotonic() < leaves:
        if question.is_visible():
            question.get_by_role("button", name="Overslaan").click()
        time.sleep(0.2)
    expect(module.locator("#connection")).to_contain_text(
        "Geen verbinding. Je kijktijd wordt bewaard", timeout=15_000
    )
    assert module.locator(".strip rect.underway").count(), "it is drawn as on its way"
    before = school.coverage(enrolment).count
    pauses(module)
    played = int(film_time(module))
    student.context.set_offline(False)

    expect(module.locator("#connection")).to_contain_text(
        "De verbinding is terug. Alles is bewaard.", timeout=15_000
    )
    until(lambda: school.coverage(enrolment).count >= played - 1, what="every second that was played")
    assert before < 8
    assert school.coverage(enrolment).spans[0].start == 0
    assert len(school.coverage(enrolment).spans) == 1, "and no hole in it"


def test_an_answer_waits_for_the_connection(student: Student, school: School) -> None:
    module = student.opens_module()
    at_step(module, "check")
    module.locator("input[name=option]").first.check()
    settles(module)
    student.context.set_offline(True)
    module.get_by_role("button", name="Antwoorden").click()
    expect(module.get_by_role("status")).to_contain_text("Geen verbinding. Je antwoord is nog niet bewaard")

    student.context.set_offline(False)

    expect(module.get_by_role("status")).to_contain_text("Bewaard om")
    expect(module.get_by_role("link", name="Volgende vraag")).to_be_visible()


def test_a_text_waits_for_the_connection(student: Student) -> None:
    module = student.opens_module()
    at_step(module, "reflection")
    student.context.set_offline(True)
    module.get_by_role("textbox").first.fill(ENOUGH)
    expect(module.locator("#saved")).to_contain_text(
        "Geen verbinding. Je tekst blijft op dit toestel bewaard"
    )

    student.context.set_offline(False)

    expect(module.locator("#saved")).to_contain_text("Bewaard om")
    at_step(module, "reflection")
    expect(module.get_by_role("textbox").first).to_have_value(ENOUGH)


def test_a_restart_of_the_service_in_mid_film_goes_unnoticed(student: Student, school: School) -> None:
    module = student.opens_module()
    enrolment = enrolment_of(module)
    at_step(module, "film")
    plays_from(module, 0, speed=1.5)
    film_reaches(module, 1.5)

    school.service.replace_web()
    film_reaches(module, 9)
    pauses(module)
    played = int(film_time(module))

    until(lambda: school.coverage(enrolment).count >= played - 1, what="every second that was played")
    expect(module.locator("#connection")).to_be_empty()
    assert module.locator(".vjs-error-display:visible").count() == 0
