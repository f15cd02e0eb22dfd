"""Doors for tests and trials only, under `/_test`; they exist when `Settings.test_hooks` is on.

    POST /_test/rotate          sign with a new key                         → {"kid": …}
    POST /_test/expire-tokens   forget all access tokens                    → 204
    GET  /_test/arrivals        every score message, oldest first           → [{"status": …, "body": …}, …]
    POST /_test/faults          {"at": "scores", "status": 503, "times": 2, "headers": {…}, "after": false}

A fault answers the next `times` calls `at` a place (scores, line_items, tokens, jwks) with that status; with
`after` the call is carried out first and only its answer is lost.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Flask, Response, abort, make_response, request

from practice import keys
from practice.lms import lms

_PLACES = {"scores": "scores.", "line_items": "line_items.", "tokens": "tokens.", "jwks": "launches.key_set"}


@dataclass(frozen=True, slots=True)
class Fault:
    status: int
    headers: dict[str, str]
    after: bool


@dataclass(slots=True)
class Faults:
    """What is to go wrong, per place, in order."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    waiting: dict[str, deque[Fault]] = field(default_factory=dict)

    def add(self, place: str, fault: Fault, times: int) -> None:
        with self.lock:
            self.waiting.setdefault(place, deque()).extend([fault] * times)

    def take(self, endpoint: str | None, *, after: bool) -> Fault | None:
        """The next fault for this endpoint, if it is to strike at this moment."""
        with self.lock:
            for place, prefix in _PLACES.items():
                queue = self.waiting.get(place)
                if queue and (endpoint or "").startswith(prefix) and queue[0].after == after:
                    return queue.popleft()
        return None


def add_hooks(app: Flask) -> None:
    faults = Faults()
    blueprint = Blueprint("hooks", __name__, url_prefix="/_test")

    @blueprint.post("/rotate")
    def rotate() -> dict[str, str]:
        return {"kid": keys.rotate(lms().store)}

    @blueprint.post("/expire-tokens")
    def expire_tokens() -> Response:
        with lms().store.writing() as connection:
            connection.execute("DELETE FROM access_tokens")
        return make_response("", 204)

    @blueprint.get("/arrivals")
    def arrivals() -> list[dict[str, Any]]:
        with lms().store.reading() as connection:
            return [dict(row) for row in connection.execute("SELECT * FROM arrivals ORDER BY id")]

    @blueprint.post("/faults")
    def set_fault() -> Response:
        asked: Any = request.get_json()
        if not isinstance(asked, dict) or asked.get("at") not in _PLACES:
            abort(400, f"'at' moet een van deze zijn: {', '.join(_PLACES)}")
        fault = Fault(int(asked["status"]), dict(asked.get("headers", {})), bool(asked.get("after")))
        faults.add(asked["at"], fault, int(asked.get("times", 1)))
        return make_response("", 204)

    @app.before_request
    def strike_before() -> Response | None:
        fault = faults.take(request.endpoint, after=False)
        return make_response("", fault.status, fault.headers) if fault else None

    @app.after_request
    def strike_after(answer: Response) -> Response:
        fault = faults.take(request.endpoint, after=True)
        return make_response("", fault.status, fault.headers) if fault else answer

    app.register_blueprint(blueprint)
