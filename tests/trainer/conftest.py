"""The service in this process, on a database of each kind, with one small module and one LMS."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lti.keys import ToolKey, generate_key
from modules.package import load_module
from tests.support.lms import Lms
from trainer.app import create_app
from trainer.catalogue.actions import keep_media, publish_edition
from trainer.core.crypto import Seal
from trainer.core.database import Database
from trainer.core.media import MediaStore
from trainer.core.settings import Settings, load_settings
from trainer.institutions.actions import keep_key

BASE_URL = "http://127.0.0.1:8000"
EXAMPLE = Path(__file__).parent.parent / "modules" / "examples" / "groeten"


@dataclass
class SetClock:
    """A clock that stands still until it is moved."""

    now: datetime = field(default_factory=lambda: datetime(2026, 11, 3, 13, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> datetime:
        """Let time pass."""
        self.now += timedelta(**by)
        return self.now


@dataclass
class House:
    """The service and what it stands on."""

    app: Flask
    database: Database
    settings: Settings
    clock: SetClock
    lms: Lms
    registration_id: int

    def browser(self) -> FlaskClient:
        """A browser with cookies of its own."""
        return self.app.test_client()


@pytest.fixture(scope="session")
def tool_key() -> ToolKey:
    """A key pair of the service; it takes longer to make than most stories."""
    return generate_key(SetClock().now)


@pytest.fixture
def house(database_url: str, tool_key: ToolKey, tmp_path: Path) -> Iterator[House]:
    """The service with the example module published and an LMS connected, on each kind of database."""
    settings = load_settings(
        {
            "TRAINER_DATABASE_URL": database_url,
            "TRAINER_SECRET_KEY": "a secret key that is long enough for a test",
            "TRAINER_BASE_URL": BASE_URL,
            "TRAINER_MEDIA_ROOT": str(tmp_path / "media"),
            "TRAINER_ALLOW_INSECURE_PLATFORMS": "1",
            "TRAINER_LOG_LEVEL": "ERROR",
        }
    )
    database, clock = Database(database_url), SetClock()
    lms = Lms(BASE_URL)
    publish_example(database, settings, clock())
    registration_id = lms.register(database, clock())
    with database.writing() as connection:
        keep_key(connection, Seal(settings.secret_key), tool_key)
    app = create_app(settings, database=database, clock=clock)
    yield House(app, database, settings, clock, lms, registration_id)
    lms.close()
    database.dispose()


def publish_example(database: Database, settings: Settings, now: datetime) -> None:
    """Publish the example module."""
    package = load_module(EXAMPLE)
    keep_media(MediaStore(Path(settings.media_root)), package)
    with database.writing() as connection:
        publish_edition(connection, package, now=now)
