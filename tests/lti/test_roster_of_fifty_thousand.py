"""A course of fifty thousand: in a minute, in 200 MB, in pages or in one piece."""

from __future__ import annotations

import json
import time
import tracemalloc
from typing import Any
from urllib.parse import parse_qs, urlsplit

import lti
from lti.roster import fetch_roster
from tests.lti.sides import NOW, Server, platform
from tests.lti.test_roster import URL, services

PEOPLE = 50_000


def member(number: int) -> dict[str, Any]:
    return {
        "status": "Active",
        "roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"],
        "user_id": f"a6d5c443-1f51-4783-ba1a-{number:012d}",
        "name": f"Jane Marie {number} Doe",
        "given_name": f"Jane Marie {number}",
        "family_name": "Doe",
        "email": f"jane.{number}@platform.example.edu",
        "lis_person_sourcedid": f"example.edu:71ee7e42-f6d2-414a-80db-{number:012d}",
    }


def serve_pages(request: dict[str, Any]) -> lti.HttpResponse:
    start = int(parse_qs(urlsplit(request["url"]).query).get("from", ["0"])[0])
    body = json.dumps({"members": [member(number) for number in range(start, start + 50)]}).encode()
    more = {"Link": f'<{URL}?from={start + 50}>; rel="next"'} if start + 50 < PEOPLE else {}
    return lti.HttpResponse(200, more, body)


def test_in_a_thousand_pages(tool_key: lti.ToolKey) -> None:
    began = time.monotonic()
    members = fetch_roster(services(Server(serve_pages), tool_key), platform(), URL, lambda: NOW)
    assert sum(1 for _ in members) == PEOPLE
    assert time.monotonic() - began < 60


def test_in_one_piece(tool_key: lti.ToolKey) -> None:
    body = json.dumps({"members": [member(number) for number in range(PEOPLE)]}).encode()
    held = services(Server(lti.HttpResponse(200, {}, body)), tool_key)
    tracemalloc.start()
    try:
        count = sum(1 for _ in fetch_roster(held, platform(), URL, lambda: NOW))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == PEOPLE
    assert most + len(body) < 200 * 1024 * 1024
