"""States that one seldom meets: each does what it should, and is for everybody as much as the others are."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from playwright.sync_api import Frame, Page, expect

from modules.model import Text
from modules.package import load_module
from tests.browser.axe import what_is_wrong_at
from tests.browser.school import ENOUGH, LIBRARY, School
from tests.browser.student import Student, at_step, enrolment_of
from trainer.catalogue.actions import publish_edition

SIZES = ((1280, 800), (390, 844), (1000, 450))


def publish_newer(school: School, key: str) -> None:
    """A major edition that differs in a word."""
    package = load_module(LIBRARY / key)
    summary = replace(
        package.module.summary, nl=f"{package.module.summary.nl} {datetime.now(UTC).isoformat()}"
    )
    assert isinstance(summary, Text)
    with school.database.writing() as connection:
        publish_edition(
            connection,
            replace(package, module=replace(package.module, summary=summary)),
            is_major=True,
            now=datetime.now(UTC),
        )


def send_without_script(place: Page | Frame) -> None:
    """As the form goes when its script did not come."""
    place.evaluate("() => document.getElementById('vertaalslag').submit()")
    place.wait_for_url("**/hand-in")


def write_elsewhere(student: Student) -> None:
    other = student.opens_window()
    at_step(other, "reflection")
    other.get_by_role("textbox").first.fill("Geschreven in het andere venster")
    expect(other.locator("#saved")).to_contain_text("Bewaard om")
    other.close()


def test_a_newer_version_is_offered_and_taken(student: Student, school: School) -> None:
    page = student.opens_window("leerbuddy-feedback")
    school.has_watched(enrolment_of(page), (0, 20), module="feedback")
    publish_newer(school, "feedback")
    at_step(page)
    offer = page.get_by_role("region", name="Nieuwe versie van deze module")
    expect(offer).to_contain_text("Je kunt gewoon afwerken waaraan je begon.")
    assert what_is_wrong_at(page, SIZES) == []

    offer.get_by_role("button", name="Overstappen naar de nieuwe versie").click()

    expect(offer).to_have_count(0)
    expect(page.locator("[data-evidence=webcast]")).to_contain_text("Je bekeek 20 van")


def test_a_form_without_script_meets_a_newer_text(student: Student) -> None:
    page = student.opens_window()
    page.route("**/vertaalslag.js", lambda route: route.abort())
    at_step(page, "reflection")
    write_elsewhere(student)
    for field in page.get_by_role("textbox").all():
        field.fill(ENOUGH)
    page.get_by_role("button", name="Vertaalslag indienen").click()

    expect(page.get_by_role("alert").first).to_contain_text("Nog niet bewaard")
    expect(page.get_by_role("figure").first).to_contain_text("Geschreven in het andere venster")
    expect(page.get_by_role("textbox").first).to_have_value(ENOUGH)
    assert what_is_wrong_at(page, SIZES) == []
    page.get_by_role("button", name="Vertaalslag indienen").click()

    expect(page.locator("[data-evidence=reflection]")).to_contain_text("Ingediend")


def test_a_script_that_comes_late_gives_the_same_choice_with_buttons(student: Student) -> None:
    page = student.opens_window()
    page.route("**/draft", lambda route: route.abort())
    at_step(page, "reflection")
    write_elsewhere(student)
    page.get_by_role("textbox").first.fill("Geschreven in de cursus")
    send_without_script(page)

    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Je schreef verder in een ander venster.")
    expect(page.get_by_role("figure")).to_have_count(0)
    assert what_is_wrong_at(page, SIZES) == []
    page.unroute("**/draft")
    alert.get_by_role("button", name="De tekst op deze pagina").click()

    expect(page.locator("#saved")).to_contain_text("Bewaard om")
    expect(page.get_by_role("textbox").first).to_have_value("Geschreven in de cursus")


def test_the_words_of_the_lms(student: Student, school: School) -> None:
    words = "error=invalid_request&error_description=" + "Unregistered%20redirect_uri%20" * 5
    page = student.context.new_page()
    page.goto(f"{school.lms_url}/courses")
    page.evaluate(
        """([url, words]) => {
            const form = Object.assign(document.createElement("form"), { method: "post", action: url });
            for (const [name, value] of new URLSearchParams(words)) {
                form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
            }
            document.body.append(form);
            form.submit();
        }""",
        [f"{school.service.base_url}/lti/launch", words],
    )

    expect(page.get_by_role("figure")).to_contain_text("Je leerplatform stuurde deze woorden mee:")
    assert what_is_wrong_at(page, SIZES) == []


def test_the_film_beside_what_it_shows_in_english(student_opens_browser: Callable[..., Student]) -> None:
    page = student_opens_browser("jef").opens_window()
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    at_step(page, "film")
    expect(page.locator("#on-screen")).to_be_visible()
    assert what_is_wrong_at(page, SIZES) == []
