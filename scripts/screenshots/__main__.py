"""`python -m scripts.screenshots [--part NAME …] [--proofs FOLDER]`."""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from scripts.screenshots import connecting, learning, teaching
from scripts.screenshots.photographer import FOLDER, Photographer
from tests.browser.school import School
from tests.support.chromium import running_chromium
from tests.support.databases import migrate

PARTS: dict[str, Callable[[Photographer], None]] = {
    "module": learning.module_under_way,
    "answers": learning.answers_and_texts,
    "lms": teaching.lms,
    "wrong": learning.what_goes_wrong,
    "course": teaching.course,
    "retired": teaching.retired,
    "registering": connecting.registering,
    "hub": connecting.hub,
}


def main() -> int:
    """Take the pictures of all parts, or of those named."""
    parser = argparse.ArgumentParser(description="A picture of each page, into docs/screenshots.")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this part; may be repeated")
    parser.add_argument(
        "--proofs", type=Path, help="a folder for pictures to look at: phone, low frame, whole page"
    )
    chosen = parser.parse_args()
    for folder in (FOLDER, *([chosen.proofs] if chosen.proofs else [])):
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="screenshots-") as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'trainer.db'}"
        migrate(url)
        school = School(url, folder)
        try:
            with running_chromium() as browser:
                photographer = Photographer(school, browser, chosen.proofs)
                for part in chosen.part or PARTS:
                    PARTS[part](photographer)
        finally:
            school.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
