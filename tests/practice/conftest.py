"""A practice LMS with a tiny tool beside it, and one browser per person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from practice import Settings, create_app
from tests.practice.tiny_tool import AGS, SCORE_TYPE, TinyTool, form_of, serving_tool


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, 0, 0, 250_000, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **passed: float) -> None:
        self.now += timedelta(**passed)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tool() -> Iterator[TinyTool]:
    with serving_tool() as running:
        yield running


@pytest.fixture
def app(tool: TinyTool, clock: Clock, tmp_path: Path) -> Flask:
    settings = Settings(
        origin="http://localhost:8100", tool=tool.address, store=tmp_path / "practice", test_hooks=True
    )
    tool.registration = settings.registration()
    return create_app(settings, clock=clock)


class Browser(Client):
    """One browser, on the site of the LMS."""

    def open(self, *arguments: Any, **options: Any) -> TestResponse:
        options.setdefault("base_url", "http://localhost:8100")
        return super().open(*arguments, **options)

    def initiation(self, link_id: str, query: str = "in=iframe") -> dict[str, str]:
        """What the tool's login receives when this link is opened."""
        return form_of(self.get(f"/launch/{link_id}?{query}"))[1]


@pytest.fixture
def anonymous(app: Flask) -> Browser:
    return Browser(app, app.response_class)


@pytest.fixture
def signed_in(app: Flask) -> Callable[[str], Browser]:
    """A browser in which this person is signed in."""

    def open_browser(person_id: str) -> Browser:
        browser = Browser(app, app.response_class)
        assert browser.post("/sign-in", data={"person": person_id}).status_code == 303
        return browser

    return open_browser


@pytest.fixture
def launch(
    tool: TinyTool, clock: Clock, signed_in: Callable[[str], Browser]
) -> Callable[[str, str], dict[str, Any]]:
    """The claims that reach the tool when a person opens a link."""

    def open_link(person_id: str, link_id: str) -> dict[str, Any]:
        browser = signed_in(person_id)
        request = tool.login_answer(browser.initiation(link_id))
        _, fields = form_of(browser.post("/lti/authorize", data=request))
        return tool.read_id_token(browser, fields["id_token"], clock())

    return open_link


@pytest.fixture
def token(tool: TinyTool, anonymous: Browser, clock: Clock) -> Callable[..., dict[str, str]]:
    """A bearer header for these scopes (short names)."""

    def ask(*scopes: str) -> dict[str, str]:
        answer = tool.ask_token(anonymous, tool.assertion(clock()), *scopes)
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.get_json()['access_token']}"}

    return ask


@pytest.fixture
def column(launch: Callable[[str, str], dict[str, Any]]) -> str:
    """The line item of `warme-band`, as a launch names it."""
    named: str = launch("amina", "leerbuddy-warme-band")[AGS]["lineitem"]
    return named


@pytest.fixture
def send_score(
    anonymous: Browser, token: Callable[..., dict[str, str]], clock: Clock, column: str
) -> Callable[..., TestResponse]:
    """Posts a finished score of Amina; members are changed by name, None leaves one out."""

    def send(to: str = column, media_type: str = SCORE_TYPE, **changed: Any) -> TestResponse:
        score = {
            "userId": "amina",
            "scoreGiven": 1,
            "scoreMaximum": 1,
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
            "timestamp": clock().isoformat(timespec="milliseconds"),
            "comment": "Voltooid",
        } | changed
        path, _, query = to.partition("?")
        return anonymous.post(
            f"{path}/scores?{query}",
            json={name: value for name, value in score.items() if value is not None},
            headers={**token("score"), "Content-Type": media_type},
        )

    return send
