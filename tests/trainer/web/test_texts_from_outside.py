"""Whatever an LMS or a learner writes is shown as text: each page keeps the shape that it has with plain words."""

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.support.lms import CLAIM, INSTRUCTOR, LEARNER
from tests.trainer.conftest import BASE_URL, House
from tests.trainer.web.visitors import BARE, Visitor, visitor

PAYLOADS = (
    "<script>alert(1)</script>", "</script><script>alert(1)</script>", "<ScRiPt>alert(1)//", "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>", "<svg><script>alert&#40;1)</script>", "\"><script>alert(1)</script>", "'><script>alert(1)</script>",
    "\" onmouseover=\"alert(1)", "' onfocus='alert(1)' autofocus='", "` onclick=alert(1) `", "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>", "</style><script>alert(1)</script>", "--><script>alert(1)</script>", "<!--", "<![CDATA[",
    "]]><script>", "{{7*7}}", "{% raw %}{{ config }}", "${7*7}", "#{7*7}", "%(platform)s %s %d %", "&lt;script&gt;", "&#x3c;script&#x3e;",
    "&quot;&gt;&lt;b&gt;", "<b>bold</b>", "<iframe src=//evil.example>", "<base href=//evil.example>", "<meta http-equiv=refresh content=0>",
    "<form action=//evil.example>", "<link rel=stylesheet href=//evil.example>", "<object data=x>", "<math><mi xlink:href=javascript:alert(1)>",
    "javascript:alert(1)", "\u202egnp.exe", "\u2028alert(1)\u2029", "\0<script\0>", "<<script>>", "ž<x y=\u00a0z>", "\\u003cscript\\u003e", "<a href='x",
)  # fmt: skip
PLAIN = "Gewone woorden"
EVIL_ADDRESSES = (
    "//evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example", "https://127.0.0.1:8000@evil.example/", "https://127.0.0.1.evil.example/",
    "\t//evil.example", "/\t/evil.example", "/\n/evil.example", " //evil.example", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x",
    "vbscript:x", "http:\\\\evil.example", "https://evil.example", "https://evil.example#@127.0.0.1:8000/", "ftp://evil.example", "", "x", "?x",
    "https://127.0.0.1:8000.evil.example/lti/launch/groeten", "http://127.0.0.1:8001/lti/launch", "//127.0.0.1:8000@evil.example",
)  # fmt: skip


class Shape(HTMLParser):
    """The tags of a page with their attributes' names, in order, and the texts between them."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[Any] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.links += [
            value or ""
            for name, value in attrs
            if name in {"href", "src", "action", "formaction", "data", "poster"}
        ]
        self.text += " ".join(
            value or "" for name, value in attrs if name in {"content", "value", "aria-label"}
        )

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(("/" + tag,))

    def handle_comment(self, data: str) -> None:
        self.tags.append(("!",))

    def handle_data(self, data: str) -> None:
        self.text += data


def told(text: str) -> dict[str, Any]:
    """A launch that says `text` wherever an LMS may say something."""
    return {
        "name": text, "given_name": text, "family_name": text, "email": text[:60],
        CLAIM + "resource_link": {"id": "l", "title": text, "description": text},
        CLAIM + "context": {"id": "c", "title": text, "label": text, "type": [text.replace("\0", "")]},
        CLAIM + "custom": {"x": text, text: "y"},
        CLAIM + "tool_platform": {"guid": text, "name": text, "description": text, "product_family_code": text},
        CLAIM + "launch_presentation": {"return_url": text, "locale": "nl-BE", "document_target": text},
    }  # fmt: skip


def shapes(pages: dict[str, str]) -> dict[str, list[Any]]:
    return {name: Shape(page).tags for name, page in pages.items()}


def learners_pages(house: House, text: str) -> dict[str, str]:
    """Every page on which a learner's LMS or a learner may leave words."""
    who = visitor(house, changes=told(text))
    texts = dict.fromkeys(("worked", "different", "action", "notice"), text)
    draft = who.post(f"{who.home}vertaalslag/draft", json={"texts": texts, "revision": None})
    assert draft.status_code in {200, 409}
    pages = {
        step: who.get(who.home + step).get_data(as_text=True)
        for step in ("", "status", "film/", "film/text", "check/", "vertaalslag/", "lezen/")
    }
    pages["too short"] = who.post(f"{who.home}vertaalslag/hand-in", form=texts).get_data(as_text=True)
    pages["asked again"] = who.post(f"{who.home}check/answer", form={"question": text}).get_data(as_text=True)
    return pages


def lecturers_pages(house: House, text: str) -> dict[str, str]:
    bare = {**told(text), **BARE, CLAIM + "roles": [INSTRUCTOR], "sub": "teacher"}
    who = visitor(house, changes=bare)
    courses = who.get("/teach/").get_data(as_text=True)
    (link,) = set(re.findall(r"/teach/links/\w+/module", courses))
    student = visitor_without_module(house, {**told(text), **BARE, "sub": "student-9"})
    return {"courses": courses, "choose": who.get(link).get_data(as_text=True), "no module": student}


