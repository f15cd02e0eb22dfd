"""A student who came from the LMS and stands before the example module, with and without script."""

import json
import re
from dataclasses import dataclass
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.trainer.conftest import BASE_URL, House

FILM = "0811bb2fb80977dd918759bd5f6a5e9c9c45b0cb51e54f269095fc3173d756bf"
ENOUGH = "Ik kijk elke leerling aan en ik zeg rustig de naam."
RIGHT = {"v1": ["a"], "v2": ["a", "b"], "v3": ["false"], "v4": ["false"]}
_TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^>]+>", re.DOTALL)


@dataclass
class Student:
    """One browser, signed in by a launch."""

    house: House
    browser: FlaskClient
    #: address of the module page
    home: str

    @property
    def enrolment(self) -> str:
        """As in addresses."""
        return self.home.split("/")[2]

    def get(self, path: str = "", **headers: str) -> TestResponse:
        """A page below the module's address, or an absolute path."""
        return self.browser.get(self._url(path), base_url=BASE_URL, headers=headers)

    def words(self, path: str = "") -> str:
        """What a page says, without its tags."""
        return text_of(self.get(path))

    def token(self) -> str:
        """The CSRF token, as the pages carry it."""
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.get().get_data(as_text=True))
        assert found
        return found[1]

    def post(self, path: str, body: Any, *, token: str | None = None) -> TestResponse:
        """What a page's script sends."""
        headers = {"Origin": BASE_URL, "X-CSRF-Token": token or self.token(), "Accept": "application/json"}
        return self.browser.post(self._url(path), json=body, base_url=BASE_URL, headers=headers)

    def submit(self, path: str, **form: Any) -> TestResponse:
        """A form, without script."""
        form["csrf_token"] = self.token()
        return self.browser.post(self._url(path), data=form, base_url=BASE_URL, headers={"Origin": BASE_URL})

    def data(self, path: str, name: str) -> Any:
        """The JSON that a page hands to its script."""
        page = self.get(path).get_data(as_text=True)
        found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', page, re.DOTALL)
        assert found
        return json.loads(found[1])

    def watch(self, *played: list[int], position: float = 0.0, film: str = FILM) -> TestResponse:
        """A heartbeat."""
        return self.post("progress", {"film": film, "played": list(played), "position": position})

    def watch_all(self) -> None:
        """The whole film, in the time it takes."""
        self.get("film/")
        self.house.clock.move(seconds=5)
        assert self.watch([0, 5], position=4.8).get_json()["watched"] == 5

    def answer_all(self, step: str = "check") -> None:
        """All questions right, in one attempt."""
        self.get(f"{step}/")
        for question, chosen in RIGHT.items():
            body = {"attempt": 1, "question": question, "chosen": chosen}
            assert self.post(f"{step}/answer", body).status_code == 200

    def _url(self, path: str) -> str:
        return path if path.startswith("/") else self.home + path


def text_of(response: TestResponse) -> str:
    """What a page says, on one line."""
    return " ".join(unescape(_TAG.sub(" ", response.get_data(as_text=True))).split())


def arrive(house: House, sub: str = "student-1", **changes: Any) -> Student:
    """A launch by a student of the LMS."""
    browser = house.browser()
    answer = house.lms.open(browser, house.clock(), {"sub": sub, **changes})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return Student(house, browser, answer.headers["Location"])


@pytest.fixture
def noor(house: House) -> Student:
    """A student on the module."""
    return arrive(house)
