"""What cannot be found or done becomes a page, or JSON for a script."""

from flask import Response

from trainer.core.web.errors import Refusal, refusal_response
from trainer.desks.buddy import buddy_desk
from trainer.desks.door import session_refusal
from trainer.learning.errors import LearningError, NotFound, NotSignedIn


@buddy_desk.errorhandler(LearningError)
def refused(problem: LearningError) -> Response:
    """401 when the session is over, 404 for what is unknown or somebody else's, else 400."""
    if isinstance(problem, NotSignedIn):
        return refusal_response(session_refusal("session_ended"))
    status = 404 if isinstance(problem, NotFound) else 400
    return refusal_response(Refusal(problem.code, status, detail=str(problem)))
