"""Results of LTI 1.1: what the courier sends where a visit has no line item but a right of its own."""

from dataclasses import replace

import trainer
from lti.fields import clean_text
from lti.grades import Delivered
from lti.http import HttpClient, user_agent
from lti.legacy import deliver_result, result_body
from lti.outcomes import RateLimited, Refused, Retry
from modules.xml import Node, read_foreign_xml
from trainer.core.clock import Clock
from trainer.core.crypto import Seal
from trainer.core.database import Database
from trainer.courses.delivery_work import InHand
from trainer.courses.legacy import open_right
from trainer.institutions.legacy import legacy_platform_by_id

#: a completion
_DONE = 1.0
#: the beginning of a right that an LMS's words may end in
_TELLING = 8


class LegacyResults:
    """Posts ``replaceResult``; any number of threads may share one."""

    def __init__(self, database: Database, seal: Seal, http: HttpClient, clock: Clock) -> None:
        self._database = database
        self._seal = seal
        self._http = http
        self._clock = clock

    def deliver(self, row: InHand) -> Delivered | Retry | RateLimited | Refused:
        """Post the result once.  A retry sends the same bytes while the right is the same.

        Raises:
            SealBroken: the secret key is another one than when the right was kept.
        """
        outcome = open_right(self._seal, str(row.result_right))
        with self._database.reading() as connection:
            platform = legacy_platform_by_id(connection, self._seal, row.registration_id)
        if platform is None:
            return Refused("refused", detail="the platform does not speak LTI 1.1 any more")
        said = deliver_result(
            self._http,
            platform.consumer,
            outcome,
            result_body(outcome, _DONE, row.public_id),
            self._clock(),
            read_xml=_read_answer,
            user_agent=user_agent(trainer.__version__),
        )
        if isinstance(said, Delivered):
            return said
        return replace(said, detail=without_right(said.detail, outcome.sourced_id))


def without_right(words: str, sourced_id: str) -> str:
    """An LMS's words without the right to send that they may quote, cut off or not."""
    for secret in (sourced_id, clean_text(sourced_id, len(sourced_id))):
        words = words.replace(secret, "…")
        for length in range(len(secret) - 1, _TELLING - 1, -1):
            if words.endswith(secret[:length]):
                return words[:-length] + "…"
    return words


def _read_answer(content: bytes) -> Node:
    return read_foreign_xml(content, name="answer")
