"""What the desk keeps per process: its keys and the platforms' key sets."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

from flask import Flask, current_app

import trainer
from lti.http import HttpClient, user_agent
from lti.keys import ToolKey
from lti.keysets import KeySets
from trainer.core.crypto import derive_key
from trainer.core.web.service import Service, service
from trainer.desks.lti.key_store import DatabaseKeySetStore
from trainer.institutions.queries import RegisteredPlatform, platform_of_client, tool_key_ids, tool_keys

EXTENSION = "trainer-lti"
#: how old what we know of a platform may be when a launch comes, whose login asked for it
REMEMBERED = timedelta(minutes=1)
#: the same for a login: a class of thirty opens its module within seconds
BETWEEN_LOGINS = timedelta(seconds=10)


@dataclass(slots=True)
class FrontOffice:
    """Keys and addresses of the LTI desk."""

    base_url: str
    #: the redirect URI, exactly as platforms register it
    launch_url: str
    state_keys: tuple[bytes, ...]
    #: of the marks in session cookies
    mark_key: bytes
    key_sets: KeySets
    #: asks platforms what they say of themselves, and registers with them
    http: HttpClient
    _ids: tuple[str, ...] = ()
    _keys: list[ToolKey] = field(default_factory=list)
    _met: dict[tuple[str, str], tuple[RegisteredPlatform, datetime]] = field(default_factory=dict)

    def platform(
        self, issuer: str, client_id: str, now: datetime, *, remembered: timedelta = REMEMBERED
    ) -> RegisteredPlatform | None:
        """The registration with this issuer and client id, as it was ``remembered`` ago at most.

        Good enough to begin a login and to check a signature by; whether it is still there and switched on, the
        launch itself asks.
        """
        registered, met_at = self._met.get((issuer, client_id), (None, now))
        if registered is None or not registered.active or not timedelta() <= now - met_at <= remembered:
            with service().database.reading() as connection:
                registered = platform_of_client(connection, issuer, client_id)
            if registered is not None:
                self._met[registered.platform.key] = registered, now
        return registered

    def tool_keys(self) -> list[ToolKey]:
        """All our key pairs; opened again only when there are others than before."""
        with service().database.reading() as connection:
            ids = tool_key_ids(connection)
            if ids != self._ids:
                self._keys, self._ids = tool_keys(connection, service().seal), ids
        return self._keys


def install_front_office(app: Flask, parts: Service, http: HttpClient) -> None:
    """Give ``app`` the desk's keys; ``http`` fetches platforms' key sets and configurations."""
    secret = parts.settings.secret_key
    base_url = parts.settings.base_url.rstrip("/")
    app.extensions[EXTENSION] = FrontOffice(
        base_url=base_url,
        launch_url=base_url + "/lti/launch",
        state_keys=(derive_key(secret, "lti-state"),),
        mark_key=derive_key(secret, "session-mark"),
        key_sets=KeySets(DatabaseKeySetStore(parts.database), http, user_agent(trainer.__version__)),
        http=http,
    )


def front_office() -> FrontOffice:
    """The desk of the present application."""
    return cast(FrontOffice, current_app.extensions[EXTENSION])
