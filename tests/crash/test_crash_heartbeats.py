"""The short form of the crash run of heartbeats; `python -m tests.crash.heartbeats` is the long one."""

from pathlib import Path

from tests.crash.heartbeats import run


def test_no_acknowledged_second_is_lost_and_none_invented(database_url: str, tmp_path: Path) -> None:
    result = run(database_url, tmp_path, beats=500, buddies=40, kills=2)
    assert result.violations == []
    # Forty buddies earn at most eighty seconds a second on the server's clock, however quick the machine is
    assert 20 * result.seconds < result.acknowledged_seconds <= 80 * (result.seconds + 10)
