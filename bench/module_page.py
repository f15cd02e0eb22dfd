"""The module page in a full database: server time, statements, and the memory of the process that served it."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from bench import seed
from bench.connection import Connection
from bench.contest import percentile
from bench.machine import cpu_seconds
from bench.servers import stage, web_process
from tests.support.service import RunningService
from trainer.app import create_app
from trainer.core.database import Database
from trainer.core.settings import load_settings

#: at most this long, in milliseconds
LIMIT = 100.0


def measure(
    *, pages: int, buddies: int, kinds: tuple[str, ...] = ("sqlite", "postgresql")
) -> list[dict[str, Any]]:
    """The page of signed-in buddies, one after the other; one dictionary a database."""
    return [_on(kind, pages, buddies) for kind in kinds]


def _on(kind: str, pages: int, buddies: int) -> dict[str, Any]:
    with stage() as here:
        sign_ins: list[tuple[str, str]] = []
        url = here.database(kind, "trainer")
        began = time.perf_counter()
        trainer = here.service(
            url, f"trainer-{kind}", fill=lambda url: sign_ins.extend(seed.fill(url, buddies=buddies))
        )
        seeded = time.perf_counter() - began
        processes = [web_process(trainer), *here.database_processes(kind)]
        asyncio.run(_visit(trainer.base_url, sign_ins, len(sign_ins)))
        cpu = cpu_seconds(processes)
        latencies = asyncio.run(_visit(trainer.base_url, sign_ins, pages))
        cpu = cpu_seconds(processes) - cpu
        return {
            "what": "module page",
            "database": kind,
            "buddies": buddies,
            "seconds_to_seed": round(seeded),
            "p50_ms": round(percentile(latencies, 50), 1),
            "p95_ms": round(percentile(latencies, 95), 1),
            "longest_ms": round(max(latencies), 1),
            "per_cpu_second": round(pages / cpu),
            "statements": _statements(trainer, sign_ins[0]),
            "resident_mb": here.resident(trainer),
        }


async def _visit(origin: str, sign_ins: list[tuple[str, str]], pages: int) -> list[float]:
    """Milliseconds of each page, one request at a time over one connection."""
    connection = Connection(origin)
    latencies = []
    for number in range(pages):
        token, enrolment = sign_ins[number % len(sign_ins)]
        started = time.perf_counter()
        answer = await connection.get(f"/m/{enrolment}/", {"__Host-s": f"{token}.bench"}, Accept="text/html")
        latencies.append((time.perf_counter() - started) * 1000)
        answer.expect(200)
    connection.close()
    return latencies


def _statements(trainer: RunningService, sign_in: tuple[str, str]) -> int:
    """How many statements one page makes, counted in this process; BEGIN and the like aside."""
    settings = load_settings(trainer.environment)
    database = Database(settings.database_url)
    client = create_app(settings, database=database).test_client()
    token, enrolment = sign_in
    client.set_cookie("__Host-s", f"{token}.bench", domain="127.0.0.1", secure=False)
    client.get(f"/m/{enrolment}/", base_url=trainer.base_url)  # reads the edition, once per process
    with _counted(database) as counted:
        assert client.get(f"/m/{enrolment}/", base_url=trainer.base_url).status_code == 200
    database.dispose()
    return len(counted)


@contextmanager
def _counted(database: Database) -> Iterator[list[str]]:
    heard: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
            heard.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield heard
    event.remove(database.engine, "before_cursor_execute", note)
