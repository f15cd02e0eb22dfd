"""Every page, in every state that one meets it: axe finds nothing, nothing scrolls sideways, no target is small.

Each is looked at in Dutch at three sizes (a window, a phone, a low frame) and in English.
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from modules.model import KnowledgeCheck
from tests.browser.axe import violations, what_is_wrong, what_is_wrong_at
from tests.browser.school import ENOUGH, School
from tests.browser.student import Student, at_step, enrolment_of, plays_from

SIZES = {"window": (1280, 800), "phone": (390, 844), "low frame": (1000, 450)}
SPEAKERS = {"nl-BE": "amina", "en": "jef"}
State = Callable[[Page, School], None]


def new(page: Page, school: School) -> None:
    """The module page, nothing done."""


def under_way(page: Page, school: School) -> None:
    """The module page with gaps, an open attempt and a score to come."""
    school.has_watched(enrolment_of(page), (0, 20), (30, 40))
    school.has_answered(enrolment_of(page), first=2)
    at_step(page)
    expect(page.locator("[data-evidence=webcast] .chip")).to_have_count(2)


def completed(page: Page, school: School) -> None:
    """The module page when all is done."""
    has_done_everything(page, school)
    at_step(page)
    expect(page.locator(".finished")).to_be_visible()


def status(page: Page, school: School) -> None:
    """What is still missing."""
    under_way(page, school)
    at_step(page, "status")


def status_completed(page: Page, school: School) -> None:
    """What was recorded."""
    has_done_everything(page, school)
    at_step(page, "status")


def has_done_everything(page: Page, school: School) -> None:
    school.has_watched(enrolment_of(page))
    school.has_answered(enrolment_of(page), wrong=1)
    school.has_written(enrolment_of(page))


def film(page: Page, school: School) -> None:
    """The player, some of it watched."""
    school.has_watched(enrolment_of(page), (0, 20), (30, 40))
    at_step(page, "film")
    page.locator(".vjs-play-control").wait_for()


def film_watched(page: Page, school: School) -> None:
    """The player, all of it watched, its keys unfolded."""
    school.has_watched(enrolment_of(page))
    at_step(page, "film")
    page.locator("summary").click()


def film_question(page: Page, school: School) -> None:
    """The player with a question over the picture."""
    at_step(page, "film")
    plays_from(page, 31)
    page.get_by_role("dialog").wait_for()


def film_question_answered(page: Page, school: School) -> None:
    """The question over the picture, with its feedback."""
    film_question(page, school)
    page.locator(".film-question .option").first.click()
    page.locator(".film-question [type=submit]").click()
    page.locator(".film-question.answered, .film-question form.answered").wait_for()


def captions_menu(page: Page, school: School) -> None:
    """The player with the menu of captions open."""
    film(page, school)
    page.locator(".vjs-subs-caps-button > button, button.vjs-subs-caps-button").first.click()
    page.locator(".vjs-lock-showing").wait_for()


def captions_settings(page: Page, school: School) -> None:
    """The dialog in which captions get another look."""
    captions_menu(page, school)
    page.locator(".vjs-texttrack-settings").first.click()
    page.locator(".vjs-text-track-settings").wait_for()


def text(page: Page, school: School) -> None:
    """The text of the film."""
    at_step(page, "film/text")
    page.locator(".passage").first.wait_for()


def question(page: Page, school: School) -> None:
    """A question of the check."""
    at_step(page, "check")


def question_of_several(page: Page, school: School) -> None:
    """A question with more than one right answer, after a reload: answered."""
    school.has_answered(enrolment_of(page), first=3, wrong=3)
    at_step(page, "check")
    page.goto(f"{page.url}?question=question-3")
    page.locator("form.answered").wait_for()


def feedback(page: Page, school: School) -> None:
    """A question that was answered wrong."""
    at_step(page, "check")
    check = next(step for step in school.modules["afronden"].steps if isinstance(step, KnowledgeCheck))
    wrong = next(option.key for option in check.questions[0].options if not option.right)
    page.locator(f"input[value={wrong}]").check()
    page.locator("form [type=submit]:not([name])").first.click()
    page.locator("form.answered").wait_for()


def result_almost(page: Page, school: School) -> None:
    """The result of an attempt that was not enough, and of the one before."""
    school.has_answered(enrolment_of(page), wrong=4)
    school.has_answered(enrolment_of(page), wrong=3)
    at_step(page, "check")


def result_enough(page: Page, school: School) -> None:
    """The result of an attempt that is enough."""
    school.has_answered(enrolment_of(page))
    at_step(page, "check")


def vertaalslag(page: Page, school: School) -> None:
    """An empty vertaalslag."""
    at_step(page, "reflection")


def vertaalslag_warned(page: Page, school: School) -> None:
    """A text that seems to name a pupil, others too short."""
    at_step(page, "reflection")
    page.locator("textarea").first.fill(f"Mijn leerling Yasmina, my pupil Yasmina. {ENOUGH}")
    page.locator("[id^=hint-]:not([hidden])").first.wait_for()
    page.locator("#vertaalslag [type=submit]").click()
    page.locator("[aria-invalid=true]").first.wait_for()


def vertaalslag_conflict(page: Page, school: School) -> None:
    """Two windows wrote."""
    at_step(page, "reflection")
    other = page.context.new_page()
    other.goto(page.url)
    other.locator("textarea").first.fill("Geschreven in het andere venster")
    expect(other.locator("#saved")).not_to_be_empty()
    other.close()
    page.locator("textarea").first.fill("Geschreven in de cursus")
    page.locator("#conflict:not([hidden])").wait_for()


def vertaalslag_handed_in(page: Page, school: School) -> None:
    """A vertaalslag that was handed in."""
    school.has_written(enrolment_of(page))
    at_step(page, "reflection")


def not_found(page: Page, school: School) -> None:
    """A page that is not there."""
    page.goto(f"{school.service.base_url}/m/nergens/")


def lecturers_only(page: Page, school: School) -> None:
    """A page that is for lecturers."""
    page.goto(f"{school.service.base_url}/teach/")


def launch_refused(page: Page, school: School) -> None:
    """A launch that did not come from an LMS."""
    page.goto(
        f"{school.service.base_url}/lti/login?iss=https://nobody.example&login_hint=x&target_link_uri=x"
    )


IN_ENGLISH_TOO: tuple[State, ...] = (
    under_way,
    film,
    film_question_answered,
    captions_settings,
    text,
    feedback,
    result_almost,
    vertaalslag_warned,
    not_found,
)
STATES: tuple[State, ...] = (
    new,
    under_way,
    completed,
    status,
    status_completed,
    film,
    film_watched,
    film_question,
    film_question_answered,
    captions_menu,
    captions_settings,
    text,
    question,
    question_of_several,
    feedback,
    result_almost,
    result_enough,
    vertaalslag,
    vertaalslag_warned,
    vertaalslag_conflict,
    vertaalslag_handed_in,
    not_found,
    lecturers_only,
    launch_refused,
)


@pytest.fixture(scope="module")
def opened_once(browser: Browser, running_school: School) -> Iterator[Callable[[str], Page]]:
    """A module in a window of its own, opened once for each language: `opened_once("en")`."""
    running_school.begin_anew()
    windows: dict[str, Page] = {}

    def open_one(language: str) -> Page:
        if language not in windows:
            context = browser.new_context(locale=language, reduced_motion="reduce")
            context.set_default_timeout(10_000)
            windows[language] = Student(running_school, context, SPEAKERS[language]).opens_window()
            if language == "en":
                windows[language].get_by_role("button", name="English").click()
                expect(windows[language].locator("html")).to_have_attribute("lang", "en")
        page = windows[language]
        running_school.forget_deeds()
        page.set_viewport_size({"width": 1280, "height": 800})
        at_step(page)
        return page

    yield open_one
    for page in windows.values():
        page.context.close()


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_a_page_in_this_state_is_for_everybody(
    state: State, opened_once: Callable[[str], Page], running_school: School
) -> None:
    page = opened_once("nl-BE")
    state(page, running_school)

    found = what_is_wrong_at(page, SIZES.values())

    assert not found, "\n".join(found)


@pytest.mark.parametrize("state", IN_ENGLISH_TOO, ids=lambda state: state.__name__)
def test_it_is_so_in_english_too(
    state: State, opened_once: Callable[[str], Page], running_school: School
) -> None:
    page = opened_once("en")
    page.set_viewport_size({"width": 390, "height": 844})
    state(page, running_school)

    found = what_is_wrong(page, "phone")

    assert page.locator("html").get_attribute("lang") == "en"
    assert not found, "\n".join(found)


def test_a_session_that_is_over(student: Student) -> None:
    page = student.opens_window()
    student.context.clear_cookies()
    at_step(page)

    found = what_is_wrong_at(page, SIZES.values())

    assert not found, "\n".join(found)


def test_axe_is_awake(student: Student) -> None:
    student.page.evaluate("() => document.querySelector('main').append(document.createElement('button'))")

    assert any("button-name" in line for line in violations(student.page))


def test_the_lecturers_pages(student_opens_browser: Callable[..., Student]) -> None:
    teacher = student_opens_browser("katrien")
    found: list[str] = []
    for link in ("leerbuddy-afronden", "stage-te-kiezen"):
        page = teacher.context.new_page()
        page.goto(f"{teacher.school.lms_url}/launch/{link}?in=window")
        page.wait_for_url(f"{teacher.school.service.base_url}/**")
        found += what_is_wrong_at(page, SIZES.values())
    page.goto(f"{teacher.school.service.base_url}/teach/")
    found += what_is_wrong_at(page, SIZES.values())
    page.get_by_role("link", name="Wie zit er in de cursus").first.click()
    page.wait_for_url("**/teach/courses/*/")
    found += what_is_wrong_at(page, SIZES.values())

    assert not found, "\n".join(found)


def test_a_link_without_a_module_and_a_module_that_does_not_exist(
    student_opens_browser: Callable[..., Student],
) -> None:
    student = student_opens_browser("jef")
    found: list[str] = []
    for link in ("stage-te-kiezen", "leerbuddy-online"):
        frame = student.opens(link)
        frame.wait_for_url("**/lti/launch")
        found += what_is_wrong(frame, link)

    assert not found, "\n".join(found)


def test_a_module_in_the_frame_of_the_course(student: Student) -> None:
    module = student.opens_module()
    found = what_is_wrong(module, "module page")
    at_step(module, "film")
    found += what_is_wrong(module, "player")

    assert not found, "\n".join(found)
