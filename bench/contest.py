"""A B A B: contenders take turns in one run, so that a noisy machine is as noisy for each of them."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bench.machine import cpu_seconds


class Operation(Protocol):
    """What a contender does, over and over."""

    def __call__(self, client: int) -> Awaitable[None]:
        """Do it once, as client number ``client``."""
        ...

    def leave(self) -> None:
        """Close the clients' connections at the end of a turn: servers do not keep idle ones."""
        ...


@dataclass(slots=True)
class Turn:
    """What one turn of one contender took."""

    operations: int
    cpu_seconds: float
    wall_seconds: float
    #: milliseconds of each operation
    latencies: list[float]

    @property
    def per_cpu_second(self) -> float:
        """Operations for each CPU second of the server's processes, its database included."""
        return self.operations / self.cpu_seconds


@dataclass(slots=True)
class Contender:
    """One of those that are compared.

    ``processes`` are the ids of the server and its database; ``operation`` is done by ``concurrency`` clients at once.
    """

    name: str
    processes: Sequence[int]
    operation: Operation
    #: done before each turn, not counted
    prepare: Callable[[], object] | None = None
    turns: list[Turn] = field(default_factory=list)


def compete(
    contenders: Sequence[Contender], *, rounds: int, operations: int, concurrency: int = 8, warm_up: int = 100
) -> None:
    """Let every contender do ``operations`` operations, ``rounds`` times, in turn, after a warming."""
    asyncio.run(_compete(contenders, rounds, operations, concurrency, warm_up))


async def _compete(
    contenders: Sequence[Contender], rounds: int, operations: int, concurrency: int, warm_up: int
) -> None:
    for contender in contenders:
        await _turn(contender, warm_up, concurrency)
    for number in range(rounds):
        # every other round the other way about, so that none always comes after the same neighbour
        for contender in contenders if number % 2 == 0 else reversed(contenders):
            contender.turns.append(await _turn(contender, operations, concurrency))


async def _turn(contender: Contender, operations: int, concurrency: int) -> Turn:
    if contender.prepare is not None:
        contender.prepare()
    latencies: list[float] = []
    left = operations

    async def client(number: int) -> None:
        nonlocal left
        while left > 0:
            left -= 1
            started = time.perf_counter()
            await contender.operation(number)
            latencies.append((time.perf_counter() - started) * 1000)

    cpu_before, wall_before = cpu_seconds(contender.processes), time.perf_counter()
    await asyncio.gather(*(client(number) for number in range(concurrency)))
    wall = time.perf_counter() - wall_before
    contender.operation.leave()
    await asyncio.sleep(0.05)  # what a database does right after an answer belongs to it
    return Turn(operations, cpu_seconds(contender.processes) - cpu_before, wall, latencies)


def median_rate(contender: Contender) -> float:
    """Median of its turns, operations per CPU second."""
    return statistics.median(turn.per_cpu_second for turn in contender.turns)


def ratio(contender: Contender, other: Contender) -> float:
    """Median over the rounds of how much more (or less) it does per CPU second than the other in the same round."""
    pairs = zip(contender.turns, other.turns, strict=True)
    return statistics.median(ours.per_cpu_second / theirs.per_cpu_second for ours, theirs in pairs)


def percentile(values: Sequence[float], percent: float) -> float:
    """The value below which that part of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(len(ordered) * percent / 100))]


def figures(contender: Contender) -> dict[str, Any]:
    """What is reported of a contender; milliseconds are of all its turns together."""
    latencies = [value for turn in contender.turns for value in turn.latencies]
    return {
        "name": contender.name,
        "per_cpu_second": round(median_rate(contender)),
        "spread": [
            round(min(turn.per_cpu_second for turn in contender.turns)),
            round(max(turn.per_cpu_second for turn in contender.turns)),
        ],
        "p50_ms": round(percentile(latencies, 50), 1),
        "p99_ms": round(percentile(latencies, 99), 1),
        "longest_ms": round(max(latencies), 1),
    }
