"""Who is in a course: fetches the rosters that are due, beside the deliveries and never before them."""

import threading
from datetime import datetime, timedelta

from lti.http import HttpClient
from lti.outcomes import RateLimited, Refused, Retry
from lti.roster import RosterFailed, fetch_roster
from trainer.core.clock import Clock
from trainer.core.crypto import Seal
from trainer.core.database import Database, DatabaseUnavailable
from trainer.core.logging import logger
from trainer.courses import roster_reasons as reasons
from trainer.courses import rosters
from trainer.courses.rosters import Changes, TakenRoster
from trainer.errands.access import services_of
from trainer.institutions.queries import platform_by_id

#: rosters in hand in one process, one a platform
AT_ONCE = 2
#: fetching ends before the lease does: the last page may take its time
_LONGEST = rosters.LEASE - timedelta(minutes=1)
#: another worker asks for a token
_TOKEN_WAIT = timedelta(seconds=5)
_SHORTEST_WAIT = timedelta(seconds=1)

_log = logger("rosters")


class RosterWorker:
    """Takes rosters in hand, fetches and stores them; threads may share one."""

    def __init__(self, database: Database, seal: Seal, http: HttpClient, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._services = services_of(database, seal, http)
        self._lock = threading.Lock()
        #: registrations that are being asked
        self._asked: set[int] = set()

    def is_due(self) -> bool:
        """Whether :meth:`take` would find one."""
        with self._lock:
            if len(self._asked) >= AT_ONCE:
                return False
            asked = tuple(self._asked)
        with self._database.reading() as connection:
            return rosters.is_roster_due(connection, self._clock(), but=asked)

    def take(self) -> TakenRoster | None:
        """Take one in hand; who does so calls :meth:`fetch`."""
        if not self.is_due():
            return None
        with self._lock:
            with self._database.writing() as connection:
                taken = rosters.take_roster(connection, self._clock(), but=tuple(self._asked))
            if taken is not None:
                self._asked.add(taken.registration_id)
        return taken

    def fetch(self, taken: TakenRoster) -> None:
        """Fetch a roster and store it, or why that failed.

        1. All pages, without a transaction: an error on any of them leaves the roster as it was.
        2. What is new in it, without a writer's turn.
        3. One transaction that writes just that.

        Raises:
            DatabaseUnavailable: nothing could be written; the lease runs out and it is tried again.
        """
        try:
            self._fetch(taken)
        except RosterFailed as failed:
            self._note(taken, failed.outcome)
        except DatabaseUnavailable:
            raise
        except Exception as problem:
            _log.exception("roster", course=taken.course_id, problem=type(problem).__name__)
            self._note_problem(taken, reasons.INTERNAL, rosters.AFTER_FAILURE)
        finally:
            with self._lock:
                self._asked.discard(taken.registration_id)

    def _fetch(self, taken: TakenRoster) -> None:
        with self._database.reading() as connection:
            registered = platform_by_id(connection, taken.registration_id)
        if registered is None:
            return

        def clock() -> datetime:
            now = self._clock()
            if now - taken.taken_at > _LONGEST:
                raise RosterFailed(Retry("timeout", detail="the pages take too long"))
            return now

        pages = fetch_roster(self._services, registered.platform, taken.memberships_url, clock)
        members = list(rosters.seen(pages))
        if not members:
            # More likely a platform that hides its members than a course whose lecturer is not in it
            self._note_problem(taken, reasons.EMPTY, rosters.AFTER_FAILURE)
            return
        with self._database.reading() as connection:
            changes = rosters.compare(connection, taken.course_id, members)
        self._store(taken, changes)
        _log.info("roster", course=taken.course_id, members=len(members), told=len(changes.told))

    def _store(self, taken: TakenRoster, changes: Changes) -> None:
        with self._database.writing() as connection:
            rosters.store_roster(connection, taken, changes, self._clock())

    def _note(self, taken: TakenRoster, outcome: Retry | RateLimited | Refused) -> None:
        if isinstance(outcome, Retry) and outcome.reason == "token_wait":
            with self._database.writing() as connection:
                rosters.put_back(connection, taken, self._clock() + (outcome.after or _TOKEN_WAIT))
            return
        _log.warning("roster", course=taken.course_id, outcome=type(outcome).__name__, detail=outcome.detail)
        wait = rosters.EVERY
        if not isinstance(outcome, Refused):
            wait = max(outcome.after or rosters.AFTER_FAILURE, _SHORTEST_WAIT)
        self._note_problem(taken, reasons.code_of(outcome), wait)

    def _note_problem(self, taken: TakenRoster, reason: str, wait: timedelta) -> None:
        with self._database.writing() as connection:
            rosters.note_problem(connection, taken, reason, self._clock() + wait)
