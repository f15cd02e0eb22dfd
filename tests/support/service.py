"""The real service: `trainer serve` and `trainer worker` as processes, as an institution runs them."""

import os
import secrets
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts.processes import BIN, ROOT, ChildProcess
from tests.support.ports import free_port

TRAINER = BIN / "trainer"


class RunningService:
    """The web processes and, if wanted, a worker, on one database.

    `base_url` is where browsers reach it; `environment` holds its settings; `web` and `worker` are the processes.
    """

    def __init__(
        self,
        database_url: str,
        folder: Path,
        *,
        web_processes: int = 1,
        threads: int = 8,
        with_worker: bool = True,
        **settings: str,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.web_processes = web_processes
        self.threads = threads
        self.environment = {
            "TRAINER_DATABASE_URL": database_url,
            "TRAINER_SECRET_KEY": secrets.token_urlsafe(32),
            "TRAINER_BASE_URL": self.base_url,
            "TRAINER_MEDIA_ROOT": str(folder / "media"),
            "TRAINER_ALLOW_INSECURE_PLATFORMS": "1",
            **{f"TRAINER_{name.upper()}": value for name, value in settings.items()},
        }
        self.web: ChildProcess | None = None
        self.worker: ChildProcess | None = None
        self.start_web()
        if with_worker:
            self.start_worker()

    def start_web(self, seconds: float = 30.0) -> None:
        """Start the web processes (again) and wait until they answer."""
        command: list[str | Path] = [TRAINER, "serve", "--host", "127.0.0.1", "--port", str(self.port)]
        self.web = ChildProcess(
            [*command, "--workers", str(self.web_processes), "--threads", str(self.threads)],
            self.folder / "web.log",
            self.environment,
        )
        deadline = time.monotonic() + seconds
        while not self.is_healthy():
            if not self.web.is_running or time.monotonic() > deadline:
                words = self.web.last_words()
                self.web.stop()
                raise RuntimeError(f"The service did not start:\n{words}")
            time.sleep(0.05)

    def replace_web(self) -> None:
        """Have the main web process replace its web processes one by one, as after an upgrade."""
        if self.web:
            self.web.process.send_signal(signal.SIGHUP)

    def start_worker(self) -> None:
        """Start a worker (again)."""
        self.worker = ChildProcess([TRAINER, "worker"], self.folder / "worker.log", self.environment)

    def is_healthy(self) -> bool:
        """Whether /healthz answers 200."""
        try:
            with urllib.request.urlopen(f"{self.base_url}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def command(self, *arguments: str | Path) -> str:
        """Run `trainer ARGUMENTS` with the service's settings; what it printed. Raises RuntimeError when it fails."""
        done = subprocess.run(
            [TRAINER, *arguments],
            cwd=ROOT,
            env={**_environment(), **self.environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"trainer {' '.join(map(str, arguments))} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def stop(self) -> None:
        """End all processes, gracefully."""
        for process in (self.worker, self.web):
            if process:
                process.stop()


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("TRAINER_")}


@pytest.fixture
def start_service(tmp_path: Path) -> Iterator[Callable[..., RunningService]]:
    """Starts services: `start_service(database_url, web_processes=1, with_worker=True, metrics_token="…", …)`.

    Further keywords are settings, in lower case and without the prefix. All are stopped at the end of the test.
    """
    started: list[RunningService] = []

    def start(database_url: str, **options: object) -> RunningService:
        folder = tmp_path / f"service-{len(started)}"
        service = RunningService(database_url, folder, **options)  # type: ignore[arg-type]
        started.append(service)
        return service

    yield start
    for service in started:
        service.stop()
