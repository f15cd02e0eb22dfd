"""The servers of one benchmark run: databases, rivals, and the service itself, all real, all on the loopback."""

import json
import shutil
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bench.lms import Lms
from bench.machine import resident_bytes, tree
from scripts.processes import BIN, ROOT, ChildProcess
from tests.support.databases import migrate
from tests.support.ports import free_port
from tests.support.postgres import PostgresCluster
from tests.support.service import RunningService

LIBRARY = ROOT / "modules" / "library"


class MissingProgram(Exception):
    """Something that a comparison needs is not installed; the message says what."""


@dataclass(slots=True)
class Stage:
    """A folder that goes away, and every server that was started on it."""

    folder: Path
    _endings: list[Callable[[], object]] = field(default_factory=list)
    _postgres: PostgresCluster | None = None
    _lms: Lms | None = None

    @property
    def lms(self) -> Lms:
        """The platform that all contenders know."""
        if self._lms is None:
            self._lms = Lms()
            self._endings.append(self._lms.close)
        return self._lms

    @property
    def postgres(self) -> PostgresCluster:
        """A PostgreSQL that flushes each commit."""
        if self._postgres is None:
            self._postgres = PostgresCluster(durable=True)
            self._endings.append(self._postgres.stop)
        return self._postgres

    def database(self, kind: str, name: str) -> str:
        """The URL of a new, empty database; ``kind`` is "sqlite" or "postgresql"."""
        if kind == "sqlite":
            return f"sqlite:///{self.folder / name}.db"
        return self.postgres.url(self.postgres.create_database())

    def database_processes(self, kind: str) -> list[int]:
        """What the server of that kind runs as, for counting its CPU."""
        if kind == "sqlite":
            return []
        server = self.postgres._server
        assert server is not None
        return [server.pid]

    def rival(self, name: str, **environment: str) -> "Rival":
        """Start bench/rivals/<name>.py under granian, one worker with one thread, as the service runs."""
        port = free_port()
        origin = f"http://127.0.0.1:{port}"
        command: list[str | Path] = [BIN / "granian", "--interface", "wsgi", "--workers", "1"]
        command += ["--blocking-threads", "1", "--http", "1", "--no-access-log", "--log-level", "warning"]
        command += ["--host", "127.0.0.1", "--port", str(port), f"bench.rivals.{name}:app"]
        log = self.folder / f"{name}-{port}.log"
        process = ChildProcess(command, log, {"BENCH_ORIGIN": origin, **environment})
        self._endings.append(process.stop)
        _wait_for(origin, process)
        return Rival(origin, process.pid)

    def launch_rival(self, name: str, **environment: str) -> "Rival":
        """A rival that takes launches of the platform."""
        return self.rival(name, BENCH_PLATFORM=json.dumps(self.lms.registration()), **environment)

    def redis(self) -> tuple[Path, int]:
        """Start a redis as it comes, on a socket without a port; the socket and the process id."""
        program = shutil.which("redis-server")
        if program is None:
            raise MissingProgram("redis-server is missing (Debian: redis-server)")
        path = self.folder / "redis.sock"
        command = [program, "--port", "0", "--unixsocket", str(path), "--dir", str(self.folder)]
        process = ChildProcess([*command, "--save", ""], self.folder / "redis.log")
        self._endings.append(process.stop)
        deadline = time.monotonic() + 10
        while not path.exists():
            if time.monotonic() > deadline:
                raise MissingProgram(f"redis-server did not start: {process.last_words()}")
            time.sleep(0.02)
        return path, process.pid

    def service(
        self, database_url: str, name: str, *, fill: Callable[[str], object] | None = None
    ) -> RunningService:
        """Start the service with one web process, the starter library published and the platform known.

        Args:
            fill: called with the database's URL after the modules are there and before the service starts.
        """
        migrate(database_url)
        folder = self.folder / name
        trainer = RunningService(
            database_url, folder, web_processes=1, threads=1, with_worker=False, log_level="INFO"
        )
        self._endings.append(trainer.stop)
        trainer.command("modules", "publish", LIBRARY)
        registration = folder / "platform.json"
        registration.write_text(json.dumps(self.lms.registration()), "utf-8")
        trainer.command("platforms", "add", "--json", registration)
        if fill is not None:
            fill(database_url)
        return trainer

    def resident(self, trainer: RunningService) -> dict[str, int]:
        """RSS in MB of the service's main process and of its largest web process."""
        main = web_process(trainer)
        others = [resident_bytes(pid) for pid in tree([main]) - {main}]
        return {"main": round(resident_bytes(main) / 1e6), "web_process": round(max(others, default=0) / 1e6)}

    def close(self) -> None:
        """End everything, the last first."""
        while self._endings:
            with suppress(OSError):
                self._endings.pop()()


@dataclass(frozen=True, slots=True)
class Rival:
    """A running rival."""

    origin: str
    pid: int


@contextmanager
def stage() -> Iterator[Stage]:
    """A folder and its servers, for one comparison."""
    folder = Path(tempfile.mkdtemp(prefix="trainer-bench-"))
    made = Stage(folder)
    try:
        yield made
    finally:
        made.close()
        shutil.rmtree(folder, ignore_errors=True)


def web_process(trainer: RunningService) -> int:
    """The id of the service's main process; its tree is what serves."""
    assert trainer.web is not None
    return trainer.web.pid


def _wait_for(origin: str, process: ChildProcess, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(origin, timeout=2)
        except urllib.error.HTTPError:
            return  # it answers
        except OSError:
            if not process.is_running or time.monotonic() > deadline:
                raise MissingProgram(f"a rival did not start: {process.last_words()}") from None
            time.sleep(0.05)
        else:
            return
