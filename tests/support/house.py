"""The service in this process, with one small module: for stories that need neither a browser nor processes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from lti.keys import ToolKey, generate_key
from modules.package import Package, load_module
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
SECRET_KEY = "a secret key that is long enough for a test"


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
    """The service and what it stands on, with one LMS connected."""

    app: Flask
    database: Database
    settings: Settings
    clock: SetClock
    lms: Lms
    registration_id: int

    def browser(self) -> FlaskClient:
        """A browser with cookies of its own."""
        return self.app.test_client()


def count(house: House, table: type) -> int:
    """How many rows there are."""
    with house.database.reading() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


@dataclass(frozen=True)
class ServiceHere:
    """The service, and no LMS yet."""

    app: Flask
    database: Database
    settings: Settings
    #: the settings as a command would find them
    environment: dict[str, str]


@pytest.fixture(scope="session")
def tool_key() -> ToolKey:
    """A key pair of the service; it takes longer to make than most stories."""
    return generate_key(SetClock().now)


def environment_of(database_url: str, folder: Path, **settings: str) -> dict[str, str]:
    """The settings of a service for stories.

    Args:
        settings: more of them, or others: ``base_url="https://…"`` is TRAINER_BASE_URL.
    """
    return {
        "TRAINER_DATABASE_URL": database_url,
        "TRAINER_SECRET_KEY": SECRET_KEY,
        "TRAINER_BASE_URL": BASE_URL,
        "TRAINER_MEDIA_ROOT": str(folder / "media"),
        "TRAINER_ALLOW_INSECURE_PLATFORMS": "1",
        "TRAINER_LOG_LEVEL": "ERROR",
        **{f"TRAINER_{name.upper()}": value for name, value in settings.items()},
    }


@contextmanager
def service_here(
    database_url: str, folder: Path, tool_key: ToolKey, clock: Callable[[], datetime], **settings: str
) -> Iterator[ServiceHere]:
    """The service with the example module published."""
    environment = environment_of(database_url, folder, **settings)
    read, database = load_settings(environment), Database(database_url)
    furnish(database, read, tool_key, clock())
    try:
        yield ServiceHere(create_app(read, database=database, clock=clock), database, read, environment)
    finally:
        database.dispose()


@cache
def example() -> Package:
    """The example module, read once."""
    return load_module(EXAMPLE)


def furnish(database: Database, settings: Settings, tool_key: ToolKey, now: datetime) -> None:
    """Publish the example module, and keep the service's key."""
    keep_media(MediaStore(Path(settings.media_root)), example())
    with database.writing() as connection:
        publish_edition(connection, example(), now=now)
        keep_key(connection, Seal(settings.secret_key), tool_key)
