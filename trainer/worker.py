"""The worker: brings the scores to the LMSs, and tidies up.  Any number of them may run beside each other.

What is told from one worker to another, or to the same one after a crash, is told by rows in the database.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from lti.http import HttpClient
from trainer.core.clock import Clock, system_clock
from trainer.core.crypto import Seal
from trainer.core.database import Database, DatabaseUnavailable
from trainer.core.http import SafeHttpClient
from trainer.core.logging import logger
from trainer.core.mail import Mailer, MailFailed
from trainer.core.settings import Settings
from trainer.courses import delivery_actions as deliveries
from trainer.courses.delivery_work import NotYet, platforms_with_work, take_delivery
from trainer.courses.placing import purge_placing
from trainer.errands.courier import Courier
from trainer.errands.notices import NoticeWorker
from trainer.errands.rosters import RosterWorker
from trainer.institutions.actions import ensure_key, purge_service_tokens
from trainer.institutions.invitations import purge_invitations
from trainer.institutions.notice_services import NOTICES_PATH
from trainer.people.accounts import purge_accounts
from trainer.people.actions import purge

#: seconds between two looks
TICK = 1.0
FOLLOW_SWITCHES_EVERY = timedelta(seconds=5)
TELL_EVERY = timedelta(minutes=1)
PURGE_EVERY = timedelta(minutes=5)
#: deliveries in hand in one process, over all platforms
MOST_LANES = 128
#: a lane that has to wait longer than this, in seconds, ends; the next look opens it again
_LONGEST_REST = 1.0
#: seconds between two looks of a worker that ends when nothing is due
_SHORT_REST = 0.1
#: how long a worker that is told to stop waits for what is in hand, in seconds
_FAREWELL = 45.0

_log = logger("worker")


class Worker:
    """Runs until :meth:`stop`.

    1. Announce: make a delivery for each new completion and each learner's visit that opened its enrolment.
    2. Follow switches: park what goes to a platform, deployment or person that was disabled, wake it when enabled.
    3. Open lanes: for each platform with due deliveries as many threads as it may have requests at once.  Each lane
       takes the next due delivery of its platform in hand, lets the courier bring it, and goes on until none is due.
       A slow or dead platform keeps its own lanes busy and nobody else's.
    4. Fetch rosters that are due, two at once at most, in threads of their own.
    5. Ask for notices of copied courses where launches said that there are any.
    6. Tell the operator by mail what was given up after a week.
    7. Purge: spent nonces, ended sessions, tokens and invitations that are over.
    8. Wait a second, and begin again.

    Args:
        speed: seconds of ``clock`` in one second of the machine; other than 1 in tests only.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        *,
        clock: Clock = system_clock,
        http: HttpClient | None = None,
        speed: float = 1.0,
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._speed = speed
        self._seal = Seal(settings.secret_key)
        self._mailer = Mailer(settings.smtp_url, settings.mail_from)
        client = http or SafeHttpClient(allow_insecure=settings.allow_insecure_platforms)
        self._courier = Courier(database, self._seal, client, clock)
        self._rosters = RosterWorker(database, self._seal, client, clock)
        handler = settings.base_url.rstrip("/") + NOTICES_PATH
        self._notices = NoticeWorker(database, self._seal, client, clock, handler)
        self._stopping = threading.Event()
        self._lanes: Counter[int] = Counter()
        self._threads: set[threading.Thread] = set()
        self._lock = threading.Lock()
        self._done_at: dict[str, datetime] = {}

    def stop(self) -> None:
        """Finish what is in hand and end.  May be called from a signal handler."""
        self._stopping.set()

    def run(self) -> None:
        """Work until :meth:`stop`; a database that is away for a while is waited for."""
        self._begin()
        while not self._stopping.is_set():
            self._look()
            self._stopping.wait(TICK / self._speed)
        self._join(_FAREWELL)

    def run_once(self) -> None:
        """Do all that is due now, and end."""
        self._begin()
        while not self._stopping.is_set():
            self._look()
            self._join(None)
            with self._database.reading() as connection:
                now = self._clock()
                has_more = deliveries.wanted_deliveries(connection) or platforms_with_work(connection, now)
            if not (has_more or self._rosters.is_due()):
                return
            self._stopping.wait(_SHORT_REST / self._speed)

    def _begin(self) -> None:
        with self._database.writing() as connection:
            ensure_key(connection, self._seal, self._clock())

    def _look(self) -> None:
        steps: list[tuple[str, timedelta, Callable[[], None]]] = [
            ("announce", timedelta(), self._announce),
            ("follow_switches", FOLLOW_SWITCHES_EVERY, self._follow_switches),
            ("open_lanes", timedelta(), self._open_lanes),
            ("fetch_rosters", timedelta(), self._fetch_rosters),
            ("ask_for_notices", timedelta(), self._ask_for_notices),
            ("tell_operator", TELL_EVERY, self._tell_operator),
            ("purge", PURGE_EVERY, self._purge),
        ]
        for name, every, step in steps:
            now = self._clock()
            last = self._done_at.get(name)
            if last is not None and last <= now < last + every:
                continue
            self._done_at[name] = now
            try:
                step()
            except DatabaseUnavailable as problem:
                _log.warning("database", step=name, problem=str(problem)[:300])
            except SQLAlchemyError:
                _log.exception("database", step=name)

    # --- the steps -----------------------------------------------------------------------------------------------

    def _announce(self) -> None:
        now = self._clock()
        with self._database.reading() as connection:
            wanted = deliveries.wanted_deliveries(connection)
        made = 1 if wanted else 0
        while made and not self._stopping.is_set():
            with self._database.writing() as connection:
                made = deliveries.announce_completions(connection, now)
        self._write_if(deliveries.announcements_to_close, deliveries.close_announcements)

    def _follow_switches(self) -> None:
        def follow(connection: Connection, now: datetime) -> None:
            deliveries.park_switched_off(connection)
            deliveries.wake_switched_on(connection, now)

        self._write_if(lambda connection, _: deliveries.switches_to_follow(connection), follow)

    def _write_if(
        self, asked: Callable[[Connection, datetime], bool], deed: Callable[[Connection, datetime], object]
    ) -> None:
        """Ask first: a question does not take the writers' turn, and mostly the answer is no."""
        now = self._clock()
        with self._database.reading() as connection:
            wanted = asked(connection, now)
        if wanted:
            with self._database.writing() as connection:
                deed(connection, now)

    def _tell_operator(self) -> None:
        if not (self._settings.operator_mail and self._mailer.is_configured):
            return
        now = self._clock()
        with self._database.reading() as connection:
            if not deliveries.has_unreported(connection, now):
                return
        with self._database.writing() as connection:
            given_up = deliveries.take_unreported(connection, now)
        if given_up:
            # A mail server may take its time: scores do not wait for it.  What could not be noted is told again in
            # five minutes: twice rather than not at all
            self._start("tell_operator", partial(self._mail, given_up))

    def _mail(self, given_up: list[deliveries.GivenUp]) -> None:
        deed = deliveries.note_told if self._is_mail_taken(given_up) else deliveries.untold
        with self._database.writing() as connection:
            deed(connection, given_up)

    def _is_mail_taken(self, given_up: list[deliveries.GivenUp]) -> bool:
        lines = [f"- {one.platform}: {one.number}" for one in given_up]
        body = "\n".join(
            [
                "These platforms could not be reached for a week, so these numbers of scores are parked:",
                "",
                *lines,
                "",
                "Nothing is lost. See what was said last:   trainer deliveries list --state parked",
                "When the connection works again:           trainer deliveries retry --all-parked",
            ]
        )
        try:
            self._mailer.send("Buddy Trainer: scores wait for you", body, self._settings.operator_mail)
        except MailFailed as problem:
            _log.warning("mail", problem=str(problem))
            return False
        return True

    def _purge(self) -> None:
        with self._database.writing() as connection:
            purge(connection, self._clock())
            purge_placing(connection, self._clock())
            purge_accounts(connection, self._clock())
            purge_service_tokens(connection, self._clock())
            purge_invitations(connection, self._clock())

    def _fetch_rosters(self) -> None:
        while (taken := self._rosters.take()) is not None:
            self._start("fetch_rosters", partial(self._rosters.fetch, taken))

    def _ask_for_notices(self) -> None:
        while (taken := self._notices.take()) is not None:
            self._start("ask_for_notices", partial(self._notices.ask, taken))

    # --- lanes ---------------------------------------------------------------------------------------------------

    def _open_lanes(self) -> None:
        with self._database.reading() as connection:
            work = platforms_with_work(connection, self._clock())
        for registration_id, wanted in work.items():
            with self._lock:
                free = MOST_LANES - self._lanes.total()
                for _ in range(min(wanted - self._lanes[registration_id], free)):
                    self._lanes[registration_id] += 1
                    name = f"lane-{registration_id}"
                    thread = threading.Thread(
                        target=self._lane, args=(registration_id,), name=name, daemon=True
                    )
                    self._threads.add(thread)
                    thread.start()

    def _lane(self, registration_id: int) -> None:
        try:
            while not self._stopping.is_set() and self._go_on(registration_id):
                pass
        except DatabaseUnavailable as problem:
            # what was in hand keeps its lease; when that is over it is taken up again
            _log.warning("database", step="deliver", problem=str(problem)[:300])
        except SQLAlchemyError:
            _log.exception("database", step="deliver")
        finally:
            with self._lock:
                self._lanes[registration_id] -= 1
                self._threads.discard(threading.current_thread())

    def _go_on(self, registration_id: int) -> bool:
        """Take and bring one delivery; False when the lane has nothing more to do for now."""
        now = self._clock()
        with self._database.writing() as connection:
            taken = take_delivery(connection, registration_id, now, rate=self._settings.delivery_rate)
        if taken is None:
            return False
        if isinstance(taken, NotYet):
            seconds = (taken.until - now).total_seconds()
            if seconds > _LONGEST_REST:
                return False
            self._stopping.wait(seconds / self._speed)
            return True
        self._courier.deliver(taken)
        return True

    # --- threads -------------------------------------------------------------------------------------------------

    def _start(self, step: str, errand: Callable[[], None]) -> None:
        """Go on an errand of a step in a thread of its own."""
        thread = threading.Thread(target=self._go, args=(step, errand), name=step, daemon=True)
        with self._lock:
            self._threads.add(thread)
            thread.start()

    def _go(self, step: str, errand: Callable[[], None]) -> None:
        try:
            errand()
        except (DatabaseUnavailable, SQLAlchemyError) as problem:
            # what was in hand keeps its lease; when that is over it is taken up again
            _log.warning("database", step=step, problem=str(problem)[:300])
        finally:
            with self._lock:
                self._threads.discard(threading.current_thread())

    def _join(self, seconds: float | None) -> None:
        """Wait for all threads, so long altogether."""
        end = None if seconds is None else time.monotonic() + seconds / self._speed
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(None if end is None else max(end - time.monotonic(), 0.0))
