"""Everything that must hold, one section after the other: `make test`. Every section runs, also after a failure."""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

#: pytest's exit status when it ran and some test failed
TESTS_FAILED = 1

#: at the same time: half of the tests wait for a browser or a clock
PROCESSES = max(2, min(4, os.cpu_count() or 2))

SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Style (ruff)", ("ruff", "check", ".")),
    ("Layout (ruff format)", ("ruff", "format", "--check", "--quiet", ".")),
    ("Types (mypy --strict)", ("mypy",)),
    ("What may lean on what (import-linter)", ("lint-imports",)),
    # Last, so that the run ends with pytest's own summary line. A file stays with one process: its tests share servers.
    ("Tests (pytest)", ("pytest", "-n", str(PROCESSES), "--dist", "loadfile")),
)


def main() -> int:
    failed: list[str] = []
    for number, (title, (program, *arguments)) in enumerate(SECTIONS, 1):
        if number == len(SECTIONS) and failed:
            print(f"\nAlready failed: {', '.join(failed)}.", flush=True)
        print(f"\n=== {number}/{len(SECTIONS)} {title}", flush=True)
        started = time.monotonic()
        status = subprocess.run([BIN / program, *arguments], cwd=ROOT, check=False).returncode
        if program == "pytest" and status == TESTS_FAILED:
            # A browser and a dozen processes on two cores that others use too: what fails once is asked once more,
            # for all to see; what fails twice is broken.
            print("\n=== What failed, once more", flush=True)
            status = subprocess.run([BIN / program, "--last-failed"], cwd=ROOT, check=False).returncode
        if status:
            failed.append(title)
        if number < len(SECTIONS):
            print(f"--- {time.monotonic() - started:.0f} s", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
