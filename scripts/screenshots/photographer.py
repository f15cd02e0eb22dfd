"""Who takes the pictures, and how large they may be."""

import subprocess
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from scripts.processes import ROOT
from tests.browser.school import School
from tests.browser.student import Student
from tests.support.chromium import refuse_third_party_cookies

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


class Photographer:
    """Goes through the pages of a school as its people see them.

    Args:
        proofs: a folder for pictures to look at that are not kept: of each page that is looked at, the whole of it
            in a window, on a phone and in a low frame.
    """

    def __init__(self, school: School, browser: Browser, proofs: Path | None = None) -> None:
        self.school = school
        self.browser = browser
        self.proofs = proofs

    def context(self, height: int = 800) -> BrowserContext:
        """A browser in Dutch that refuses third-party cookies."""
        context = self.browser.new_context(
            locale="nl-BE",
            timezone_id="Europe/Brussels",
            reduced_motion="reduce",
            viewport=ViewportSize(width=1280, height=height),
        )
        context.set_default_timeout(15_000)
        context.on("page", refuse_third_party_cookies)
        return context

    def student(self, person: str = "amina", height: int = 800) -> Student:
        """A person at a browser of their own."""
        return Student(self.school, self.context(height), person)

    def take(self, page: Page, name: str) -> None:
        """Write one picture of what the window shows; a full-page one would lay frames out anew."""
        self._is_still(page)
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

    def look(self, page: Page, name: str) -> None:
        """Write proofs of a page, when they are asked for: whole in a window and on a phone, and a low frame of it."""
        if self.proofs is None:
            return
        before = page.viewport_size
        is_framing = page.locator("iframe").count() > 0
        for size, suffix in ((WINDOW, ""), (PHONE, "-phone"), (LOW, "-low")):
            is_whole = suffix != "-low"
            # a full-page picture would lay frames out anew
            page.set_viewport_size({**size, "height": 1600} if is_framing and is_whole else size)
            self._is_still(page)
            page.screenshot(path=self.proofs / f"{name}{suffix}.png", full_page=is_whole and not is_framing)
        if before:
            page.set_viewport_size(before)

    def take_and_look(self, page: Page, name: str) -> None:
        """Both."""
        self.take(page, name)
        self.look(page, name)

    def _is_still(self, page: Page) -> None:
        page.mouse.move(0, 0)
        page.evaluate("() => document.fonts.ready")
        page.wait_for_timeout(400)
