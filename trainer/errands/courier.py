"""The courier: brings one delivery to its platform and writes down what came of it.

While a platform is being waited for no transaction is open.  What goes over the wire, and what an answer means, is for
:mod:`lti.grades` and :mod:`lti.lineitems` to say; what the row becomes is for :mod:`trainer.courses` to write.
"""

import random
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from lti.answers import backoff
from lti.grades import Delivered, LineItemGone, ScoreOutcome, TooOld, after_too_old, deliver_score
from lti.http import HttpClient
from lti.lineitems import LineItem, NewLineItem, NoLineItem, create_line_item, find_line_item
from lti.outcomes import RateLimited, Refused, Retry
from lti.platform import Platform
from lti.services import (
    LINE_ITEM,
    LINE_ITEM_READ,
    SCORE,
    TOKEN_COOLDOWN,
    AccessToken,
    is_service_url,
)
from lti.urls import MAX_URL
from trainer.catalogue.queries import edition
from trainer.core.clock import Clock
from trainer.core.crypto import Seal
from trainer.core.database import Database, DatabaseUnavailable
from trainer.core.i18n import DUTCH
from trainer.core.logging import logger
from trainer.courses import delivery_outcomes as outcomes
from trainer.courses import reasons
from trainer.courses.delivery_work import InHand, begin_search, end_search, give_column
from trainer.errands.access import services_of
from trainer.errands.legacy_results import LegacyResults
from trainer.institutions.queries import platform_by_id

#: a link's line item is being looked for by another delivery
_SEARCH_WAIT = timedelta(seconds=1)
#: the platform asks for rest and does not say how long
_REST = timedelta(seconds=30)
_SHORTEST_WAIT = timedelta(seconds=1)

_log = logger("courier")


def _refused_address(platform: Platform, url: str) -> Refused | None:
    """Why the address of a line item that the platform told must not get into our tables; mostly nothing."""
    if len(url) > MAX_URL:
        return Refused("unreadable", detail=f"the line item's address is {len(url)} characters long")
    if not is_service_url(platform, url):
        return Refused("foreign_host", detail="the line item's address is not the platform's")
    return None


