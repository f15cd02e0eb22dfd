"""A service that hears the recorded Moodle, on each kind of database."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from lti.keys import ToolKey
from tests.platforms.recorded.heard import Heard
from tests.platforms.recorded.replay import RecordedMoodle, moment_of
from tests.platforms.stubs.campus import LivelyClock
from tests.support.house import BASE_URL
from tests.trainer.desks.lti.registering import empty_house


@pytest.fixture
def heard(database_url: str, tool_key: ToolKey, tmp_path: Path) -> Iterator[Heard]:
    """The service as it is before Moodle says anything, a second after the first recorded launch was signed."""
    clock = LivelyClock(now=moment_of("deep-linking-request") + timedelta(seconds=1))
    moodle = RecordedMoodle(BASE_URL)
    with empty_house(database_url, tmp_path, tool_key, clock=clock) as service:
        yield Heard(service, moodle)
    moodle.close()
