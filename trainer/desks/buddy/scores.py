"""Where the score of a module is: one line for each course to which it goes."""

from datetime import datetime

from sqlalchemy import Connection

from trainer.core.i18n import gettext as _
from trainer.courses import reasons
from trainer.courses.delivery_queries import ScoreOnItsWay, scores_of_enrolment, sentence_for_student
from trainer.desks.buddy.evidence import EvidenceLine, LineState
from trainer.learning.states import ModulePage

_STATES: dict[str, LineState] = {
    reasons.TO_COME: "way",
    reasons.WAITING: "way",
    reasons.DELIVERED: "yes",
    reasons.PARKED: "bad",
}


def score_lines(connection: Connection, page: ModulePage, now: datetime) -> tuple[EvidenceLine, ...]:
    """The evidence lines about scores; none for who only came as a lecturer, who never gets one."""
    scores = scores_of_enrolment(connection, page.enrolment.id)
    return tuple(
        EvidenceLine(
            "score",
            _STATES.get(one.state, "way"),
            _title(one, len(scores) > 1),
            sentence_for_student(one, now),
        )
        for one in scores
    )


def _title(score: ScoreOnItsWay, several: bool) -> str:
    """Where it goes; with the course when it goes to more than one."""
    if several and score.course_title:
        return _("Score in %(platform)s, %(course)s", platform=score.platform_name, course=score.course_title)
    return _("Score in %(platform)s", platform=score.platform_name)
