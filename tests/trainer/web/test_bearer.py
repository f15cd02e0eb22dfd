"""A session without a cookie: the same value as a bearer in the header, which then alone counts."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.support.databases import database_url  # noqa: F401  (both databases)
from tests.trainer.conftest import BASE_URL, House
from tests.trainer.web.visitors import Visitor, visitor
from trainer.people.actions import end_sessions
from trainer.people.models import Identity


@dataclass
class Holder:
    """A page that holds a session; its browser keeps no cookie."""

    house: House
    bearer: str
    home: str
    csrf: str

    def ask(self, path: str, method: str = "GET", **options: Any) -> TestResponse:
        """A request with the session in its header."""
        headers = {
            "Authorization": f"Bearer {self.bearer}",
            "Accept": "text/html",
            **options.pop("headers", {}),
        }
        return self.house.browser().open(path, method=method, base_url=BASE_URL, headers=headers, **options)


def carried_by(who: Visitor) -> str:
    """The session that a browser's cookie carries."""
    cookie = who.browser.get_cookie("__Host-s", domain="127.0.0.1")
    assert cookie is not None
    return str(cookie.value)


@pytest.fixture
def holder(house: House) -> Holder:
    who = visitor(house)
    return Holder(house, carried_by(who), who.home, who.csrf)


def test_it_works(holder: Holder) -> None:
    page = holder.ask(holder.home)

    assert page.status_code == 200
    assert "Groet" in page.get_data(as_text=True)
    assert f'content="{holder.csrf}"' in page.get_data(as_text=True), "the same token as with the cookie"
    assert holder.ask("/api/v1/me").get_json()["sub"] == "student-1"


def test_what_changes_something_still_needs_its_token_and_origin(holder: Holder) -> None:
    path, body = "/language", {"locale": "en", "next": holder.home}

    def status(**headers: str) -> int:
        return holder.ask(path, "POST", data=body, headers=headers).status_code

    assert status(Origin=BASE_URL) == 403
    assert status(**{"Origin": "https://evil.example", "X-CSRF-Token": holder.csrf}) == 403
    assert status(**{"Origin": BASE_URL, "X-CSRF-Token": holder.csrf}) == 303


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer " + "a" * 43,
        "Bearer " + "a" * 43 + ".b",
        "bearer \xe9.\xe9",
        "Bearer a b",
    ],
)
def test_a_wrong_bearer_is_nobody_and_no_cookie_helps_it(house: House, value: str) -> None:
    """Except where it is none at all."""
    who = visitor(house)
    status = who.get("/api/v1/me", headers={"Authorization": value}).status_code
    assert status == (401 if value.lower().startswith("bearer ") else 200)


def test_a_bearer_and_a_cookie_of_two_people_are_the_bearers(house: House, holder: Holder) -> None:
    other = visitor(house, changes={"sub": "student-2"})
    headers = {"Authorization": f"Bearer {holder.bearer}"}

    assert other.get("/api/v1/me", headers=headers).get_json()["sub"] == "student-1"
    sent = {"locale": "en", "next": "/"}
    answer = other.post("/language", form=sent, headers=headers)
    assert answer.status_code == 403, "its token is made of the cookie's session"


def test_what_a_proxy_asks_for_itself_takes_nothing_away(house: House) -> None:
    who = visitor(house)
    assert who.get("/api/v1/me", headers={"Authorization": "Basic dGVzdDp0ZXN0"}).status_code == 200


def test_it_opens_nothing_of_the_staff(holder: Holder) -> None:
    assert holder.ask("/hub/").status_code == 303
    assert holder.ask("/hub/sign-out", "POST", headers={"Origin": BASE_URL}).status_code == 401


def test_an_ended_session_is_ended(house: House, holder: Holder) -> None:
    with house.database.writing() as connection:
        (student,) = connection.execute(select(Identity.id)).scalars()
        end_sessions(connection, identity_id=student)
    assert holder.ask(holder.home).status_code == 401


def frame_of(page: TestResponse) -> str:
    """The address of the empty page into which this one is written."""
    return page.headers["Page-Frame"]


def test_each_page_names_a_frame_with_the_headers_of_its_own(house: House, holder: Holder) -> None:
    address = frame_of(holder.ask(holder.home))

    frame = house.browser().get(address, base_url=BASE_URL)

    assert frame.status_code == 200
    policy = frame.headers["Content-Security-Policy"]
    assert policy.endswith(f"form-action 'self'; frame-ancestors 'self' {house.lms.issuer}")
    assert "<script" not in frame.get_data(as_text=True)
    assert holder.bearer.split(".")[0] not in address


def test_a_page_for_nobody_in_particular_may_stand_where_it_would_with_a_cookie(holder: Holder) -> None:
    """A refusal without a person in it: anybody may frame it, so that it can be read in any LMS."""
    holder.bearer = "a" * 43 + ".b"
    answer = holder.ask(holder.home)
    assert answer.status_code == 401
    frame = holder.house.browser().get(frame_of(answer), base_url=BASE_URL)
    assert frame.headers["Content-Security-Policy"].endswith("frame-ancestors 'self' *")


@pytest.mark.parametrize("changed", ["framed-by", "forms-to", "sig"])
def test_nobody_else_writes_the_policy_of_a_frame(house: House, holder: Holder, changed: str) -> None:
    address = frame_of(holder.ask(holder.home))
    for forged in (
        address.replace(f"{changed}=", f"{changed}=https%3A%2F%2Fevil.example+", 1),
        address.replace(f"{changed}=", "x=", 1),
        address + f"&{changed}=https%3A%2F%2Fevil.example",
        address.replace("?", f"?{changed}=https%3A%2F%2Fevil.example&", 1),
        urlsplit(address).path,
    ):
        answer = house.browser().get(forged, base_url=BASE_URL)
        assert answer.status_code == 403, forged
        assert "evil.example" not in answer.headers["Content-Security-Policy"]


def test_who_comes_with_a_cookie_is_told_of_no_frame(house: House) -> None:
    who = visitor(house)
    assert "Page-Frame" not in who.get(who.home).headers


def test_the_choice_of_a_teacher_may_go_on_to_the_lms(house: House) -> None:
    """The page that hands it over: its form goes there and nowhere else, as it would with a cookie."""
    browser = house.browser()
    home = house.lms.ask_for_modules(browser, house.clock()).headers["Location"]
    holder = Holder(house, carried_by(Visitor(browser)), home, "")
    catalogue = holder.ask(home)
    (token,) = re.findall(r'name="csrf-token" content="([^"]+)"', catalogue.get_data(as_text=True))
    sent = {"csrf_token": token, "module": "groeten"}

    page = holder.ask(home, "POST", data=sent, headers={"Origin": BASE_URL})

    assert page.status_code == 200
    policies = [
        house.browser().get(frame_of(one), base_url=BASE_URL).headers["Content-Security-Policy"]
        for one in (catalogue, page)
    ]
    assert "form-action 'self';" in policies[0]
    assert f"form-action {house.lms.issuer};" in policies[1]
