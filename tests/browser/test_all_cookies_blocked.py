"""A browser that keeps no cookie of ours anywhere, and no storage: the module opens in the course all the same, to the very end."""

import time
from collections.abc import Callable
from copy import copy
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
import pytest
from playwright.sync_api import Frame, Locator, Request, Route, expect

import practice.keys
from modules.model import KnowledgeCheck
from practice.store import Store
from tests.browser.axe import sideways, too_small_targets, violations
from tests.browser.keepers import Keeper
from tests.browser.no_cookies import Blocks
from tests.browser.school import ENOUGH, School
from tests.browser.student import (
    Student,
    answers,
    enrolment_of,
    film_reaches,
    film_time,
    pauses,
    plays_from,
    settles,
    until,
    watches_all_of_it_twice_as_fast,
)
from trainer.catalogue.actions import restore_module, retire_module
from trainer.core.crypto import derive_key, keyed_hash

LTI = "https://purl.imsglobal.org/spec/lti"
Opens = Callable[..., Student]


@pytest.fixture
def opens(school: School, keepers: dict[str, Keeper], open_without_cookies: Blocks) -> Opens:
    """A person whose browser keeps no cookies of the service, in an LMS that keeps things for tools."""

    def open_one(person: str = "amina", *, storage: str = "_parent", **options: object) -> Student:
        there = copy(school)
        there.lms_url = keepers[storage].address
        options.setdefault("viewport", {"width": 1280, "height": 1200})
        return Student(there, open_without_cookies(school.service.base_url, **options), person)

    return open_one


def page_in(student: Student, ending: str) -> Frame:
    """The page of ours that stands in the one that holds the session, once its address ends so."""

    def shown() -> Frame | None:
        student.page.wait_for_timeout(20)  # what happened is heard of only while one waits
        tool = student.page.frame(name="tool")
        inner = tool.child_frames[-1] if tool and tool.child_frames else None
        return inner if inner and urlsplit(inner.url).path.endswith(ending) else None

    found: Frame = until(shown, what=f"a page at …{ending}")
    expect(found.locator("h1").first).to_be_visible()
    settles(found)
    return found


def gives_way(page: Frame) -> None:
    """Wait until another page stands in its place."""
    around = page.page
    until(lambda: page.is_detached() or around.wait_for_timeout(20), what="another page")


def opens_module(student: Student) -> Frame:
    student.opens()
    try:
        return page_in(student, "/")
    except AssertionError:
        # On a machine that is very busy Playwright now and then misses that the LMS's frame went to another process, and
        # knows no frame in it, though the module is on the screen
        student.opens()
        return page_in(student, "/")


def steps(page: Frame, name: str) -> Locator:
    """The step of that name in the row on top."""
    return page.locator(".steps a", has_text=name)


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


def test_the_film_goes_on_when_its_address_has_ended(opens: Opens, school: School) -> None:
    student = opens()
    module = opens_module(student)
    enrolment = enrolment_of(module)
    statuses: list[int] = []
    student.context.on(
        "response", lambda answer: statuses.append(answer.status) if ".mp4?" in answer.url else None
    )
    student.page.route("**/*.mp4?*", _ends_in_mid_film(school.service.environment["TRAINER_SECRET_KEY"]))
    module.get_by_role("link", name="Begin te kijken").click()
    film = page_in(student, "/film/")
    with student.page.expect_response("**/film-address"):
        plays_from(film, 0, speed=2)

    film_reaches(film, 24)

    assert 410 in statuses
    assert film.evaluate("document.querySelector('video').playbackRate") == 2
    expect(film.locator(".vjs-error-display")).to_be_hidden()
    pauses(film)
    until(lambda: school.coverage(enrolment).count >= 23, what="every second that was played")
    assert school.coverage(enrolment).spans[0].start == 0
    assert len(school.coverage(enrolment).spans) == 1


def _ends_in_mid_film(secret_key: str) -> Callable[[Route], None]:
    """The browser gets the first part of the film; then it is as if an hour had passed: the address is over."""
    over: list[bool] = []

    def answer(route: Route) -> None:
        is_beginning = route.request.headers["range"] == "bytes=0-"
        if is_beginning and not over:
            route.continue_(headers={**route.request.headers, "range": "bytes=0-199999"})
        elif not over:
            over.append(True)
            parts = urlsplit(route.request.url)
            fields = dict(parse_qsl(parts.query))
            query = urlencode({"until": int(time.time()) - 1, "by": fields["by"]})
            signature = keyed_hash(derive_key(secret_key, "addresses"), f"{parts.path}?{query}")
            route.continue_(url=f"{parts.scheme}://{parts.netloc}{parts.path}?{query}&sig={signature}")
        else:
            route.continue_()

    return answer


