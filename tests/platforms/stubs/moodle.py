"""Moodle: as a running 4.1 did, and as `mod/lti` reads (locallib.php, auth.php, token.php, service/gradebookservices,
service/memberships). What of its messages was recorded is in `tests/platforms/recorded`, and holds this stub."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from lti.history import COPY_PARAMETERS
from lti.platform import Platform
from tests.platforms.stubs.base import StubLms
from tests.platforms.stubs.course import (
    ITEMS_TYPE,
    LINE_ITEM_READ,
    LINK,
    MEMBERS_TYPE,
    NRPS,
    RESULT_READ,
    ROSTER,
    TEACHER,
    Person,
    Placed,
)
from tests.platforms.stubs.wire import Answer, Asked
from tests.support.lms import ABSENT, AGS, CLAIM

#: a non-editing teacher: an instructor in launches, a learner in rosters (measured)
ASSISTANT = Person("assistant-1", TEACHER.roles)
OUTCOME = "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome"
_ITEMS = re.compile(
    r"/mod/lti/services\.php/[^/]+/lineitems(?:/(?P<item>[^/]+)/lineitem(?P<scores>/scores)?)?"
)
_MEMBERS = re.compile(
    r"/mod/lti/services\.php/CourseSection/(?P<course>[^/]+)/bindings/(?P<type>[^/]+)/memberships"
)


class MoodleStub(StubLms):
    """One Moodle site."""

    family = "moodle"
    #: the site's number for the tool is the deployment, and stands in the addresses of services too
    deployment_id = "3"
    #: parameters of the tool, for every link: those that the service asks for, and some that an administrator added
    tool_custom: Mapping[str, str] = {
        **COPY_PARAMETERS,
        "site": "x y",
        "number": "$Context.id",
        "title": "$ResourceLink.title",
    }

    def platform(self) -> Platform:
        """With Moodle's own addresses."""
        return replace(
            super().platform(),
            authorization_endpoint=f"{self.address}/mod/lti/auth.php",
            token_endpoint=self.expected_audience(),
            jwks_uri=f"{self.address}/mod/lti/certs.php",
        )

    # --- launches ------------------------------------------------------------------------------------------------

    def check_authentication(self, asked: Mapping[str, str]) -> None:
        """State and nonce lose what looks like HTML (clean_param in auth.php)."""
        super().check_authentication(asked)
        assert re.fullmatch(r"[A-Za-z0-9._-]+", asked["state"] + asked["nonce"])

    def login_fields(self, person: Person, target: str) -> dict[str, str]:
        """The hint is the activity's number (recorded)."""
        return {**super().login_fields(person, target), "lti_message_hint": "40"}

    def launch_claims(self, person: Person, link: Placed) -> dict[str, Any]:
        """All that it says of people, course and itself (recorded)."""
        given, _, family = (person.name or "").partition(" ")
        back = f"course=2&launch_container=3&instanceid={link.id}&sesskey=5Koxuy8OVJ"
        return {
            **super().launch_claims(person, link),
            "given_name": given or ABSENT,
            "family_name": family or ABSENT,
            CLAIM + "lis": {
                "person_sourcedid": f"SIS-{person.sub}",
                "course_section_sourcedid": f"SIS-{link.course}",
            },
            CLAIM + "resource_link": {"title": "Groeten", "description": "", "id": link.id},
            CLAIM + "ext": {"user_username": f"user.{person.sub}", "lms": "moodle-2"},
            CLAIM + "launch_presentation": {
                "locale": "nl",
                "document_target": "iframe",
                "return_url": f"{self.address}/mod/lti/return.php?{back}",
            },
            OUTCOME: ABSENT if link.column is None else self.outcome(person, link),
        }

    def outcome(self, person: Person, link: Placed) -> dict[str, str]:
        """Where LTI 1.1 would send a result: told to tools of 1.3 too (recorded)."""
        of = {
            "instanceid": link.id,
            "userid": person.sub,
            "typeid": self.deployment_id,
            "launchid": 815927067,
        }
        return {
            "lis_result_sourcedid": json.dumps({"data": of, "hash": "d3cae88ec0d0f8a5"}),
            "lis_outcome_service_url": f"{self.address}/mod/lti/service.php",
        }

    def tool_platform(self) -> dict[str, Any]:
        """Its guid is no address (recorded)."""
        return {
            "product_family_code": self.family,
            "version": "2022062400",
            "guid": "1099ae980f885a429c8b7f72f3ef5545",
            "name": "moodle",
            "description": "Moodle van de hogeschool",
        }

    def custom(self, link: Placed) -> dict[str, Any]:
        """The link's parameters and the tool's, and where the roster is (recorded)."""
        return {
            **self.replaced({**link.custom, **self.tool_custom}, link.course, "Groeten"),
            "context_memberships_url": self.roster_url(link.course),
        }

    def replaced(self, given: Mapping[str, Any], course: str, title: str | None) -> dict[str, Any]:
        """Keys with capitals come in lower case too, values end at a line's end; what it knows and does not have is
        empty or null, and what it does not know comes as it was written (measured)."""
        known = {"$Context.id": course, "$Context.id.history": "", "$ResourceLink.title": title}
        lines = {name: str(value).split("\n")[0] for name, value in given.items()}
        told = {name: known.get(value, value) for name, value in lines.items()}
        return {**told, **{name.lower(): value for name, value in told.items()}}

    def ags(self, link: Placed) -> Any:
        """All scopes for grades, in the order of letters (recorded). Once a tool made a column for the link, its own
        comes empty; with two it is not there (measured)."""
        columns = [number for number, item in self.items.items() if item.get("resourceLinkId") == link.id]
        told = {"scope": sorted((self.grants - {ROSTER}) | {RESULT_READ}), "lineitems": self.items_url(link)}
        if link.column is not None and len(columns) == 1:
            told["lineitem"] = self.item_url(link.column)
        elif len(columns) == 1:
            told["lineitem"] = ""
        return told

    def nrps(self, person: Person, link: Placed) -> Any:
        """Both versions of the service (recorded)."""
        return {
            "context_memberships_url": self.roster_url(link.course),
            "service_versions": ["1.0", "2.0"],
        }

    # --- deep linking --------------------------------------------------------------------------------------------

    def placing_claims(self, person: Person, target: str) -> dict[str, Any]:
        """Of services it names the columns alone, and of the page no more than the language (recorded)."""
        return {
            **super().placing_claims(person, target),
            CLAIM + "launch_presentation": {"locale": "nl"},
            CLAIM + "custom": self.replaced(self.tool_custom, LINK.course, None),
            AGS: self.ags(Placed("", column=None)),
            NRPS: ABSENT,
            OUTCOME: ABSENT,
        }

    def deep_linking_settings(self) -> dict[str, Any]:
        """Neither `data` nor `accept_lineitem` is there, though it takes columns (contentitem.php; recorded)."""
        back = f"course=2&id={self.deployment_id}&sesskey=5Koxuy8OVJ"
        return {
            "accept_types": ["ltiResourceLink"],
            "accept_presentation_document_targets": ["frame", "iframe", "window"],
            "accept_copy_advice": False,
            "accept_multiple": True,
            "accept_unsigned": False,
            "auto_create": False,
            "can_confirm": False,
            "deep_link_return_url": f"{self.address}/mod/lti/contentitem_return.php?{back}",
            "title": "Buddy Trainer",
            "text": "",
        }

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

    def expected_audience(self) -> str:
        """Its token endpoint."""
        return f"{self.address}/mod/lti/token.php"

    def items_url(self, link: Placed = LINK) -> str:
        """Addresses end in a query (gradebookservices; recorded)."""
        return f"{self.address}/mod/lti/services.php/{link.course}/lineitems?type_id={self.deployment_id}"

    def item_url(self, item: str) -> str:
        """The same for one column: its scores are before the query."""
        return self.items_url().replace("?", f"/{item}/lineitem?")

    def roster_url(self, course: str) -> str:
        """No query here (memberships; recorded)."""
        return f"{self.address}/mod/lti/services.php/CourseSection/{course}/bindings/{self.deployment_id}/memberships"

    def service_of(self, asked: Asked) -> str:
        """By its own addresses."""
        return super().service_of(self.plain(asked))

    def answer_service(self, asked: Asked) -> Answer:
        """Without its number for the tool nothing is found."""
        plain = self.plain(asked)
        if plain.path.startswith("/items") and asked.query.get("type_id") != self.deployment_id:
            return Answer(404)
        if (plain.method, plain.path) == ("GET", "/items"):
            return self.guarded(plain, {LINE_ITEM_READ}, self.list_items, ITEMS_TYPE)
        return super().answer_service(plain)

    def plain(self, asked: Asked) -> Asked:
        """The request as an LMS with plain addresses would get it."""
        if found := _ITEMS.fullmatch(asked.path):
            path = "/items" + (f"/{found['item']}" if found["item"] else "") + (found["scores"] or "")
        elif found := _MEMBERS.fullmatch(asked.path):
            path = f"/members/{found['course']}" if found["type"] == self.deployment_id else ""
        else:
            path = {"/mod/lti/token.php": "/token", "/mod/lti/certs.php": "/jwks"}.get(asked.path, "")
        return replace(asked, path=path)

    def list_items(self, asked: Asked) -> Answer:
        """The link's number by two names; what a column has not is empty (recorded)."""
        told = super().list_items(asked)
        items = [{"resourceId": "", "tag": "", **item, **self.old_name(item)} for item in told.body]
        return Answer(told.status, items, {"Content-Type": ITEMS_TYPE})

    def old_name(self, item: Mapping[str, Any]) -> dict[str, str]:
        """Of the link, where there is one."""
        return {"ltiLinkId": item["resourceLinkId"]} if "resourceLinkId" in item else {}

    def take_score(self, item: str, message: dict[str, Any]) -> Answer:
        """Nothing is said of one that was taken (recorded)."""
        told = super().take_score(item, message)
        return Answer(200) if told.status == 200 else told

    def list_members(self, asked: Asked) -> Answer:
        """With the course, and all in one page unless it is asked for less (recorded)."""
        course = self.context(asked.path.rpartition("/")[2])
        told = {
            "id": self.roster_url(course["id"]),
            "context": {name: course[name] for name in ("id", "label", "title")},
            "members": [self.member(given) for given in self.members],
        }
        return Answer(200, told, {"Content-Type": f"{MEMBERS_TYPE}; charset=utf-8"})

    def member(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Somebody in the course, with a name as launches have it (recorded)."""
        number = given["user_id"]
        return {
            "status": "Active",
            "lis_person_sourcedid": f"SIS-{number}",
            "name": f"Noor van {number}",
            "given_name": "Noor",
            "family_name": f"van {number}",
            **given,
        }

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
