"""What the services of a platform are asked with: our key that signs, and the access tokens that all workers share."""

from datetime import datetime, timedelta

import trainer
from lti.http import HttpClient, user_agent
from lti.keys import ToolKey, signing_key
from lti.platform import Platform
from lti.services import AccessToken, PlatformServices
from trainer.core.crypto import Seal, SealBroken
from trainer.core.database import Database
from trainer.institutions import service_tokens
from trainer.institutions.queries import tool_keys

#: our keys are read again after that long: rotation takes a day, so a minute is soon enough
_KEY_LIFE = timedelta(minutes=1)


def services_of(database: Database, seal: Seal, http: HttpClient) -> PlatformServices:
    """The services of every platform, asked in our name."""
    return PlatformServices(
        http, SharedTokens(database, seal), SigningKeys(database, seal), user_agent(trainer.__version__)
    )


class SharedTokens:
    """The access tokens in the database: what :class:`lti.services.TokenCache` asks for."""

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    def load(self, platform: Platform, scopes: frozenset[str]) -> AccessToken | None:
        """The last token, good or not; one that was sealed with another secret key counts as none."""
        try:
            with self._database.reading() as connection:
                return service_tokens.load_token(connection, self._seal, platform, scopes)
        except SealBroken:
            return None

    def save(self, platform: Platform, scopes: frozenset[str], token: AccessToken) -> None:
        """Keep a token for all workers."""
        with self._database.writing() as connection:
            service_tokens.save_token(connection, self._seal, platform, scopes, token)

    def drop(self, platform: Platform, scopes: frozenset[str], token: AccessToken) -> None:
        """Forget this token, unless another one is there by now."""
        with self._database.writing() as connection:
            service_tokens.drop_token(connection, self._seal, platform, scopes, token)

    def claim_request(
        self, platform: Platform, scopes: frozenset[str], now: datetime, cooldown: timedelta
    ) -> bool:
        """Whether this worker may ask for a token now."""
        with self._database.writing() as connection:
            return service_tokens.claim_token_request(connection, platform, scopes, now, cooldown)


class SigningKeys:
    """Our key that signs, read from the database at most once a minute."""

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal
        self._keys: list[ToolKey] = []
        self._read_at: datetime | None = None

    def __call__(self, now: datetime) -> ToolKey:
        """The key that signs at ``now``.

        Raises:
            SealBroken: the secret key is not the one that the keys were sealed with.
            ValueError: there is no key yet.
        """
        if not self._keys or self._read_at is None or not timedelta() <= now - self._read_at < _KEY_LIFE:
            with self._database.reading() as connection:
                self._keys = tool_keys(connection, self._seal)
            self._read_at = now
        return signing_key(self._keys, now)