class Courier:
    """Delivers; any number of threads may share one.

    Args:
        fraction: random, from 0 up to 1: spreads the next tries.
    """

    def __init__(
        self,
        database: Database,
        seal: Seal,
        http: HttpClient,
        clock: Clock,
        *,
        fraction: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._clock = clock
        self._fraction = fraction
        self._services = services_of(database, seal, http)
        self._results = LegacyResults(database, seal, http, clock)
        #: one lock a platform: the first asks for a token, the others wait and find it
        self._asking: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)

    def deliver(self, row: InHand) -> None:
        """Bring one delivery as far as it goes now.

        1. A token for scores, asked for by one at a time.
        2. The line item, where it is not known: found, or made; then the row gets its moment and body.
        3. The score.  A result of LTI 1.1 has neither token nor line item: it is posted at once.
        4. What came of it.  What goes wrong in our own house is tried again later, like any failure.

        Raises:
            DatabaseUnavailable: the outcome could not be written; the row's lease runs out and it is sent again.
        """
        is_sent = False
        try:
            with self._database.reading() as connection:
                registered = platform_by_id(connection, row.registration_id)
            if registered is None:
                return
            if row.result_right is not None:
                is_sent = True
                self._write(row, self._results.deliver(row))
                return
            ready = self._made_ready(row, registered.platform)
            if ready is None:
                return
            is_sent = True
            outcome = deliver_score(
                self._services,
                registered.platform,
                str(ready.line_item_url),
                str(ready.body).encode(),
                self._clock(),
                scope=ready.ags_scopes,
            )
            self._write(ready, outcome)
        except DatabaseUnavailable:
            raise
        except Exception as problem:
            _log.exception("delivery", delivery=row.public_id)
            # What never left cannot have arrived: a "too old" later on is then not explained by it
            self._write(row, Retry(reasons.INTERNAL, outcome_unknown=is_sent, detail=type(problem).__name__))

    def _made_ready(self, row: InHand, platform: Platform) -> InHand | None:
        """The delivery with all that sending it takes; None when it has been put down instead."""
        with self._asking[row.registration_id]:
            token = self._services.token(platform, frozenset({SCORE}), self._clock())
        if not isinstance(token, AccessToken):
            self._write(row, token)
            return None
        return row if row.body is not None else self._with_column(row, platform)

    # --- the line item ---------------------------------------------------------------------------------------

    def _with_column(self, row: InHand, platform: Platform) -> InHand | None:
        """The delivery with line item, moment and body; None when it has been put down instead."""
        now = self._clock()
        if row.line_items_url is None or not {LINE_ITEM, LINE_ITEM_READ} & set(row.ags_scopes):
            self._park_without_column(row, "")
            return None
        with self._database.writing() as connection:
            if not begin_search(connection, row.link_id, now):
                outcomes.put_back(connection, row, reasons.COLUMN_SOUGHT, now + _SEARCH_WAIT)
                return None
        found = find_line_item(
            self._services,
            platform,
            row.line_items_url,
            now,
            scope=row.ags_scopes,
            resource_link_id=row.resource_link_id,
            resource_id=row.link_public_id,
        )
        was_asked = False
        if isinstance(found, NoLineItem):
            if LINE_ITEM not in row.ags_scopes or not row.may_make_column:
                with self._database.writing() as connection:
                    end_search(connection, row.link_id, self._clock(), found_url=None)
                self._park_without_column(row, "the platform lists no line item for this link")
                return None
            found, was_asked = self._make_column(row, platform), True
        if isinstance(found, LineItem):
            found = _refused_address(platform, found.id) or found
        if not isinstance(found, LineItem):
            with self._database.writing() as connection:
                end_search(connection, row.link_id, self._clock(), found_url=None, was_asked=was_asked)
            self._write(row, found)
            return None
        with self._database.writing() as connection:
            end_search(connection, row.link_id, self._clock(), found_url=found.id, was_asked=was_asked)
            body = give_column(connection, row, found.id, self._clock())
        _log.info("column", delivery=row.public_id, link=row.link_public_id, made=was_asked)
        return (
            replace(row, line_item_url=found.id, body=body, outcome_unknown=False)
            if body is not None
            else None
        )

    def _make_column(self, row: InHand, platform: Platform) -> LineItem | Retry | RateLimited | Refused:
        new = NewLineItem(
            label=row.link_title or self._module_title(row),
            score_maximum=1,
            resource_link_id=row.resource_link_id,
            resource_id=row.link_public_id,
        )
        return create_line_item(
            self._services, platform, str(row.line_items_url), new, self._clock(), scope=row.ags_scopes
        )

    def _module_title(self, row: InHand) -> str:
        """What a column is called in an LMS that does not say how its link is called (Open edX)."""
        with self._database.reading() as connection:
            return edition(connection, row.edition_id).module.title(DUTCH)

    def _park_without_column(self, row: InHand, detail: str) -> None:
        reason = reasons.NO_COLUMN if row.gone_url is None else reasons.COLUMN_DELETED
        with self._database.writing() as connection:
            outcomes.park(connection, row, reason, detail)
        _log.warning("parked", delivery=row.public_id, reason=reason)

    # --- what came of it -------------------------------------------------------------------------------------

    def _write(self, row: InHand, outcome: ScoreOutcome) -> None:
        now = self._clock()
        with self._database.writing() as connection:
            match outcome:
                case Delivered():
                    outcomes.note_delivered(connection, row, now)
                case Retry() | RateLimited():
                    self._wait_for(connection, row, outcome, now)
                case TooOld():
                    next_step = after_too_old(unknown_before=row.outcome_unknown, restamped=row.restamped)
                    if next_step == "delivered":
                        outcomes.note_delivered(connection, row, now)
                    elif next_step == "restamp":
                        outcomes.restamp(connection, row, now)
                    else:
                        outcomes.park(connection, row, reasons.TOO_OLD, outcome.detail)
                case LineItemGone():
                    outcomes.note_column_gone(connection, row, outcome.detail, now)
                case Refused(reason=reasons.FORBIDDEN) if not row.token_renewed and row.result_right is None:
                    until = now + TOKEN_COOLDOWN + _SHORTEST_WAIT
                    outcomes.note_forbidden_once(connection, row, outcome.detail, until)
                case Refused():
                    reason = reasons.code_of_refusal(outcome.reason)
                    outcomes.park(connection, row, reason, outcome.detail)
        self._tell(row, outcome)

    def _wait_for(
        self, connection: Connection, row: InHand, outcome: Retry | RateLimited, now: datetime
    ) -> None:
        if isinstance(outcome, RateLimited):
            rest = max(outcome.after or _REST, _SHORTEST_WAIT)
            outcomes.note_pause(connection, row, now + rest)
            outcomes.note_failure(connection, row, reasons.RATE_LIMITED, outcome.detail, wait=rest, now=now)
        elif outcome.reason == "token_wait":
            outcomes.put_back(connection, row, reasons.TOKEN_WAIT, now + (outcome.after or _SHORTEST_WAIT))
        elif outcome.reason == "address":
            outcomes.park(connection, row, reasons.ADDRESS, outcome.detail)
        else:
            if outcome.after is not None:
                wait = max(outcome.after, _SHORTEST_WAIT)
                outcomes.note_pause(connection, row, now + wait)
            else:
                wait = backoff(row.tries + 1, self._fraction())
            reason, unknown = reasons.code_of_retry(outcome.reason), outcome.outcome_unknown
            outcomes.note_failure(
                connection, row, reason, outcome.detail, wait=wait, outcome_unknown=unknown, now=now
            )

    @staticmethod
    def _tell(row: InHand, outcome: ScoreOutcome) -> None:
        name = type(outcome).__name__
        reason = getattr(outcome, "reason", None)
        say = _log.info if isinstance(outcome, (Delivered, TooOld)) else _log.warning
        say("outcome", delivery=row.public_id, platform=row.registration_id, outcome=name, reason=reason)
