"""Completions while worker and web are killed in turn, against a platform with every misfortune at once.

Every completion must end as the right score in the gradebook: none lost, none taken back, no older over a newer one,
no new moment for a score except after the platform said "too old".

    python -m tests.crash.deliveries --database sqlite --completions 1000 --kills 10
    python -m tests.crash.deliveries --database postgresql --completions 1000 --kills 10

`--database` also takes a URL of an empty database.  Time runs faster for the worker (`--speed`), so that waits of
minutes and hours fit into a run; the platform and the network are as slow as they are.
"""

import argparse
import http.client
import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from scripts.processes import BIN, ChildProcess
from tests.crash.players import Film, publish_example, sign_in
from tests.crash.world import HostileTenant, RunningClock, RunningHostilePlatform, World
from tests.support.service import RunningService
from trainer.courses.delivery_actions import retry_all_parked

LINKS = 10
PATIENCE = 0.6
#: fault → chance; together a third of all requests go wrong
CHANCES = {
    "score": {
        "500": 0.04,
        "500_stored": 0.03,
        "502": 0.03,
        "503:20": 0.01,
        "429:5": 0.02,
        "403_rate": 0.01,
        "timeout": 0.01,
        "timeout_stored": 0.02,
        "reset": 0.03,
        "reset_stored": 0.05,
        "redirect": 0.02,
        "html": 0.02,
        "401": 0.01,
        "403": 0.01,
        "ahead": 0.02,
        "ahead_400": 0.02,
    },
    "token": {"500": 0.1, "reset": 0.05, "html": 0.05},
    "list": {"500": 0.2, "html": 0.1},
    "create": {"500": 0.2, "reset_stored": 0.3},
}


@dataclass
class Result:
    """What a run found."""

    database: str
    completions: int
    kills: int
    seconds: float = 0.0
    right: int = 0
    score_requests: int = 0
    token_requests: int = 0
    columns_made: int = 0
    #: parked although it would have worked, and sent again by the run as an operator would
    retried_by_hand: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    #: what must not be; empty when all is well
    violations: list[str] = field(default_factory=list)


def run(  # one story, told from beginning to end
    database_url: str,
    folder: Path,
    *,
    completions: int,
    kills: int,
    seed: int = 1,
    speed: float = 120.0,
    limit: float,
) -> Result:
    """Let `completions` happen while worker and web are killed `kills` times in turn; at most `limit` seconds.

    Args:
        database_url: empty and migrated.
    """
    began = time.monotonic()
    dice = random.Random(seed)
    world = World(database_url, delivery_rate="50")
    world.clock = RunningClock(speed=speed)
    hostile = RunningHostilePlatform(folder)
    worker: ChildProcess | None = None
    service: RunningService | None = None
    result = Result(database_url.partition(":")[0], completions, kills)
    try:
        tenant = hostile.tenant("lms")
        registration_id = world.platform(tenant)
        links = _place_links(world, tenant, registration_id)
        tenant.tell(chances=CHANCES, seed=seed, slow_seconds=PATIENCE * 1.5)
        film = publish_example(world)
        service = RunningService(
            database_url, folder / "web", with_worker=False, secret_key=world.settings.secret_key
        )

        def start_worker() -> ChildProcess:
            times = ["--speed", str(speed), "--origin", str(world.clock.origin), "--patience", str(PATIENCE)]
            command: list[str | Path] = [BIN / "python", "-m", "tests.crash.fast_worker", *times]
            return ChildProcess(command, folder / "worker.log", world.environment)

        def complete() -> None:
            for number in range(completions):
                _complete(
                    world, service, film, registration_id, links[number % LINKS], f"u{number}", began + limit
                )
                if number == completions // 2:
                    tenant.tell(delete=["item5"])  # a teacher tidies up

        worker = start_worker()
        pool = ThreadPoolExecutor(1)
        writer = pool.submit(complete)
        for killed in range(kills):
            # spread over the run: the next one when its share has arrived, at a random moment
            share = completions * killed // (kills + 1)
            while _delivered(world) < share and time.monotonic() - began < limit:
                if writer.done():
                    writer.result()
                time.sleep(0.05)
            time.sleep(dice.uniform(0.3, 1.0))
            if killed % 2:
                assert service.web is not None
                service.web.kill()
                service.start_web()
            else:
                worker.kill()
                worker = start_worker()
        writer.result()
        while _delivered(world) < completions and time.monotonic() - began < limit:
            time.sleep(0.2)
            with world.database.writing() as connection:
                result.retried_by_hand += retry_all_parked(connection, world.clock())
        _check(world, tenant, links, result)
        if worker.stop(60) not in {0, -signal.SIGTERM}:  # the second: it had only just been started
            result.violations.append(f"the worker did not end by itself:\n{worker.last_words(5)}")
    finally:
        if worker is not None:
            worker.kill()
        if service is not None:
            service.stop()
        hostile.stop()
        world.close()
    result.seconds = round(time.monotonic() - began, 1)
    return result


