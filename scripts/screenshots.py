"""A picture of each page, into docs/screenshots: `make screenshots`.

The real service, worker and practice LMS, with a student at a real browser; what came before a picture is set down in
the database as in tests/browser. In windows of 1280 × 800 or higher unless a name says otherwise.
Needs ffmpeg, as scripts/render_film.py does.
"""

import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, Page, Route, ViewportSize

from scripts.processes import ROOT
from tests.browser.school import ENOUGH, School
from tests.browser.student import Student, at_step, enrolment_of, plays_from, until
from tests.support.chromium import refuse_third_party_cookies, running_chromium
from tests.support.databases import migrate
from trainer.people.accounts import make_account

FOLDER = ROOT / "docs" / "screenshots"
#: A picture in the documentation may weigh so much, in bytes.
MOST = 150_000
#: A page has few colours; with a palette of its own a picture weighs a third.
FEWER_COLOURS = "split[a][b];[a]palettegen=stats_mode=single[p];[b][p]paletteuse=dither=none"
WINDOW = ViewportSize(width=1280, height=800)
#: In which the player is seen whole.
TALL = ViewportSize(width=1280, height=980)
PHONE = ViewportSize(width=390, height=844)
LOW = ViewportSize(width=1000, height=450)
MODULE = "leerbuddy-warme-band"
KEY = "warme-band"
#: All of the film but two pieces; the student stopped at 0:42.
WATCHED = ((0, 30), (55, 71), (30, 42))


