"""A campus for each story: on SQLite, since what SQL does is proven elsewhere and the LMS is the matter here."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lti.keys import ToolKey
from tests.platforms.stubs.campus import Campus, LivelyClock
from tests.support.house import service_here


@pytest.fixture
def campus(sqlite_url: str, tool_key: ToolKey, tmp_path: Path) -> Iterator[Campus]:
    """The service with the example module, and no LMS yet."""
    clock = LivelyClock()
    with service_here(sqlite_url, tmp_path, tool_key, clock, delivery_rate="1000") as here:
        made = Campus(here.app, here.database, here.settings, clock)
        yield made
        for lms in made.lmss:
            lms.close()
    assert [complaint for lms in made.lmss for complaint in lms.complaints] == []
