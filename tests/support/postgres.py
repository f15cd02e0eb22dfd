"""A real PostgreSQL, started for the tests and gone after them."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from scripts.processes import ChildProcess
from scripts.system_parts import find_postgresql
from tests.support.ports import free_port

#: Fast, and as unsafe as a test may be: nothing here outlives the machine.
CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
USER = "trainer"


class PostgresCluster:
    """One PostgreSQL server with its own files, on a socket and on a port of 127.0.0.1.

    Args:
        durable: keep fsync on, for tests that kill; else commits are not flushed, which is quicker.
    """

    def __init__(self, *, durable: bool = False) -> None:
        programs = find_postgresql()
        if programs is None:
            raise RuntimeError("There is no PostgreSQL here: `python3 -m scripts.bootstrap test` brings one.")
        self.durable = durable
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="trainer-pg-"))
        self._account = _unprivileged_account()
        self._programs = _readable_by(self._account, programs, self.folder)
        self._server: ChildProcess | None = None
        self._databases = 0
        if self._account:
            shutil.chown(self.folder, self._account)
        initdb: list[str | Path] = [self._programs / "initdb", "--no-sync", "-A", "trust", "-U", USER]
        subprocess.run(
            [*initdb, "-E", "UTF8", "--locale=C", "-D", self.folder / "data"],
            user=self._account,
            cwd=self.folder,
            check=True,
            capture_output=True,
        )
        self.start()

    def url(self, database: str) -> str:
        """SQLAlchemy's URL of a database, by psycopg 3 on the loopback port."""
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start the server, also after :meth:`kill`, and wait until it answers."""
        settings = [
            *(() if self.durable else CARELESS),
            "listen_addresses=127.0.0.1",
            f"port={self.port}",
            f"unix_socket_directories={self.folder}",
            "max_connections=100",
            "shared_buffers=64MB",
            "log_checkpoints=off",
        ]
        options = [word for setting in settings for word in ("-c", setting)]
        command = [self._programs / "postgres", "-D", self.folder / "data", *options]
        deadline = time.monotonic() + 30
        while True:
            if self._server is None or not self._server.is_running:
                # After `kill -9` the server's children live on for a moment, and a new one refuses to start till then.
                self._server = ChildProcess(command, self.folder / "log", user=self._account, cwd=self.folder)
            try:
                self._connect().close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"PostgreSQL did not start:\n{self._server.last_words()}") from None
                time.sleep(0.05)

    def kill(self) -> None:
        """`kill -9`, as a power cut would; :meth:`start` brings it back with what was committed."""
        if self._server:
            self._server.kill()

    def stop(self) -> None:
        """End the server and remove its files."""
        if self._server:
            self._server.stop(by=signal.SIGINT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def create_database(self, template: str = "template1") -> str:
        """A new database, copied from a template that nobody is connected to; its name."""
        self._databases += 1
        name = f"trainer_{self._databases}"
        with self._connect() as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database, also from under open connections."""
        with self._connect() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.folder),
            port=self.port,
            user=USER,
            dbname="postgres",
            autocommit=True,
            connect_timeout=5,
        )


def _unprivileged_account() -> str | None:
    """Who runs the server: PostgreSQL refuses root, so root borrows another account."""
    if os.geteuid() != 0:
        return None
    for account in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(account).pw_name
    raise RuntimeError(
        "PostgreSQL does not run as root, and there is neither `postgres` nor `nobody` to run it as."
    )


def _readable_by(account: str | None, programs: Path, folder: Path) -> Path:
    """The programs where that account can reach them: a checkout in root's home is closed to others."""
    if account is None or all(path.stat().st_mode & 0o001 for path in (programs, *programs.parents)):
        return programs
    wheel = programs.parents[2]  # <wheel>/<package>/pginstall/bin, its libraries in <wheel>/<package>.libs
    folder.chmod(0o755)
    copy = folder / "programs"
    shutil.copytree(wheel, copy, symlinks=True)
    return copy / programs.relative_to(wheel)


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresCluster]:
    """The session's PostgreSQL, for tests that never kill it; careless about the disk, so quick."""
    cluster = PostgresCluster()
    yield cluster
    cluster.stop()


@pytest.fixture
def durable_postgres_cluster() -> Iterator[PostgresCluster]:
    """A PostgreSQL of this test's own with fsync on, to be killed."""
    cluster = PostgresCluster(durable=True)
    yield cluster
    cluster.stop()
