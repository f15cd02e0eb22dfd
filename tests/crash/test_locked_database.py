"""Somebody keeps SQLite's file to himself: reports of what was played wait, and what waits too long is told to come again."""

import fcntl
import http.client
import json
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.crash.players import Film, SignedInBuddy, publish_example, sign_in
from tests.crash.world import World
from tests.support.service import RunningService
from trainer.core.database import SQLITE_BUSY_SECONDS, TURN_SECONDS

#: two reports a second of each: fifty a second
WATCHERS = 25
EVERY_SECONDS = 0.5
HELD_SECONDS = 4.0


class Watched:
    """A service on SQLite, and a film that buddies watch."""

    def __init__(self, world: World, service: RunningService, file: str) -> None:
        self.world, self.service, self.file = world, service, file
        self.film: Film = publish_example(world)
        self.platform = world.registration("https://lms.example.org", name="LMS")

    def buddies(self, number: int) -> list[SignedInBuddy]:
        """So many, signed in."""
        origin = self.service.base_url
        return [sign_in(self.world, self.platform, f"u{one}", origin, self.film) for one in range(number)]

    def report(self, buddy: SignedInBuddy, second: int) -> tuple[int, str | None, float]:
        """Status, Retry-After, and the seconds that the answer took, of a report of one second."""
        body = json.dumps(
            {"film": self.film.sha256, "played": [[second, second + 1]], "position": second + 1}
        ).encode()
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=30)
        connection.request("POST", f"/m/{buddy.enrolment}/progress", body, buddy.headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status, answer.getheader("Retry-After"), time.monotonic() - began


@pytest.fixture
def watched(
    sqlite_url: str, start_service: Callable[..., RunningService], tmp_path: Path
) -> Iterator[Watched]:
    world = World(sqlite_url)
    service = start_service(
        sqlite_url, web_processes=2, with_worker=False, secret_key=world.settings.secret_key
    )
    yield Watched(world, service, sqlite_url.removeprefix("sqlite:///"))
    world.close()


def test_reports_wait_for_a_stranger_who_writes_for_four_seconds(watched: Watched) -> None:
    held, over = threading.Event(), threading.Event()

    def write_slowly() -> None:
        stranger = sqlite3.connect(watched.file, isolation_level=None)
        stranger.execute("BEGIN IMMEDIATE")
        held.set()
        over.wait(HELD_SECONDS)
        stranger.execute("ROLLBACK")
        stranger.close()

    def watch(buddy: SignedInBuddy) -> list[tuple[int, float]]:
        answers = []
        for second in range(10):
            status, _, took = watched.report(buddy, second)
            answers.append((status, took))
            time.sleep(max(0.0, EVERY_SECONDS - took))
        return answers

    buddies = watched.buddies(WATCHERS)
    writing = threading.Thread(target=write_slowly)
    writing.start()
    assert held.wait(10)
    with ThreadPoolExecutor(WATCHERS) as pool:
        answers = [answer for told in pool.map(watch, buddies) for answer in told]
    writing.join()

    waits = sorted(took for _, took in answers)
    assert {status for status, _ in answers} == {200}
    assert waits[-1] > HELD_SECONDS / 2  # so they were kept waiting
    assert waits[int(len(waits) * 0.99)] < 6


@contextmanager
def stopped_in_its_turn(file: str) -> Iterator[int]:
    """A process that has the turn to write and is stopped; gives its number."""
    reading, writing = os.pipe()
    if not (number := os.fork()):
        descriptor = os.open(f"{file}.writer", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.write(writing, b"!")
        signal.pause()
        os._exit(0)
    try:
        assert os.read(reading, 1) == b"!"
        os.kill(number, signal.SIGSTOP)
        yield number
    finally:
        os.kill(number, signal.SIGKILL)
        os.waitpid(number, 0)
        os.close(reading)
        os.close(writing)


def test_a_writer_that_is_stopped_does_not_stop_the_others_for_ever(watched: Watched) -> None:
    buddies = watched.buddies(4)
    with stopped_in_its_turn(watched.file), ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda buddy: watched.report(buddy, 0), buddies))
    for status, retry_after, took in told:
        assert status == 503
        assert retry_after is not None and int(retry_after) > 0
        assert TURN_SECONDS - 0.5 < took < TURN_SECONDS + SQLITE_BUSY_SECONDS
    # What was not taken is offered again, and counts
    assert [watched.report(buddy, 0)[0] for buddy in buddies] == [200] * 4
