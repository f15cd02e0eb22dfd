"""Where the LMS keeps things for the tool, launches in a frame say so, and the page that keeps them is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from practice import Settings, create_app
from practice.settings import Storage
from tests.practice.conftest import Browser, Clock
from tests.practice.tiny_tool import TinyTool

ITEM = "/courses/leerbuddy/items/leerbuddy-afronden"
Amina = Callable[[Storage | None], Browser]


@pytest.fixture
def amina(tool: TinyTool, clock: Clock, tmp_path: Path) -> Amina:
    def sign_in(storage: Storage | None) -> Browser:
        settings = Settings("http://localhost:8100", tool.address, tmp_path / "practice", storage=storage)
        browser = Browser(create_app(settings, clock=clock))
        browser.post("/sign-in", data={"person": "amina"})
        return browser

    return sign_in


@pytest.mark.parametrize("storage", ["_parent", "practice_storage"])
def test_launches_in_a_frame_say_where(amina: Amina, storage: Storage) -> None:
    browser = amina(storage)
    assert browser.initiation("leerbuddy-afronden")["lti_storage_target"] == storage
    assert "lti_storage_target" not in browser.initiation("leerbuddy-afronden", "in=window")


def test_the_course_page_keeps_things_itself(amina: Amina) -> None:
    page = amina("_parent").get(ITEM).get_data(as_text=True)
    assert "/static/storage.js" in page
    assert 'src="/storage"' not in page


def test_or_a_frame_in_it_does(amina: Amina) -> None:
    browser = amina("practice_storage")
    page = browser.get(ITEM).get_data(as_text=True)
    assert "/static/storage.js" not in page
    assert '<iframe name="practice_storage" src="/storage"' in page
    assert "/static/storage.js" in browser.get("/storage").get_data(as_text=True)


def test_unless_asked_it_keeps_nothing(amina: Amina) -> None:
    browser = amina(None)
    assert "lti_storage_target" not in browser.initiation("leerbuddy-afronden")
    assert "storage" not in browser.get(ITEM).get_data(as_text=True)
