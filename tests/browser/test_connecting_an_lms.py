"""An administrator connects an LMS: the page stands in the LMS's frame, with every cookie of ours refused there."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from playwright.sync_api import BrowserContext, Frame, Page, expect

from tests.browser.axe import what_is_wrong_at
from tests.support.registering import Answer, MoodleLms
from tests.support.service import RunningService

SIZES = ((1280, 800), (390, 844), (1000, 450))
#: The LMS's own page: our page in a frame, and what is posted to it.
FRAMING = """<!doctype html><html lang="nl"><title>LMS</title><h1>LMS</h1>
<iframe id="tool" title="tool" src="ADDRESS" style="width: 100%; height: 90vh; border: 0"></iframe>
<script>window.told = []; window.addEventListener("message", (event) => window.told.push(event.data))</script>"""


class FramingMoodle(MoodleLms):
    """A Moodle whose page for adding a tool can be looked at."""

    frame = ""

    def page(self, path: str) -> Answer | None:
        """The administrator's page, which frames ours."""
        return (200, "text/html; charset=utf-8", self.frame) if path == "/tools" else None


@pytest.fixture
def service(start_service: Callable[..., RunningService], sqlite_url: str) -> RunningService:
    """The service, with no LMS."""
    return start_service(sqlite_url, with_worker=False)


@pytest.fixture
def moodle(service: RunningService) -> Iterator[FramingMoodle]:
    """An LMS on another site."""
    lms = FramingMoodle(service.base_url, lambda: datetime.now(UTC))
    yield lms
    lms.close()


def invited(service: RunningService) -> str:
    return service.command("platforms", "invite", "--institution", "Hogeschool X").split()[0]


def pastes(page: Page, moodle: FramingMoodle, invitation: str) -> Frame:
    """The LMS opens the address that was pasted, in a frame of its page."""
    address = f"{invitation}&{urlencode(moodle.additions())}"
    moodle.frame = FRAMING.replace("ADDRESS", address.replace("&", "&amp;"))
    page.goto(f"{moodle.issuer}/tools")
    element = page.wait_for_selector("#tool")
    frame = element.content_frame() if element else None
    assert frame is not None
    frame.wait_for_selector("h1")
    return frame


def test_it_works_in_the_lmss_frame(service: RunningService, moodle: FramingMoodle, page: Page) -> None:
    frame = pastes(page, moodle, invited(service))
    expect(frame.get_by_role("heading", level=1)).to_have_text("Buddy Trainer aansluiten op Moodle")
    frame.get_by_role("button", name="Aansluiten").click()
    expect(frame.get_by_role("heading", level=1)).to_have_text("Buddy Trainer is aangesloten op Moodle")
    page.wait_for_function("told.some((one) => one.subject === 'org.imsglobal.lti.close')")
    assert list(moodle.tools) == [moodle.client_id]
    assert "pending" in service.command("platforms", "list")


def test_an_lms_that_opened_a_tab_is_told_too(
    service: RunningService, moodle: FramingMoodle, page: Page
) -> None:
    moodle.frame = FRAMING.replace('src="ADDRESS"', "")
    page.goto(f"{moodle.issuer}/tools")
    address = f"{invited(service)}&{urlencode(moodle.additions())}"
    with page.expect_popup() as opened:
        page.evaluate("(address) => { window.open(address) }", address)
    opened.value.get_by_role("button", name="Aansluiten").click()
    page.wait_for_function("told.some((one) => one.subject === 'org.imsglobal.lti.close')")


def test_the_pages_are_for_everyone(
    service: RunningService, moodle: FramingMoodle, open_context: Callable[..., BrowserContext]
) -> None:
    moodle.changes["token_endpoint"] = "https://tokens.example.org/token"
    found: list[str] = []
    for locale in ("nl-BE", "en"):
        page, invitation = open_context(locale=locale).new_page(), invited(service)
        page.goto(invitation)
        found += what_is_wrong_at(page, SIZES)
        page.goto(f"{invitation}&{urlencode(moodle.additions())}")
        found += what_is_wrong_at(page, SIZES)
        page.get_by_role("checkbox").check()
        page.get_by_role("button").click()
        page.wait_for_url("**/lti/register")
        found += what_is_wrong_at(page, SIZES)
        page.goto(invitation)
        found += what_is_wrong_at(page, SIZES)

    assert not found, "\n".join(found)
