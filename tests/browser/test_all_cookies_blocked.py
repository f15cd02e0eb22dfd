"""A browser that keeps no cookie of ours anywhere, and no storage: the module opens in the course all the same, to the very end."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Frame, Request, Route, TimeoutError, expect

from modules.model import KnowledgeCheck
from tests.browser.axe import sideways, too_small_targets, violations
from tests.browser.held_session import Opens, gives_way, opens_module, page_in, steps
from tests.browser.no_cookies import Blocks
from tests.browser.school import ENOUGH, School
from tests.browser.student import (
    Student,
    answers,
    enrolment_of,
    film_time,
    settles,
    until,
    watches_all_of_it_twice_as_fast,
)
from trainer.catalogue.actions import restore_module, retire_module


def test_a_module_from_the_first_click_to_the_gradebook(opens: Opens, school: School) -> None:
    student = opens()
    asked: list[Request] = []
    student.context.on("request", lambda request: asked.extend([request]))
    with student.page.expect_response("**/lti/launch/confirm") as confirmed:
        student.opens()
    token, mark = confirmed.value.json()["bearer"].split(".")
    module = page_in(student, "/")
    enrolment = enrolment_of(module)
    assert student.context.cookies(school.service.base_url) == []

    module.get_by_role("link", name="Begin te kijken").click()
    film = page_in(student, "/film/")
    watches_all_of_it_twice_as_fast(film)
    assert until(lambda: not school.coverage(enrolment).gaps, what="every second in the database")
    film.get_by_role("link", name="Naar de vragen").click()
    answers_everything(page_in(student, "/check/"), student, school)
    writing = page_in(student, "/reflection/")
    expect(writing.get_by_role("textbox")).to_have_count(4)
    for field in writing.get_by_role("textbox").all():
        field.fill(ENOUGH)
    writing.get_by_role("button", name="Module afronden").click()

    done = page_in(student, f"/m/{enrolment}/")
    expect(done.get_by_role("heading", name="Klaar")).to_be_visible()
    addresses = [request.url for request in asked]
    referers = [request.headers.get("referer", "") for request in asked]
    held = [
        frame.evaluate(_HELD)
        for frame in student.page.frames
        if frame.url.startswith(school.service.base_url)
    ]
    log = (school.service.folder / "web.log").read_text("utf-8", "replace")
    assert len(held) == 2
    for place in (*addresses, *referers, *held, log):
        assert token not in place
        assert mark not in place
    gradebook = f"{student.school.lms_url}/courses/leerbuddy/gradebook"
    student.page.goto(gradebook)
    expect(student.page.locator("tr[data-link=leerbuddy-afronden] td .score").first).to_have_text(
        "1 / 1", timeout=20_000
    )


#: Everything of a page of ours in which its other pages could look for something: its address, history, name, and what hangs on `window`.
_HELD = """() => {
    const said = [location.href, document.referrer, JSON.stringify(history.state), window.name, document.documentElement.outerHTML];
    for (const name of ["localStorage", "sessionStorage"]) {
        try { said.push(JSON.stringify(window[name])); } catch (problem) { said.push(problem.name); }
    }
    for (const name of Object.getOwnPropertyNames(window)) {
        try { said.push(String(window[name]), JSON.stringify(window[name])); } catch { }
    }
    return said.join(" ");
}"""


def answers_everything(check: Frame, student: Student, school: School) -> None:
    step = next(step for step in school.modules["afronden"].steps if isinstance(step, KnowledgeCheck))
    for question in step.questions:
        answers(check, question, right=True)
        check.locator("a.button").click()
        until(
            lambda gone=check: gone.is_detached() or student.page.wait_for_timeout(20), what="the next page"
        )
        check = page_in(student, "/check/")
    expect(check.locator(".score")).to_have_text("5 van 5 juist")
    check.get_by_role("link", name="Naar de vertaalslag").click()


def test_back_and_forward(opens: Opens, school: School) -> None:
    student = opens()
    module = opens_module(student)
    school.has_watched(enrolment_of(module), (0, 20), (30, 40))
    steps(module, "Checken").click()
    page_in(student, "/check/").get_by_role("link", name="Module 12").click()
    module = page_in(student, f"/{enrolment_of(module)}/")
    module.get_by_role("link", name="0:20 – 0:30").click()
    film = page_in(student, "/film/")
    assert film.url.endswith("/film/#t=20")
    until(lambda: film_time(film) >= 20, what="the film at the piece that was asked for")

    history = student.page
    history.evaluate("history.back()")
    page_in(student, f"/{enrolment_of(module)}/")
    history.evaluate("history.back()")
    page_in(student, "/check/")
    history.evaluate("history.forward()")
    page_in(student, f"/{enrolment_of(module)}/")
    history.evaluate("history.forward()")
    assert page_in(student, "/film/").url.endswith("/film/#t=20")
    history.evaluate("history.go(-3)")
    page_in(student, f"/{enrolment_of(module)}/")
    history.go_back()
    assert student.page.url.endswith("/courses")


def test_another_language(opens: Opens) -> None:
    student = opens(storage="practice_storage")
    module = opens_module(student)

    module.get_by_role("button", name="English").click()

    gives_way(module)
    module = page_in(student, f"/{enrolment_of(module)}/")
    expect(module.get_by_role("link", name="Start watching")).to_be_visible()
    expect(module.locator("html")).to_have_attribute("lang", "en")
    expect(student.page.frame_locator("#tool").locator("html")).to_have_attribute("lang", "en")


@pytest.mark.parametrize("size", [(1280, 800), (390, 844), (1000, 450)])
def test_the_pages_are_for_everybody(opens: Opens, size: tuple[int, int]) -> None:
    student = opens(viewport={"width": size[0], "height": size[1]})
    module = opens_module(student)
    tool = student.page.frame(name="tool")
    assert tool is not None

    assert tool.title() == module.title()
    assert tool.locator("iframe").get_attribute("title") == module.title()
    assert (
        violations(tool),
        sideways(tool),
        violations(module),
        too_small_targets(module),
        sideways(module),
    ) == ([],) * 5
    module.get_by_role("link", name="Begin te kijken").click()
    film = page_in(student, "/film/")
    assert (violations(film), sideways(film)) == ([], [])
    assert tool.evaluate("document.activeElement.localName") == "iframe", (
        "the keyboard goes on in the new page"
    )


def test_a_page_that_does_not_come_says_so_and_the_one_before_stays(opens: Opens) -> None:
    student = opens()
    module = opens_module(student)
    tool = student.page.frame_locator("#tool")
    student.context.set_offline(True)
    module.get_by_role("link", name="Begin te kijken").click()
    expect(tool.get_by_role("alert")).to_contain_text("Deze pagina kon niet worden opgehaald.")
    expect(module.get_by_role("heading", level=1)).to_be_visible()
    outer = student.page.frame(name="tool")
    assert outer is not None
    assert violations(outer) == []

    student.context.set_offline(False)
    tool.get_by_role("button", name="Opnieuw proberen").click()

    page_in(student, "/film/")
    expect(tool.get_by_role("alert")).to_be_hidden()


def test_what_was_typed_survives_a_visit_to_another_page_without_a_connection(opens: Opens) -> None:
    """Where no storage works, the page around keeps it."""
    student = opens()
    module = opens_module(student)
    steps(module, "Vertalen").click()
    writing = page_in(student, "/reflection/")
    student.page.route("**/draft", lambda route: route.abort())
    writing.get_by_role("textbox").first.fill("Getypt zonder verbinding")
    expect(writing.locator("#saved")).to_contain_text("bewaard", ignore_case=True)
    writing.get_by_role("link", name="Module 12").click()
    module = page_in(student, f"/{enrolment_of(module)}/")
    student.page.unroute("**/draft")

    steps(module, "Vertalen").click()
    writing = page_in(student, "/reflection/")

    expect(writing.get_by_role("textbox").first).to_have_value("Getypt zonder verbinding")
    expect(writing.locator("#saved")).to_contain_text("Bewaard om")


def test_a_session_that_was_ended_says_so_in_the_course(opens: Opens, school: School) -> None:
    student = opens()
    module = opens_module(student)
    school.end_sessions()

    module.get_by_role("link", name="Begin te kijken").click()

    ended = page_in(student, "/film/")
    expect(ended.get_by_role("heading", level=1)).to_have_text("Je sessie is afgelopen")


def test_a_file_is_kept(opens: Opens, school: School) -> None:
    """What no page can show is saved, as with any link."""
    student = opens()
    module = opens_module(student)
    poster = school.modules["afronden"].webcasts[0].poster
    assert poster is not None
    module.evaluate(
        """address => {
            const link = document.createElement("a");
            Object.assign(link, { href: address, textContent: "Bewaren" });
            document.querySelector("main").prepend(link);
        }""",
        f"/media/{poster.sha256}/poster.png",
    )

    with student.page.expect_download() as kept:
        module.get_by_role("link", name="Bewaren").click()

    assert kept.value.suggested_filename == "poster.png"
    assert kept.value.path().stat().st_size == poster.size


def test_another_site_that_frames_the_course_sees_no_module(opens: Opens) -> None:
    """An LMS that lets anybody frame it; our pages do not, and neither does the frame into which they are written."""
    student = opens()
    item = f"{student.school.lms_url}/courses/leerbuddy/items/leerbuddy-afronden"

    def without_policy(route: Route) -> None:
        answer = route.fetch()
        headers = {name: value for name, value in answer.headers.items() if name != "content-security-policy"}
        route.fulfill(response=answer, headers=headers)

    student.page.route(f"{student.school.lms_url}/**", without_policy)
    student.page.route(
        "http://localhost:65001/",
        lambda route: route.fulfill(
            body=f'<!doctype html><iframe src="{item}"></iframe>', content_type="text/html"
        ),
    )
    # A page that a story wrote comes from no network, and may not speak to this machine unless allowed to
    student.context.grant_permissions(["local-network-access"])
    student.page.goto("http://localhost:65001/")

    tool = student.page.frame_locator("iframe").frame_locator("#tool")
    expect(tool.get_by_role("alert")).to_be_visible()
    expect(tool.locator("iframe")).to_have_count(0)


def test_the_way_on_from_a_retired_module(opens: Opens, school: School) -> None:
    """The page of the retired module signs nobody in; the one button on it does, without a cookie too."""
    with school.database.writing() as connection:
        retire_module(connection, "afronden", successor="feedback", now=datetime.now(UTC))
    try:
        student, title = opens(), school.modules["feedback"].title("nl")
        # Not by the frame at hand: should the browser put it in another process, a question to it has no answer
        button = student.page.frame_locator("[name=tool]").get_by_role("button", name=f"“{title}” openen")
        student.opens()
        try:
            button.wait_for()
        except TimeoutError:  # as in `opens_module`
            student.opens()
            button.wait_for()
        page = student.page.frame(name="tool")
        assert page is not None
        settles(page)
        button.click()

        expect(page_in(student, "/").get_by_role("heading", level=1)).to_have_text(title)
    finally:
        with school.database.writing() as connection:
            restore_module(connection, "afronden")


def test_where_the_lms_keeps_nothing_the_window_says_what_to_allow(
    school: School,
    open_without_cookies: Blocks,
) -> None:
    student = Student(school, open_without_cookies(school.service.base_url))
    frame = student.opens()
    with student.context.expect_page() as opened:
        frame.get_by_role("link", name="Module openen in een nieuw venster").click()
    window = opened.value

    expect(window.get_by_role("heading", level=1)).to_have_text("Je browser blokkeert cookies")
    for width, height in ((1280, 800), (390, 844), (1000, 450)):
        window.set_viewport_size({"width": width, "height": height})
        assert (violations(window), too_small_targets(window), sideways(window)) == ([], [], [])
    window.get_by_role("link", name="Opnieuw proberen").click()
    expect(window.get_by_role("heading", level=1)).to_have_text("Je browser blokkeert cookies")


def test_the_settings_of_the_browser_hold(opens: Opens, school: School) -> None:
    """Or all of the above says nothing."""
    student = opens()
    with student.page.expect_response("**/api/v1/me") as asked:
        student.opens()
    assert asked.value.status == 401
    window = student.context.new_page()
    window.goto(f"{school.service.base_url}/hub/sign-in")
    assert student.context.cookies(school.service.base_url) == []
