"""A module of ours in an iframe of an Open edX course page, in a browser that refuses third-party cookies."""

from playwright.sync_api import Page, expect

from tests.platforms.conftest import Meeting
from tests.platforms.visitor import Visitor

WHO = "() => fetch('/api/v1/me').then(answer => answer.json())"


def test_a_student_opens_the_module_in_the_iframe_and_stays_signed_in(meeting: Meeting, page: Page) -> None:
    link = meeting.place()

    page.goto(meeting.open_edx.opening(link, "karel", page="course"))

    inside = page.frame_locator("iframe")
    expect(inside.get_by_role("heading", name="Groeten bij naam").first).to_be_visible()
    tool = page.frame("tool")
    assert tool is not None
    assert tool.url.startswith(f"{meeting.service.base_url}/m/")
    assert tool.evaluate(WHO)["sub"] == "ext-karel"

    # a page further the session is still there
    tool.goto(f"{tool.url}film/")
    expect(inside.locator("video")).to_be_attached()
    assert tool.evaluate(WHO)["sub"] == "ext-karel"


def test_a_teacher_chooses_in_the_iframe_what_the_link_opens(meeting: Meeting, page: Page) -> None:
    link = meeting.place(None)
    page.goto(meeting.open_edx.opening(link, "docent-lies", role="staff", page="course"))
    inside = page.frame_locator("iframe")

    inside.get_by_label("Afscheid nemen").check()
    with page.expect_response(lambda answer: answer.request.method == "POST" and answer.status == 303):
        inside.get_by_role("button", name="Deze module plaatsen").click()

    student = Visitor().open(meeting.open_edx.opening(link, "mats"))
    assert student.url.startswith(f"{meeting.service.base_url}/m/")
    assert "Afscheid nemen" in student.text
