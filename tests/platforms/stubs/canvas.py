"""Canvas: as canvas-lms reads (app/controllers/lti/ims, doc/api/throttling.md, doc/api/lti_dev_key_config.md,
doc/api/tools_variable_substitutions.md)."""

from datetime import datetime
from typing import Any

from tests.platforms.stubs.base import StubLms
from tests.platforms.stubs.course import Person, Placed
from tests.platforms.stubs.wire import Answer, Asked

#: more requests than one may make (doc/api/throttling.md)
THROTTLED = Answer(403, "403 Forbidden (Rate Limit Exceeded)\n", {"X-Rate-Limit-Remaining": "0.0"})
UNPUBLISHED = Answer(
    422, {"errors": {"type": "unprocessable_entity", "message": "The assignment is still unpublished"}}
)


class CanvasStub(StubLms):
    """One school's Canvas in the cloud: the issuer is all schools'."""

    family = "canvas"
    shared_issuer = "https://canvas.instructure.com"
    #: one for an account, others for courses in which the tool was added (lti_dev_key_config.md)
    deployment_id = "37:8865aa05b4b79b64a91a86042e43af5ea8ae79eb"
    page = 50
    #: columns on a page (app/controllers/lti/ims/line_items_controller.rb, api_paginate)
    items_page = 10

    def login_fields(self, person: Person, target: str) -> dict[str, str]:
        """With the deployment under its own name, and the frame that keeps things for tools (lti_window_post_message.md)."""
        told = super().login_fields(person, target)
        deployment_id = told.pop("lti_deployment_id")
        return {
            **told,
            "deployment_id": deployment_id,
            "canvas_region": "eu-central-1",
            "canvas_environment": "prod",
            "lti_storage_target": "post_message_forwarding",
        }

    def custom(self, link: Placed) -> dict[str, Any]:
        """Unknown variables stay as they were written; a history of courses may be cut (tools_variable_substitutions.md)."""
        known = {"$Context.id.history": "old-2,old-1,truncated"}
        return {name: known.get(str(value), value) for name, value in link.custom.items()}

    def refuse_stranger(self, asked: Asked) -> Answer | None:
        """Who does not say what he is gets nothing, not even keys."""
        return None if asked.header("User-Agent").startswith("BuddyTrainer/") else Answer(403, "<html>")

    def list_items(self, asked: Asked) -> Answer:
        """In pages; columns that belong to no link are told with any (line_items_controller.rb)."""
        every = super().list_items(Asked("GET", asked.path, {}, asked.headers))
        number = int(asked.query.get("page", "1"))
        start = (number - 1) * self.items_page
        headers = {}
        if start + self.items_page < len(every.body):
            following = f"{self.address}/items?page={number + 1}&per_page={self.items_page}"
            headers["Link"] = f'<{self.address}/items?page=1>; rel="first",<{following}>; rel="next"'
        return Answer(200, every.body[start : start + self.items_page], headers)

    def refuse_too_old(self) -> Answer:
        """In words, with a 400 (scores_controller.rb, verify_valid_timestamp)."""
        return Answer(
            400, {"errors": {"message": "Provided timestamp of X before last updated timestamp of Y"}}
        )

    def is_too_old(self, at: datetime, held: datetime) -> bool:
        """It counts parts of a second."""
        return at < held

    def refuse_person(self) -> Answer:
        """The test student too (scores_controller.rb, verify_user_in_context)."""
        return Answer(422, {"errors": {"message": "User not found in course or is not a student"}})

    def start_of_page(self, asked: Asked) -> int:
        """Pages are named by bookmarks, in which capitals matter (lib/bookmarked_collection)."""
        told = asked.query.get("page", "bookmark:Wzow")
        return {"bookmark:Wzow": 0, "bookmark:WyJDaEFwIiw1MF0": 50}[told]

    def next_page(self, asked: Asked, start: int) -> dict[str, str]:
        """Where the next begins."""
        return {"page": "bookmark:WyJDaEFwIiw1MF0", "per_page": "50"}
