"""Launches: login and verified launch, with and without the page behind the redirect, beside the floor and PyLTI1p3."""

from dataclasses import dataclass, field
from typing import Any

from bench.connection import Connection
from bench.contest import Contender, compete, figures, ratio
from bench.lms import LEARNERS, Lms
from bench.servers import Stage, stage, web_process
from tests.support.service import RunningService

CONCURRENCY = 8


@dataclass(slots=True)
class Launching:
    """Clients that launch at one server; ``to_page`` follows the redirect to the first page."""

    lms: Lms
    origin: str
    to_page: bool = False
    _connections: dict[int, Connection] = field(default_factory=dict)

    async def __call__(self, client: int) -> None:
        """One launch."""
        connection = self._connections.setdefault(client, Connection(self.origin))
        came, cookies = await self.lms.launch(connection)
        if self.to_page:
            (await connection.get(came.expect(303).headers["location"], cookies)).expect(200)

    def leave(self) -> None:
        """Close the connections."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()


def measure(
    *, rounds: int, operations: int, kinds: tuple[str, ...] = ("sqlite", "postgresql")
) -> list[dict[str, Any]]:
    """Every comparison of launches; one dictionary a database."""
    return [_on(kind, rounds, operations) for kind in kinds]


def _on(kind: str, rounds: int, operations: int) -> dict[str, Any]:
    with stage() as here:
        trainer = here.service(here.database(kind, "trainer"), f"trainer-{kind}")
        ours, page, floor, pylti = contenders(here, kind, trainer)
        compete(
            [ours, floor, page, pylti],
            rounds=rounds,
            operations=operations,
            concurrency=CONCURRENCY,
            warm_up=LEARNERS,
        )
        resident = here.resident(trainer)
    return {
        "what": "launch",
        "database": kind,
        "figures": [figures(one) for one in (ours, page, floor, pylti)],
        "of_floor": round(ratio(ours, floor), 3),
        "of_pylti1p3": round(ratio(ours, pylti), 2),
        "with_page_of_floor": round(ratio(page, floor), 3),
        "with_page_of_pylti1p3": round(ratio(page, pylti), 2),
        "resident_mb": resident,
    }


def contenders(
    here: Stage, kind: str, trainer: RunningService
) -> tuple[Contender, Contender, Contender, Contender]:
    """Service to the redirect, service to the first page, floor, PyLTI1p3."""
    floor = here.launch_rival("floor_launch", BENCH_DATABASE=here.database(kind, "floor"))
    socket, redis = here.redis()
    pylti = here.launch_rival("pylti1p3_redis", BENCH_REDIS=str(socket))
    own = [web_process(trainer), *here.database_processes(kind)]
    return (
        Contender("Buddy Trainer, login + launch", own, Launching(here.lms, trainer.base_url)),
        Contender(
            "Buddy Trainer, login + launch + module page",
            own,
            Launching(here.lms, trainer.base_url, to_page=True),
        ),
        Contender(
            "floor, login + launch with its page",
            [floor.pid, *here.database_processes(kind)],
            Launching(here.lms, floor.origin),
        ),
        Contender(
            "PyLTI1p3 2.0.0 + redis, login + launch with its page",
            [pylti.pid, redis],
            Launching(here.lms, pylti.origin),
        ),
    )
