"""The browser the tests run in treats third-party cookies as a student's browser does."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page


class Site(BaseHTTPRequestHandler):
    """`/course` shows a frame of the other site; `/tool` sets cookies there and shows which come back."""

    tool_port = 0

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        if self.path == "/course":
            body = f'<iframe src="http://127.0.0.1:{self.tool_port}/tool"></iframe>'
        elif self.path == "/tool":
            for name, extra in (("plain", ""), ("__Host-kept", "; Partitioned")):
                self.send_header("Set-Cookie", f"{name}=1; Path=/; Secure; HttpOnly; SameSite=None{extra}")
            body = (
                "<p></p><script>fetch('/cookies').then(answer => answer.text())"
                ".then(text => document.querySelector('p').textContent = text)</script>"
            )
        else:
            body = "cookies: " + self.headers.get("Cookie", "")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def course_page() -> Iterator[str]:
    course, tool = (ThreadingHTTPServer(("127.0.0.1", 0), Site) for _ in range(2))
    Site.tool_port = tool.server_port
    for server in (course, tool):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{course.server_port}/course"
    for server in (course, tool):
        server.shutdown()
        server.server_close()


def test_an_unpartitioned_third_party_cookie_is_refused_and_a_partitioned_one_kept(
    page: Page, course_page: str
) -> None:
    page.goto(course_page)

    shown = page.frame_locator("iframe").get_by_text("cookies:").text_content()

    assert shown == "cookies: __Host-kept=1"


def test_it_plays_the_films_of_the_library(page: Page) -> None:
    answer = page.evaluate(
        "document.createElement('video').canPlayType('video/mp4; codecs=avc1.42E01E,mp4a.40.2')"
    )

    assert answer == "probably"
