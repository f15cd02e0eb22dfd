"""The whole module by keyboard: everything is reached in order, is seen when it has the focus, and lets go again."""

from playwright.sync_api import Page, expect

from modules.model import KnowledgeCheck
from tests.browser.school import ENOUGH, School, chosen
from tests.browser.student import Student, at_step, enrolment_of, film_reaches, film_time

_FOCUSED = """() => {
    const at = document.activeElement;
    if (!at || at === document.body) return null;
    const shown = at.closest("label.option") ?? at;
    const style = getComputedStyle(shown);
    const box = shown.getBoundingClientRect();
    return {
        seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && box.width > 1 && box.height > 1
            && box.bottom > 0 && box.top < innerHeight,
        what: at.outerHTML.slice(0, 100),
    };
}"""
_REACHABLE = """() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), textarea, summary")]
    .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.disabled
        && element.tabIndex >= 0).length"""


def tabs_to(page: Page, selector: str, most: int = 80) -> None:
    """Press Tab until that has the focus; everything on the way must be seen when it has it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        focused = page.evaluate(_FOCUSED)
        assert focused is None or focused["seen"], f"the focus is not seen on {focused['what']}"
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"Tab never reached {selector}")


def test_a_module_from_its_first_button_to_its_last(student: Student, school: School) -> None:
    page = student.opens_window()
    enrolment = enrolment_of(page)

    tabs_to(page, "#next")
    page.keyboard.press("Enter")
    page.locator(".vjs-play-control").wait_for()
    tabs_to(page, "#go-on")
    page.keyboard.press("Enter")
    expect(page.locator("#go-on")).to_have_text("Pauzeren")
    film_reaches(page, 1.2)
    page.keyboard.press("Enter")
    expect(page.locator("#go-on")).to_contain_text("Verder kijken")

    school.has_watched(enrolment)
    at_step(page, "film")
    page.locator(".vjs-play-control").wait_for()
    tabs_to(page, "#onward")
    page.keyboard.press("Enter")
    check = next(step for step in school.modules["afronden"].steps if isinstance(step, KnowledgeCheck))
    for question in check.questions:
        expect(page.get_by_role("heading", name=question.prompt("nl"))).to_be_visible()
        tabs_to(page, "input[name=option]")
        right = chosen(question, right=True)
        if page.locator("input[type=checkbox]").count():
            for _ in question.options:
                if page.evaluate("() => document.activeElement.value") in right:
                    page.keyboard.press("Space")
                page.keyboard.press("Tab")
            page.keyboard.press("Shift+Tab")
        else:
            page.keyboard.press("Space")
            while page.evaluate("() => document.activeElement.value") not in right:
                page.keyboard.press("ArrowDown")
        tabs_to(page, "form.card [type=submit]")
        page.keyboard.press("Enter")
        expect(page.locator("form.answered a.button")).to_be_focused()
        page.keyboard.press("Enter")
    expect(page.locator(".score")).to_have_text("5 van 5 juist")

    tabs_to(page, "#next")
    page.keyboard.press("Enter")
    page.locator("textarea").first.wait_for()
    for _ in range(4):
        tabs_to(page, "textarea")
        page.keyboard.insert_text(ENOUGH)
    tabs_to(page, "#vertaalslag [type=submit]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Klaar")).to_be_visible()


def test_nothing_on_the_player_page_holds_the_focus(student: Student, school: School) -> None:
    page = student.opens_window()
    school.has_watched(enrolment_of(page), (0, 20), (30, 40))
    at_step(page, "film")
    page.locator(".vjs-play-control").wait_for()

    seen: list[str] = []
    for _ in range(page.evaluate(_REACHABLE) + 20):
        page.keyboard.press("Tab")
        focused = page.evaluate(_FOCUSED)
        if focused is None and seen:
            break
        if focused:
            assert focused["seen"], f"the focus is not seen on {focused['what']}"
            seen.append(focused["what"])
    else:
        raise AssertionError(f"Tab never left the page: {seen[-5:]}")
    assert len(seen) >= page.evaluate(_REACHABLE)
    assert "To the content" in seen[0] or "Naar de inhoud" in seen[0], "the way past what repeats comes first"


def test_the_keys_of_the_player(student: Student) -> None:
    page = student.opens_window()
    at_step(page, "film")
    play = page.locator(".vjs-play-control")
    play.focus()
    page.keyboard.press("k")
    film_reaches(page, 1.2)
    page.keyboard.press("k")
    expect(page.locator("#go-on")).to_contain_text("Verder kijken")

    page.keyboard.press("5")
    page.wait_for_function("() => Math.abs(document.querySelector('video').currentTime - 32.3) < 1")
    page.keyboard.press("l")
    page.wait_for_function("() => Math.abs(document.querySelector('video').currentTime - 42.3) < 1")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.wait_for_function("() => Math.abs(document.querySelector('video').currentTime - 22.3) < 1")
    page.keyboard.press("m")
    assert page.evaluate("() => document.querySelector('video').muted")
    page.keyboard.press("c")
    expect(page.locator(".bar-captions")).to_have_attribute("aria-pressed", "false")


def test_a_letter_outside_the_player_is_no_key(student: Student) -> None:
    page = student.opens_window()
    at_step(page, "film")
    page.locator(".vjs-play-control").wait_for()
    page.locator("#go-on").focus()

    page.keyboard.press("5")
    page.keyboard.press("k")

    assert film_time(page) == 0
    assert page.evaluate("() => document.querySelector('video').paused")


def test_the_dialog_of_captions_opens_changes_their_look_and_closes(student: Student) -> None:
    page = student.opens_window()
    at_step(page, "film")
    menu = page.get_by_role("button", name="Taal en uiterlijk van de ondertitels")
    menu.focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name="Uiterlijk van de ondertitels").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Uiterlijk van de ondertitels")
    dialog.wait_for()
    assert dialog.evaluate("dialog => dialog.contains(document.activeElement)")

    page.keyboard.press("Escape")

    expect(dialog).to_be_hidden()
    expect(menu).to_be_focused()
