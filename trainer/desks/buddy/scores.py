"""Where the score of a module is: one line for each place to which it goes."""

from datetime import datetime

from sqlalchemy import Connection

from trainer.core.i18n import gettext as _
from trainer.desks.buddy.evidence import EvidenceLine, ScoreLine, score_evidence
from trainer.learning.states import ModulePage
from trainer.people.queries import SignedIn


def score_lines(
    connection: Connection, person: SignedIn, page: ModulePage, now: datetime
) -> tuple[EvidenceLine, ...]:
    """The evidence lines about scores; none for lecturers, who never get one."""
    if person.is_lecturer:
        return ()
    lines = [ScoreLine("way", _("Leaves as soon as the module is completed."))]
    return score_evidence(lines, person.platform_name, now)
