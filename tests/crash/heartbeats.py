"""Reports of what was played while the web processes are killed: no acknowledged second lost, none invented.

Each buddy is a player of its own: it reports what it played, keeps what the server did not accept, and offers again
what it has no answer for.  At the end the bits in the database must hold everything that was acknowledged, nothing that
was never claimed, and no more than the server's clock allowed.

    python -m tests.crash.heartbeats --database sqlite --beats 10000 --buddies 500 --kills 3
    python -m tests.crash.heartbeats --database postgresql --beats 10000 --buddies 500 --kills 3
"""

import argparse
import http.client
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from tests.crash.deliveries import open_database
from tests.crash.players import Film, publish_example, sign_in
from tests.crash.world import World
from tests.support.service import RunningService
from trainer.core.database import Database
from trainer.learning.models import Coverage

#: longer than anyone watches in a run, so that nobody completes
LENGTH = 7200
SPEED = 2.0
THREADS = 8


@dataclass
class Player:
    """One buddy's player, and what it knows."""

    enrolment_id: int
    enrolment: str
    film: str
    headers: dict[str, str]
    began: datetime
    position: int = 0
    #: played, not acknowledged yet
    queue: set[int] = field(default_factory=set)
    claimed: set[int] = field(default_factory=set)
    acknowledged: set[int] = field(default_factory=set)

    def play(self, dice: random.Random) -> None:
        """Watch a few seconds; now and then jump."""
        if dice.random() < 0.2:
            self.position = dice.randrange(LENGTH - 10)
        seconds = range(self.position, min(self.position + dice.randint(1, 4), LENGTH))
        self.position = seconds.stop
        self.queue |= set(seconds)

    def report(self) -> bytes:
        """What is in the queue, as ranges."""
        offered = sorted(self.queue)[:60]
        self.claimed |= set(offered)
        ranges: list[list[int]] = []
        for second in offered:
            if ranges and ranges[-1][1] == second:
                ranges[-1][1] = second + 1
            else:
                ranges.append([second, second + 1])
        return json.dumps({"film": self.film, "played": ranges, "position": self.position}).encode()

    def hear(self, answer: dict[str, list[list[int]]]) -> None:
        """Take what was accepted out of the queue."""
        accepted = {second for start, end in answer["accepted"] for second in range(start, end)}
        self.acknowledged |= accepted
        self.queue -= accepted


@dataclass
class Result:
    """What a run found."""

    database: str
    beats: int
    buddies: int
    kills: int
    seconds: float = 0.0
    acknowledged_seconds: int = 0
    #: reports whose answer never came
    unanswered: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    #: what must not be; empty when all is well
    violations: list[str] = field(default_factory=list)


def run(database_url: str, folder: Path, *, beats: int, buddies: int, kills: int, seed: int = 1) -> Result:
    """`beats` answered reports of `buddies` players while the web processes are killed `kills` times."""
    began = time.monotonic()
    result = Result(database_url.partition(":")[0], beats, buddies, kills)
    world = World(database_url)
    service = RunningService(
        database_url,
        folder / "service",
        web_processes=2,
        with_worker=False,
        secret_key=world.settings.secret_key,
    )
    try:
        players = _open_players(world, service.base_url, buddies)
        done = _Beats(beats)
        threads = [
            threading.Thread(
                target=_watch, args=(players[number::THREADS], service.port, done, seed + number)
            )
            for number in range(THREADS)
        ]
        for thread in threads:
            thread.start()
        for killed in range(1, kills + 1):
            while done.more() and done.answered < beats * killed // (kills + 1):
                time.sleep(0.01)
            assert service.web is not None
            service.web.kill()
            service.start_web()
        for thread in threads:
            thread.join()
        result.unanswered, result.statuses = done.unanswered, dict(done.statuses)
        _check(world.database, players, result)
    finally:
        service.stop()
        world.close()
    result.seconds = round(time.monotonic() - began, 1)
    return result


class _Beats:
    """How many reports were answered, over all threads."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.answered = 0
        self.unanswered = 0
        self.statuses: Counter[str] = Counter()
        self.lock = threading.Lock()

    def more(self) -> bool:
        """Whether to go on: not when the service refuses everybody."""
        return self.answered < self.wanted and self.refused < self.wanted / 10

    @property
    def refused(self) -> int:
        return self.statuses.total() - self.answered - self.unanswered

    def count(self, status: int | None) -> None:
        with self.lock:
            self.statuses[str(status)] += 1
            self.answered += status == 200
            self.unanswered += status is None


def _watch(players: list[Player], port: int, done: _Beats, seed: int) -> None:
    """Let these players watch, one after the other, round and round."""
    dice = random.Random(seed)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    while done.more():
        for player in players:
            if not done.more():
                break
            player.play(dice)
            try:
                connection.request("POST", f"/m/{player.enrolment}/progress", player.report(), player.headers)
                answer = connection.getresponse()
                body = answer.read()
                done.count(answer.status)
                if answer.status == 200:
                    player.hear(json.loads(body))
            except (OSError, http.client.HTTPException):
                done.count(None)
                connection.close()
                time.sleep(0.2)
    connection.close()


def _open_players(world: World, base_url: str, buddies: int) -> list[Player]:
    film = Film(publish_example(world).sha256, LENGTH)
    registration_id = world.registration("https://lms.example.org", name="LMS")
    players = []
    for number in range(buddies):
        buddy = sign_in(world, registration_id, f"u{number}", base_url, film)
        players.append(Player(buddy.enrolment_id, buddy.enrolment, film.sha256, buddy.headers, buddy.began))
    return players


def _check(database: Database, players: list[Player], result: Result) -> None:
    """Compare the stored bits with what the players know."""
    ended = datetime.now(UTC)
    with database.reading() as connection:
        stored = {
            row.enrolment_id: row
            for row in connection.execute(select(Coverage.enrolment_id, Coverage.bits, Coverage.seconds))
        }
    wrong = result.violations
    for player in players:
        row = stored[player.enrolment_id]
        bits = int.from_bytes(row.bits, "little")
        watched = {second for second in range(LENGTH) if bits >> second & 1}
        result.acknowledged_seconds += len(player.acknowledged)
        name = f"buddy {player.enrolment_id}"
        if lost := player.acknowledged - watched:
            wrong.append(f"{name}: lost {sorted(lost)[:10]}")
        if invented := watched - player.claimed:
            wrong.append(f"{name}: invented {sorted(invented)[:10]}")
        if row.seconds != len(watched):
            wrong.append(f"{name}: says {row.seconds} seconds, has {len(watched)}")
        allowed = (ended - player.began).total_seconds() * SPEED
        if len(watched) > allowed + 1:
            wrong.append(f"{name}: {len(watched)} seconds in a time that allows {allowed:.0f}")
    odd = set(result.statuses) - {"200", "None"}
    if odd:
        wrong.append(f"answers {sorted(odd)}")
    del wrong[50:]


def main() -> None:
    """One run; its result as JSON; exit code 1 when something is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", default="sqlite", help="sqlite, postgresql, or a URL (default: sqlite)")
    parser.add_argument("--beats", type=int, default=10_000)
    parser.add_argument("--buddies", type=int, default=500)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="trainer-crash-") as name,
        open_database(given.database, Path(name)) as url,
    ):
        result = run(
            url, Path(name), beats=given.beats, buddies=given.buddies, kills=given.kills, seed=given.seed
        )
    print(json.dumps(asdict(result), indent=2))
    sys.exit(1 if result.violations else 0)


if __name__ == "__main__":
    main()
