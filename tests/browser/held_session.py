"""The pages of a browser that keeps no cookie of ours: they stand in frames of the page that holds the session."""

from collections.abc import Callable
from copy import copy
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Frame, Locator, expect

from tests.browser.keepers import Keeper
from tests.browser.no_cookies import Blocks
from tests.browser.school import School
from tests.browser.student import Student, settles, until

#: person, and where the LMS keeps things → that person in a browser of their own
Opens = Callable[..., Student]


@pytest.fixture
def opens(school: School, keepers: dict[str, Keeper], open_without_cookies: Blocks) -> Opens:
    """A person whose browser keeps no cookies of the service, in an LMS that keeps things for tools."""

    def open_one(person: str = "amina", *, storage: str = "_parent", **options: object) -> Student:
        there = copy(school)
        there.lms_url = keepers[storage].address
        options.setdefault("viewport", {"width": 1280, "height": 1200})
        return Student(there, open_without_cookies(school.service.base_url, **options), person)

    return open_one


def page_in(student: Student, ending: str) -> Frame:
    """The page of ours that stands in the one that holds the session, once its address ends so."""

    def shown() -> Frame | None:
        student.page.wait_for_timeout(20)  # what happened is heard of only while one waits
        tool = student.page.frame(name="tool")
        inner = tool.child_frames[-1] if tool and tool.child_frames else None
        return inner if inner and urlsplit(inner.url).path.endswith(ending) else None

    found: Frame = until(shown, what=f"a page at …{ending}")
    expect(found.locator("h1").first).to_be_visible()
    settles(found)
    return found


def gives_way(page: Frame) -> None:
    """Wait until another page stands in its place."""
    around = page.page
    until(lambda: page.is_detached() or around.wait_for_timeout(20), what="another page")


def opens_module(student: Student) -> Frame:
    student.opens()
    try:
        return page_in(student, "/")
    except AssertionError:
        # On a machine that is very busy Playwright now and then misses that the LMS's frame went to another process, and
        # knows no frame in it, though the module is on the screen
        student.opens()
        return page_in(student, "/")


def steps(page: Frame, name: str) -> Locator:
    """The step of that name in the row on top."""
    return page.locator(".steps a", has_text=name)
