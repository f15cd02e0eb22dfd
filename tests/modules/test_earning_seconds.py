"""Seconds are earned on the server's clock: stories of buddies, and what holds whatever they do."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules import Coverage, credit

SERVED = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)
CAP_SECONDS = 120


@dataclass
class Server:
    """What the service keeps of one buddy: a coverage per film, and one clock for all films and tabs."""

    max_speed: float = 2.0
    clock: datetime = SERVED
    films: dict[str, Coverage] = field(default_factory=dict)
    newly: int = 0

    def report(self, claimed, now, film="film"):
        watched = self.films.get(film, Coverage.empty(claimed.length))
        got = credit(watched, claimed, previous_report=self.clock, now=now, max_speed=self.max_speed)
        self.films[film], self.clock = got.watched, got.clock
        self.newly += got.newly
        return got


@dataclass
class Player:
    """A tab: it keeps what was played and not accepted yet, and offers it with every report."""

    server: Server
    length: int
    film: str = "film"
    waiting: Coverage = field(init=False)

    def __post_init__(self):
        self.waiting = Coverage.empty(self.length)

    def play(self, start, end):
        self.waiting |= Coverage.from_ranges([(start, end)], self.length)

    def report(self, now):
        got = self.server.report(self.waiting, now, self.film)
        self.waiting = Coverage(self.waiting.bits & ~got.accepted.bits, self.length)
        return got


def at(seconds):
    return SERVED + timedelta(seconds=seconds)


def seconds(*ranges, length=600):
    return Coverage.from_ranges(ranges, length)


def test_it_works():
    got = credit(seconds(), seconds((0, 12)), previous_report=SERVED, now=at(12), max_speed=2.0)
    assert got.watched == got.accepted == seconds((0, 12))
    assert got.newly == 12
    assert not got.offered_again
    assert got.clock == at(12)


def test_who_watches_at_normal_speed_is_credited_at_once():
    server = Server()
    player = Player(server, 81)
    for end in range(10, 90, 10):
        player.play(end - 10, end)
        assert not player.report(at(end)).offered_again
    player.play(80, 81)
    assert player.report(at(81)).watched == Coverage.whole(81)


def test_who_goes_on_the_next_day_keeps_yesterdays_seconds():
    server = Server()
    player = Player(server, 600)
    player.play(0, 300)
    for now in (100, 200, 300):
        player.report(at(now))
    tomorrow = SERVED + timedelta(days=1)
    server.clock = tomorrow
    next_day = Player(server, 600)
    next_day.play(290, 310)
    got = next_day.report(tomorrow + timedelta(seconds=20))
    assert got.watched == seconds((0, 310))
    assert got.newly == 10


def test_twice_the_speed_is_credited_in_full():
    server = Server()
    player = Player(server, 600)
    for beat in range(1, 31):
        player.play((beat - 1) * 20, beat * 20)
        player.report(at(beat * 10))
    assert server.films["film"] == Coverage.whole(600)


def test_three_times_the_speed_is_credited_later_and_not_lost():
    server = Server()
    player = Player(server, 600)
    for beat in range(1, 21):
        player.play((beat - 1) * 30, beat * 30)
        player.report(at(beat * 10))
    assert server.films["film"].count == 400
    beat = 20
    while player.waiting:
        beat += 1
        player.report(at(beat * 10))
    assert server.films["film"] == Coverage.whole(600)
    assert beat == 30


def test_an_authors_slower_maximum_holds():
    got = credit(seconds(), seconds((0, 60)), previous_report=SERVED, now=at(10), max_speed=1.25)
    assert got.accepted == seconds((0, 12))
    assert got.offered_again == seconds((12, 60))


def test_two_tabs_do_not_earn_twice():
    server = Server()
    left, right = Player(server, 600), Player(server, 600)
    left.play(0, 20)
    right.play(300, 320)
    left.report(at(10))
    got = right.report(at(10))
    assert got.newly == 0
    assert got.offered_again == seconds((300, 320))
    right.report(at(20))
    assert server.films["film"] == seconds((0, 20), (300, 320))


def test_two_films_at_once_share_the_one_clock():
    server = Server()
    first, second = Player(server, 100, "a"), Player(server, 200, "b")
    first.play(0, 40)
    second.play(0, 40)
    first.report(at(10))
    second.report(at(10))
    assert sum(watched.count for watched in server.films.values()) == 20


def test_two_devices_end_in_the_union():
    server = Server()
    phone, laptop = Player(server, 600), Player(server, 600)
    phone.play(0, 100)
    phone.report(at(100))
    laptop.play(50, 200)
    laptop.report(at(200))
    assert server.films["film"] == seconds((0, 200))


def test_a_tab_that_slept_half_an_hour_earns_no_more_than_the_capped_gap():
    server = Server()
    player = Player(server, 3600)
    player.play(0, 3600)
    got = player.report(at(1800))
    assert got.newly == CAP_SECONDS * 2
    assert got.accepted == Coverage.from_ranges([(0, 240)], 3600)


def test_a_replaced_film_starts_anew_and_takes_nothing_from_the_old_one():
    server = Server()
    old, new = Player(server, 81, "hash-1"), Player(server, 95, "hash-2")
    old.play(0, 81)
    old.report(at(60))
    new.play(0, 10)
    new.report(at(70))
    assert server.films == {
        "hash-1": Coverage.whole(81),
        "hash-2": Coverage.from_ranges([(0, 10)], 95),
    }
    with pytest.raises(ValueError):
        credit(Coverage.whole(81), Coverage.whole(95), previous_report=SERVED, now=at(9), max_speed=2)


@pytest.mark.parametrize("speed", [0, -1.0])
def test_a_speed_that_is_none_is_refused(speed):
    with pytest.raises(ValueError):
        credit(seconds(), seconds((0, 9)), previous_report=SERVED, now=at(9), max_speed=speed)


def test_seconds_already_watched_cost_nothing():
    watched = seconds((0, 300))
    got = credit(watched, seconds((0, 302)), previous_report=SERVED, now=at(1), max_speed=2.0)
    assert got.accepted == seconds((0, 302))
    assert got.newly == 2


def test_the_earliest_claimed_seconds_come_first():
    watched = seconds((5, 10))
    got = credit(watched, seconds((0, 8), (100, 200)), previous_report=SERVED, now=at(4), max_speed=2.0)
    assert got.watched == seconds((0, 10), (100, 103))
    assert got.offered_again == seconds((103, 200))


def test_a_clock_that_steps_back_earns_nothing_and_time_is_not_earned_twice():
    got = credit(seconds(), seconds((0, 30)), previous_report=at(50), now=at(40), max_speed=2.0)
    assert got.newly == 0
    assert got.offered_again == seconds((0, 30))
    assert got.clock == at(50)


def test_a_clock_that_stood_far_ahead_does_not_stop_a_buddy_for_long():
    got = credit(seconds(), seconds((0, 30)), previous_report=at(5000), now=at(0), max_speed=2.0)
    assert got.clock == at(0)


def test_a_player_that_reports_very_often_does_not_lose_its_time_in_the_rounding():
    server = Server(max_speed=1.5)
    player = Player(server, 60)
    player.play(0, 60)
    beat = 0
    while player.waiting:
        beat += 1
        assert beat < 200
        player.report(at(beat * 0.3))
    assert 40 <= beat * 0.3 <= 40.6


def test_a_lost_report_offered_again_ends_in_the_same_union():
    steady, lossy = Server(), Server()
    player = Player(steady, 600)
    lost = Player(lossy, 600)
    for beat in range(1, 11):
        for one in (player, lost):
            one.play(beat * 10, beat * 10 + 10)
        player.report(at(beat * 10))
        if beat % 3 == 0:
            lost.report(at(beat * 10))
    lost.report(at(110))
    assert lossy.films == steady.films


REPORTS = st.lists(
    st.tuples(
        st.integers(0, (1 << 90) - 1),
        st.timedeltas(timedelta(seconds=-30), timedelta(seconds=400)),
    ),
    min_size=1,
    max_size=20,
)
SPEEDS = st.sampled_from([1.0, 1.25, 1.5, 1.75, 2.0, 3.0])


@given(REPORTS, SPEEDS)
def test_no_report_earns_more_than_its_time_and_nothing_accepted_is_lost(reports, speed):
    watched, previous, now = Coverage.empty(90), SERVED, SERVED
    accepted = 0
    for bits, passed in reports:
        now += passed
        claimed = Coverage(bits, 90)
        got = credit(watched, claimed, previous_report=previous, now=now, max_speed=speed)
        earned = max(min((now - previous).total_seconds(), CAP_SECONDS), 0) * speed
        assert got.newly == got.watched.count - watched.count <= earned + 1e-6
        assert got.accepted.bits | got.offered_again.bits == bits
        assert got.accepted.bits & got.offered_again.bits == 0
        assert got.watched.bits == watched.bits | got.accepted.bits
        accepted |= got.accepted.bits
        watched, previous = got.watched, got.clock
    assert watched.bits == accepted


@given(REPORTS, SPEEDS)
def test_all_reports_together_earn_no_more_than_the_time_that_passed(reports, speed):
    server = Server(max_speed=speed)
    now = SERVED
    for bits, passed in reports:
        now += abs(passed)
        server.report(Coverage(bits, 90), now)
    assert server.newly <= (now - SERVED).total_seconds() * speed + 1e-6


@given(REPORTS, st.permutations(range(20)), st.integers(1, 3))
def test_order_and_repetition_of_reports_never_change_the_union(reports, order, times):
    """With time enough between them: what is earned is then the claims themselves."""
    told, shuffled = Server(), Server()
    for number, (bits, _) in enumerate(reports):
        told.report(Coverage(bits, 90), at((number + 1) * 120))
    claims = [reports[place][0] for place in order if place < len(reports)] * times
    for number, bits in enumerate(claims):
        shuffled.report(Coverage(bits, 90), at((number + 1) * 120))
    assert told.films == shuffled.films


@given(
    st.lists(st.tuples(st.integers(0, 89), st.integers(0, 90), st.booleans()), min_size=1, max_size=15),
    st.floats(0.05, 20),
)
def test_who_watched_everything_ends_at_100_percent_whatever_was_lost_on_the_way(played, pause):
    server = Server()
    player = Player(server, 90)
    now = SERVED
    for start, end, lost in [*played, (0, 90, False)]:
        player.play(start, max(start, end))
        now += timedelta(seconds=pause)
        if not lost:
            player.report(now)
    offers = 0
    while player.waiting:
        now += timedelta(seconds=pause)
        player.report(now)
        offers += 1
        assert offers < 90 / (2 * pause) + 2
    assert server.films["film"] == Coverage.whole(90)
