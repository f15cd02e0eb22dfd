"""A course of fifty thousand, fetched over HTTP and stored, in less than a minute (memory: docs/benchmarks.md)."""

import time

from sqlalchemy import func, select

from lti.keys import ToolKey
from tests.trainer.conftest import BASE_URL, House
from tests.trainer.courses.roster_platform import RosterLms, member
from trainer.courses.models import RosterMember
from trainer.worker import Worker


def test_fifty_thousand_in_a_minute(house: House, tool_key: ToolKey) -> None:
    lms = RosterLms(BASE_URL, tool_key, page=1000)
    lms.register(house.database, house.clock(), name="Groot LMS", institution="Universiteit")
    lms.members = [member(f"{number:08}-1f51-4783", f"Jane Marie {number} Doe") for number in range(50_000)]
    try:
        lms.open(house.browser(), house.clock(), lms.teaches())
        began = time.monotonic()
        Worker(house.database, house.settings, clock=house.clock).run_once()
        took = time.monotonic() - began
    finally:
        lms.close()
    with house.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(RosterMember)).scalar_one() == 50_000
    assert took < 60
