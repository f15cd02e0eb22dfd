"""An operator with an account, and the browser in which they are signed in; an LMS whose connection is checked."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lti.keys import ToolKey
from tests.support.checked_lms import CheckedLms
from tests.trainer.conftest import BASE_URL, House
from trainer.people.accounts import make_account

EMAIL, PASSWORD = "ines@support.example", "een fiets in de regen"


@dataclass
class Staff:
    """Somebody of the staff with a browser."""

    browser: FlaskClient

    def get(self, path: str, **options: Any) -> TestResponse:
        """Ask for a page."""
        return self.browser.get(path, base_url=BASE_URL, **options)

    def post(self, path: str, page: str = "/hub/", **form: str) -> TestResponse:
        """Send a form that stands on ``page``."""
        found = re.search(r'name="csrf_token" value="([^"]*)"', self.get(page).get_data(as_text=True))
        token = found[1] if found else ""
        return self.send(path, csrf_token=token, **form)

    def send(self, path: str, origin: str | None = BASE_URL, **form: str) -> TestResponse:
        """Send a form as it is."""
        headers = {"Origin": origin} if origin else {}
        return self.browser.post(path, data=form, headers=headers, base_url=BASE_URL)

    def sign_in(self, email: str = EMAIL, password: str = PASSWORD, **more: str) -> TestResponse:
        """Fill in the form."""
        return self.post("/hub/sign-in", "/hub/sign-in", email=email, password=password, **more)

    @property
    def token(self) -> str | None:
        """What the cookie holds."""
        cookie = self.browser.get_cookie("__Host-staff", domain="127.0.0.1")
        return cookie.value if cookie else None


@pytest.fixture
def somebody(house: House) -> Callable[[], Staff]:
    """Opens a browser in which nobody is signed in; there is one account."""
    with house.database.writing() as connection:
        make_account(connection, email=EMAIL, name="Ines", password=PASSWORD, now=house.clock())
    return lambda: Staff(house.browser())


@pytest.fixture
def operator(somebody: Callable[[], Staff]) -> Staff:
    """Ines, signed in."""
    ines = somebody()
    assert ines.sign_in().status_code == 303
    return ines


@pytest.fixture
def lms(house: House, tool_key: ToolKey) -> Iterator[CheckedLms]:
    """An LMS whose connection is checked."""
    made = CheckedLms(BASE_URL, tool_key, house.clock, client_id="checked")
    yield made
    made.close()


@pytest.fixture
def page(house: House, lms: CheckedLms) -> str:
    """The address of the check of `lms`."""
    number = lms.register(house.database, house.clock(), name="Moodle van X", institution="Hogeschool X")
    return f"/hub/platforms/{number}/check"
