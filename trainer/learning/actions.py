"""Everything that changes what is true in learning.

One plain function per deed, in the domain's words; each is handed a connection inside a writing transaction, and the
moment.  It commits nothing by itself.  Deeds that may be the last thing a module asks write its completion in the same
transaction.  Each file tells its own subject; this one is the front.
"""

from trainer.learning.checks import (
    Answered,
    answer_film_question,
    answer_question,
    close_attempt,
    start_attempt,
)
from trainer.learning.completing import evaluate_completion
from trainer.learning.enrolments import enrol, switch_edition
from trainer.learning.reading import Read, finish_page, record_reading
from trainer.learning.reflections import HandedIn, Saved, hand_in, save_draft
from trainer.learning.watching import Watched, open_player, record_watching

__all__ = [
    "Answered",
    "HandedIn",
    "Read",
    "Saved",
    "Watched",
    "answer_film_question",
    "answer_question",
    "close_attempt",
    "enrol",
    "evaluate_completion",
    "finish_page",
    "hand_in",
    "open_player",
    "record_reading",
    "record_watching",
    "save_draft",
    "start_attempt",
    "switch_edition",
]
