"""Platforms' key sets in the database, where all processes share them."""

from datetime import datetime, timedelta

from lti.keysets import StoredKeySet
from lti.platform import Platform
from trainer.core.database import Database
from trainer.institutions.actions import claim_key_fetch, load_key_set, save_key_set


class DatabaseKeySetStore:
    """The store that ``lti.keysets.KeySets`` asks for, one short transaction a question."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, platform: Platform) -> StoredKeySet | None:
        """The last good set, fresh or not."""
        with self._database.reading() as connection:
            return load_key_set(connection, platform)

    def save(self, platform: Platform, stored: StoredKeySet) -> None:
        """Replace the last good set, unless a later one is there."""
        with self._database.writing() as connection:
            save_key_set(connection, platform, stored)

    def claim_fetch(self, platform: Platform, now: datetime, cooldown: timedelta) -> bool:
        """Whether this process may fetch now."""
        with self._database.writing() as connection:
            return claim_key_fetch(connection, platform, now, cooldown)
