"""The vertaalslag while a save is under way, fails, or the page goes: what was typed last is what is kept."""

from collections.abc import Callable

from playwright.sync_api import Frame, Page, Route, expect
from sqlalchemy import select

from tests.browser.school import ENOUGH, School
from tests.browser.student import Student, at_step, until
from trainer.learning.models import Reflection


def draft(school: School) -> dict[str, str]:
    """What the service has of the only vertaalslag there is."""
    with school.database.reading() as connection:
        found: dict[str, str] | None = connection.execute(select(Reflection.draft)).scalar_one_or_none()
    return found or {}


def open_form(student: Student) -> Frame:
    module = student.opens_module()
    at_step(module, "reflection")
    return module


def happens(page: Page, truth: Callable[[], bool], *, what: str) -> None:
    """Wait until it holds, with routes going on meanwhile."""
    until(lambda: truth() or page.wait_for_timeout(50), what=what)


def loses_the_answer(route: Route) -> None:
    """The request arrives; what comes back is lost on the way."""
    route.fetch()
    route.abort()


def test_who_goes_on_after_too_short_texts_is_no_other_window(student: Student, school: School) -> None:
    module = open_form(student)
    fields = module.get_by_role("textbox")
    fields.first.fill(ENOUGH)
    module.get_by_role("button", name="Vertaalslag indienen").click()
    expect(module.locator("#saved")).to_contain_text("sommige tekstjes zijn te kort")

    for field in fields.all()[1:]:
        field.fill(ENOUGH)
    expect(module.locator("#saved")).to_contain_text("Bewaard om")
    expect(module.get_by_role("alert")).to_be_hidden()
    module.get_by_role("button", name="Vertaalslag indienen").click()

    module.wait_for_url("**/m/*/")
    assert list(draft(school).values()) == [ENOUGH] * 4


def test_an_answer_that_was_lost_is_no_other_window(student: Student, school: School) -> None:
    module = open_form(student)
    student.context.route("**/draft", loses_the_answer, times=1)
    field = module.get_by_role("textbox").first
    field.fill("Een begin")
    expect(module.locator("#saved")).to_contain_text("Geen verbinding.")
    field.press_sequentially(" en meer")

    expect(module.locator("#saved")).to_contain_text("Bewaard om")
    expect(module.get_by_role("alert")).to_be_hidden()
    until(lambda: "Een begin en meer" in draft(school).values(), what="the whole text")


def test_handing_in_waits_for_a_save_that_is_under_way(student: Student, school: School) -> None:
    module = open_form(student)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    student.context.route("**/draft", hold, times=1)
    fields = module.get_by_role("textbox").all()
    for field in fields:
        field.fill(ENOUGH)
    fields[0].focus()
    happens(student.page, lambda: bool(held), what="a save")

    module.get_by_role("button", name="Vertaalslag indienen").click()
    student.page.wait_for_timeout(300)
    assert module.url.endswith("/reflection/")
    held[0].continue_()

    module.wait_for_url("**/m/*/")
    expect(module.locator("[data-evidence=reflection]")).to_contain_text("Ingediend")


def test_what_was_typed_last_is_sent_when_the_window_is_closed(student: Student, school: School) -> None:
    window = student.opens_window()
    at_step(window, "reflection")
    window.get_by_role("textbox").first.press_sequentially("Net voor ik wegga")

    window.close(run_before_unload=True)

    until(lambda: "Net voor ik wegga" in draft(school).values(), what="the last text")


def test_it_is_sent_beside_a_save_that_is_under_way(student: Student, school: School) -> None:
    window = student.opens_window()
    at_step(window, "reflection")
    field = window.get_by_role("textbox").first
    student.context.route("**/draft", loses_the_answer_late, times=1)
    field.press_sequentially("Een begin")
    happens(window, lambda: "Een begin" in draft(school).values(), what="the first save")
    field.press_sequentially(" en een einde")

    leave(window)

    until(lambda: "Een begin en een einde" in draft(school).values(), what="the last text")


def loses_the_answer_late(route: Route) -> None:
    """It arrives, and the page goes on waiting for the answer."""
    route.fetch()


def leave(window: Page) -> None:
    """The page goes away; a request that a test holds would keep Chromium from closing it."""
    window.goto("about:blank")