class Photographer:
    """Goes through the pages of a school as its people see them."""

    def __init__(self, school: School, browser: Browser) -> None:
        self.school = school
        self.browser = browser

    def student(self, person: str = "amina", height: int = 800) -> Student:
        """A person at a browser of their own."""
        context = self.browser.new_context(
            locale="nl-BE",
            timezone_id="Europe/Brussels",
            reduced_motion="reduce",
            viewport=ViewportSize(width=1280, height=height),
        )
        context.set_default_timeout(15_000)
        context.on("page", refuse_third_party_cookies)
        return Student(self.school, context, person)

    def take(self, page: Page, name: str) -> None:
        """Write one picture of what the window shows; a full-page one would lay frames out anew."""
        page.mouse.move(0, 0)
        page.evaluate("() => document.fonts.ready")
        page.wait_for_timeout(400)
        target = FOLDER / f"{name}.png"
        with tempfile.TemporaryDirectory() as folder:
            whole = Path(folder) / "whole.png"
            page.screenshot(path=whole, animations="disabled", caret="hide")
            ffmpeg: list[str | Path] = [
                "ffmpeg",
                "-loglevel",
                "error",
                "-y",
                "-i",
                whole,
                "-vf",
                FEWER_COLOURS,
                target,
            ]
            subprocess.run(ffmpeg, check=True)
        weight = target.stat().st_size
        if weight > MOST:
            raise SystemExit(f"{target.name} weighs {weight} bytes: that is too much for the documentation")
        print(f"  {target.name}  {weight // 1024} KB", flush=True)

    def module_under_way(self) -> None:
        """The module page and the player, at three sizes."""
        page = self.student().opens_window(MODULE)
        self.take(page, "module-new")
        self.school.has_watched(enrolment_of(page), *WATCHED, module=KEY)
        for name, size in (("", TALL), ("-phone", ViewportSize(width=390, height=1250)), ("-low", LOW)):
            page.set_viewport_size(size)
            at_step(page)
            self.take(page, f"module{name}")
            at_step(page, "film")
            plays_from(page, 43, speed=1)
            page.evaluate("() => videojs.getAllPlayers()[0].pause()")
            self.take(page, f"player{name}")
        page.set_viewport_size(WINDOW)
        at_step(page, "film")
        at = self.school.modules[KEY].webcasts[0].questions[0].at
        plays_from(page, float(at) - 1)
        page.locator(".film-question").wait_for()
        self.take(page, "film-question")
        at_step(page, "film/text")
        self.take(page, "text")
        at_step(page, "status")
        self.take(page, "status")
        page.context.close()

    def answers_and_texts(self) -> None:
        """The check, the vertaalslag, and the module when it is done."""
        student = self.student("jef", height=1000)
        page = student.opens_window(MODULE)
        enrolment = enrolment_of(page)
        self.school.has_watched(enrolment, module=KEY)
        self.school.has_answered(enrolment, first=1, module=KEY)
        at_step(page, "check")
        page.locator("input[name=option]").first.check()
        page.get_by_role("button", name="Antwoorden").click()
        page.locator("form.answered a.button").wait_for()
        self.take(page, "check")
        self.school.begin_anew()
        page.context.close()

        student = self.student("jef", height=1400)
        page = student.opens_window(MODULE)
        enrolment = enrolment_of(page)
        self.school.has_watched(enrolment, module=KEY)
        self.school.has_answered(enrolment, wrong=1, module=KEY)
        at_step(page, "check")
        page.set_viewport_size(WINDOW)
        self.take(page, "check-result")
        page.set_viewport_size(ViewportSize(width=1280, height=1400))
        at_step(page, "reflection")
        page.get_by_role("textbox").first.fill(
            f"Mijn leerling Yasmina durfde na twee weken fouten maken. {ENOUGH}"
        )
        page.locator("[id^=hint-]:not([hidden])").first.wait_for()
        self.take(page, "vertaalslag")
        self.school.has_written(enrolment, module=KEY)
        page.set_viewport_size(WINDOW)

        def delivered() -> bool:
            at_step(page)
            return page.locator("[data-evidence=score][data-state=yes]").count() > 0

        until(delivered, 30, what="a score at the LMS")
        self.take(page, "done")
        page.set_viewport_size(PHONE)
        self.take(page, "done-phone")
        page.context.close()

    def lms(self) -> None:
        """The module in the frame of the course, and the gradebook."""
        student = self.student(height=1240)
        module = student.opens_module(MODULE)
        self.school.has_watched(enrolment_of(module), *WATCHED, module=KEY)
        at_step(module, "film")
        plays_from(module, 43, speed=1)
        module.evaluate("() => videojs.getAllPlayers()[0].pause()")
        self.take(student.page, "lms-course")
        teacher = self.student("katrien")
        teacher.page.goto(f"{self.school.lms_url}/courses/leerbuddy/gradebook")
        self.take(teacher.page, "lms-gradebook")
        teacher.opens_window("leerbuddy-warme-band").goto(f"{self.school.service.base_url}/teach/")
        page = teacher.context.pages[-1]
        self.take(page, "teach")
        page.goto(f"{self.school.lms_url}/launch/stage-te-kiezen?in=window")
        page.wait_for_url("**/teach/**")
        self.take(page, "teach-choose")
        student.context.close()
        teacher.context.close()

    def what_goes_wrong(self) -> None:
        """Pages that one would rather not meet."""
        student = self.student("lotte")
        frame = student.opens("leerbuddy-online")
        frame.wait_for_url("**/lti/launch")
        self.take(student.page, "error")
        frame = student.opens("stage-te-kiezen")
        frame.wait_for_url("**/lti/launch")
        self.take(student.page, "no-module")
        # The answer to a launch finds no cookie of its login: as where a browser keeps none in a frame.

        def without_cookies(route: Route) -> None:
            student.context.clear_cookies()
            route.continue_()

        student.page.route("**/lti/launch", without_cookies)
        student.page.goto(f"{self.school.lms_url}/courses/leerbuddy/items/{MODULE}")
        student.page.frame_locator("#tool").locator("a.button").wait_for()
        self.take(student.page, "new-window")
        student.context.close()

    def hub(self) -> None:
        """What an operator sees: the connections, an invitation, and the page of an LMS that is connected by hand."""
        email, password = "ines@support.example", "een fiets in de regen"
        with self.school.database.writing() as connection:
            make_account(connection, email=email, name="Ines", password=password, now=datetime.now(UTC))
        page = self.browser.new_page(locale="nl-BE", timezone_id="Europe/Brussels", viewport=WINDOW)
        page.goto(f"{self.school.service.base_url}/hub/")
        page.get_by_label("E-mailadres").fill(email)
        page.get_by_label("Wachtwoord").fill(password)
        page.get_by_role("button", name="Aanmelden").click()
        page.get_by_role("heading", name="Aansluitingen").wait_for()
        self.take(page, "hub")
        page.get_by_role("combobox", name="Instelling").fill("Hogeschool X")
        page.get_by_label("Haar leerplatform").select_option("Moodle")
        page.get_by_role("button", name="Verbinden").click()
        page.get_by_role("heading", name="Moodle aansluiten").wait_for()
        page.set_viewport_size(TALL)
        self.take(page, "hub-invitation")
        page.goto(f"{self.school.service.base_url}/hub/guides/chamilo")
        self.take(page, "hub-guide")
        page.close()


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="screenshots-") as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'trainer.db'}"
        migrate(url)
        school = School(url, folder)
        try:
            with running_chromium() as browser:
                photographer = Photographer(school, browser)
                for part in (
                    photographer.module_under_way,
                    photographer.answers_and_texts,
                    photographer.lms,
                    photographer.what_goes_wrong,
                    photographer.hub,
                ):
                    part()
        finally:
            school.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
