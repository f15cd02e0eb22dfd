"""The last try of each connection: claimed by who begins one, and kept for all who look."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, or_, select, update

from lti.checking import GRANTED, LONGEST, ClockFound, ConnectionFound, KeySetFound, ScopeFound, TokenFound
from trainer.core.insert import insert_if_new
from trainer.institutions.models import ConnectionTry, Registration

#: from one try to the next, whoever begins it
EVERY = timedelta(seconds=10)
#: one that has not ended by then never will
_LOST_AFTER = timedelta(seconds=2 * LONGEST)


@dataclass(frozen=True, slots=True)
class LastTry:
    """What is known of the last try of a connection."""

    #: somebody is at it
    is_going_on: bool
    #: none: nothing was ever found, or not in a form that this version reads
    found: ConnectionFound | None
    found_at: datetime | None


def claim_try(connection: Connection, registration_id: int, now: datetime) -> bool:
    """Claim the right to try a connection: one try in `EVERY`, over all processes and whoever asks."""
    if insert_if_new(connection, ConnectionTry, {"registration_id": registration_id, "tried_at": now}):
        return True
    # A time in the future means that the clock was set back: it must not keep anybody from trying
    free = or_(ConnectionTry.tried_at <= now - EVERY, ConnectionTry.tried_at > now + EVERY)
    claim = update(ConnectionTry).where(ConnectionTry.registration_id == registration_id, free)
    return connection.execute(claim.values(tried_at=now)).rowcount == 1


def keep_found(connection: Connection, registration_id: int, found: ConnectionFound, now: datetime) -> None:
    """Keep what a try found, in the place of what the one before found.

    A right that the registration's answer left out and that is granted now is not withheld any more.
    """
    connection.execute(
        update(ConnectionTry)
        .where(ConnectionTry.registration_id == registration_id)
        .values(found=asdict(found), found_at=now)
    )
    granted = {one.scope for one in found.token.scopes if one.outcome == GRANTED}
    here = Registration.id == registration_id
    withheld = connection.execute(select(Registration.withheld_scopes).where(here)).scalar_one_or_none() or []
    if not granted.isdisjoint(withheld):
        left = [scope for scope in withheld if scope not in granted]
        connection.execute(update(Registration).where(here).values(withheld_scopes=left))


def last_try(connection: Connection, registration_id: int, now: datetime) -> LastTry:
    """The last try of a connection, and what the last one that ended found."""
    row = connection.execute(
        select(ConnectionTry.tried_at, ConnectionTry.found_at, ConnectionTry.found).where(
            ConnectionTry.registration_id == registration_id
        )
    ).one_or_none()
    if row is None:
        return LastTry(False, None, None)
    is_going_on = (
        row.found_at is None or row.found_at < row.tried_at
    ) and timedelta() <= now - row.tried_at < _LOST_AFTER
    found = _read(row.found) if row.found is not None else None
    return LastTry(is_going_on, found, row.found_at if found is not None else None)


def _read(kept: Mapping[str, Any]) -> ConnectionFound | None:
    """What `keep_found` kept; None for what another version kept in another form."""
    try:
        token, clock = dict(kept["token"]), kept["clock"]
        scopes = tuple(ScopeFound(**scope) for scope in token.pop("scopes"))
        return ConnectionFound(
            KeySetFound(**kept["key_set"]),
            TokenFound(scopes=scopes, **token),
            ClockFound(**clock) if clock is not None else None,
        )
    except (KeyError, TypeError):
        return None