def test_who_leaves_the_film_by_a_link_loses_nothing(opens: Opens, school: School) -> None:
    student = opens()
    module = opens_module(student)
    enrolment = enrolment_of(module)
    module.get_by_role("link", name="Begin te kijken").click()
    film = page_in(student, "/film/")
    plays_from(film, 0, speed=2)
    film_reaches(film, 6)

    steps(film, "Checken").click()

    page_in(student, "/check/")
    until(lambda: school.coverage(enrolment).count >= 5, what="what was played before the link was followed")


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


def test_a_lecturer_chooses_the_module_of_a_link(opens: Opens) -> None:
    teacher = opens("katrien")
    teacher.opens("stage-te-kiezen")
    page = page_in(teacher, "/module")
    page.get_by_label("Een warme band opbouwen met je leerling").check()
    page.get_by_role("button", name="Deze module plaatsen").click()
    gives_way(page)
    page = page_in(teacher, "/module")
    expect(page.get_by_role("main")).to_contain_text(
        "Studenten openen nu “Een warme band opbouwen met je leerling”."
    )

    page.get_by_role("link", name="Je cursussen").click()

    courses = page_in(teacher, "/teach/")
    courses.get_by_role("link", name="Wie zit er in de cursus").first.click()
    gives_way(courses)
    expect(page_in(teacher, "/").get_by_role("heading", level=2)).to_contain_text("deelnemers")


def test_a_teacher_places_modules(opens: Opens, keepers: dict[str, Keeper]) -> None:
    """The choice goes on to the LMS from the frame in the course, past the page that holds the session."""
    teacher, lms = opens("katrien"), keepers["_parent"]
    returned: list[str] = []

    def receive(route: Route) -> None:
        returned.append(route.request.post_data or "")
        route.fulfill(
            body="<!doctype html><title>Geplaatst</title><h1>Geplaatst</h1>", content_type="text/html"
        )

    teacher.page.route("**/lti/launch", lambda route: _asks_for_modules(route, lms))
    teacher.page.route(f"{lms.address}/placed", receive)
    teacher.opens()
    tool = teacher.page.frame_locator("#tool")
    catalogue = tool.frame_locator("iframe:not(.coming)")
    catalogue.get_by_label("Een warme band opbouwen met je leerling").first.check()
    catalogue.get_by_role("button", name="Bekijk als student").first.click()
    expect(catalogue.locator("#next")).to_be_visible()
    teacher.page.evaluate("history.back()")
    expect(catalogue.get_by_label("Een warme band opbouwen met je leerling").first).to_be_checked()

    catalogue.get_by_role("button", name="In de cursus plaatsen").click()

    expect(tool.get_by_role("heading", name="Geplaatst")).to_be_visible()
    answer = jwt.decode(dict(parse_qsl(returned[0]))["JWT"], options={"verify_signature": False})
    assert [item["title"] for item in answer[f"{LTI}-dl/claim/content_items"]] == [
        "Een warme band opbouwen met je leerling"
    ]


def _asks_for_modules(route: Route, lms: Keeper) -> None:
    """The LMS's launch on its way to us, as a deep linking request that it signed."""
    form = dict(parse_qsl(route.request.post_data or ""))
    claims: dict[str, Any] = jwt.decode(form["id_token"], options={"verify_signature": False})
    claims[f"{LTI}/claim/message_type"] = "LtiDeepLinkingRequest"
    claims[f"{LTI}-dl/claim/deep_linking_settings"] = {
        "deep_link_return_url": f"{lms.address}/placed",
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe"],
        "accept_multiple": True,
    }
    form["id_token"] = practice.keys.sign(Store(lms.folder), claims)
    route.continue_(post_data=urlencode(form))


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
        settles(student.opens())
        # Not by the frame at hand: should the browser put it in another process, a question to it has no answer
        frame = student.page.frame_locator("[name=tool]")
        frame.get_by_role("button", name=f"“{title}” openen").click()

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