def visitor_without_module(house: House, changes: dict[str, Any]) -> str:
    answer = house.lms.open(house.browser(), house.clock(), changes)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def errors(house: House, text: str) -> dict[str, str]:
    """Pages about what did not work, with words of the platform in the request."""
    browser = house.browser()
    asked = house.lms.log_in(
        browser, lti_message_hint=text.replace("\0", ""), login_hint=text.replace("\0", "") or "h"
    )
    token = house.lms.sign(
        house.lms.claims(asked["nonce"], house.clock(), {CLAIM + "custom": {"module": text}})
    )
    form = {"error": text, "error_description": text, "error_uri": text, "state": asked["state"]}
    return {
        "refused by the platform": browser.post("/lti/launch", data=form, base_url=BASE_URL).get_data(as_text=True),
        "new window": house.lms.post(house.browser(), asked["state"], token).get_data(as_text=True),
        "no such module": house.lms.post(browser, asked["state"], token).get_data(as_text=True),
        "no such platform": browser.post("/lti/login", data={"iss": text, "login_hint": "h", "target_link_uri": f"{BASE_URL}/lti/launch"}, base_url=BASE_URL).get_data(as_text=True),
        "no such page": browser.get(f"/{text}".replace("?", ""), base_url=BASE_URL).get_data(as_text=True),
    }  # fmt: skip


def test_there_are_forty_payloads() -> None:
    assert len(set(PAYLOADS)) >= 40


def test_each_page_keeps_its_shape(house: House) -> None:
    plain = shapes({**learners_pages(house, PLAIN), **lecturers_pages(house, PLAIN), **errors(house, PLAIN)})
    assert all(plain.values())
    # the way back that the LMS itself signed is one, too
    allowed = re.compile(rf"/|#|data:,$|http://127\.0\.0\.1:8000/|{re.escape(house.lms.issuer)}/course$")
    for payload in PAYLOADS:
        house.clock.move(seconds=1)
        pages = {
            **learners_pages(house, payload),
            **lecturers_pages(house, payload),
            **errors(house, payload),
        }
        for name, page in pages.items():
            assert shapes({name: page})[name] == plain[name], f"{name} with {payload!r}"
            found = Shape(page)
            assert not [link for link in found.links if not allowed.match(link) or "evil" in link[:30]]


def test_what_is_shown_is_what_was_said(house: House) -> None:
    said = "<b>\"Jan\" & 'An'</b> {{7*7}} %(n)s"
    pages = {**learners_pages(house, said), **lecturers_pages(house, said)}
    for name in ("vertaalslag/", "courses", "choose"):
        assert said in Shape(pages[name]).text, name


def test_json_inside_a_page_ends_no_script(house: House) -> None:
    who = visitor(house)
    for step in ("film/", "film/text", "check/", "vertaalslag/"):
        page = who.get(who.home + step).get_data(as_text=True)
        for content in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL):
            assert not set("<>&'\u2028\u2029") & set(content)
            assert json.loads(content)


def test_scripts_get_json_and_nothing_that_a_browser_takes_for_a_page(house: House) -> None:
    who = visitor(house)
    answer = who.post(f"{who.home}vertaalslag/draft", json={"texts": {"worked": "<script>"}, "revision": 99})
    assert answer.mimetype == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


# --- addresses


@pytest.fixture
def learner(house: House) -> Visitor:
    return visitor(house)


def test_the_way_back_after_a_choice_of_language_stays_here(learner: Visitor) -> None:
    for address in EVIL_ADDRESSES:
        answer = learner.post("/language", form={"locale": "en", "next": address})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/"), address
    for fine in ("/", learner.home, f"{learner.home}film/?x=1"):
        assert learner.post("/language", form={"locale": "en", "next": fine}).headers["Location"] == fine


def test_a_login_for_another_target_is_refused(house: House) -> None:
    for address in EVIL_ADDRESSES:
        fields = {
            "iss": house.lms.issuer,
            "client_id": house.lms.client_id,
            "login_hint": "h",
            "target_link_uri": address,
        }
        for answer in (
            house.browser().post("/lti/login", data=fields, base_url=BASE_URL),
            house.browser().get("/lti/login", query_string=fields, base_url=BASE_URL),
        ):
            assert answer.status_code == 400, address
            assert "Location" not in answer.headers


def test_the_redirect_uri_is_ours_whatever_is_asked(house: House) -> None:
    asked = house.lms.log_in(
        house.browser(), redirect_uri="https://evil.example", response_mode="query", scope="x", prompt="login"
    )
    assert asked["redirect_uri"] == f"{BASE_URL}/lti/launch"
    fixed = {"scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none"}
    assert {name: asked[name] for name in fixed} == fixed


def test_a_launch_to_another_target_is_refused(house: House) -> None:
    for address in EVIL_ADDRESSES:
        answer = house.lms.open(house.browser(), house.clock(), {CLAIM + "target_link_uri": address})
        assert answer.status_code == 400, address
        assert "Location" not in answer.headers
        assert "Set-Cookie" not in answer.headers


def test_a_way_back_to_the_lms_is_a_link_and_never_anything_but_http(house: House) -> None:
    for address in (
        *EVIL_ADDRESSES,
        "javascript://x%0aalert(1)",
        "https://user:pw@lms.example/",
        "https://lms.example\\@evil.example",
    ):
        changes = {
            CLAIM + "launch_presentation": {"return_url": address, "locale": "nl"},
            CLAIM + "roles": [LEARNER],
        }
        answer = house.lms.open(house.browser(), house.clock(), changes)
        assert answer.headers["Location"].startswith("/m/")
        browser = house.browser()
        home = house.lms.open(browser, house.clock(), changes).headers["Location"]
        for link in Shape(browser.get(home, base_url=BASE_URL).get_data(as_text=True)).links:
            assert re.match(r"(/[^/\\]|#|data:,$|https?://[a-z0-9])", link), (address, link)
            assert "@" not in link.partition("#")[0]
