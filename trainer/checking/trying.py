"""The connection check: tries a platform as it is now, and gathers what is known of its work.

While the platform is being asked no transaction is open.
"""

from dataclasses import dataclass

import trainer
from lti.checking import check_connection
from lti.http import HttpClient, user_agent
from lti.keys import signing_key
from lti.platform import Platform
from trainer.core.clock import Clock
from trainer.core.crypto import Seal
from trainer.core.database import Database
from trainer.courses.connection_queries import WorkDone, work_done
from trainer.institutions.connection_queries import ConnectedPlatform, connected_platform
from trainer.institutions.connection_tries import LastTry, claim_try, keep_found, last_try
from trainer.institutions.queries import platform_by_id, tool_keys


@dataclass(frozen=True, slots=True)
class Checked:
    """All that is known of one connection."""

    platform: ConnectedPlatform
    #: what LTI knows of it
    lms: Platform
    last: LastTry
    work: WorkDone


def read_check(database: Database, clock: Clock, registration_id: int) -> Checked | None:
    """What is known of a connection, without asking the platform anything; none where there is no such platform."""
    with database.reading() as connection:
        platform = connected_platform(connection, registration_id)
        registered = platform_by_id(connection, registration_id)
        if platform is None or registered is None:
            return None
        return Checked(
            platform,
            registered.platform,
            last_try(connection, registration_id, clock()),
            work_done(connection, registration_id),
        )


def try_connection(
    database: Database, seal: Seal, http: HttpClient, clock: Clock, registration_id: int
) -> bool:
    """Try a platform of LTI 1.3 now, and keep what was found; False when somebody did so a moment ago.

    1. Claim the try, and read what it needs.
    2. Ask the platform, without a transaction: at most `lti.checking.LONGEST` seconds.
    3. Keep what was found.

    Raises:
        SealBroken: the secret key is another one than when our keys were made.
        ValueError: we have no key yet.
    """
    with database.writing() as connection:
        if not claim_try(connection, registration_id, clock()):
            return False
        registered = platform_by_id(connection, registration_id)
        key = signing_key(tool_keys(connection, seal), clock())
    if registered is None:
        return False
    found = check_connection(
        http, registered.platform, key, clock, user_agent=user_agent(trainer.__version__)
    )
    with database.writing() as connection:
        keep_found(connection, registration_id, found, clock())
    return True
