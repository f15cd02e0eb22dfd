"""Reading the transcript instead of watching: as fast as 400 words a minute, and nothing lost."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules import Coverage, credit, credit_reading

SERVED = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)


def at(seconds):
    return SERVED + timedelta(seconds=seconds)


def read(claimed, words, now, shown=None, previous=SERVED):
    shown = Coverage.empty(len(words)) if shown is None else shown
    return credit_reading(shown, claimed, words=words, previous_report=previous, now=now)


def test_it_works():
    got = read(Coverage.whole(3), [10, 10, 10], at(4.5))
    assert got.shown == got.accepted == Coverage.whole(3)
    assert (got.newly, got.offered_again, got.clock) == (3, Coverage.empty(3), at(4.5))


def test_no_faster_than_four_hundred_words_a_minute():
    got = read(Coverage.whole(5), [100] * 5, at(30))
    assert got.accepted == Coverage.from_ranges([(0, 2)], 5)
    assert got.offered_again == Coverage.from_ranges([(2, 5)], 5)
    assert got.newly == 2


def test_what_was_shown_already_costs_nothing():
    shown = Coverage.from_ranges([(0, 4)], 5)
    assert read(Coverage.whole(5), [100] * 5, at(15), shown).shown == Coverage.whole(5)


def test_a_long_paragraph_is_reached_although_reports_come_often():
    shown, clock, now = Coverage.empty(1), SERVED, 0
    while not shown:
        now += 5
        assert now < 300
        got = read(Coverage.whole(1), [200], at(now), shown, clock)
        shown, clock = got.shown, got.clock
    assert now == 30


def test_a_paragraph_longer_than_the_cap_allows_can_still_be_read():
    assert read(Coverage.whole(1), [5000], at(120)).shown == Coverage.whole(1)
    assert read(Coverage.whole(1), [5000], at(119)).newly == 0


def test_a_page_that_slept_earns_no_more_than_the_capped_gap():
    got = read(Coverage.whole(100), [100] * 100, at(3600))
    assert got.newly == 8


def test_reading_and_watching_share_one_clock():
    watched = credit(
        Coverage.empty(60), Coverage.whole(60), previous_report=SERVED, now=at(30), max_speed=2.0
    )
    got = read(Coverage.whole(2), [50, 50], at(30), previous=watched.clock)
    assert watched.newly == 60
    assert got.newly == 0


def test_another_text_is_refused():
    with pytest.raises(ValueError):
        read(Coverage.whole(3), [10, 10], at(10), Coverage.empty(3))


@given(
    st.lists(st.integers(0, 60), min_size=1, max_size=20),
    st.lists(st.tuples(st.integers(0, (1 << 20) - 1), st.integers(0, 200)), max_size=15),
)
def test_never_more_words_than_time_and_in_the_end_everything(words, reports):
    shown, clock, now = Coverage.empty(len(words)), SERVED, SERVED
    for bits, passed in reports:
        now += timedelta(seconds=passed)
        claimed = Coverage(bits & ((1 << len(words)) - 1), len(words))
        got = credit_reading(shown, claimed, words=words, previous_report=clock, now=now)
        assert got.shown.bits == shown.bits | got.accepted.bits
        assert got.accepted.bits | got.offered_again.bits == claimed.bits
        shown, clock = got.shown, got.clock
    read_words = sum(count for cue, count in enumerate(words) if cue in shown)
    assert read_words <= (now - SERVED).total_seconds() / 60 * 400 + 1e-6
    for _ in range(200):
        now += timedelta(seconds=10)
        got = credit_reading(shown, Coverage.whole(len(words)), words=words, previous_report=clock, now=now)
        shown, clock = got.shown, got.clock
    assert shown == Coverage.whole(len(words))
