"""A browser that brings no cookie back: the LMS's page keeps the secret, and only a page of ours may hand it over."""

import json
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.support.lms import CLAIM
from tests.trainer.conftest import BASE_URL, House
from trainer.people.models import BrowserSession

OWN_PAGE = {
    "Origin": BASE_URL,
    "Sec-Fetch-Site": "same-origin",
    "Accept": "text/html, application/json;q=0.9",
}


def sessions(house: House) -> int:
    with house.database.reading() as connection:
        return connection.execute(select(func.count()).select_from(BrowserSession)).scalar_one()


def in_page(answer: TestResponse, name: str) -> dict[str, Any]:
    """What the server wrote into a page for its script."""
    found = re.search(
        rf'<script type="application/json" id="{name}">(.*?)</script>',
        answer.get_data(as_text=True),
        re.DOTALL,
    )
    assert found, answer.get_data(as_text=True)
    read: dict[str, Any] = json.loads(found[1])
    return read


def log_in(house: House, browser: FlaskClient, **fields: str) -> TestResponse:
    form = {
        "iss": house.lms.issuer,
        "login_hint": "hint",
        "target_link_uri": f"{BASE_URL}/lti/launch/groeten",
        "client_id": house.lms.client_id,
        "lti_storage_target": "_parent",
        **fields,
    }
    return browser.post("/lti/login", data=form, base_url=BASE_URL)


