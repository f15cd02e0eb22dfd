"""What a tool calls at an LMS: tokens, columns, scores, and who is in a course.

It believes nothing: assertion, token and scope are checked, since some LMSs do.
"""

import secrets
import traceback
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import jwt

from lti.platform import Platform
from tests.platforms.stubs.course import (
    ITEM_TYPE,
    ITEMS_TYPE,
    LINE_ITEM,
    LINE_ITEM_READ,
    LINK,
    MEMBERS_TYPE,
    ROSTER,
    SCORE,
    SCORE_TYPE,
    STUDENT,
    Grade,
    Person,
    Placed,
)
from tests.platforms.stubs.wire import Answer, Asked, handler
from tests.support.lms import Lms


class StubServices(Lms):
    """The services of one LMS, and what it keeps for them.

    Args:
        tool: base URL of the service.
        clock: gives the present.
        tool_keys: gives the key set that the service publishes.
    """

    #: `product_family_code` of its launches; None where it does not say
    family: str | None = None
    #: where one issuer stands for all customers of a maker
    shared_issuer: str | None = None
    deployment_id = "1"
    own_client_id = "client-1"
    #: of access tokens
    token_life = timedelta(hours=1)
    #: of a page of members; None: all in one
    page: int | None = None

    def __init__(
        self, tool: str, clock: Callable[[], datetime], tool_keys: Callable[[], dict[str, Any]]
    ) -> None:
        self.clock = clock
        self.tool_keys = tool_keys
        self.registration_id = 0
        #: every request to a service, oldest first
        self.asked: list[Asked] = []
        #: what it could not make sense of: nothing, at the end of a story
        self.complaints: list[str] = []
        #: by service ("scores", "token", "items", "members"): what the next requests there are answered
        self.instead: dict[str, list[Answer]] = {}
        #: the gradebook: (line item, user) → what it holds
        self.grades: dict[tuple[str, str], Grade] = {}
        #: columns, by id
        self.items: dict[str, dict[str, Any]] = {
            "1": {"label": "Groeten", "scoreMaximum": 1, "resourceLinkId": "link-1"}
        }
        #: who is in the course, as the roster tells it
        self.members: list[dict[str, Any]] = []
        #: who can get a grade; None: whoever launched as a learner
        self.gradable: set[str] | None = None
        #: what an administrator lets the tool do
        self.grants = frozenset({LINE_ITEM, LINE_ITEM_READ, SCORE, ROSTER})
        #: what the service's page wanted us to keep at the last login
        self.kept: dict[str, Any] = {}
        self._tokens: dict[str, tuple[frozenset[str], datetime]] = {}
        self._learners: set[str] = set()
        self._links = 0
        self._has_same_moment = False
        super().__init__(tool, client_id=self.own_client_id)
        self.address = self.issuer
        self.issuer = self.shared_issuer or self.address

    # --- what the service is told --------------------------------------------------------------------------------

    def platform(self) -> Platform:
        """What the administrator types over."""
        return Platform(
            issuer=self.issuer,
            client_id=self.client_id,
            authorization_endpoint=f"{self.address}/auth",
            token_endpoint=f"{self.address}/token",
            jwks_uri=f"{self.address}/jwks",
        )

    # --- services ------------------------------------------------------------------------------------------------

    def item_url(self, item: str) -> str:
        """The address of a column."""
        return f"{self.items_url()}/{item}"

    def items_url(self, link: Placed = LINK) -> str:
        """The address of the columns."""
        return f"{self.address}/items"

    def grade(self, person: Person = STUDENT, item: str = "1") -> float | None:
        """What the gradebook holds for somebody, 0–1."""
        held = self.grades.get((item, person.sub))
        return held.score if held else None

    def sent(self, to: str = "scores") -> list[Asked]:
        """The requests to one service: "scores", "token", "items" or "members"."""
        return [asked for asked in self.asked if self.service_of(asked) == to]

    def answer(self, asked: Asked) -> Answer:
        """To any request."""
        refused = self.refuse_stranger(asked)
        if refused is not None:
            return refused
        service = self.service_of(asked)
        if service == "jwks":
            return Answer(200, self.key_set())
        self.asked.append(asked)
        waiting = self.instead.get(service)
        if waiting:
            return waiting.pop(0)
        try:
            return self.answer_service(asked)
        except Exception:
            self.complaints.append(traceback.format_exc(limit=-3))
            return Answer(500)

    def service_of(self, asked: Asked) -> str:
        """The service that a request is for: "jwks", or one of :meth:`sent`."""
        first, _, last = asked.path.strip("/").partition("/")
        return "scores" if last.endswith("scores") else first

    def refuse_stranger(self, asked: Asked) -> Answer | None:
        """To who is turned away before anything is read."""

    def answer_service(self, asked: Asked) -> Answer:
        """To a request for a service."""
        match asked.method, *asked.path.strip("/").split("/"):
            case "POST", "token":
                return self.answer_token(asked)
            case "GET", "items":
                return self.guarded(asked, {LINE_ITEM, LINE_ITEM_READ}, self.list_items, ITEMS_TYPE)
            case "POST", "items":
                return self.guarded(asked, {LINE_ITEM}, self.make_item, ITEM_TYPE)
            case "POST", "items", item, "scores":
                if item not in self.items:
                    return Answer(404, "no such line item")
                return self.guarded(
                    asked, {SCORE}, lambda asked: self.take_score(item, asked.json), SCORE_TYPE
                )
            case "GET", "members", _:
                return self.guarded(asked, {ROSTER}, self.list_members, MEMBERS_TYPE)
        return Answer(404)

    def guarded(
        self, asked: Asked, scopes: set[str], deed: Callable[[Asked], Answer], media_type: str
    ) -> Answer:
        """Do it for who has a token with one of the scopes."""
        granted, ends_at = self._tokens.get(
            asked.header("Authorization").removeprefix("Bearer "), (frozenset(), datetime.min)
        )
        if not granted or ends_at <= self.clock():
            return self.refuse_token()
        if not granted & scopes:
            return Answer(403, {"error": "the token's scope is another one"})
        return self.refuse_media_type(asked, media_type) or deed(asked)

    def refuse_token(self) -> Answer:
        """To who has no token that is good now."""
        return Answer(401, {"error": "invalid_token"})

    def refuse_media_type(self, asked: Asked, media_type: str) -> Answer | None:
        """To who does not name the service's media type; here nobody is refused for that."""

    def answer_token(self, asked: Asked) -> Answer:
        """To a request for a token (RFC 6749, 4.4; RFC 7523)."""
        form = asked.form
        assert form["grant_type"] == "client_credentials"
        assertion = form["client_assertion"]
        claims = self.read_signed(assertion, self.expected_audience())
        assert claims["iss"] == claims["sub"] == self.client_id
        granted = self.granted(frozenset(form["scope"].split()))
        if not granted:
            return Answer(400, {"error": "invalid_scope"})
        return self.token_answer(self.new_token(granted), granted)

    def expected_audience(self) -> str:
        """For whom the assertion must be."""
        return f"{self.address}/token"

    def granted(self, asked: frozenset[str]) -> frozenset[str]:
        """Of the scopes that are asked for, those that the tool may have."""
        return asked & self.grants

    def new_token(self, scopes: frozenset[str]) -> str:
        """A token for these scopes, good from now on."""
        token = secrets.token_urlsafe(24)
        self._tokens[token] = scopes, self.clock() + self.token_life
        return token

    def token_answer(self, token: str, scopes: frozenset[str]) -> Answer:
        """How it is handed over."""
        told = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": 3600,
            "scope": " ".join(sorted(scopes)),
        }
        return Answer(200, told)

    def end_tokens(self) -> None:
        """All tokens are over, though they said they would live longer."""
        self._tokens.clear()

    def list_items(self, asked: Asked) -> Answer:
        """The columns, of one link where that is asked (AGS 2.0, 3.2.10)."""
        link = asked.query.get("resource_link_id")
        return Answer(
            200,
            [
                {"id": self.item_url(number), **item}
                for number, item in self.items.items()
                if link is None or item.get("resourceLinkId") == link
            ],
        )

    def make_item(self, asked: Asked) -> Answer:
        """A new column."""
        number = str(len(self.items) + 1)
        self.items[number] = asked.json
        return Answer(201, {"id": self.item_url(number), **asked.json})

    def take_score(self, item: str, message: dict[str, Any]) -> Answer:
        """A score (AGS 2.0, 3.4)."""
        at = datetime.fromisoformat(message["timestamp"])
        held = self.grades.get((item, message["userId"]))
        if self._has_same_moment:
            self._has_same_moment, held = False, Grade(0, None, at)
        if not self.is_gradable(message["userId"]):
            return self.refuse_person()
        if held is not None and self.is_too_old(at, held.at):
            return self.refuse_too_old()
        self.grades[item, message["userId"]] = Grade(self.score_of(message), message.get("comment"), at)
        return Answer(200, {"resultUrl": f"{self.item_url(item)}/results/1"})

    def finds_one_of_the_same_moment(self) -> None:
        """The next score finds another one of its own moment."""
        self._has_same_moment = True

    def score_of(self, message: dict[str, Any]) -> float | None:
        """What a score message makes of the grade."""
        if "scoreGiven" not in message:
            return None
        return float(message["scoreGiven"]) / float(message["scoreMaximum"])

    def is_gradable(self, sub: str) -> bool:
        """Whether somebody can have a grade."""
        return sub in (self._learners if self.gradable is None else self.gradable)

    def is_too_old(self, at: datetime, held: datetime) -> bool:
        """Whether a score comes too late, when there is one of `held`."""
        return at < held

    def refuse_too_old(self) -> Answer:
        """To a score that comes too late."""
        return Answer(409)

    def refuse_person(self) -> Answer:
        """To a score for somebody who can have none."""
        return Answer(422, {"errors": "not in the course"})

    def list_members(self, asked: Asked) -> Answer:
        """Who is in the course (NRPS 2.0, 2)."""
        size = self.page or max(len(self.members), 1)
        start = self.start_of_page(asked)
        shown = self.members[start : start + size]
        headers = {"Content-Type": MEMBERS_TYPE}
        if start + size < len(self.members):
            following = f"{self.address}{asked.path}?{urlencode(self.next_page(asked, start + size))}"
            headers["Link"] = f'<{following}>; rel="next"'
        return Answer(200, {"id": f"{self.address}{asked.path}", "members": shown}, headers)

    def start_of_page(self, asked: Asked) -> int:
        """With which member a page begins."""
        return int(asked.query.get("from", 0))

    def next_page(self, asked: Asked, start: int) -> dict[str, str]:
        """The query of the next page."""
        return {**asked.query, "from": str(start)}

    # --- keys and the wire ------------------------------------------------------------------------------------------------

    def _key_of(self, token: str) -> Any:
        """The service's key that signed a token, from the key set that it publishes."""
        kid = jwt.get_unverified_header(token)["kid"]
        [found] = [key for key in self.usable_keys(self.tool_keys()) if key["kid"] == kid]
        return jwt.PyJWK(found).key

    def usable_keys(self, key_set: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The keys of the tool that this LMS can read."""
        keys: list[dict[str, Any]] = key_set["keys"]
        return keys

    def _handler(self) -> Any:
        return handler(self.answer)

    def read_signed(self, token: str, audience: str) -> dict[str, Any]:
        """The claims of a token of the service; what its times may be, each LMS says for itself."""
        options: Any = {"verify_exp": False, "verify_iat": False}
        claims: dict[str, Any] = jwt.decode(
            token, self._key_of(token), ["RS256"], audience=audience, options=options
        )
        self.check_times(claims)
        return claims

    def check_times(self, claims: Mapping[str, Any]) -> None:
        """Of the service's tokens, five minutes either way."""
        present = self.clock().timestamp()
        assert claims["iat"] <= present + 300
        assert present - 300 < claims["exp"]
