"""Houses outside pytest: one in this process, one behind the real `trainer serve`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from flask.testing import FlaskClient

from lti.keys import generate_key
from tests.fuzz.http_browser import HttpBrowser
from tests.support.databases import migrate
from tests.support.house import BASE_URL, House, SetClock, environment_of, furnish, service_here
from tests.support.lms import Lms
from tests.support.service import RunningService
from trainer.core.database import Database
from trainer.core.settings import load_settings


class RealClock(SetClock):
    """The time as it is; nobody moves it."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)

    def move(self, **by: float) -> datetime:
        return self()


@dataclass
class RemoteHouse(House):
    """A house whose browsers go over the network."""

    service: RunningService | None = None

    def browser(self) -> FlaskClient:
        assert self.service is not None
        return cast(FlaskClient, HttpBrowser(self.service.port))

    def resident_kilobytes(self) -> int:
        """Memory of the web processes together."""
        assert self.service is not None
        assert self.service.web is not None
        return sum(_resident(pid) for pid in _below(self.service.web.process.pid))


@contextmanager
def local_house(folder: Path) -> Iterator[House]:
    """The service in this process, on SQLite."""
    url = f"sqlite:///{folder / 'local.db'}"
    migrate(url)
    clock, lms = SetClock(), Lms(BASE_URL)
    try:
        with service_here(url, folder, generate_key(clock()), clock) as here:
            number = lms.register(here.database, clock())
            yield House(here.app, here.database, here.settings, clock, lms, number)
    finally:
        lms.close()


@contextmanager
def served_house(folder: Path) -> Iterator[RemoteHouse]:
    """The service as institutions run it: `trainer serve`, on SQLite."""
    url = f"sqlite:///{folder / 'served.db'}"
    migrate(url)
    settings, database = load_settings(environment_of(url, folder)), Database(url)
    clock, lms = RealClock(), Lms(BASE_URL)
    furnish(database, settings, generate_key(clock()), clock())
    number = lms.register(database, clock())
    more: dict[str, Any] = {
        "secret_key": settings.secret_key,
        "base_url": BASE_URL,
        "media_root": settings.media_root,
        "log_level": "ERROR",
    }
    service = RunningService(url, folder / "service", with_worker=False, **more)
    try:
        yield RemoteHouse(cast(Any, None), database, settings, clock, lms, number, service)
    finally:
        service.stop()
        lms.close()
        database.dispose()
        sys.stdout.flush()


def _below(pid: int) -> list[int]:
    found = [pid]
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found += _below(int(child))
    return found


def _resident(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def own_resident_kilobytes() -> int:
    """Memory of this process."""
    return _resident(int(Path("/proc/self").readlink().name))
