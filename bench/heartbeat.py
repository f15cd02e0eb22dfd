"""Heartbeats: what the player reports every 12 seconds, beside a bare endpoint that reads a row and commits once.

Before each turn the films are unwatched again and the buddies' clocks stand a minute back, so that every report is
what it is in real life: twelve new seconds, all earned, stored for good.
"""

import asyncio
import json
import os
import re
import sqlite3
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Update, column, table, update

from bench.connection import Connection
from bench.contest import Contender, Turn, compete, figures, percentile, ratio
from bench.lms import Lms
from bench.servers import Stage, stage, web_process
from modules.package import load_module
from tests.support.service import RunningService
from trainer.core.database import Database
from trainer.learning.models import Coverage, WatchClock

LEARNERS = 1000
CONCURRENCY = 8
WRITERS = 4
_CSRF = re.compile(rb'<meta name="csrf-token" content="([^"]+)">')


@dataclass(frozen=True, slots=True)
class Watcher:
    """A buddy before the player: where the reports go and what goes with them."""

    target: str
    cookies: dict[str, str]
    csrf_token: str


@dataclass(slots=True)
class Beating:
    """Clients that report at one server for one watcher after the other."""

    origin: str
    watchers: list[Watcher]
    film: str
    _next: int = 0
    _connections: dict[int, Connection] = field(default_factory=dict)

    async def __call__(self, client: int) -> None:
        """One report."""
        watcher = self.watchers[self._next % len(self.watchers)]
        start = self._next // len(self.watchers) % 4 * 12
        self._next += 1
        connection = self._connections.setdefault(client, Connection(self.origin))
        body = json.dumps({"film": self.film, "played": [[start, start + 12]], "position": start + 12.3})
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Origin": self.origin,
            "Sec-Fetch-Site": "same-origin",
            "X-CSRF-Token": watcher.csrf_token,
        }
        answer = await connection.request(
            "POST", watcher.target, body.encode(), cookies=watcher.cookies, headers=headers
        )
        answer.expect(200)

    def leave(self) -> None:
        """Close the connections and begin again with the first watcher."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()
        self._next = 0


def measure(
    *, rounds: int, operations: int, kinds: tuple[str, ...] = ("sqlite", "postgresql")
) -> list[dict[str, Any]]:
    """Every comparison of heartbeats; one dictionary a database."""
    return [_on(kind, rounds, operations) for kind in kinds]


def _on(kind: str, rounds: int, operations: int) -> dict[str, Any]:
    with stage() as here:
        url = here.database(kind, "trainer")
        trainer = here.service(url, f"trainer-{kind}")
        ours = player(here, trainer)
        floor_url = here.database(kind, "floor")
        floor = here.rival("floor_heartbeat", BENCH_DATABASE=floor_url, BENCH_LEARNERS=str(LEARNERS))
        bare = [Watcher("/m/x/progress", {"session": f"token-{number}"}, "") for number in range(LEARNERS)]
        servers = here.database_processes(kind)
        contenders = [
            Contender(
                "Buddy Trainer, heartbeat",
                [web_process(trainer), *servers],
                ours,
                prepare=lambda: unwatch(url),
            ),
            Contender(
                "floor, heartbeat",
                [floor.pid, *servers],
                Beating(floor.origin, bare, ours.film),
                prepare=lambda: empty_floor(floor_url),
            ),
        ]
        compete(contenders, rounds=rounds, operations=operations, concurrency=CONCURRENCY)
        commits = commits_of(url, ours, beats=100)
        resident = here.resident(trainer)
        stall = _four_writers(here, url, trainer, ours, seconds=3.0)
    return {
        "what": "heartbeat",
        "database": kind,
        "figures": [figures(one) for one in contenders],
        "of_floor": round(ratio(*contenders), 3),
        "commits_per_beat": commits,
        "four_writers": stall,
        "resident_mb": resident,
    }


def player(here: Stage, trainer: RunningService) -> Beating:
    """Sign a thousand buddies in and open the player for each of them."""
    module = load_module(Path("modules/library/warme-band"))
    webcast = module.module.webcasts[0]
    watchers = asyncio.run(_open_players(here.lms, trainer.base_url, webcast.key))
    return Beating(trainer.base_url, watchers, webcast.film.media.sha256)


async def _open_players(lms: Lms, origin: str, step: str) -> list[Watcher]:
    async def some(numbers: range) -> list[Watcher]:
        connection = Connection(origin)
        found = []
        for number in numbers:
            came, cookies = await lms.launch(connection, learner=5000 + number)
            page = came.expect(303).headers["location"]
            shown = (await connection.get(f"{page}{step}/", cookies)).expect(200)
            token = _CSRF.search(shown.body)
            assert token is not None
            found.append(Watcher(f"{page}progress", cookies, token.group(1).decode()))
        connection.close()
        return found

    parts = [range(first, LEARNERS, CONCURRENCY) for first in range(CONCURRENCY)]
    return [watcher for part in await asyncio.gather(*map(some, parts)) for watcher in part]


def unwatch(url: str) -> None:
    """Nothing is watched, and every clock stands a minute back."""
    now = datetime.now(UTC)
    _reset(
        url,
        update(Coverage).values(bits=b"", seconds=0),
        update(WatchClock).values(reported_at=now - timedelta(minutes=1)),
    )


def empty_floor(url: str) -> None:
    """The same for the floor: a report that changes nothing would cost it no write at all."""
    _reset(url, update(table("floor_session", column("bits"), column("seconds"))).values(bits=b"", seconds=0))


def _reset(url: str, *statements: Update) -> None:
    database = Database(url)
    with database.writing() as connection:
        for statement in statements:
            connection.execute(statement)
    # Tidied up here, or the next reports would be charged with it: SQLite's long log, PostgreSQL's dead rows
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)" if database.is_sqlite else "VACUUM")
    database.dispose()


def commits_of(url: str, beating: Beating, *, beats: int) -> float:
    """Commits for each beat, counted by the database: in SQLite's WAL, or by PostgreSQL's statistics."""
    unwatch(url)
    with (_wal_commits if url.startswith("sqlite") else _counted_commits)(url) as counted:
        asyncio.run(_beat(beating, beats))
    return counted[0] / beats


async def _beat(beating: Beating, beats: int) -> None:
    for _ in range(beats):
        await beating(0)
    beating.leave()


@contextmanager
def _wal_commits(url: str) -> Iterator[list[int]]:
    """Frames of the write-ahead log that end a transaction (https://www.sqlite.org/fileformat2.html#walformat)."""
    path = url.removeprefix("sqlite:///")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    counted = [0]
    yield counted
    log = Path(path + "-wal").read_bytes()
    page = struct.unpack(">I", log[8:12])[0]
    frames = range(32, len(log) - page, page + 24)
    counted[0] = sum(struct.unpack(">I", log[start + 4 : start + 8])[0] != 0 for start in frames)


@contextmanager
def _counted_commits(url: str) -> Iterator[list[int]]:
    plain = url.replace("+psycopg", "")
    server, _, name = plain.rpartition("/")
    query = "SELECT pg_stat_get_db_xact_commit(oid) FROM pg_database WHERE datname = %s"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:

        def read() -> int:
            time.sleep(11)  # an idle backend reports what it did within ten seconds
            row = connection.execute(query, [name]).fetchone()
            return int(row[0]) if row else 0

        before = read()
        counted = [0]
        yield counted
        counted[0] = read() - before


def _four_writers(
    here: Stage, url: str, trainer: RunningService, beating: Beating, *, seconds: float
) -> dict[str, float]:
    """The same service with four processes, all writing: the longest that a report waited, in milliseconds."""
    assert trainer.web is not None
    trainer.web.stop()
    trainer.web_processes = WRITERS
    trainer.start_web(seconds=120)
    turn = Turn(0, 0.0, 0.0, [])
    unwatch(url)
    with _disk(here.folder) as flushes:
        asyncio.run(_beat_on(beating, turn, seconds))
    return {
        "beats": len(turn.latencies),
        "disks_own_longest_flush_ms": round(max(flushes), 1),
        "p50_ms": round(percentile(turn.latencies, 50), 1),
        "p99_ms": round(percentile(turn.latencies, 99), 1),
        "longest_ms": round(max(turn.latencies), 1),
    }


@contextmanager
def _disk(folder: Path) -> Iterator[list[float]]:
    """Milliseconds that the disk itself takes meanwhile to flush a page, twenty times a second.

    A commit cannot be quicker; on a machine that others use too, a stall may be theirs.
    """
    over = threading.Event()
    taken = [0.0]

    def probe() -> None:
        with (folder / "probe").open("wb", buffering=0) as file:
            while not over.wait(0.05):
                started = time.perf_counter()
                file.write(bytes(4096))
                os.fdatasync(file.fileno())
                taken.append((time.perf_counter() - started) * 1000)

    prober = threading.Thread(target=probe)
    prober.start()
    try:
        yield taken
    finally:
        over.set()
        prober.join()


async def _beat_on(beating: Beating, turn: Turn, seconds: float) -> None:
    async def client(number: int) -> None:
        begins = (
            time.perf_counter() + 1.0
        )  # until then processes are cold: editions unread, connections unmade
        while (started := time.perf_counter()) < begins + seconds:
            await beating(number)
            if started > begins:
                turn.latencies.append((time.perf_counter() - started) * 1000)

    await asyncio.gather(*(client(number) for number in range(2 * WRITERS)))
    beating.leave()
