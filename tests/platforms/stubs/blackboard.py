"""Blackboard Learn: as docs.anthology.com has it (LTI, "jwt-contents", "poidc-login-lti_storage_target", "ags-start"), and
what tools that live with it report."""

from tests.platforms.stubs.base import StubLms
from tests.platforms.stubs.wire import Answer, Asked


class BlackboardStub(StubLms):
    """All of Blackboard's customers: one issuer, one client for the tool, a deployment for each institution."""

    family = "BlackboardLearn"
    shared_issuer = "https://blackboard.com"
    own_client_id = "0f7b1c1e-one-for-the-whole-world"
    deployment_id = "dep-ku-leuven"

    # By design its login has no `lti_storage_target`, though the frame is there (poidc-login-lti_storage_target)

    def refuse_media_type(self, asked: Asked, media_type: str) -> Answer | None:
        """Every call has a Content-Type, those without a body too (ags-start)."""
        return None if asked.header("Content-Type") == media_type else Answer(415)

    def refuse_person(self) -> Answer:
        """In its words, as hypothesis/lms (services/lti_grading) reads them."""
        return Answer(400, {"status": 400, "message": "User could not be found: nobody"})
