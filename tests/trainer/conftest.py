"""The service in this process, on a database of each kind, with one small module and one LMS."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lti.keys import ToolKey
from tests.support.house import BASE_URL, EXAMPLE, House, SetClock, service_here
from tests.support.lms import Lms

# The stories in these folders take them from here
__all__ = ["BASE_URL", "EXAMPLE", "House", "SetClock"]


@pytest.fixture
def house(database_url: str, tool_key: ToolKey, tmp_path: Path) -> Iterator[House]:
    """The service with the example module published and an LMS connected, on each kind of database."""
    clock, lms = SetClock(), Lms(BASE_URL)
    with service_here(database_url, tmp_path, tool_key, clock) as here:
        number = lms.register(here.database, clock())
        yield House(here.app, here.database, here.settings, clock, lms, number)
        lms.close()
