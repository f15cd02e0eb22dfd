"""The tool asks who is in a course."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from practice.service import MEMBERS_SCOPE, MEMBERS_TYPE
from tests.practice.conftest import Browser, Clock
from tests.practice.tiny_tool import TinyTool

NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"


def headers(browser: Browser, tool: TinyTool, clock: Clock, scope: str = MEMBERS_SCOPE) -> dict[str, str]:
    answer = browser.post(
        "/lti/token",
        data={
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": tool.assertion(clock()),
            "scope": scope,
        },
    )
    return {"Authorization": f"Bearer {answer.get_json()['access_token']}", "Accept": MEMBERS_TYPE}


def test_everybody_is_told_in_pages(
    anonymous: Browser, tool: TinyTool, clock: Clock, launch: Callable[[str, str], dict[str, Any]]
) -> None:
    where = launch("katrien", "stage-feedback")[NRPS]["context_memberships_url"] + "&limit=3"
    bearer, seen = headers(anonymous, tool, clock), []
    while where:
        page = anonymous.get(where, headers=bearer)
        assert page.headers["Content-Type"] == MEMBERS_TYPE
        seen += [(member["user_id"], member["roles"]) for member in page.get_json()["members"]]
        where = page.headers.get("Link", "<>").partition(">")[0].removeprefix("<")

    assert seen == [
        ("katrien", ["Instructor"]),
        ("amina", ["Learner"]),
        ("jef", ["Learner"]),
        ("lotte", ["Learner"]),
    ]


def test_it_takes_the_scope_and_the_media_type(
    anonymous: Browser, tool: TinyTool, clock: Clock, app: Flask
) -> None:
    where = "/services/courses/stage/members?type_id=1"
    bearer = headers(anonymous, tool, clock)
    assert anonymous.get(where).status_code == 401
    assert anonymous.get(where, headers={**bearer, "Accept": "application/json"}).status_code == 406
    scores = headers(anonymous, tool, clock, "https://purl.imsglobal.org/spec/lti-ags/scope/score")
    assert anonymous.get(where, headers=scores).status_code == 403
    assert anonymous.get(where.replace("stage", "none"), headers=bearer).status_code == 404
    assert anonymous.get(where.partition("?")[0], headers=bearer).status_code == 404
