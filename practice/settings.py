"""What a practice LMS is told when it starts, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

LoginMethod = Literal["post", "get"]
Storage = Literal["_parent", "practice_storage"]


@dataclass(frozen=True, slots=True)
class Settings:
    """One practice LMS and the one tool that it knows."""

    #: Where browsers and the tool reach the LMS; also its LTI issuer. Scheme, host and port, no path.
    origin: str
    #: Where the tool is: scheme, host and port, no path.
    tool: str
    #: The folder of the SQLite file, which also holds the keys.
    store: Path
    name: str = "Oefen-LMS"
    institution: str = "Oefenhogeschool"
    client_id: str = "oefen-lms-leerbuddy"
    deployment_id: str = "1"
    #: How the launcher opens the tool's login: most platforms post a form, some send a query.
    login_method: LoginMethod = "post"
    id_token_life: timedelta = timedelta(minutes=5)
    access_token_life: timedelta = timedelta(hours=1)
    #: Whether launches carry names and e-mail. Many institutions send none.
    share_names: bool = True
    #: Which window keeps things for the tool, where one does: the course page itself, or a frame of that name in it.
    storage: Storage | None = None
    #: Whether `/_test/…` exists (hooks.py).
    test_hooks: bool = False

    @property
    def tool_origin(self) -> str:
        parts = urlsplit(self.tool)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def tool_login_url(self) -> str:
        return f"{self.tool}/lti/login"

    @property
    def tool_jwks_url(self) -> str:
        return f"{self.tool}/lti/jwks"

    @property
    def redirect_uris(self) -> tuple[str, ...]:
        """The only addresses an id_token is ever posted to, compared character by character."""
        return (f"{self.tool}/lti/launch",)

    @property
    def deep_linking_uri(self) -> str:
        """Where the tool lets a teacher choose."""
        return f"{self.tool}/lti/deep-linking"

    @property
    def authorization_url(self) -> str:
        return f"{self.origin}/lti/authorize"

    @property
    def token_url(self) -> str:
        return f"{self.origin}/lti/token"

    @property
    def jwks_url(self) -> str:
        return f"{self.origin}/lti/jwks"

    def target_link_uri(self, module: str | None) -> str:
        """Where a link of this module leads; without a module, the tool's bare launch address."""
        return f"{self.tool}/lti/launch" + (f"/{module}" if module else "")

    def registration(self) -> dict[str, object]:
        """What the tool's administrator types in: the JSON that `trainer platforms add --json` reads."""
        return {
            "name": self.name,
            "issuer": self.origin,
            "client_id": self.client_id,
            "deployment_ids": [self.deployment_id],
            "authorization_endpoint": self.authorization_url,
            "token_endpoint": self.token_url,
            "jwks_uri": self.jwks_url,
            "institution": self.institution,
        }
