"""The watched seconds of a film: which bits there are, how they merge, what they tell."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules import Coverage, Span

LENGTHS = st.integers(0, 400)


@st.composite
def coverages(draw, count=1):
    length = draw(LENGTHS)
    return [Coverage(draw(st.integers(0, (1 << length) - 1)), length) for _ in range(count)]


def test_it_works():
    half = Coverage.from_ranges([(0, 40)], 81)
    assert (half | Coverage.from_ranges([(40, 81)], 81)) == Coverage.whole(81)
    assert half.gaps == [Span(40, 81)]


def test_a_film_of_80_8_seconds_has_81_bits_and_its_last_one_needs_half_of_what_is_there():
    assert Coverage.from_spans([(0, 80.8)], Decimal("80.8")) == Coverage.whole(81)
    assert 80 in Coverage.from_spans([(80, 80.4)], 80.8)
    assert 80 not in Coverage.from_spans([(80, 80.39)], 80.8)


def test_a_second_counts_when_at_least_half_of_it_was_played():
    assert Coverage.from_spans([(10.5, 12.5)], 60).spans == [Span(10, 13)]
    assert Coverage.from_spans([(10.51, 12.49)], 60).spans == [Span(11, 12)]


def test_two_short_pieces_of_one_second_add_up_and_the_same_piece_twice_does_not():
    assert 7 in Coverage.from_spans([(7.0, 7.25), (7.5, 7.75)], 60)
    assert 7 not in Coverage.from_spans([(7.0, 7.25), (7.0, 7.25)], 60)
    assert 7 in Coverage.from_spans([(7.1, 7.2), (7.5, 7.9)], 60)


def test_a_report_may_be_cut_anywhere_without_losing_the_second_that_is_cut():
    for cut in (10.3, 10.5, 10.7):
        first, second = Coverage.from_spans([(0, cut)], 20), Coverage.from_spans([(cut, 20)], 20)
        assert (first | second) == Coverage.whole(20)


def test_what_lies_outside_the_film_is_dropped():
    assert Coverage.from_ranges([(-5, 3), (58, 900)], 60).spans == [Span(0, 3), Span(58, 60)]
    assert Coverage.from_spans([(-5, 3), (58, 9e9), (70, 80), (-3, -1)], 60).spans == [
        Span(0, 3),
        Span(58, 60),
    ]


@pytest.mark.parametrize("span", [(3.0, 2.0), (float("nan"), 2.0), (0.0, float("inf"))])
def test_a_span_that_is_none_is_refused(span):
    with pytest.raises(ValueError):
        Coverage.from_spans([span], 60)
    with pytest.raises(ValueError):
        Coverage.from_ranges([(3, 2)], 60)


def test_bits_after_the_end_of_a_film_are_refused_and_stored_ones_dropped():
    with pytest.raises(ValueError):
        Coverage(1 << 81, 81)
    assert Coverage.from_bytes(b"\xff\xff", 9) == Coverage.whole(9)


def test_films_of_different_length_are_never_joined():
    with pytest.raises(ValueError):
        Coverage.empty(80) | Coverage.empty(81)


def test_where_to_go_on():
    watched = Coverage.from_ranges([(0, 10), (20, 30)], 40)
    assert watched.next_gap(25.0) == Span(30, 40)
    assert watched.next_gap(15.0) == Span(10, 20)
    assert Coverage.from_ranges([(10, 40)], 40).next_gap(35.0) == Span(0, 10)
    assert Coverage.whole(40).next_gap(0) is None


def test_ninety_percent_is_counted_exactly():
    assert Coverage.from_ranges([(0, 9)], 10).reaches(Decimal("0.90"))
    assert not Coverage.from_ranges([(0, 72)], 81).reaches(Decimal("0.90"))
    assert Coverage.from_ranges([(0, 73)], 81).reaches(Decimal("0.90"))


@given(LENGTHS, st.fractions(0, 1, max_denominator=10_000), st.data())
def test_reaching_a_fraction_agrees_with_exact_arithmetic(length, fraction, data):
    asked = Decimal(round(fraction * 10_000)) / 10_000
    seconds = data.draw(st.integers(0, length))
    watched = Coverage.from_ranges([(0, seconds)], length)
    assert watched.reaches(asked) == (Fraction(seconds) >= Fraction(asked) * length)


@given(coverages(3))
def test_merging_does_not_care_about_order_or_repetition(parts):
    a, b, c = parts
    assert (a | b) | c == c | (b | a) == a | b | c | a | b
    assert a.union(b) == b | a
    assert (a | b).count >= max(a.count, b.count)


@given(coverages())
def test_storing_and_reading_back_gives_the_same(parts):
    (watched,) = parts
    stored = watched.to_bytes()
    assert len(stored) == (watched.length + 7) // 8
    assert Coverage.from_bytes(stored, watched.length) == watched


@given(coverages())
def test_spans_and_gaps_are_the_whole_film_between_them(parts):
    (watched,) = parts
    assert Coverage.from_ranges(watched.spans, watched.length) == watched
    both = sorted([*watched.spans, *watched.gaps])
    assert [second for span in both for second in range(*span)] == list(range(watched.length))
    assert sum(end - start for start, end in watched.spans) == watched.count


@given(
    st.lists(st.tuples(st.integers(0, 600), st.integers(0, 600)).map(sorted), max_size=12),
    st.integers(1, 600),
)
def test_spans_agree_with_counting_every_tenth_of_a_second(tenths, duration):
    played = {tenth for start, end in tenths for tenth in range(start, min(end, duration))}
    expected = {
        second
        for second in range(-(-duration // 10))
        if 2 * sum(10 * second + tenth in played for tenth in range(10)) >= min(10, duration - 10 * second)
    }
    spans = [(start / 10, end / 10) for start, end in tenths]
    watched = Coverage.from_spans(spans, Decimal(duration) / 10)
    assert {second for span in watched.spans for second in range(*span)} == expected
