"""An English-speaking student does the module in English."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.student import Student, at_step, plays_from, settles


def test_the_switch_turns_texts_captions_and_transcript(student: Student) -> None:
    module = student.opens_module()
    module.get_by_role("button", name="English").click()

    expect(module.get_by_role("heading", level=1)).to_have_text("Evaluating and closing")
    expect(module.locator("html")).to_have_attribute("lang", "en")
    settles(module)
    module.get_by_role("link", name="Start watching").click()
    expect(module.get_by_role("button", name="Start watching")).to_be_visible()
    plays_from(module, 0.5, speed=1)
    expect(module.locator(".vjs-text-track-cue").first).to_contain_text(
        "At the end, take the same kind of task"
    )
    expect(module.locator(".line").first).to_contain_text("At the end, take the same kind of task")
    expect(module.get_by_role("button", name="Captions CC")).to_have_attribute("aria-pressed", "true")


def test_the_question_in_the_film_and_the_check_are_in_english(student: Student) -> None:
    module = student.opens_module()
    module.get_by_role("button", name="English").click()
    expect(module.locator("html")).to_have_attribute("lang", "en")
    at_step(module, "film")
    plays_from(module, 30.5)

    expect(module.get_by_role("dialog")).to_contain_text("Those cards did not help me.")
    at_step(module, "check")
    expect(module.get_by_role("heading", level=2)).to_have_text(
        "What is the most honest way to show progress?"
    )
    at_step(module, "reflection")
    expect(module.get_by_label("So what exactly will I do, and when?")).to_be_visible()


def test_the_lms_says_which_language_and_the_browser_is_not_asked(
    student_opens_browser: Callable[..., Student],
) -> None:
    student = student_opens_browser("jef", locale="fr-BE")
    student.opens_module()
    student.page.click("#language-en")

    module = student.opens_module()

    expect(module.get_by_role("link", name="Start watching")).to_be_visible()


def test_captions_can_be_turned_off_and_back_on_with_one_button(student: Student) -> None:
    module = student.opens_module()
    at_step(module, "film")
    plays_from(module, 0.5, speed=1)
    cue = module.locator(".vjs-text-track-cue")
    expect(cue.first).to_contain_text("Neem op het einde")

    captions = module.get_by_role("button", name="Ondertitels CC")
    captions.click()
    expect(cue).to_have_count(0)
    captions.click()
    expect(cue.first).to_be_visible()


def test_what_the_dutch_film_shows_is_told_beside_it(student: Student) -> None:
    module = student.opens_module()
    at_step(module, "film")
    expect(module.locator("#on-screen")).to_have_count(0)
    module.get_by_role("button", name="English").click()
    expect(module.locator("html")).to_have_attribute("lang", "en")

    shown = module.locator("#on-screen li:visible")
    expect(shown.first).to_have_text("The same kind of question as at the start")
    plays_from(module, 20.5, speed=1)

    expect(shown.first).to_have_text("What helped you most?")
