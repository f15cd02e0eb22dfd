"""The whole service in this process, on SQLite, and who may knock at its doors.

What a door answers is decided in Python, by the same statements on both databases; each statement has its own stories on
both.  So these walks run on SQLite alone, which is five times as fast; where a database decides (lengths, NUL), a file asks for both.
"""

import pytest

from tests.trainer.conftest import House
from tests.trainer.web.visitors import Street, build_street


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite alone; a test file that needs both says so."""
    return sqlite_url


@pytest.fixture
def street(house: House) -> Street:
    """The house with everybody in it who may try the doors."""
    return build_street(house)
