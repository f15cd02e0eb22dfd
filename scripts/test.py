"""Everything that must hold, one section after the other: `make test`. Every section runs, also after a failure."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

#: pytest's exit status when it ran and some test failed
TESTS_FAILED = 1

#: At the same time: half of the tests wait for a browser or a clock, so one more than there are processors at least.
PROCESSES = max(3, min(4, os.cpu_count() or 2))

#: Where files live in memory, and the bytes that must be free there.
MEMORY = Path("/dev/shm")
ROOM = 3 * 2**30

SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Style (ruff)", ("ruff", "check", ".")),
    ("Layout (ruff format)", ("ruff", "format", "--check", "--quiet", ".")),
    ("Types (mypy --strict)", ("mypy",)),
    ("What may lean on what (import-linter)", ("lint-imports",)),
    # Last, so that the run ends with pytest's own summary line. A file stays with one process: its tests share servers.
    # In the order that tests/conftest.py gives: the long stories in a browser are not left for the end.
    ("Tests (pytest)", ("pytest", "-n", str(PROCESSES), "--dist", "loadfile", "--no-loadscope-reorder")),
)


@contextmanager
def _room_for_files() -> Iterator[dict[str, str]]:
    """The environment in which tests keep their files in memory, if there is room: thousands of databases, each flushed
    to the disk at every commit, make up for a third of the time.  What a `kill -9` leaves is the same there."""
    if not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < ROOM:
        yield dict(os.environ)
        return
    with tempfile.TemporaryDirectory(
        prefix="trainer-test-", dir=MEMORY, ignore_cleanup_errors=True
    ) as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as somebody else when we are root
        yield {**os.environ, "TMPDIR": folder}


def main() -> int:
    with _room_for_files() as environment:
        # Hundreds of processes would each translate the whole service anew
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        return _run_sections(environment)


def _run_sections(environment: dict[str, str]) -> int:
    failed: list[str] = []
    for number, (title, (program, *arguments)) in enumerate(SECTIONS, 1):
        if number == len(SECTIONS) and failed:
            print(f"\nAlready failed: {', '.join(failed)}.", flush=True)
        print(f"\n=== {number}/{len(SECTIONS)} {title}", flush=True)
        started = time.monotonic()
        status = subprocess.run(
            [BIN / program, *arguments], cwd=ROOT, check=False, env=environment
        ).returncode
        if program == "pytest" and status == TESTS_FAILED:
            # A browser and a dozen processes on two cores that others use too: what fails once is asked once more,
            # for all to see; what fails twice is broken.
            print("\n=== What failed, once more", flush=True)
            again = subprocess.run([BIN / program, "--last-failed"], cwd=ROOT, check=False, env=environment)
            status = again.returncode
        if status:
            failed.append(title)
        if number < len(SECTIONS):
            print(f"--- {time.monotonic() - started:.0f} s", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
