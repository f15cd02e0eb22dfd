"""What cannot be found or done becomes a page, or JSON for a script."""

from flask import Response, request

from trainer.core.i18n import gettext as _
from trainer.core.i18n import lazy_gettext as _l
from trainer.core.logging import logger
from trainer.core.web.errors import Refusal, refusal_response
from trainer.desks.buddy import buddy_desk
from trainer.desks.buddy.frame import step_url
from trainer.desks.buddy.words import Act
from trainer.desks.door import session_refusal
from trainer.learning.errors import LearningError, NotFound, NotSignedIn, TranscriptGone

_log = logger("buddy")


@buddy_desk.errorhandler(LearningError)
def refused(problem: LearningError) -> Response:
    """401 when the session is over, 404 for what is unknown or somebody else's, else 400."""
    if isinstance(problem, NotSignedIn):
        return refusal_response(session_refusal("session_ended"))
    status = 404 if isinstance(problem, NotFound) else 400
    return refusal_response(Refusal(problem.code, status, detail=str(problem)))


@buddy_desk.errorhandler(TranscriptGone)
def transcript_gone(problem: TranscriptGone) -> Response:
    """A fault of ours, told as such: 404, with the way to the film.  The operator reads it in the log."""
    _log.error("transcript cannot be shown", captions=str(problem))
    place = request.view_args or {}
    return refusal_response(
        Refusal(
            problem.code,
            404,
            title=_l("The text is missing"),
            message=_l("The text of this film cannot be found right now."),
            advice=_l("Watch the film instead. What you read before is saved."),
            detail=str(problem),
            values={"action": Act(_("To the film"), step_url(place["enrolment"], place["step"]))},
        )
    )
