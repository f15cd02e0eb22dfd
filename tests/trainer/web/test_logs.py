"""The logs of the real service, at their most talkative: no token, cookie, name, address or text of a person ever stands in them."""

import secrets
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from tests.fuzz.http_browser import HttpBrowser
from tests.support.databases import database_url  # noqa: F401  (both databases: each has its own words)
from tests.support.lms import CLAIM, Lms
from tests.support.service import RunningService
from tests.trainer.conftest import BASE_URL, House
from trainer.core.clock import system_clock
from trainer.people.models import Buddy, Identity

PERSON = {
    "sub": "canary-sub-93f1", "name": "Canary Naamsen", "given_name": "Canary-voornaam", "family_name": "Canary-achternaam",
    "email": "canary@person.example",
}  # fmt: skip
TEXT = "canary-tekst Yasmina uit 3B vond het moeilijk"


def test_the_logs_hold_no_secrets(
    house: House, start_service: Callable[..., RunningService], tmp_path: Path
) -> None:
    """Every kind of request, good and bad, with words in it that must not be found again."""
    settings = house.settings
    served = start_service(
        house.database.url.render_as_string(hide_password=False), with_worker=False, secret_key=settings.secret_key,
        media_root=settings.media_root, log_level="DEBUG",
    )  # fmt: skip
    canaries = walk(house.lms, served)
    log = (served.folder / "web.log").read_text("utf-8", "replace")
    assert "launched" in log
    assert "refused" in log
    assert "Traceback" not in log
    assert [canary for canary in canaries if canary and canary in log] == []


def walk(lms: Lms, served: RunningService) -> list[str]:
    """One person's visit, and everything that goes wrong around it; gives the secrets that passed."""
    lms.tool = served.base_url
    lms.open(HttpBrowser(served.port), system_clock(), {**PERSON, CLAIM + "deployment_id": "unknown"})  # type: ignore[arg-type]
    browser: Any = HttpBrowser(served.port)
    now = system_clock
    asked = lms.log_in(browser, login_hint="canary-login-hint", lti_message_hint="canary-message-hint")
    found = [
        *PERSON.values(),
        TEXT,
        "canary-tekst",
        "canary-login-hint",
        "canary-message-hint",
        asked["state"],
        asked["nonce"],
    ]
    found += browser.cookies.values()
    tokens = [
        lms.sign(lms.claims(asked["nonce"], now(), {**PERSON, **changes}))
        for changes in (
            {CLAIM + "version": "1"},
            {CLAIM + "target_link_uri": "https://evil.example"},
            {"nonce": "canary-nonce"},
            {"aud": "canary-aud"},
            {},
        )
    ]
    for token in (*tokens[:4], "canary." + tokens[0], tokens[0][:-5] + "AAAAA", tokens[4]):
        answer = lms.post(browser, asked["state"], token)
        found += [token, token.split(".")[-1]]
    assert answer.status_code == 303
    home = answer.headers["Location"]
    token, mark = browser.cookies["__Host-s"].split(".")
    page = browser.get(home).get_data(as_text=True)
    csrf = page.split('<meta name="csrf-token" content="')[1].split('"')[0]
    found += [token, mark, csrf]
    headers = {"Origin": served.base_url, "X-CSRF-Token": csrf, "Authorization": "Bearer canary-bearer"}
    found += ["canary-bearer"]
    for path in (
        "",
        "status",
        "film/",
        "film/text",
        "check/?question=canary-question",
        "vertaalslag/",
        "nothing/",
    ):
        browser.get(home + path)
    for path, body in (
        ("vertaalslag/draft", {"texts": {"worked": TEXT}, "revision": None}),
        ("vertaalslag/draft", {"texts": {"worked": TEXT, TEXT: TEXT, "action": 5}}),
        ("vertaalslag/draft", {"texts": {"worked": TEXT * 1000}}),
        ("vertaalslag/hand-in", {"texts": {"worked": TEXT}}),
        ("vertaalslag/hand-in", {"texts": [TEXT]}),
        ("check/answer", {"attempt": 1, "question": TEXT, "chosen": [TEXT]}),
        ("film/film-answer", {"question": "even-denken", "chosen": [TEXT]}),
        ("progress", {"film": TEXT}),
    ):
        browser.post(home + path, json=body, headers=headers)
        browser.post(home + path, json=body, headers={**headers, "X-CSRF-Token": "canary-wrong-csrf"})
        browser.post(home + path, data=b"{" + TEXT.encode(), content_type="application/json", headers=headers)
    browser.post("/language", data={"csrf_token": csrf, "locale": TEXT, "next": TEXT}, headers=headers)
    browser.post(
        "/lti/launch", data={"error": "login_required", "state": "canary-state", "error_description": "x"}
    )
    stranger: Any = HttpBrowser(served.port)
    stranger.cookies["__Host-s"] = f"{secrets.token_urlsafe(32)}.canary-mark"
    stranger.get(home)
    return [
        *found,
        "canary-wrong-csrf",
        "canary-state",
        "canary-mark",
        stranger.cookies["__Host-s"].split(".")[0],
    ]


def test_an_error_of_the_database_tells_no_values(house: House) -> None:
    """Such an error is logged with its trace, and a trace shows the statement: not what was to be stored.

    PostgreSQL adds the values of the key in question, which the log cuts off.
    """
    lines = StringIO()
    row = {
        "registration_id": house.registration_id,
        "sub": PERSON["sub"],
        "email": PERSON["email"],
        "created_at": house.clock(),
    }
    with house.database.writing() as connection:
        buddy = connection.execute(
            insert(Buddy).returning(Buddy.id), {"public_id": "x", "created_at": house.clock()}
        ).scalar_one()
        connection.execute(insert(Identity), {"buddy_id": buddy, **row})
    with pytest.raises(IntegrityError) as problem, house.database.writing() as connection:
        connection.execute(insert(Identity), {"buddy_id": buddy, **row})
    assert PERSON["email"] not in str(problem.value)
    structlog.wrap_logger(structlog.WriteLogger(lines), structlog.get_config()["processors"]).error(
        "x", exc_info=problem.value
    )
    assert "IntegrityError" in lines.getvalue()
    assert PERSON["email"] not in lines.getvalue()
    assert PERSON["sub"] not in lines.getvalue()


def test_what_is_unexpected_is_a_page_without_the_inside(house: House) -> None:
    browser = house.browser()
    browser.set_cookie("__Host-s", "a" * 43 + ".b", domain="127.0.0.1", secure=True)
    rename(house, "browser_session", "gone")
    try:
        answer = browser.get("/api/v1/me", base_url=BASE_URL)
    finally:
        rename(house, "gone", "browser_session")  # databases are used again by other tests
    assert answer.status_code in {500, 503}
    assert set(answer.get_json()["error"]) == {"code", "ref", "message"}
    assert "browser_session" not in answer.get_data(as_text=True)


def rename(house: House, table: str, to: str) -> None:
    with house.database.writing() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {to}")
