"""Students: the module, and what they would rather not meet."""

from playwright.sync_api import Route, ViewportSize

from scripts.screenshots.photographer import LOW, PHONE, TALL, WINDOW, Photographer
from tests.browser.school import ENOUGH
from tests.browser.student import at_step, enrolment_of, plays_from, until

MODULE = "leerbuddy-warme-band"
KEY = "warme-band"
#: All of the film but two pieces; the student stopped at 0:42.
WATCHED = ((0, 30), (55, 71), (30, 42))


def module_under_way(photographer: Photographer) -> None:
    """The module page and the player, at three sizes."""
    page = photographer.student().opens_window(MODULE)
    photographer.take(page, "module-new")
    photographer.school.has_watched(enrolment_of(page), *WATCHED, module=KEY)
    for name, size in (("", TALL), ("-phone", ViewportSize(width=390, height=1250)), ("-low", LOW)):
        page.set_viewport_size(size)
        at_step(page)
        photographer.take(page, f"module{name}")
        at_step(page, "film")
        plays_from(page, 43, speed=1)
        page.evaluate("() => videojs.getAllPlayers()[0].pause()")
        photographer.take(page, f"player{name}")
    page.set_viewport_size(WINDOW)
    at_step(page, "film")
    at = photographer.school.modules[KEY].webcasts[0].questions[0].at
    plays_from(page, float(at) - 1)
    page.locator(".film-question").wait_for()
    photographer.take(page, "film-question")
    at_step(page, "film/text")
    photographer.take(page, "text")
    at_step(page, "status")
    photographer.take(page, "status")
    page.context.close()


def answers_and_texts(photographer: Photographer) -> None:
    """The check, the vertaalslag, and the module when it is done."""
    student = photographer.student("jef", height=1000)
    page = student.opens_window(MODULE)
    enrolment = enrolment_of(page)
    photographer.school.has_watched(enrolment, module=KEY)
    photographer.school.has_answered(enrolment, first=1, module=KEY)
    at_step(page, "check")
    page.locator("input[name=option]").first.check()
    page.get_by_role("button", name="Antwoorden").click()
    page.locator("form.answered a.button").wait_for()
    photographer.take(page, "check")
    photographer.school.begin_anew()
    page.context.close()

    student = photographer.student("jef", height=1400)
    page = student.opens_window(MODULE)
    enrolment = enrolment_of(page)
    photographer.school.has_watched(enrolment, module=KEY)
    photographer.school.has_answered(enrolment, wrong=1, module=KEY)
    at_step(page, "check")
    page.set_viewport_size(WINDOW)
    photographer.take(page, "check-result")
    page.set_viewport_size(ViewportSize(width=1280, height=1400))
    at_step(page, "reflection")
    page.get_by_role("textbox").first.fill(
        f"Mijn leerling Yasmina durfde na twee weken fouten maken. {ENOUGH}"
    )
    page.locator("[id^=hint-]:not([hidden])").first.wait_for()
    photographer.take(page, "vertaalslag")
    photographer.school.has_written(enrolment, module=KEY)
    page.set_viewport_size(WINDOW)

    def delivered() -> bool:
        at_step(page)
        return page.locator("[data-evidence=score][data-state=yes]").count() > 0

    until(delivered, 30, what="a score at the LMS")
    photographer.take(page, "done")
    page.set_viewport_size(PHONE)
    photographer.take(page, "done-phone")
    page.context.close()


def what_goes_wrong(photographer: Photographer) -> None:
    """Pages that one would rather not meet."""
    student = photographer.student("lotte")
    frame = student.opens("leerbuddy-online")
    frame.wait_for_url("**/lti/launch")
    photographer.take(student.page, "error")
    frame = student.opens("stage-te-kiezen")
    frame.wait_for_url("**/lti/launch")
    photographer.take(student.page, "no-module")
    # The answer to a launch finds no cookie of its login: as where a browser keeps none in a frame.

    def without_cookies(route: Route) -> None:
        student.context.clear_cookies()
        route.continue_()

    student.page.route("**/lti/launch", without_cookies)
    student.page.goto(f"{photographer.school.lms_url}/courses/leerbuddy/items/{MODULE}")
    student.page.frame_locator("#tool").locator("a.button").wait_for()
    photographer.take(student.page, "new-window")
    student.context.close()
