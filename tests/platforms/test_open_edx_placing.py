"""An author chooses in Open edX, by deep linking, what a link opens; students open it."""

import html
import re
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import sideways, too_small_targets, violations
from tests.platforms.conftest import Meeting
from tests.platforms.open_edx import PlacedLink
from tests.platforms.visitor import Answer, Visitor


@pytest.fixture
def link(meeting: Meeting) -> PlacedLink:
    """A link that opens nothing yet."""
    placed = meeting.place(None)
    meeting.open_edx.allow_deep_linking(placed, f"{meeting.service.base_url}/lti/deep-linking")
    return placed


def opens(meeting: Meeting, link: PlacedLink, student: str, title: str) -> None:
    opened = Visitor().open(meeting.open_edx.opening(link, student))
    assert opened.url.startswith(f"{meeting.service.base_url}/m/")
    assert title in opened.text


def chooses(meeting: Meeting, author: Visitor, link: PlacedLink, **fields: str) -> Answer:
    """The author opens the catalogue, sends the form and lets the LMS have the answer."""
    page = author.open(meeting.open_edx.opening(link, "docent-griet", "staff", page="choose") + "&in=window")
    assert page.url.startswith(f"{meeting.service.base_url}/place/"), page.text[:2000]
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token
    on_the_way = author.post(page.url, {"csrf_token": token[1], **fields}, meeting.service.base_url)
    form = re.search(
        r'id="hand-over" action="([^"]+)">\s*<input type="hidden" name="JWT" value="([^"]+)"', on_the_way.text
    )
    assert form, on_the_way.text[:2000]
    return author.post(urljoin(page.url, html.unescape(form[1])), {"JWT": form[2]}, meeting.service.base_url)


def test_the_platform_takes_the_answer_and_students_open_what_was_chosen(
    meeting: Meeting, link: PlacedLink
) -> None:
    author = Visitor()

    taken = chooses(meeting, author, link, module="afscheid")

    assert taken.status == 200, taken.text[:2000]
    (item,) = meeting.open_edx.picked(link)
    assert item["url"] == f"{meeting.service.base_url}/lti/launch/afscheid"
    assert item["custom"]["module"] == "afscheid"
    opens(meeting, link, "noor", "Afscheid nemen")


def test_choosing_again_replaces_and_cancelling_empties(meeting: Meeting, link: PlacedLink) -> None:
    author = Visitor()
    chooses(meeting, author, link, module="afscheid")

    chooses(meeting, author, link, module="groeten")
    opens(meeting, link, "otis", "Groeten bij naam")
    assert len(meeting.open_edx.picked(link)) == 1

    taken = chooses(meeting, author, link, cancel="1")
    assert taken.status == 200
    assert meeting.open_edx.picked(link) == []


@pytest.mark.parametrize("size", [(1280, 800), (390, 844), (900, 450)], ids=["window", "phone", "low frame"])
def test_the_catalogue_is_for_everybody(
    meeting: Meeting, link: PlacedLink, page: Page, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(meeting.open_edx.opening(link, "docent-tuur", "staff", page="choose") + "&in=window")
    page.get_by_label("Afscheid nemen", exact=True).check()
    page.locator("summary").first.click()
    # The bar that sticks to the bottom edge covers what is to be scrolled; at the end it covers nothing
    page.keyboard.press("End")

    found = [*violations(page), *too_small_targets(page), *sideways(page)]

    assert not found, "\n".join(found)


def test_in_an_iframe_of_the_course_editor_without_third_party_cookies(
    meeting: Meeting, link: PlacedLink, page: Page
) -> None:
    page.goto(meeting.open_edx.opening(link, "docent-sien", "staff", page="choose"))
    inside = page.frame_locator("iframe")
    inside.get_by_label("Zoeken").fill("afscheid")
    expect(inside.locator(".offered:visible")).to_have_count(1)
    inside.get_by_label("Afscheid nemen", exact=True).check()
    expect(inside.locator("#count")).to_have_text("1 module gekozen")

    # a look at it as a student stays in the frame; what was chosen is still chosen afterwards
    inside.get_by_role("button", name=re.compile("Bekijk als student.*Afscheid nemen")).click()
    expect(inside.get_by_role("heading", level=1)).to_have_text("Afscheid nemen")
    page.evaluate("() => history.back()")
    expect(inside.get_by_label("Afscheid nemen", exact=True)).to_be_checked()
    expect(inside.locator(".offered:visible")).to_have_count(1)

    with page.expect_response("**/lti-dl/response") as answer:
        inside.get_by_role("button", name="In de cursus plaatsen").click()

    assert answer.value.status == 200
    opens(meeting, link, "piet", "Afscheid nemen")
