"""Somebody clicks twice where once would do: it is asked for once, and the answer to that is the one that is shown.

Of two requests the browser shows what the second is answered: that the choice was sent already, while nothing was placed.
"""

from collections.abc import Callable

from playwright.sync_api import Locator, Request, expect

from tests.browser.student import Student


def clicks_twice(button: Locator) -> None:
    """As a hand does that is used to double clicks, with a service that is not as fast as one on the same machine."""
    button.evaluate("button => { button.click(); setTimeout(() => button.click(), 10); }")


def test_a_teacher_who_clicks_twice_places_the_module(
    student_opens_browser: Callable[..., Student],
) -> None:
    teacher = student_opens_browser("katrien")
    page = teacher.page
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST" and "/place/" in request.url:
            sent.append(request.url)

    page.on("request", note)
    page.goto(f"{teacher.school.lms_url}/courses/stage")
    page.get_by_role("link", name="Modules toevoegen").click()
    catalogue = page.frame_locator("#tool")
    catalogue.get_by_label("Evalueren en afronden", exact=True).check()
    expect(catalogue.locator("#count")).to_have_text("1 module gekozen")

    clicks_twice(catalogue.get_by_role("button", name="In de cursus plaatsen"))

    expect(page).to_have_url(f"{teacher.school.lms_url}/courses/stage")
    expect(page.get_by_role("link", name="Evalueren en afronden")).to_have_count(1)
    assert len(sent) == 1
