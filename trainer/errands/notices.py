"""Asks platforms for their notices of copied courses, where their launches say that there are any."""

from datetime import timedelta

from lti.http import HttpClient
from lti.messages import NoticeEndpoint
from lti.notices import CONTEXT_COPY, subscribe
from lti.outcomes import Refused
from trainer.core.clock import Clock
from trainer.core.crypto import Seal
from trainer.core.database import Database
from trainer.core.logging import logger
from trainer.errands.access import services_of
from trainer.institutions.notice_services import (
    TakenSubscription,
    ask_again,
    is_subscription_due,
    take_subscription,
)
from trainer.institutions.queries import platform_by_id

#: nothing rests on a notice, so nobody is pressed for one
_AFTER_FAILURE = timedelta(hours=6)
_AFTER_REFUSAL = timedelta(days=30)
_log = logger("notices")


class NoticeWorker:
    """Asks for one deployment's notices at a time; threads may share one.

    Args:
        handler: our address for notices.
    """

    def __init__(self, database: Database, seal: Seal, http: HttpClient, clock: Clock, handler: str) -> None:
        self._database = database
        self._clock = clock
        self._handler = handler
        self._services = services_of(database, seal, http)

    def take(self) -> TakenSubscription | None:
        """Take one in hand, if one is due; who does so calls :meth:`ask`."""
        now = self._clock()
        with self._database.reading() as connection:
            if not is_subscription_due(connection, now):
                return None
        with self._database.writing() as connection:
            return take_subscription(connection, now)

    def ask(self, taken: TakenSubscription) -> None:
        """Ask the platform, and note when to ask again: never, when it said yes."""
        with self._database.reading() as connection:
            registered = platform_by_id(connection, taken.registration_id)
        if registered is None:
            return
        endpoint = NoticeEndpoint(taken.url, (CONTEXT_COPY,))
        outcome = subscribe(self._services, registered.platform, endpoint, self._handler, self._clock())
        due_at = None
        if not isinstance(outcome, bool):
            _log.warning(
                "notices", registration=registered.id, outcome=type(outcome).__name__, detail=outcome.detail
            )
            wait = _AFTER_REFUSAL
            if not isinstance(outcome, Refused):
                wait = outcome.after or _AFTER_FAILURE
            due_at = self._clock() + wait
        with self._database.writing() as connection:
            ask_again(connection, taken.deployment_id, due_at)
