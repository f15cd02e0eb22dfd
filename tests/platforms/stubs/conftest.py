"""A campus for each story: on SQLite, since what SQL does is proven elsewhere and the LMS is the matter here."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lti.keys import ToolKey, generate_key
from tests.platforms.stubs.campus import Campus, LivelyClock
from tests.trainer.conftest import BASE_URL, SetClock, publish_example
from trainer.app import create_app
from trainer.core.crypto import Seal
from trainer.core.database import Database
from trainer.core.settings import load_settings
from trainer.institutions.actions import keep_key


@pytest.fixture(scope="session")
def tool_key() -> ToolKey:
    """A key pair of the service; it takes longer to make than most stories."""
    return generate_key(SetClock().now)


@pytest.fixture
def campus(sqlite_url: str, tool_key: ToolKey, tmp_path: Path) -> Iterator[Campus]:
    """The service with the example module, and no LMS yet."""
    settings = load_settings(
        {
            "TRAINER_DATABASE_URL": sqlite_url,
            "TRAINER_SECRET_KEY": "a secret key that is long enough for a test",
            "TRAINER_BASE_URL": BASE_URL,
            "TRAINER_MEDIA_ROOT": str(tmp_path / "media"),
            "TRAINER_ALLOW_INSECURE_PLATFORMS": "1",
            "TRAINER_DELIVERY_RATE": "1000",
            "TRAINER_LOG_LEVEL": "ERROR",
        }
    )
    database, clock = Database(sqlite_url), LivelyClock()
    publish_example(database, settings, clock())
    with database.writing() as connection:
        keep_key(connection, Seal(settings.secret_key), tool_key)
    made = Campus(create_app(settings, database=database, clock=clock), database, settings, clock)
    yield made
    for lms in made.lmss:
        lms.close()
    database.dispose()
    assert [complaint for lms in made.lmss for complaint in lms.complaints] == []
