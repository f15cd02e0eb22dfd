"""What the stories about connecting an LMS share: a service that no LMS is connected with, and its administrator."""

import html
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti.keys import ToolKey
from tests.support.house import BASE_URL, SetClock, service_here
from trainer.cli import main
from trainer.core.database import Database
from trainer.core.settings import Settings
from trainer.institutions.invitations import invite
from trainer.institutions.models import Deployment, Invitation, Registration


@dataclass
class EmptyHouse:
    """A service with one module and no LMS."""

    app: Flask
    database: Database
    settings: Settings
    clock: SetClock
    environment: dict[str, str]

    def browser(self) -> FlaskClient:
        """A browser with cookies of its own."""
        return self.app.test_client()

    def trainer(self, *words: str) -> str:
        """What an operator types, and what it prints."""
        done = CliRunner().invoke(main, list(words), env=self.environment)
        assert done.exit_code == 0, done.output
        return done.stdout

    def invitation(self, *, issuer: str | None = None, institution: str = "Hogeschool X") -> str:
        """The address that an administrator is given."""
        with self.database.writing() as connection:
            made = invite(connection, institution, issuer=issuer, allow_insecure=True, now=self.clock())
        return f"{self.settings.base_url}/lti/register?invitation={made.token}"

    def registrations(self) -> list[Mapping[str, Any]]:
        """All rows, whole."""
        with self.database.reading() as connection:
            return list(connection.execute(select(Registration.__table__).order_by("id")).mappings())

    def deployments(self) -> list[str]:
        """Those in use."""
        with self.database.reading() as connection:
            return list(connection.execute(select(Deployment.deployment_id)).scalars())

    def open_invitations(self) -> int:
        """How many may be used."""
        with self.database.reading() as connection:
            return len(connection.execute(select(Invitation.id).where(Invitation.used_at.is_(None))).all())


@contextmanager
def empty_house(
    database_url: str,
    folder: Path,
    tool_key: ToolKey,
    *,
    base_url: str = BASE_URL,
    insecure: bool = True,
    clock: SetClock | None = None,
) -> Iterator[EmptyHouse]:
    """The service on a database with nothing but a module in it."""
    clock, allowed = clock or SetClock(), "1" if insecure else "0"
    with service_here(
        database_url, folder, tool_key, clock, base_url=base_url, allow_insecure_platforms=allowed
    ) as here:
        yield EmptyHouse(here.app, here.database, here.settings, clock, here.environment)


def presses_connect(
    browser: FlaskClient, page: TestResponse, *, origin: str = BASE_URL, ticks: bool = True, **changes: str
) -> TestResponse:
    """The administrator ticks every address on the page and presses its button."""
    text = page.get_data(as_text=True)
    fields: dict[str, Any] = {
        name: html.unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', text)
    }
    assert "intent" in fields, text
    if ticks:
        fields["elsewhere"] = [
            html.unescape(value) for value in re.findall(r'name="elsewhere" value="([^"]*)"', text)
        ]
    return browser.post(
        "/lti/register", data={**fields, **changes}, base_url=origin, headers={"Origin": origin}
    )


def code_of(page: TestResponse) -> str:
    """The words of the reference on an error page, which are those of the code."""
    found = re.search(r'translate="no">([A-Z0-9-]+)-[A-Z0-9]{4}</b>', page.get_data(as_text=True))
    assert found, page.get_data(as_text=True)
    return found[1].replace("-", "_").lower()
