"""A browser that keeps no cookie of ours in the course, not even a partitioned one: it opens in a new window."""

import urllib.error
import urllib.request
from email.message import Message

from playwright.sync_api import Request, Route, expect

from tests.browser.student import Student


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def keep_no_cookies_in_frames(student: Student) -> None:
    """Our answers reach the frame in the course without their `Set-Cookie`; windows of their own get them whole."""
    opener = urllib.request.build_opener(_NoRedirects)

    def answer(route: Route, request: Request) -> None:
        headers = {name: value for name, value in request.headers.items() if name != "cookie"}
        asked = urllib.request.Request(
            request.url, data=request.post_data_buffer, headers=headers, method=request.method
        )
        try:
            with opener.open(asked, timeout=10) as response:
                status, said, body = response.status, response.headers, response.read()
        except urllib.error.HTTPError as refused:
            status, said, body = refused.code, refused.headers, refused.read()
        route.fulfill(status=status, headers=without_cookies(said), body=body)

    student.page.route(f"{student.school.service.base_url}/**", answer)


def without_cookies(said: Message) -> dict[str, str]:
    return {
        name: value
        for name, value in said.items()
        if name.lower() not in {"set-cookie", "content-length", "transfer-encoding"}
    }


def test_it_opens_in_a_window_of_its_own(student: Student) -> None:
    keep_no_cookies_in_frames(student)

    frame = student.opens()
    expect(frame.get_by_role("heading", level=1)).to_have_text("Open in een nieuw venster")
    with student.context.expect_page() as opened:
        frame.get_by_role("link", name="Module openen in een nieuw venster").click()
    window = opened.value

    window.wait_for_url("**/m/*/")
    expect(window.get_by_role("heading", level=1)).to_have_text("Evalueren en afronden")


def test_the_page_says_it_in_the_browsers_language(student_opens_browser: object) -> None:
    student: Student = student_opens_browser("jef", locale="en-GB")  # type: ignore[operator]
    keep_no_cookies_in_frames(student)

    frame = student.opens()

    expect(frame.get_by_role("heading", level=1)).to_have_text("Open in a new window")
    expect(frame.locator("html")).to_have_attribute("lang", "en")