def _complete(
    world: World,
    service: RunningService,
    film: Film,
    registration_id: int,
    link_id: int,
    sub: str,
    give_up_at: float,
) -> None:
    """A buddy's player reports the whole film, the last that was missing; until the service says that it is done."""
    buddy = sign_in(
        world,
        registration_id,
        sub,
        service.base_url,
        film,
        watching_for=timedelta(seconds=60),
        link_id=link_id,
        only_film_is_left=True,
    )
    report = json.dumps(
        {"film": film.sha256, "played": [[0, film.seconds]], "position": film.seconds}
    ).encode()
    while time.monotonic() < give_up_at:
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=5)
        try:
            connection.request("POST", f"/m/{buddy.enrolment}/progress", report, buddy.headers)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200 or not json.loads(body)["complete"]:
                raise RuntimeError(f"{answer.status} {body.decode()[:300]}")
            return
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
        finally:
            connection.close()


def _place_links(world: World, tenant: HostileTenant, registration_id: int) -> list[int]:
    """Ten links: with a column in the claim, with one that is deleted already, and without, to be made."""
    line_items = f"{tenant.url}/lineitems"
    links = []
    for number in range(LINKS):
        name = f"link{number}"
        has_column = number % 2 == 1
        if has_column:
            tenant.tell(items=[{"id": f"item{number}", "resourceLinkId": name}])
        line_item = tenant.item_url(f"item{number}") if has_column else None
        links.append(world.link(registration_id, line_item=line_item, line_items=line_items, name=name))
    tenant.tell(delete=["item3"])
    return links


def _delivered(world: World) -> int:
    with world.database.reading() as connection:
        return int(
            connection.exec_driver_sql("SELECT count(*) FROM delivery WHERE state = 'delivered'").scalar_one()
        )


def _check(world: World, tenant: HostileTenant, links: list[int], result: Result) -> None:
    """Compare the gradebook and the diary with what was completed."""
    state = tenant.state()
    wrong = result.violations
    in_gradebook: dict[str, list[float]] = defaultdict(list)
    for (item_id, user), score in tenant.scores().items():
        in_gradebook[user].append(score["scoreGiven"])
        link = state["items"][item_id]["resourceLinkId"]
        if link != f"link{int(user[1:]) % LINKS}":
            wrong.append(f"{user}: in the column of {link}")
    users = [f"u{number}" for number in range(result.completions)]
    result.right = sum(in_gradebook[user] == [1] for user in users)
    wrong += [
        f"{user}: {in_gradebook[user]} in the gradebook" for user in users if in_gradebook[user] != [1]
    ][:20]
    wrong += [
        f"{row.user_sub}: {row.state} {row.reason}" for row in world.deliveries() if row.state != "delivered"
    ][:20]
    if state["erased"]:
        wrong.append(f"{state['erased']} grades were erased")
    if len(world.deliveries()) != result.completions:
        wrong.append(f"{len(world.deliveries())} deliveries")
    diary = [entry for entry in state["diary"] if entry.get("kind") == "score"]
    by_pair: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for entry in diary:
        by_pair[entry["item"], entry["user"]].append(entry)
    for pair, entries in by_pair.items():
        wrong += _wrong_in(pair, entries)
    result.score_requests = len(diary)
    result.token_requests = sum(entry.get("kind") == "token" for entry in state["diary"])
    result.columns_made = state["made"]
    result.faults = dict(
        sorted(Counter(entry["fault"] for entry in state["diary"] if entry["fault"]).items())
    )


def _wrong_in(pair: tuple[str, str], entries: list[dict[str, Any]]) -> Iterator[str]:
    """What must not be in the requests for one person and column, in the order in which they came."""
    for before, after in pairwise(entries):
        if before["timestamp"] == after["timestamp"]:
            if before["body"] != after["body"]:
                yield f"{pair}: another body for the same moment"
        elif after["timestamp"] < before["timestamp"]:
            yield f"{pair}: an older score after a newer one"
        elif before["status"] not in {409, 400}:
            yield f"{pair}: a new moment after {before['fault']!r} {before['status']}"
    stored = [entry["timestamp"] for entry in entries if entry.get("stored")]
    if stored != sorted(set(stored)):
        yield f"{pair}: stored {stored}"


@contextmanager
def open_database(wanted: str, folder: Path) -> Iterator[str]:
    """The URL of an empty, migrated database: "sqlite", "postgresql" (a server of its own), or a URL as it is."""
    from tests.support.databases import migrate

    if wanted == "postgresql":
        from tests.support.postgres import PostgresCluster

        cluster = PostgresCluster(durable=True)
        try:
            url = cluster.url(cluster.create_database())
            migrate(url)
            yield url
        finally:
            cluster.stop()
        return
    url = f"sqlite:///{folder / 'crash.db'}" if wanted == "sqlite" else wanted
    migrate(url)
    yield url


def main() -> None:
    """One run; its result as JSON; exit code 1 when something is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", default="sqlite", help="sqlite, postgresql, or a URL (default: sqlite)")
    parser.add_argument("--completions", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", type=float, default=120.0)
    parser.add_argument("--limit", type=float, default=900.0, help="seconds after which the run gives up")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="trainer-crash-") as name,
        open_database(arguments.database, Path(name)) as url,
    ):
        result = run(
            url,
            Path(name),
            completions=arguments.completions,
            kills=arguments.kills,
            seed=arguments.seed,
            speed=arguments.speed,
            limit=arguments.limit,
        )
    print(json.dumps(asdict(result), indent=2))
    sys.exit(1 if result.violations else 0)


if __name__ == "__main__":
    main()
