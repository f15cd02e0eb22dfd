"""What a roster of fifty thousand costs: fetched over HTTP page by page, and stored by one `trainer worker --once`.

The platform makes its pages on the same machine meanwhile: that is in the time, not in the memory.
"""

import os
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select, update

from bench import servers
from lti.keys import generate_key
from scripts.processes import BIN, ROOT
from tests.support.databases import migrate
from tests.support.house import furnish
from tests.trainer.courses.roster_platform import RosterLms, member
from trainer.app import create_app
from trainer.core.database import Database
from trainer.core.settings import load_settings
from trainer.courses.models import Course, RosterMember

#: members on one page: most platforms send few, some send all at once
PAGES = (50, 50_000)
_TOOL = "http://127.0.0.1:8000"  # nobody listens there: it only names the tool


def measure(*, members: int, kinds: tuple[str, ...]) -> list[dict[str, Any]]:
    """Per database and size of page: the course's first roster, and the same one again."""
    with servers.stage() as stage:
        return [
            {"what": "roster", "database": kind, "members": members, "a_page": page}
            | _measure(stage.database(kind, f"roster-{page}"), members, page)
            for kind in kinds
            for page in PAGES
        ]


def _measure(url: str, members: int, page: int) -> dict[str, Any]:
    migrate(url)
    with tempfile.TemporaryDirectory(prefix="bench-roster-") as media:
        environment = {
            "TRAINER_DATABASE_URL": url,
            "TRAINER_SECRET_KEY": "a secret key that is long enough for a bench",
            "TRAINER_BASE_URL": _TOOL,
            "TRAINER_MEDIA_ROOT": media,
            "TRAINER_ALLOW_INSECURE_PLATFORMS": "1",
            "TRAINER_LOG_LEVEL": "ERROR",
        }
        settings, database, now = load_settings(environment), Database(url), datetime.now(UTC)
        key = generate_key(now)
        lms = RosterLms(_TOOL, key, page=page)
        lms.members = [
            member(f"{number:08}-1f51-4783", f"Jane Marie {number} Doe") for number in range(members)
        ]
        try:
            furnish(database, settings, key, now)
            lms.register(database, now, name="Groot LMS", institution="Universiteit")
            lms.open(create_app(settings, database=database).test_client(), now, lms.teaches())
            first = _work(environment)
            with database.writing() as connection:
                stored = connection.execute(select(func.count()).select_from(RosterMember)).scalar_one()
                connection.execute(update(Course).values(roster_due_at=datetime.now(UTC)))
            if stored != members:
                raise RuntimeError(f"{stored} of {members} members were stored")
            again = _work(environment)
        finally:
            lms.close()
            database.dispose()
    return {
        "first_seconds": first[0],
        "first_peak_mb": first[1],
        "again_seconds": again[0],
        "again_peak_mb": again[1],
    }


def _work(environment: dict[str, str]) -> tuple[float, int]:
    """Seconds and highest RSS (MB) of one worker that does what is due and ends."""
    began = time.monotonic()
    process = subprocess.Popen(
        [BIN / "trainer", "worker", "--once"], cwd=ROOT, env={**os.environ, **environment}
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"the worker ended with {process.returncode}")
    return round(time.monotonic() - began, 1), used.ru_maxrss // 1000
