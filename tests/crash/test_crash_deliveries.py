"""The short form of the crash run of deliveries; `python -m tests.crash.deliveries` is the long one."""

from pathlib import Path

from tests.crash.deliveries import run


def test_every_completion_arrives_whoever_is_killed(database_url: str, tmp_path: Path) -> None:
    result = run(database_url, tmp_path, completions=60, kills=2, limit=60)
    assert result.violations == []
    assert result.right == 60
