"""A person at a browser: who they are in the LMS, and what they see of a module."""

import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Frame, Page, expect

from modules.model import Question
from tests.browser.school import School, chosen

MODULE_PAGE = re.compile(r"/m/[^/]+/$")


class Student:
    """One person, signed in to the LMS in a browser of their own.

    ``page`` is the first tab; a module is a `Frame`: the one in the course's page, or that of a window of its own.
    """

    def __init__(self, school: School, context: BrowserContext, person: str = "amina") -> None:
        self.school = school
        self.context = context
        self.page = context.new_page()
        self.page.goto(school.lms_url + "/")
        self.page.click(f"#become-{person}")
        self.page.wait_for_url("**/courses")

    def opens(self, link: str = "leerbuddy-afronden", *, on: Page | None = None) -> Frame:
        """Open a placed module in the course's page, where it comes in an iframe."""
        page = on or self.page
        page.goto(f"{self.school.lms_url}/courses/{link.split('-', maxsplit=1)[0]}/items/{link}")
        frame = page.frame(name="tool")
        assert frame is not None
        return frame

    def opens_module(self, link: str = "leerbuddy-afronden", *, on: Page | None = None) -> Frame:
        """The same, until its module page is there."""
        frame = self.opens(link, on=on)
        frame.wait_for_url(MODULE_PAGE)
        settles(frame)
        return frame

    def opens_window(self, link: str = "leerbuddy-afronden") -> Page:
        """Open a module in a window of its own."""
        page = self.context.new_page()
        page.goto(f"{self.school.lms_url}/launch/{link}?in=window")
        page.wait_for_url(MODULE_PAGE)
        return page


def enrolment_of(place: Page | Frame) -> str:
    """The public id in the address of a module's page."""
    return urlsplit(place.url).path.split("/")[2]


def at_step(place: Page | Frame, step: str = "") -> None:
    """Go to a page of the module: `film`, `film/text`, `check`, `reflection`, `status`, or the module page itself."""
    parts = urlsplit(place.url)
    tail = f"{step}/" if step and "/" not in step and step != "status" else step
    place.goto(f"{parts.scheme}://{parts.netloc}/m/{parts.path.split('/')[2]}/{tail}")
    settles(place)


def settles(place: Page | Frame) -> None:
    """Wait until the LMS has given the frame its height: a click while it changes lands beside it."""
    place.wait_for_function(
        """async () => {
            if (document.readyState !== "complete") return false;
            if (window.parent !== window) {
                const height = document.body.getBoundingClientRect().height;
                if (innerHeight < height || innerHeight > Math.max(height, 450) + 12) return false;
            }
            await new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown)));
            return true;
        }"""
    )


def film_time(place: Page | Frame) -> float:
    """Where the film stands, in seconds."""
    return float(place.evaluate("document.querySelector('video').currentTime"))


def film_reaches(place: Page | Frame, seconds: float) -> None:
    """Wait until the film stands beyond that second."""
    # As a function: the policy of our pages lets nobody evaluate a string.
    place.wait_for_function(
        "at => document.querySelector('video').currentTime > at", arg=seconds, timeout=40_000
    )


def plays_from(place: Page | Frame, seconds: float, *, speed: float = 2.0) -> None:
    """Set the speed, go to that second and play."""
    place.locator(".vjs-play-control").wait_for(state="attached")
    place.evaluate(
        """async ([at, speed]) => {
            const player = window.videojs.getAllPlayers()[0];
            await new Promise((ready) => player.ready(ready));
            if (player.readyState() < 1) await new Promise((ready) => player.one("loadedmetadata", ready));
            player.playbackRate(speed);
            player.currentTime(at);
            await player.play();
        }""",
        [seconds, speed],
    )


def pauses(place: Page | Frame) -> None:
    """Pause the film."""
    place.evaluate("window.videojs.getAllPlayers()[0].pause()")


def watches_all_of_it_twice_as_fast(film: Frame) -> None:
    """The film of `afronden`, from its page: the question in it answered rightly on the way."""
    film.get_by_role("button", name="Begin te kijken").click()
    film.locator(".vjs-play-control").focus()
    for _ in range(4):
        film.page.keyboard.press(">")
    expect(film.locator(".vjs-playback-rate-value")).to_have_text("2×")
    question = film.get_by_role("dialog", name="Een vraag bij de film")
    question.wait_for(timeout=30_000)
    question.get_by_label("Luisteren en vragen wat wel hielp.").check()
    question.get_by_role("button", name="Antwoorden").click()
    question.get_by_role("button", name="Verder kijken").click()
    expect(film.locator("[data-words]")).to_have_text("Je bekeek 65 van 65 seconden", timeout=60_000)


def answers(place: Page | Frame, question: Question, *, right: bool) -> None:
    """Choose the answer to the question that stands there, and give it."""
    expect(place.get_by_role("heading", name=question.prompt("nl"))).to_be_visible()
    settles(place)
    for key in chosen(question, right=right):
        place.locator(f"input[name=option][value='{key}']").check()
    settles(place)
    place.get_by_role("button", name="Antwoorden").click()
    place.locator("form.answered a.button").wait_for()


def until(truth: Callable[[], Any], seconds: float = 15.0, *, what: str = "what was waited for") -> Any:
    """Wait until it holds; gives what it gave. Fails with ``what`` did not happen."""
    deadline = time.monotonic() + seconds
    while not (found := truth()):
        assert time.monotonic() < deadline, f"{what} did not happen in {seconds} s"
        time.sleep(0.05)
    return found
