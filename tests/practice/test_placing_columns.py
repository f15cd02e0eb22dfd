"""The tool finds, makes, changes and removes gradebook columns."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.practice.conftest import Browser
from tests.practice.tiny_tool import AGS, ITEM_TYPE, ITEMS_TYPE

Token = Callable[..., dict[str, str]]
COLUMNS = "/services/courses/leerbuddy/lineitems?type_id=1"
STAGE = "/services/courses/stage/lineitems?type_id=1"


def make(browser: Browser, headers: dict[str, str], where: str = STAGE, **members: Any) -> TestResponse:
    column = {"label": "Feedback", "scoreMaximum": 1} | members
    return browser.post(
        where, json=column, headers={"Accept": ITEM_TYPE, **headers, "Content-Type": ITEM_TYPE}
    )


def test_every_module_has_its_column(anonymous: Browser, token: Token) -> None:
    answer = anonymous.get(COLUMNS, headers={**token("lineitem.readonly"), "Accept": ITEMS_TYPE})
    assert answer.headers["Content-Type"] == ITEMS_TYPE
    columns = answer.get_json()
    assert len(columns) == 12
    assert columns[1]["resourceLinkId"] == "leerbuddy-warme-band"
    assert columns[1]["scoreMaximum"] == 1


def test_filters_and_pages(anonymous: Browser, token: Token) -> None:
    headers = {**token("lineitem.readonly"), "Accept": ITEMS_TYPE}
    one = anonymous.get(f"{COLUMNS}&resource_link_id=leerbuddy-online", headers=headers).get_json()
    assert [column["label"] for column in one] == ["Online buddyen: nabij op afstand"]
    assert anonymous.get(f"{COLUMNS}&tag=none", headers=headers).get_json() == []

    seen: list[str] = []
    where: str | None = f"{COLUMNS}&limit=5"
    while where:
        page = anonymous.get(where, headers=headers)
        seen += [column["id"] for column in page.get_json()]
        following = re.match(r'<([^>]+)>; rel="next"', page.headers.get("Link", ""))
        where = following[1] if following else None
    assert len(seen) == len(set(seen)) == 12


def test_a_column_for_a_link_that_has_none(
    anonymous: Browser, token: Token, launch: Callable[[str, str], dict[str, Any]]
) -> None:
    """Given a link without column, when the tool makes one, then the next launch names it."""
    made = make(anonymous, token("lineitem"), resourceLinkId="stage-feedback", tag="voltooiing")
    assert made.status_code == 201
    assert made.get_json()["tag"] == "voltooiing"
    assert launch("amina", "stage-feedback")[AGS]["lineitem"] == made.get_json()["id"]

    make(anonymous, token("lineitem"), resourceLinkId="stage-feedback")
    assert "lineitem" not in launch("amina", "stage-feedback")[AGS], "with two columns none is the link's"


def test_a_column_changes_and_goes(anonymous: Browser, token: Token) -> None:
    headers = {**token("lineitem"), "Accept": ITEM_TYPE, "Content-Type": ITEM_TYPE}
    where = make(anonymous, headers).get_json()["id"]

    changed = anonymous.put(where, json={"label": "Nieuw", "scoreMaximum": 20}, headers=headers)
    assert changed.get_json() == {"id": where, "label": "Nieuw", "scoreMaximum": 20}
    moved = {"label": "Nieuw", "scoreMaximum": 20, "resourceLinkId": "stage-feedback"}
    assert anonymous.put(where, json=moved, headers=headers).status_code == 400

    assert anonymous.delete(where, headers=headers).status_code == 204
    assert anonymous.get(where, headers=headers).status_code == 404


@pytest.mark.parametrize(
    "members",
    [
        {"scoreMaximum": 0},
        {"scoreMaximum": "1"},
        {"scoreMaximum": True},
        {"scoreMaximum": float("nan")},
        {"scoreMaximum": 10**400},
        {"label": ""},
        {"label": None},
        {"label": "x" * 256},
        {"label": "\ud800"},
        {"resourceLinkId": "leerbuddy-online"},
    ],
)
def test_a_wrong_column_is_refused(anonymous: Browser, token: Token, members: dict[str, Any]) -> None:
    assert make(anonymous, token("lineitem"), **members).status_code == 400


def test_media_types_and_the_query_are_kept_to(anonymous: Browser, token: Token) -> None:
    headers = token("lineitem")
    assert anonymous.get(COLUMNS, headers=headers | {"Accept": "*/*"}).status_code == 406
    assert anonymous.get(COLUMNS, headers=headers | {"Accept": ITEM_TYPE}).status_code == 406
    assert make(anonymous, headers | {"Accept": "application/json"}).status_code == 406
    plain = {**headers, "Accept": ITEM_TYPE, "Content-Type": "application/json"}
    assert anonymous.post(STAGE, data="{}", headers=plain).status_code == 415
    bare = COLUMNS.partition("?")[0]
    assert anonymous.get(bare, headers=headers | {"Accept": ITEMS_TYPE}).status_code == 404


def test_a_column_belongs_to_its_course(anonymous: Browser, token: Token, column: str) -> None:
    elsewhere = column.replace("/leerbuddy/", "/stage/")
    headers = {**token("lineitem"), "Accept": ITEM_TYPE}
    assert anonymous.get(column, headers=headers).status_code == 200
    assert anonymous.get(elsewhere, headers=headers).status_code == 404
    assert anonymous.delete(elsewhere, headers=headers).status_code == 404
    beyond = f"/services/courses/leerbuddy/lineitems/{10**30}/lineitem?type_id=1"
    assert anonymous.get(beyond, headers=headers).status_code == 404