def launch(house: House, changes: Mapping[str, Any] | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the login's page and the launch's page hold, where no cookie came back between them."""
    login = in_page(log_in(house, house.browser()), "login")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(login["next"]).query).items()}
    token = house.lms.sign(house.lms.claims(asked["nonce"], house.clock(), changes))
    answer = house.lms.post(house.browser(), asked["state"], token)
    assert answer.status_code == 200
    return login, in_page(answer, "launch")


def confirm(
    house: House,
    page: dict[str, Any],
    secret: str | None,
    browser: FlaskClient | None = None,
    **changes: str | None,
) -> TestResponse:
    """The page of the launch hands over what the LMS kept."""
    headers = {name: value for name, value in {**OWN_PAGE, **changes}.items() if value is not None}
    body = {"state": page["state"], "secret": secret, "token": page["token"]}
    return (browser or house.browser()).post(page["address"], json=body, headers=headers, base_url=BASE_URL)


def test_it_works(house: House) -> None:
    login, page = launch(house)
    browser = house.browser()

    answer = confirm(house, page, login["secret"], browser)

    assert answer.status_code == 200
    said = answer.get_json()
    assert said["location"].startswith("/m/")
    assert "Groet" in browser.get(said["location"], base_url=BASE_URL).get_data(as_text=True)
    assert browser.get("/api/v1/me", base_url=BASE_URL).get_json()["sub"] == "student-1"


def test_the_answer_holds_the_session_too_for_a_browser_that_keeps_no_cookie(house: House) -> None:
    login, page = launch(house)
    answer = confirm(house, page, login["secret"])
    said = answer.get_json()

    headers = {"Authorization": f"Bearer {said['bearer']}"}
    me = house.browser().get("/api/v1/me", base_url=BASE_URL, headers=headers)

    assert me.get_json()["sub"] == "student-1"
    assert answer.headers["Cache-Control"] == "no-store"
    assert said["bearer"].split(".")[0] not in said["location"]
    cookies = " ".join(answer.headers.getlist("Set-Cookie"))
    assert f"__Host-s={said['bearer']};" in cookies, "one session, however it is carried"
    assert sessions(house) == 1


def test_the_page_that_asks_may_hold_frames_of_ours_alone(house: House) -> None:
    login = in_page(log_in(house, house.browser()), "login")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(login["next"]).query).items()}
    token = house.lms.sign(house.lms.claims(asked["nonce"], house.clock()))
    answer = house.lms.post(house.browser(), asked["state"], token)
    assert "frame-src 'self';" in answer.headers["Content-Security-Policy"]


def test_in_a_window_of_its_own_a_browser_without_cookies_reads_what_to_allow(house: House) -> None:
    """Another window would end the same way; the page that confirms says which kind of window it is in."""
    top = {"Sec-Fetch-Dest": "document"}
    asked = house.lms.log_in(house.browser())
    token = house.lms.sign(house.lms.claims(asked["nonce"], house.clock()))
    form = {"state": asked["state"], "id_token": token}
    plain = house.browser().post("/lti/launch", data=form, headers=top, base_url=BASE_URL)

    login = in_page(log_in(house, house.browser()), "login")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(login["next"]).query).items()}
    token = house.lms.sign(house.lms.claims(asked["nonce"], house.clock()))
    form = {"state": asked["state"], "id_token": token}
    asking = house.browser().post("/lti/launch", data=form, headers=top, base_url=BASE_URL)
    confirmed = confirm(house, in_page(asking, "launch"), None)

    for answer in (plain, confirmed):
        text = answer.get_data(as_text=True)
        assert answer.status_code == 401
        assert "Je browser blokkeert cookies" in text
        assert "LTI-COOKIES-BLOCKED-" in text
        assert '<b translate="no">127.0.0.1</b>' in text
        assert 'href="/lti/login?iss=' in text
    assert sessions(house) == 0


def test_the_login_sets_the_cookie_all_the_same(house: House) -> None:
    browser = house.browser()
    login = in_page(log_in(house, browser), "login")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(login["next"]).query).items()}
    token = house.lms.sign(house.lms.claims(asked["nonce"], house.clock()))

    assert house.lms.post(browser, asked["state"], token).status_code == 303


def test_where_the_lms_keeps_nothing_a_login_redirects_at_once(house: House) -> None:
    answer = log_in(house, house.browser(), lti_storage_target="")
    assert answer.status_code == 302


def test_the_login_page_goes_on_without_a_script_too(house: House) -> None:
    answer = log_in(house, house.browser())
    login = in_page(answer, "login")
    text = answer.get_data(as_text=True)
    (link,) = re.findall(r'<a href="([^"]+)">Ga verder</a>', text)
    assert unescape(link) == login["next"]
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_secret_is_of_its_own_and_travels_nowhere_else(house: House) -> None:
    login, page = launch(house)
    asked = parse_qs(urlsplit(login["next"]).query)
    assert login["secret"] not in {asked["state"][0], asked["nonce"][0]}
    assert login["secret"] not in login["next"]
    assert login["secret"] not in json.dumps(page)
    assert login["storage"]["origin"] == house.lms.issuer
    assert page["storage"] == login["storage"]


def test_the_page_that_asks_holds_no_session_and_nothing_of_the_launch(house: House) -> None:
    login = in_page(log_in(house, house.browser()), "login")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(login["next"]).query).items()}
    who = {"name": "Amina Belkacem", "email": "amina@student.example"}
    token = house.lms.sign(house.lms.claims(asked["nonce"], house.clock(), who))

    answer = house.lms.post(house.browser(), asked["state"], token)

    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert sessions(house) == 0
    for word in ("Amina", "amina@", "student-1", "course-1", "Leerbuddy", token, token.split(".")[1]):
        assert word not in text
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "changes",
    [
        {"Origin": None},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": None},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
    ],
)
def test_an_attackers_page_with_everything_right_opens_nothing(
    house: House, changes: dict[str, str | None]
) -> None:
    """Who began the login himself knows state, secret and token; only a page of ours may hand them over."""
    login, page = launch(house, {"sub": "attacker"})
    victim = house.browser()
    house.lms.open(victim, house.clock(), {"sub": "victim"})

    answer = confirm(house, page, login["secret"], victim, **changes)

    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers
    assert victim.get("/api/v1/me", base_url=BASE_URL).get_json()["sub"] == "victim"
    assert sessions(house) == 1


@pytest.mark.parametrize("secret", ["", None, "a guess"])
def test_a_wrong_or_missing_secret_spends_the_login_and_offers_a_new_window(
    house: House, secret: str | None
) -> None:
    login, page = launch(house)

    answer = confirm(house, page, secret)

    text = answer.get_data(as_text=True)
    assert answer.status_code == 401
    assert answer.mimetype == "text/html"
    assert "Module openen in een nieuw venster" in text
    assert 'href="/lti/login?iss=' in text
    again = confirm(house, page, login["secret"])
    assert again.status_code == 401, "there is one try"
    assert "Set-Cookie" not in again.headers
    assert sessions(house) == 0


def test_a_secret_that_comes_too_late(house: House) -> None:
    login, page = launch(house)
    house.clock.move(minutes=11)
    answer = confirm(house, page, login["secret"])
    assert answer.status_code == 401
    assert sessions(house) == 0


def test_the_secret_of_another_tab_is_none_of_this_ones(house: House) -> None:
    (mine, _), (_, other_page) = launch(house), launch(house)
    assert confirm(house, other_page, mine["secret"]).status_code == 401


def test_submitted_eight_times_at_once_there_is_one_session(house: House) -> None:
    login, page = launch(house)
    with ThreadPoolExecutor(8) as threads:
        statuses = sorted(threads.map(lambda _: confirm(house, page, login["secret"]).status_code, range(8)))
    assert statuses == [200] + [401] * 7
    assert sessions(house) == 1


def test_a_link_without_a_module_answers_its_page(house: House) -> None:
    bare = {CLAIM + "target_link_uri": f"{BASE_URL}/lti/launch", CLAIM + "resource_link": {"id": "bare"}}
    login, page = launch(house, bare)

    answer = confirm(house, page, login["secret"])

    assert answer.status_code == 200
    assert "Hier staat nog geen module" in answer.get_data(as_text=True)


def test_a_refused_launch_answers_its_page(house: House) -> None:
    """The launch is checked as any other: the secret says which browser, not who."""
    login, page = launch(house, {CLAIM + "deployment_id": "new"})
    answer = confirm(house, page, login["secret"])
    assert answer.status_code == 403
    assert "Deze cursus is nog niet" in answer.get_data(as_text=True)
    assert sessions(house) == 0


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"state": 1}', b"\xff", b"{" * 5000])
def test_whatever_is_posted_is_refused(house: House, body: bytes) -> None:
    answer = house.browser().post(
        "/lti/launch/confirm",
        data=body,
        headers={**OWN_PAGE, "Content-Type": "application/json"},
        base_url=BASE_URL,
    )
    assert answer.status_code == 403
