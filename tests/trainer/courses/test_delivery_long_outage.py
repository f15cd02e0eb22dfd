"""A platform is down for two days and comes back: what waited goes at the platform's pace, and nobody else is late.

Time is a number here. Everything that decides about it is the worker's own: what is due, what is taken in hand and when,
what comes of it; only the threads that would sleep in between are not there, and neither is the wire.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from urllib.parse import urlsplit

from sqlalchemy import bindparam, func, select, update

from lti.answers import backoff
from lti.http import HttpFailure, HttpResponse, Timeout
from tests.crash.world import World
from tests.trainer.conftest import SetClock
from tests.trainer.courses.history import seed_history
from trainer.courses import delivery_actions as deliveries
from trainer.courses.delivery_work import InHand, NotYet, platforms_with_work, take_delivery
from trainer.courses.models import Delivery
from trainer.errands.courier import Courier
from trainer.worker import TICK

WAITING = 5000
PACE = 5
DOWN, WELL = "https://down.example.org", "https://well.example.org"
SCORES = "/items/1/scores"


@dataclass
class Internet:
    """Two LMSs in virtual time: what was asked of them, when, and what is down."""

    clock: SetClock
    #: host → parts of it that do not answer: "token", "scores"
    down: dict[str, set[str]] = field(default_factory=dict)
    asked: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)
    #: scores taken, by host
    taken: dict[str, list[bytes]] = field(default_factory=dict)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: Timeout,
        max_bytes: int,
    ) -> HttpResponse:
        """One request."""
        parts = urlsplit(url)
        host, part = f"{parts.scheme}://{parts.netloc}", "token" if parts.path == "/token" else "scores"
        self.asked.setdefault(host, []).append((self.clock(), part))
        if part in self.down.get(host, ()):
            raise HttpFailure("refused", False)
        if part == "token":
            return HttpResponse(200, {}, b'{"access_token": "t", "token_type": "bearer", "expires_in": 3600}')
        assert (method, parts.path, headers["Authorization"]) == ("POST", SCORES, "Bearer t")
        self.taken.setdefault(host, []).append(body or b"")
        return HttpResponse(200)


class TwoPlatforms:
    """One that fails and one that works, both with scores to get."""

    def __init__(self, world: World) -> None:
        self.world, self.clock = world, SetClock(world.clock())
        self.internet = Internet(self.clock)
        self.courier = Courier(world.database, world.seal, self.internet, self.clock)
        self.down = world.registration(DOWN, name="down")
        self.well = world.registration(WELL, name="well")
        down_link = world.link(self.down, line_item=f"{DOWN}/items/1")
        self.link = world.link(self.well, line_item=f"{WELL}/items/1")
        seed_history(world, self.down, down_link, WAITING, state="waiting", line_item=f"{DOWN}/items/1")
        with world.database.writing() as connection:
            connection.execute(update(Delivery).values(body=None))
        self.completed: list[datetime] = []

    def live(self, *, until_none_waits: bool = False, **how_long: float) -> None:
        """Let time pass as a worker spends it; somebody completes at the other platform every ten seconds."""
        end = self.clock() + timedelta(**how_long)
        looks_at = completes_at = self.clock()
        lanes: set[int] = set()
        while self.clock() < end and not (
            until_none_waits and self.clock() == looks_at and not self.waiting()
        ):
            now = self.clock()
            if now >= completes_at:
                self.world.completed(self.well, self.link, f"w{len(self.completed)}")
                self.completed.append(now)
                completes_at = now + timedelta(seconds=10)
            if now >= looks_at:
                lanes = self._look()
                looks_at = now + timedelta(seconds=TICK)
            self.clock.now = min(looks_at, completes_at, *map(self._goes_on, lanes))

    def _look(self) -> set[int]:
        now = self.clock()
        with self.world.database.writing() as connection:
            deliveries.announce_completions(connection, now)
        with self.world.database.reading() as connection:
            return set(platforms_with_work(connection, now))

    def _goes_on(self, registration_id: int) -> datetime:
        """Deliver what may leave for a platform now; gives when it is its turn again."""
        while True:
            now = self.clock()
            with self.world.database.writing() as connection:
                taken = take_delivery(
                    connection, registration_id, now, rate=self.world.settings.delivery_rate
                )
            if not isinstance(taken, InHand):
                return taken.until if isinstance(taken, NotYet) else now + timedelta(seconds=TICK)
            self.courier.deliver(taken)

    def skip(self, hours: int) -> None:
        """Time in which every hour is like the one before: the worker looks for five seconds of each eighth."""
        for _ in range(hours // 8):
            self.clock.move(hours=8)
            self.live(seconds=5)

    def all_wait_for_long(self) -> None:
        """Each that waits failed a dozen times, the last time within the last hour, as `note_failure` leaves it."""
        here = (Delivery.registration_id == self.down, Delivery.state == "waiting")
        failed = {"tries": 12, "reason": "unreachable", "next_try_at": bindparam("then")}
        with self.world.database.writing() as connection:
            ids = connection.execute(select(Delivery.id).where(*here)).scalars().all()
            connection.execute(
                update(Delivery).where(Delivery.id == bindparam("which")).values(failed),
                [
                    {
                        "which": one,
                        "then": self.clock() + backoff(12, number / len(ids)) - timedelta(seconds=29),
                    }
                    for number, one in enumerate(ids)
                ],
            )

    def fast_forward(self, rest: int) -> None:
        """Deliver all but so many of those that wait, at the pace at which they have left until now."""
        here = (Delivery.registration_id == self.down, Delivery.state == "waiting")
        with self.world.database.writing() as connection:
            gone = (
                connection.execute(select(Delivery.id).where(*here).order_by(Delivery.id).offset(rest))
                .scalars()
                .all()
            )
            done = {"state": "delivered", "reason": None, "delivered_at": self.clock()}
            connection.execute(update(Delivery).where(*here, Delivery.id >= min(gone)).values(done))
        self.clock.move(seconds=len(gone) / PACE)

    def waiting(self) -> int:
        """How many scores wait for the platform that fails."""
        here = (Delivery.registration_id == self.down, Delivery.state != "delivered")
        with self.world.database.reading() as connection:
            return connection.execute(select(func.count()).where(*here)).scalar_one()

    def scores_asked(self, host: str) -> list[datetime]:
        """When scores were sent to an LMS, taken or not."""
        return [at for at, part in self.internet.asked.get(host, ()) if part == "scores"]


def test_after_two_days_everything_arrives_within_half_an_hour(world: World) -> None:
    """Given 5,000 scores for an LMS that is down for 48 hours, first altogether, at last its grade service only."""
    world.settings = world.with_settings(delivery_rate=PACE)
    two = TwoPlatforms(world)
    began = two.clock()
    two.internet.down[DOWN] = {"token", "scores"}
    two.live(seconds=10)
    two.skip(hours=24)
    two.internet.down[DOWN] = {"scores"}
    two.live(seconds=10)
    two.skip(hours=24)
    assert two.waiting() == WAITING, "nothing is given up"
    two.all_wait_for_long()
    two.live(seconds=10)
    assert two.clock() - began > timedelta(hours=48)

    two.internet.down[DOWN] = set()
    back_at = two.clock()
    two.live(seconds=20)
    assert WAITING - two.waiting() >= 18 * PACE, "as soon as one arrives the others follow"
    two.fast_forward(rest=100)
    two.live(until_none_waits=True, minutes=30)

    assert two.waiting() == 0
    assert two.clock() - back_at <= timedelta(minutes=30)
    for host in (DOWN, WELL):
        sent = two.scores_asked(host)
        assert min(later - one for one, later in pairwise(sent)) >= timedelta(seconds=1 / PACE)
    tokens = [at for at, part in two.internet.asked[DOWN] if part == "token"]
    assert min(later - one for one, later in pairwise(tokens)) >= timedelta(seconds=30)
    # the other one never had to wait for it
    arrived = two.scores_asked(WELL)
    assert len(arrived) == len(two.completed) > 10
    assert max(at - done for at, done in zip(arrived, two.completed, strict=True)) <= timedelta(seconds=5)
    # and the same body went each time: no score counts as another one
    taken = two.internet.taken[DOWN]
    assert len(taken) == len(set(taken))
