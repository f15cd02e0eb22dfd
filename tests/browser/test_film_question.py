"""A question inside the film: it pauses, is answered by keyboard, and the film goes on."""

from playwright.sync_api import expect

from tests.browser.student import Student, at_step, film_reaches, film_time, plays_from


def test_it_pauses_the_film_and_is_answered_by_keyboard_alone(student: Student) -> None:
    module = student.opens_module()
    at_step(module, "film")
    plays_from(module, 30)

    question = module.get_by_role("dialog", name="Een vraag bij de film")
    question.wait_for()
    assert module.evaluate("document.querySelector('video').paused")
    assert question.evaluate("dialog => dialog.contains(document.activeElement)"), "the focus is in it"
    stood = film_time(module)

    keys = student.page.keyboard
    keys.press("Tab")
    keys.press("Space")
    right = question.get_by_label("Luisteren en vragen wat wel hielp.")
    if not right.is_checked():  # the options are shuffled
        keys.press("ArrowDown")
    expect(right).to_be_checked()
    keys.press("Enter")

    expect(question.get_by_role("status")).to_contain_text("Juist.")
    expect(question).to_contain_text("Luisteren zonder je te verdedigen")
    keys.press("Enter")
    expect(question).to_be_hidden()
    film_reaches(module, stood + 0.5)
    assert module.evaluate("document.activeElement.classList.contains('vjs-play-control')"), (
        "the focus is kept"
    )


def test_an_answer_that_is_given_is_not_asked_for_again(student: Student) -> None:
    module = student.opens_module()
    at_step(module, "film")
    plays_from(module, 30)
    question = module.get_by_role("dialog")
    question.wait_for()
    question.get_by_label("Uitleggen waarom").check()
    question.get_by_role("button", name="Antwoorden").click()
    expect(question.get_by_role("status")).to_contain_text("Niet juist.")

    at_step(module, "film")
    plays_from(module, 30)

    film_reaches(module, 33)
    expect(question).to_be_hidden()


def test_it_may_be_skipped(student: Student) -> None:
    module = student.opens_module()
    at_step(module, "film")
    plays_from(module, 30)
    module.get_by_role("dialog").wait_for()

    module.get_by_role("dialog").get_by_role("button", name="Overslaan").click()

    film_reaches(module, 33)
