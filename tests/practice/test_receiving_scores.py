"""Scores come in as they do at Moodle, also where that hurts, and people see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.practice.conftest import Browser, Clock
from tests.practice.tiny_tool import ITEM_TYPE, RESULTS_TYPE, SCORE_TYPE

Person = Callable[[str], Browser]
Send = Callable[..., TestResponse]


def grade_of(browser: Browser, person_id: str = "amina") -> dict[str, Any] | None:
    """What the gradebook says about `warme-band`."""
    columns = browser.get("/courses/leerbuddy/gradebook.json").get_json()["columns"]
    grades = next(column["grades"] for column in columns if column["link"] == "leerbuddy-warme-band")
    found: dict[str, Any] | None = grades.get(person_id)
    return found


def test_a_score_shows_up_in_the_gradebook(send_score: Send, signed_in: Person) -> None:
    answer = send_score()
    assert answer.status_code == 200
    assert answer.data == b""

    for person in ("amina", "katrien"):
        seen = grade_of(signed_in(person))
        assert seen is not None
        assert (seen["score"], seen["comment"]) == (1, "Voltooid")
        page = signed_in(person).get("/courses/leerbuddy/gradebook/rows").text
        assert "1 / 1" in page
        assert "Voltooid" in page
        assert "23 nov, 10:00:00" in page
    assert "Amina" not in signed_in("jef").get("/courses/leerbuddy/gradebook").text


def test_the_score_is_a_part_of_the_maximum(send_score: Send, signed_in: Person, clock: Clock) -> None:
    browser = signed_in("amina")
    for given, maximum, expected in ((3, 4, 0.75), (0, 4, 0), (9, 4, 1)):
        clock.advance(seconds=1)
        assert send_score(scoreGiven=given, scoreMaximum=maximum).status_code == 200
        seen = grade_of(browser)
        assert seen is not None
        assert seen["score"] == expected


def test_a_score_must_be_a_whole_second_later(send_score: Send, clock: Clock, signed_in: Person) -> None:
    assert send_score().status_code == 200
    assert send_score().status_code == 409
    clock.advance(milliseconds=700)
    assert send_score(scoreGiven=0).status_code == 409, "the same second, though later"
    clock.advance(milliseconds=50)
    assert send_score(scoreGiven=0).status_code == 200
    clock.advance(seconds=-60)
    assert send_score().status_code == 409

    seen = grade_of(signed_in("amina"))
    assert seen is not None
    assert seen["score"] == 0
    assert send_score(userId="jef").status_code == 200, "another person's scores have times of their own"


@pytest.mark.parametrize(
    "changed",
    [
        {"scoreGiven": None, "scoreMaximum": None},
        {"gradingProgress": "NotReady", "activityProgress": "Started"},
        {"gradingProgress": "Pending"},
    ],
)
def test_an_unfinished_score_erases_the_grade(
    send_score: Send, clock: Clock, signed_in: Person, changed: dict[str, Any]
) -> None:
    """Given a grade, when a message without a final score comes, then it is gone, and the page says so."""
    send_score()
    clock.advance(seconds=5)
    assert send_score(**changed).status_code == 200

    seen = grade_of(signed_in("amina"))
    assert seen is not None
    assert seen["score"] is None
    assert "gewist" in signed_in("amina").get("/courses/leerbuddy/gradebook").text
    assert "gewist" in signed_in("amina").get("/courses/leerbuddy").text


def test_a_score_without_comment_erases_the_comment(
    send_score: Send, clock: Clock, signed_in: Person
) -> None:
    send_score()
    clock.advance(seconds=1)
    send_score(comment=None)
    seen = grade_of(signed_in("amina"))
    assert seen is not None
    assert seen["comment"] is None


@pytest.mark.parametrize(
    "changed",
    [
        {"userId": "katrien"},
        {"userId": "nobody"},
        {"userId": None},
        {"userId": 7},
        {"userId": "\ud800"},
        {"timestamp": None},
        {"timestamp": "2026-11-23T10:00:00"},
        {"timestamp": "yesterday"},
        {"timestamp": "0001-01-01T00:00:00+14:00"},
        {"scoreMaximum": None},
        {"scoreMaximum": 0},
        {"scoreGiven": -1},
        {"scoreGiven": "1"},
        {"scoreGiven": float("inf")},
        {"scoreGiven": 10**400},
        {"activityProgress": "Done"},
        {"gradingProgress": None},
        {"comment": ["x"]},
        {"comment": "\udfff"},
    ],
)
def test_a_wrong_score_is_refused_and_written_down(
    send_score: Send, signed_in: Person, anonymous: Browser, changed: dict[str, Any]
) -> None:
    assert send_score(**changed).status_code == 400
    assert grade_of(signed_in("katrien")) is None
    assert [entry["status"] for entry in anonymous.get("/_test/arrivals").get_json()] == [400]
    assert "geweigerd, 400" in signed_in("katrien").get("/courses/leerbuddy/gradebook").text


def test_the_media_type_and_the_query_are_kept_to(send_score: Send, column: str) -> None:
    assert send_score(media_type="application/json").status_code == 415
    assert send_score(to=column.partition("?")[0]).status_code == 404


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[" * 100_000, b"\xff\xfe"])
def test_a_body_that_is_no_object_is_refused(
    anonymous: Browser, token: Callable[..., dict[str, str]], column: str, body: bytes
) -> None:
    headers = {**token("score"), "Content-Type": SCORE_TYPE}
    path, _, query = column.partition("?")
    assert anonymous.post(f"{path}/scores?{query}", data=body, headers=headers).status_code == 400


def test_a_deleted_column_takes_no_scores(
    anonymous: Browser, token: Callable[..., dict[str, str]], send_score: Send, column: str
) -> None:
    assert anonymous.delete(column, headers={**token("lineitem"), "Accept": ITEM_TYPE}).status_code == 204
    assert send_score().status_code == 404


def test_results_give_the_grades_back(
    anonymous: Browser, token: Callable[..., dict[str, str]], send_score: Send, column: str
) -> None:
    send_score()
    send_score(userId="jef", scoreGiven=0)
    path, _, query = column.partition("?")
    headers = {**token("result.readonly"), "Accept": RESULTS_TYPE}

    both = anonymous.get(f"{path}/results?{query}", headers=headers)
    assert both.headers["Content-Type"] == RESULTS_TYPE
    assert {entry["userId"]: entry["resultScore"] for entry in both.get_json()} == {"amina": 1, "jef": 0}
    one = anonymous.get(f"{path}/results?{query}&user_id=amina", headers=headers).get_json()
    assert [entry["scoreOf"] for entry in one] == [column]


def test_a_planned_fault_strikes_as_often_as_asked(
    anonymous: Browser, send_score: Send, signed_in: Person, clock: Clock
) -> None:
    send_score()  # a token and the column's address are there before the fault
    clock.advance(seconds=1)
    busy = {"at": "scores", "status": 429, "headers": {"Retry-After": "5"}}
    anonymous.post("/_test/faults", json=busy)
    refused = send_score(scoreGiven=0)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "5")

    anonymous.post("/_test/faults", json={"at": "scores", "status": 502, "after": True})
    assert send_score(scoreGiven=0).status_code == 502
    seen = grade_of(signed_in("amina"))
    assert seen is not None
    assert seen["score"] == 0, "carried out, though the answer was lost"
    assert send_score(scoreGiven=0).status_code == 409
