"""The way back of LTI 1.1: an address, and the right to send one person's result there (``lis_result_sourcedid``).

The right is a capability.  It is kept sealed, together with the address of the very launch that gave it, and is never
shown or logged.
"""

import json

from sqlalchemy import Connection, update

from lti.legacy import LegacyOutcome
from trainer.core.crypto import Seal
from trainer.courses.models import Link, Visit


def seal_right(seal: Seal, outcome: LegacyOutcome) -> str:
    """The right to send a result, for ``visit.result_sourcedid``."""
    return seal.close(json.dumps([outcome.service_url, outcome.sourced_id]))


def open_right(seal: Seal, sealed: str) -> LegacyOutcome:
    """The right again.

    Raises:
        SealBroken: the secret key is another one.
    """
    return LegacyOutcome(*json.loads(seal.open(sealed)))


def note_way_back(
    connection: Connection, *, link_id: int, visit_id: int, outcome_url: str, sealed_right: str
) -> None:
    """Keep the way back that a launch brought; one that brings none takes nothing away."""
    connection.execute(
        update(Link)
        .where(Link.id == link_id, Link.outcome_url.is_distinct_from(outcome_url))
        .values(outcome_url=outcome_url)
    )
    connection.execute(update(Visit).where(Visit.id == visit_id).values(result_sourcedid=sealed_right))
