"""A real Chromium, steered by Playwright, that refuses third-party cookies as browsers of today do.

The machine's own Chromium refuses them by itself in the private contexts that Playwright opens, and storage in
third-party frames with them. The headless shell of the npm package has no such setting: there the DevTools
protocol's `Network.setCookieControls` does it for each page (cookies only; storage stays open, but partitioned).
tests/project/test_chromium.py holds both to it.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from scripts.system_parts import find_chromium, find_node

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--mute-audio",
)


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """A headless Chromium, until the context ends. RuntimeError: the machine has none, or no Node that steers it."""
    chromium, node = find_chromium(), find_node()
    if chromium is None or node is None:
        raise RuntimeError("There is no Chromium here: `python3 -m scripts.bootstrap test` brings one.")
    os.environ["PLAYWRIGHT_NODEJS_PATH"] = str(node)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium.executable,
            env={**os.environ, **chromium.environment},
            args=list(ARGUMENTS),
            headless=True,
            timeout=60_000,
        )
        yield running
        running.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The session's headless Chromium. Open contexts with `open_context`: one made by hand accepts too much."""
    with running_chromium() as running:
        yield running


def refuse_third_party_cookies(page: Page) -> None:
    """Have this page, and the frames in it, take cookies of other sites only when they are partitioned."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCookieControls", {"enableThirdPartyCookieRestriction": True})


@pytest.fixture
def open_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Opens one person's browser: `open_context(locale="nl-BE", viewport={"width": 390, "height": 800}, …)`.

    The options are Playwright's `Browser.new_context`. Nothing is shared between two of them. Closed at the end.
    """
    opened: list[BrowserContext] = []

    def open_one(**options: object) -> BrowserContext:
        context = browser.new_context(**{"locale": "nl-BE", "timezone_id": "Europe/Brussels", **options})  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        # Playwright tells of a page after it is made, too late for its first request: so where it is made, and
        # by that telling only for the windows that pages open themselves.
        make_page = context.new_page

        def new_page() -> Page:
            made = make_page()
            refuse_third_party_cookies(made)
            return made

        context.on("page", refuse_third_party_cookies)
        setattr(context, "new_page", new_page)  # noqa: B010  (mypy forbids the plain form)
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        context.close()


@pytest.fixture
def page(open_context: Callable[..., BrowserContext]) -> Page:
    """One page of a person who reads Dutch, in a window of 1280 × 800."""
    return open_context(viewport={"width": 1280, "height": 800}).new_page()
