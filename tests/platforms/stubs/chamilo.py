"""Chamilo 2: as its ImsLti plugin reads (public/plugin/ImsLti: login.php, auth.php, LtiScoresResource.php,
LtiLineItemsResource.php, LtiTokenRequest.php)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.platforms.stubs.base import StubLms
from tests.platforms.stubs.course import Person, Placed
from tests.platforms.stubs.wire import Answer, Asked
from tests.support.lms import ABSENT, INSTRUCTOR

#: the course's administrator did not switch the service on for the tool
SERVICE_OFF = Answer(403, {"error": "The requested service is not enabled"})


class ChamiloStub(StubLms):
    """One Chamilo."""

    family = "chamilo"
    #: the number of the tool in the course
    deployment_id = "7"

    def login_fields(self, person: Person, target: str) -> dict[str, str]:
        """No deployment; the message hint is the tool's number (login.php)."""
        told = super().login_fields(person, target)
        del told["lti_deployment_id"]
        return {**told, "lti_message_hint": "0"}

    def posts_to(self, asked: Mapping[str, str], link: Placed) -> str:
        """The redirect address is compared, but the id_token goes to the link's own (auth.php)."""
        return self.target_of(link)

    def refuses(self, browser: FlaskClient, asked: Mapping[str, str]) -> TestResponse:
        """What it does not like it posts back without the state (auth.php)."""
        form = {"error": "invalid_request", "error_description": "Bad request"}
        return self.hand_over(browser, asked["redirect_uri"], form)

    def claims(self, nonce: str, now: datetime, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """White space in any text becomes one space (auth.php)."""
        collapsed: dict[str, Any] = _collapsed(super().claims(nonce, now, changes))
        return collapsed

    def nrps(self, person: Person, link: Placed) -> Any:
        """In launches of staff only (auth.php)."""
        return super().nrps(person, link) if INSTRUCTOR in person.roles else ABSENT

    def deep_linking_settings(self) -> dict[str, Any]:
        """Media types that are none, and whatever is chosen is made at once (auth.php)."""
        told = super().deep_linking_settings()
        return {**told, "accept_media_types": ":::asterisk:::", "auto_create": True}

    def makes_link(self, item: Mapping[str, Any]) -> Placed:
        """A second tool with the same address takes the place of the first (chamilo-lms, pull request 8947)."""
        assert item["url"] != f"{self.tool}/lti/launch", "each module has an address of its own"
        return super().makes_link(item)

    def refuse_media_type(self, asked: Asked, media_type: str) -> Answer | None:
        """`Accept` is exactly the service's type, on POST too."""
        return None if asked.header("Accept") == media_type else Answer(415)

    def score_of(self, message: dict[str, Any]) -> float | None:
        """What is not FullyGraded takes the grade away."""
        return super().score_of(message) if message.get("gradingProgress") == "FullyGraded" else None

    def is_too_old(self, at: datetime, held: datetime) -> bool:
        """As late as the stored one is too late, in whole seconds."""
        return int(at.timestamp()) <= int(held.timestamp())

    def refuse_person(self) -> Answer:
        """Users go by the number that the LMS gave them."""
        return Answer(400, {"error": "User not found"})


def _collapsed(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, dict):
        return {name: _collapsed(each) for name, each in value.items()}
    return [_collapsed(each) for each in value] if isinstance(value, list) else value
