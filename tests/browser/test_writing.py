"""The vertaalslag: saved as it is typed, never written over, with a soft word about pupils' names."""

from playwright.sync_api import Frame, Page, expect

from tests.browser.school import ENOUGH, School
from tests.browser.student import Student, at_step


def fields(place: Frame | Page) -> list[str]:
    return [field.input_value() for field in place.get_by_role("textbox").all()]


def test_a_draft_survives_a_reload(student: Student) -> None:
    module = student.opens_module()
    at_step(module, "reflection")
    module.get_by_role("textbox").nth(1).press_sequentially("Mijn groep telt vier leerlingen")
    expect(module.locator("#saved")).to_contain_text("Bewaard om")

    at_step(module, "reflection")

    assert fields(module) == ["", "Mijn groep telt vier leerlingen", "", ""]


def test_what_was_typed_in_the_last_second_survives_a_reload_too(student: Student) -> None:
    module = student.opens_module()
    at_step(module, "reflection")
    module.get_by_role("textbox").first.press_sequentially("Nog net getypt")

    at_step(module, "reflection")

    expect(module.get_by_role("textbox").first).to_have_value("Nog net getypt")


def test_a_pupils_name_gets_a_soft_warning_and_may_be_handed_in(student: Student) -> None:
    module = student.opens_module()
    at_step(module, "reflection")
    module.get_by_role("textbox").first.fill(f"Mijn leerling Yasmina kon goed volgen. {ENOUGH}")

    warning = module.locator(".field [id^=hint-]").first
    expect(warning).to_contain_text("Zou iemand hieraan een leerling kunnen herkennen: “Yasmina”?")
    for field in module.get_by_role("textbox").all()[1:]:
        field.fill(ENOUGH)
    module.get_by_role("button", name="Vertaalslag indienen").click()

    module.wait_for_url("**/m/*/")
    expect(module.locator("[data-evidence=reflection]")).to_contain_text("Ingediend")


def test_too_short_texts_say_so_and_the_first_has_the_focus(student: Student) -> None:
    module = student.opens_module()
    at_step(module, "reflection")
    module.get_by_role("textbox").first.fill(ENOUGH)
    module.get_by_role("textbox").nth(1).fill("Te kort")

    module.get_by_role("button", name="Vertaalslag indienen").click()

    expect(module.locator("#saved")).to_contain_text("Nog niet ingediend: sommige tekstjes zijn te kort.")
    expect(module.get_by_role("textbox").nth(1)).to_be_focused()
    expect(module.get_by_role("textbox").nth(1)).to_have_attribute("aria-invalid", "true")
    expect(module.get_by_role("textbox").first).not_to_have_attribute("aria-invalid", "true")


def test_a_text_from_another_window_is_not_written_over(student: Student) -> None:
    module = student.opens_module()
    at_step(module, "reflection")
    other = student.opens_window()
    at_step(other, "reflection")
    other.get_by_role("textbox").first.fill("Geschreven in het andere venster")
    expect(other.locator("#saved")).to_contain_text("Bewaard om")

    module.get_by_role("textbox").first.fill("Geschreven in de cursus")
    conflict = module.get_by_role("alert")
    expect(conflict).to_contain_text("Je schreef verder in een ander venster")
    conflict.get_by_role("button", name="De tekst van het andere venster").click()

    expect(module.get_by_role("textbox").first).to_have_value("Geschreven in het andere venster")
    expect(conflict).to_be_hidden()


def test_what_was_handed_in_is_shown_again(student: Student, school: School) -> None:
    module = student.opens_module()
    school.has_written(module.url.split("/")[4])

    at_step(module, "reflection")

    assert fields(module) == [ENOUGH] * 4
    expect(module.get_by_text("Ingediend om")).to_be_visible()
    expect(module.get_by_role("button", name="Opnieuw indienen")).to_be_visible()
