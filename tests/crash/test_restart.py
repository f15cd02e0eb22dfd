"""Replacing the web processes loses no launch."""

from pathlib import Path

from tests.crash.restarts import run


def test_a_rolling_restart_loses_no_launch(database_url: str, tmp_path: Path) -> None:
    results = run(database_url, tmp_path, rate=15, seconds=6, restarts=2)
    assert results == {"ok": 90}
