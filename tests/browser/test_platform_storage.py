"""Browsers that do not bring our cookie back, in an LMS whose page keeps things for tools."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from copy import copy
from html import escape
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import Route, expect

from tests.browser.cookie_stop import Stops, in_frames, of_logins, stopping_cookies
from tests.browser.keepers import Keeper
from tests.browser.school import School
from tests.browser.student import MODULE_PAGE, Student, until

#: a browser of somebody in an LMS that keeps things so, which does not keep these cookies
Opens = Callable[[str, Stops], Student]


@pytest.fixture
def opens(
    school: School, keepers: dict[str, Keeper], student_opens_browser: Callable[..., Student]
) -> Iterator[Opens]:
    with ExitStack() as at_end:

        def open_one(storage: str, stops: Stops) -> Student:
            proxy = at_end.enter_context(stopping_cookies(school.service.base_url, stops))
            there = copy(school)
            there.lms_url = keepers[storage].address
            return student_opens_browser("amina", at=there, proxy=proxy)

        yield open_one


@pytest.mark.parametrize("storage", ["_parent", "practice_storage"])
def test_the_module_opens_in_the_course(opens: Opens, storage: str) -> None:
    student = opens(storage, of_logins)
    asked: list[str] = []
    student.page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))

    frame = student.opens()
    frame.wait_for_url(MODULE_PAGE)

    expect(frame.get_by_role("heading", level=1)).to_have_text("Evalueren en afronden")
    assert f"POST {student.school.service.base_url}/lti/launch/confirm" in asked


#: Sakai's page takes messages as JSON text, by the names from before platform storage 1.0 too (lti/docs/POSTMESSAGE.md)
_SAKAI = """
const kept = new Map();
window.heights = [];
window.addEventListener("message", ({ data, source, origin }) => {
  if (typeof data !== "string") return;
  const { subject, message_id, key, value, height } = JSON.parse(data);
  if (subject === "lti.frameResize") window.heights.push(height);
  if (subject === "org.imsglobal.lti.put_data") kept.set(key, value);
  else if (subject !== "org.imsglobal.lti.get_data") return;
  const answer = { subject: `${subject}.response`, message_id, key, value: kept.get(key) };
  source.postMessage(JSON.stringify(answer), origin);
});"""


def test_an_lms_that_reads_messages_as_text_alone(opens: Opens) -> None:
    student = opens("sakai", of_logins)
    student.page.route(
        "**/static/storage.js", lambda route: route.fulfill(body=_SAKAI, content_type="text/javascript")
    )

    frame = student.opens()
    frame.wait_for_url(MODULE_PAGE)

    expect(frame.get_by_role("heading", level=1)).to_have_text("Evalueren en afronden")
    until(lambda: student.page.wait_for_timeout(50) or student.page.evaluate("window.heights.length"))


def test_who_keeps_no_session_either_goes_on_without_a_cookie(opens: Opens) -> None:
    student = opens("_parent", in_frames)

    frame = student.opens()

    module = frame.frame_locator("iframe")
    expect(module.get_by_role("heading", level=1)).to_have_text("Evalueren en afronden")


def test_an_lms_that_never_answers_costs_two_seconds_each_time(opens: Opens) -> None:
    student = opens("_parent", of_logins)
    student.page.route("**/static/storage.js", lambda route: route.fulfill(body=""))

    frame = student.opens()

    expect(frame.get_by_role("heading", level=1)).to_have_text("Open in een nieuw venster", timeout=8000)
    expect(frame.get_by_role("main")).to_contain_text("Je browser bewaart")


#: in the place of the LMS's own: tells another secret than it was given
_FORGETS = """
window.addEventListener("message", ({ data, source, origin }) => {
  const value = data.value ?? "another secret";
  source.postMessage({ subject: `${data.subject}.response`, message_id: data.message_id, value }, origin);
});
"""


def test_another_secret_opens_nothing(opens: Opens) -> None:
    student = opens("_parent", of_logins)
    student.page.route(
        "**/static/storage.js", lambda route: route.fulfill(body=_FORGETS, content_type="text/javascript")
    )

    frame = student.opens()

    expect(frame.get_by_role("heading", level=1)).to_have_text("Open in een nieuw venster")


#: Asked for the secret, it gives answers that are none: an unknown id, and the right one from another window.
_MISLEADS = """
window.addEventListener("message", ({ data, source, origin }) => {
  const answer = { subject: `${data.subject}.response`, message_id: data.message_id, value: "of somebody else" };
  if (data.subject === "lti.put_data") {
    window.kept = data.value;
    source.postMessage({ ...answer, value: data.value }, origin);
  } else if (data.subject === "lti.get_data") {
    source.postMessage({ ...answer, message_id: "another" }, origin);
    source.postMessage({ ...answer, subject: "lti.put_data.response" }, origin);
    const other = document.createElement("iframe");
    other.src = `/storage?answer=${encodeURIComponent(JSON.stringify(answer))}`;
    document.body.append(other);
    other.addEventListener("load", () => source.postMessage({ ...answer, value: window.kept }, origin));
  }
});
"""
_OTHER_WINDOW = """
const answer = JSON.parse(new URL(location).searchParams.get("answer") ?? "null");
if (answer) parent.frames.tool.postMessage(answer, "*");
"""


def test_only_the_answer_of_the_keeper_itself_counts(opens: Opens) -> None:
    student = opens("_parent", of_logins)
    student.page.route(
        "**/static/storage.js",
        lambda route: route.fulfill(
            body=_OTHER_WINDOW if "/storage?" in (route.request.headers.get("referer") or "") else _MISLEADS,
            content_type="text/javascript",
        ),
    )

    frame = student.opens()
    frame.wait_for_url(MODULE_PAGE)

    expect(frame.get_by_role("heading", level=1)).to_have_text("Evalueren en afronden")


#: A page of another site, which frames ours and answers whatever it is asked.
_EVIL = """<!doctype html><title>Evil</title><iframe name="tool"></iframe>
<form method="post" action="{address}" target="tool">{fields}</form>
<script>
window.heard = [];
window.addEventListener("message", ({{ data, source }}) => {{
  window.heard.push(JSON.stringify(data));
  source.postMessage({{ subject: "lti.get_data.response", message_id: data.message_id, value: "mine" }}, "*");
}});
document.forms[0].submit();
</script>"""


def test_a_page_of_another_site_learns_nothing_and_is_not_believed(opens: Opens) -> None:
    student = opens("_parent", of_logins)
    launch = f"{student.school.service.base_url}/lti/launch"
    caught: list[str] = []

    def catch(route: Route) -> None:
        caught.append(route.request.post_data or "")
        route.abort()

    student.page.route(launch, catch)
    student.opens()
    until(lambda: student.page.wait_for_timeout(50) or caught)
    student.page.unroute(launch)
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in parse_qsl(caught[0])
    )
    page = _EVIL.format(address=launch, fields=fields)
    student.page.route(
        "http://localhost:65001/", lambda route: route.fulfill(body=page, content_type="text/html")
    )

    student.page.goto("http://localhost:65001/")
    frame = student.page.frame(name="tool")
    assert frame is not None

    expect(frame.get_by_role("heading", level=1)).to_have_text("Open in een nieuw venster", timeout=10_000)
    heard = str(student.page.evaluate("window.heard"))
    assert "frameResize" in heard, "what is no secret it hears"
    assert "get_data" not in heard
