"""People see their own courses and grades, on one site with one name, in a page that frames only the tool."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from practice import LEERBUDDY_SCHOOL
from tests.practice.conftest import Browser
from tests.practice.tiny_tool import TinyTool

Person = Callable[[str], Browser]
PAGES = (
    "/courses",
    "/courses/leerbuddy",
    "/courses/leerbuddy/gradebook",
    "/courses/leerbuddy/gradebook/rows",
    "/courses/leerbuddy/gradebook.json",
    "/courses/leerbuddy/items/leerbuddy-warme-band",
    "/launch/leerbuddy-warme-band",
)


def test_anyone_may_choose_who_to_be(anonymous: Browser) -> None:
    page = anonymous.get("/")
    assert "Dit is een oefen-LMS" in page.text
    for person in LEERBUDDY_SCHOOL.people:
        assert person.name in page.text


def test_the_course_has_the_twelve_modules(signed_in: Person) -> None:
    page = signed_in("amina").get("/courses/leerbuddy").text
    assert page.count('<li id="link-') == 12
    assert "Een warme band opbouwen met je leerling" in page


def test_a_module_stands_in_a_frame(signed_in: Person, tool: TinyTool) -> None:
    page = signed_in("amina").get("/courses/leerbuddy/items/leerbuddy-warme-band").text
    assert f'allow="fullscreen {tool.address}; autoplay {tool.address}"' in page
    assert f'data-origin="{tool.address}"' in page
    assert 'target="_blank"' in page


@pytest.mark.parametrize("path", PAGES)
def test_nothing_without_signing_in(anonymous: Browser, signed_in: Person, path: str) -> None:
    assert anonymous.get(path).status_code == 401
    browser = signed_in("amina")
    assert browser.get(path).status_code == 200
    browser.post("/sign-out")
    assert browser.get(path).status_code == 401


@pytest.mark.parametrize(
    "path",
    ["/courses/unknown", "/courses/leerbuddy/items/stage-feedback", "/launch/unknown", "/x", "/services/x"],
)
def test_what_is_not_there_is_not_there(signed_in: Person, path: str) -> None:
    assert signed_in("amina").get(path).status_code == 404


def test_a_form_of_another_site_changes_nothing(signed_in: Person, tool: TinyTool) -> None:
    browser = signed_in("amina")
    for origin in (tool.address, "null", "http://evil.example"):
        assert browser.post("/sign-in", data={"person": "jef"}, headers={"Origin": origin}).status_code == 403
    assert 'data-person="amina"' in browser.get("/courses").text


def test_the_site_has_one_name(app: Flask) -> None:
    """By the tool's own name the frame would not be third-party, unlike in life."""
    browser = Browser(app, app.response_class)
    answer = browser.get("/courses?x=1", base_url="http://127.0.0.1:8100")
    assert answer.headers["Location"] == "http://localhost:8100/courses?x=1"
    assert browser.post("/sign-in", base_url="http://127.0.0.1:8100").status_code == 400


@pytest.mark.parametrize("path", ["/", "/x", "/static/practice.css", *PAGES])
def test_every_answer_is_protected(signed_in: Person, tool: TinyTool, path: str) -> None:
    headers = signed_in("amina").get(path).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert f"frame-src 'self' {tool.address};" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_what_the_tool_says_on_return_is_shown_as_text(signed_in: Person) -> None:
    page = signed_in("amina").get("/courses/leerbuddy/return?lti_errormsg=<b>Mislukt</b>").text
    assert "&lt;b&gt;Mislukt&lt;/b&gt;" in page
