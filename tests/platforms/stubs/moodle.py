"""Moodle: as a running 4.1 did, and as `mod/lti` reads (locallib.php, auth.php, token.php, service/gradebookservices,
service/memberships)."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.platforms.stubs.base import StubLms
from tests.platforms.stubs.course import ITEMS_TYPE, LINE_ITEM_READ, TEACHER, Person, Placed
from tests.platforms.stubs.wire import Answer, Asked

#: a non-editing teacher: an instructor in launches, a learner in rosters (measured)
ASSISTANT = Person("assistant-1", TEACHER.roles)


class MoodleStub(StubLms):
    """One Moodle site."""

    family = "moodle"
    #: the site's name for the tool; the tool's addresses of services carry it
    type_id = "3"

    # --- launches ------------------------------------------------------------------------------------------------

    def check_authentication(self, asked: Mapping[str, str]) -> None:
        """State and nonce lose what looks like HTML (clean_param in auth.php)."""
        super().check_authentication(asked)
        assert re.fullmatch(r"[A-Za-z0-9._-]+", asked["state"] + asked["nonce"])

    def custom(self, link: Placed) -> dict[str, Any]:
        """Keys with capitals come in lower case too, values end at a line's end, and what is unknown comes as it was
        written, empty, or null (measured)."""
        given = {name: str(value).split("\n")[0] for name, value in link.custom.items()}
        return {
            **given,
            **{name.lower(): value for name, value in given.items()},
            "empty": "",
            "nothing": None,
        }

    def ags(self, link: Placed) -> Any:
        """Of columns, the claim names the one scope that includes the other. Once a tool made a column for the link,
        its own comes empty; with two it is not there (measured)."""
        columns = [number for number, item in self.items.items() if item.get("resourceLinkId") == link.id]
        told = {"scope": sorted(self.grants - {LINE_ITEM_READ}), "lineitems": self.items_url(link)}
        if link.column is not None and len(columns) == 1:
            told["lineitem"] = self.item_url(link.column)
        elif len(columns) == 1:
            told["lineitem"] = ""
        return told

    # --- deep linking --------------------------------------------------------------------------------------------

    def deep_linking_settings(self) -> dict[str, Any]:
        """Neither `data` nor `accept_lineitem` is there, though it takes columns (contentitem.php; measured)."""
        told = super().deep_linking_settings()
        del told["accept_lineitem"]
        return told

    def makes_link(self, item: Mapping[str, Any]) -> Placed:
        """Its form refuses a maximum that is no whole number from 1 to 100 (measured)."""
        maximum = item.get("lineItem", {}).get("scoreMaximum", 1)
        assert isinstance(maximum, int) and 1 <= maximum <= 100
        assert all("\n" not in value for value in item["custom"].values())
        return super().makes_link(item)

    # --- services ------------------------------------------------------------------------------------------------

    def refuse_stranger(self, asked: Asked) -> Answer | None:
        """Some sites turn away who does not say what he is."""
        return None if asked.header("User-Agent").startswith("BuddyTrainer/") else Answer(403, "<html>")

    def usable_keys(self, key_set: Mapping[str, Any]) -> list[dict[str, Any]]:
        """A key without `alg` spoils the whole set (jwks_helper.php; measured)."""
        keys = super().usable_keys(key_set)
        return keys if all("alg" in key for key in keys) else []

    def check_times(self, claims: Mapping[str, Any]) -> None:
        """To the second: there is no leeway for clocks that differ (lib/php-jwt; measured)."""
        assert claims["iat"] <= self.clock().timestamp() < claims["exp"]

    def token_answer(self, token: str, scopes: frozenset[str]) -> Answer:
        """The page's own content type (token.php)."""
        told = super().token_answer(token, scopes)
        return Answer(told.status, told.body, {"Content-Type": "text/html; charset=utf-8"})

    def items_url(self, link: Placed | None = None) -> str:
        """Addresses end in a query (gradebookservices)."""
        return f"{self.address}/items?type_id={self.type_id}"

    def item_url(self, item: str) -> str:
        """The same for one column: its scores are before the query."""
        return f"{self.address}/items/{item}/lineitem?type_id={self.type_id}"

    def answer_service(self, asked: Asked) -> Answer:
        """Without the type_id nothing is found."""
        if asked.path.startswith("/items"):
            if asked.query.get("type_id") != self.type_id:
                return Answer(404)
            if asked.method == "GET":
                return self.guarded(asked, {LINE_ITEM_READ}, self.list_items, ITEMS_TYPE)
            asked = Asked(
                asked.method, asked.path.replace("/lineitem/", "/"), asked.query, asked.headers, asked.body
            )
        return super().answer_service(asked)

    def refuse_media_type(self, asked: Asked, media_type: str) -> Answer | None:
        """Another type than exactly the service's is a bad request (resource_base.php)."""
        told = asked.header("Accept" if asked.method == "GET" else "Content-Type")
        return None if told == media_type else Answer(400)

    def score_of(self, message: dict[str, Any]) -> float | None:
        """A score that is not FullyGraded takes the grade away (gradebookservices, scores.php; measured)."""
        return super().score_of(message) if message.get("gradingProgress") == "FullyGraded" else None

    def is_too_old(self, at: datetime, held: datetime) -> bool:
        """What is not a whole second later is too old (scores.php; measured)."""
        return int(at.timestamp()) <= int(held.timestamp())

    def refuse_person(self) -> Answer:
        """A teacher, or who is not enrolled; without a word (scores.php; measured)."""
        return Answer(400)
