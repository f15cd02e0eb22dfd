"""What a buddy has watched of a film: a set of seconds, one bit a second, and how those seconds are earned.

Bit *n* is set when at least half of the second [n, n+1) was played; a film of 80.8 s has 81 bits, and the
last one asks for half of the 0.8 s that is there. Merging is a bitwise OR, so the order, the repetition and
the loss of reports, two tabs and two devices do no harm. All of it is integers: a heartbeat on a film of two
hours costs some microseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil, isfinite
from typing import NamedTuple

#: What a player can have buffered, so what a report can be about: a longer silence earns no more than this.
CAP = timedelta(seconds=120)

_MICROSECOND = timedelta(microseconds=1)
_SECOND = 1_000_000
#: The rate is counted in thousandths: 2× is 2000.
_MILLI = 1000


class Span(NamedTuple):
    """The half-open range of whole seconds [start, end)."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """The watched seconds of a film that has `length` seconds; bit n of `bits` is second n.

    Raises ValueError where bits lie outside the film, and when films of different length are joined.
    """

    bits: int
    length: int

    def __post_init__(self) -> None:
        if self.length < 0 or self.bits < 0 or self.bits >> self.length:
            raise ValueError(f"coverage does not fit in {self.length} seconds")

    @classmethod
    def empty(cls, length: int) -> Coverage:
        """Nothing watched yet of a film of `length` seconds."""
        return cls(0, length)

    @classmethod
    def whole(cls, length: int) -> Coverage:
        """All of a film of `length` seconds."""
        return cls((1 << length) - 1, length)

    @classmethod
    def from_bytes(cls, stored: bytes, length: int) -> Coverage:
        """From the stored form: little-endian, bit 0 of byte 0 is second 0; bits past the end fall off."""
        return cls(int.from_bytes(stored, "little") & ((1 << length) - 1), length)

    def to_bytes(self) -> bytes:
        """The stored form, always ⌈length / 8⌉ bytes."""
        return self.bits.to_bytes((self.length + 7) // 8, "little")

    @classmethod
    def from_ranges(cls, ranges: Iterable[tuple[int, int]], length: int) -> Coverage:
        """From half-open ranges of whole seconds [start, end); what lies outside the film is dropped.

        Raises ValueError where a range ends before it starts.
        """
        bits = 0
        for start, end in ranges:
            if end < start:
                raise ValueError(f"a range ends before it starts: {start}–{end}")
            first, last = min(max(start, 0), length), min(max(end, 0), length)
            bits |= ((1 << (last - first)) - 1) << first
        return cls(bits, length)

    @classmethod
    def from_spans(cls, spans: Iterable[tuple[float, float]], duration: float | Decimal) -> Coverage:
        """From what was played, as (from, to) in seconds of the film, in any order and overlapping.

        `duration` is the film's, in seconds. A second counts when half of it (of what there is of it) was
        played. Raises ValueError for a time that is no number and where a span ends before it starts.
        """
        end_of_film = float(duration)
        length = ceil(duration)
        bits = 0
        partly: dict[int, float] = {}
        for start, end in _joined(spans, end_of_film):
            first, last = int(start), int(end)
            if first == last:
                partly[first] = partly.get(first, 0.0) + end - start
                continue
            whole_from = first
            if start > first:
                partly[first] = partly.get(first, 0.0) + first + 1 - start
                whole_from += 1
            bits |= ((1 << (last - whole_from)) - 1) << whole_from
            if end > last:
                partly[last] = partly.get(last, 0.0) + end - last
        for second, played in partly.items():
            # A billionth of slack: 0.1 + 0.4 must be a half.
            if played + 1e-9 >= min(1.0, end_of_film - second) / 2:
                bits |= 1 << second
        return cls(bits, length)

    def __or__(self, other: Coverage) -> Coverage:
        """What is in either."""
        if other.length != self.length:
            raise ValueError(f"films of {self.length} and {other.length} seconds cannot be joined")
        return Coverage(self.bits | other.bits, self.length)

    union = __or__

    def __contains__(self, second: int) -> bool:
        return second >= 0 and bool(self.bits >> second & 1)

    def __bool__(self) -> bool:
        return self.bits != 0

    @property
    def count(self) -> int:
        """How many seconds are watched."""
        return self.bits.bit_count()

    @property
    def fraction(self) -> float:
        """Part of the film that is watched, for showing; decide with `reaches`."""
        return self.bits.bit_count() / self.length if self.length else 0.0

    def reaches(self, fraction: Decimal) -> bool:
        """Whether at least this part is watched, counted exactly: 9 of 10 seconds reach 0.90."""
        return self.bits.bit_count() >= fraction * self.length

    @property
    def spans(self) -> list[Span]:
        """What is watched, as ranges in order."""
        return list(_spans(self.bits))

    @property
    def gaps(self) -> list[Span]:
        """What is not watched, as ranges in order."""
        return list(_spans(self.bits ^ ((1 << self.length) - 1)))

    def next_gap(self, position: float) -> Span | None:
        """The first gap that ends after `position` (seconds), else the first of all, else None."""
        gaps = self.gaps
        return next((gap for gap in gaps if gap.end > position), gaps[0] if gaps else None)


@dataclass(frozen=True, slots=True)
class Credit:
    """What became of a report.

    watched: the union to store. accepted: all claimed seconds that are in it. offered_again: the claimed
    seconds that are not; the player keeps them and offers them with its next report. newly: how many seconds
    were added. clock: what to store as the time of this report.
    """

    watched: Coverage
    accepted: Coverage
    offered_again: Coverage
    newly: int
    clock: datetime


def credit(
    watched: Coverage,
    claimed: Coverage,
    *,
    previous_report: datetime,
    now: datetime,
    max_speed: float | Decimal,
    cap: timedelta = CAP,
) -> Credit:
    """Add the claimed seconds as far as they were earned on the server's clock; times are aware datetimes.

    No more than ⌊min(now - previous_report, cap) × max_speed⌋ seconds are added, the earliest first. Seconds
    already watched cost nothing; a clock that steps back earns nothing. `previous_report` is the `clock` of
    the buddy's previous credit, on whatever film and in whatever tab, or when the player page was served.
    While something waits, `clock` lies before `now` by the part of a second that was earned and could not be
    spent, so frequent reports do not lose it in the rounding; over all reports together no more is
    ever added than time × speed. Raises ValueError for films of different length and a speed that is none.
    """
    rate = round(max_speed * _MILLI)
    if rate <= 0:
        raise ValueError(f"{max_speed} is no speed")
    if claimed.length != watched.length:
        raise ValueError(f"films of {watched.length} and {claimed.length} seconds cannot be joined")
    new = claimed.bits & ~watched.bits
    if not new:
        return Credit(watched, claimed, Coverage(0, watched.length), 0, later(previous_report, now, cap))
    earned = earned_microseconds(previous_report, now, cap)
    budget, rest = divmod(earned * rate, _SECOND * _MILLI)
    newly = new.bit_count()
    if newly <= budget:
        union = Coverage(watched.bits | claimed.bits, watched.length)
        return Credit(union, claimed, Coverage(0, watched.length), newly, later(previous_report, now, cap))
    added = _lowest(new, budget)
    union = Coverage(watched.bits | added, watched.length)
    return Credit(
        watched=union,
        accepted=Coverage(claimed.bits & union.bits, watched.length),
        offered_again=Coverage(new ^ added, watched.length),
        newly=budget,
        clock=later(previous_report, now, cap) - timedelta(microseconds=rest // rate),
    )


def earned_microseconds(previous_report: datetime, now: datetime, cap: timedelta = CAP) -> int:
    """Time on the server's clock that a report can spend: never negative, never more than the cap."""
    return max((min(now - previous_report, cap)) // _MICROSECOND, 0)


def later(previous_report: datetime, now: datetime, cap: timedelta = CAP) -> datetime:
    """The time to store of a report that leaves nothing unspent.

    When the clock stepped back a little (two machines never agree quite) the later time stays, so that no
    time is earned twice; when it stood more than the cap ahead it was wrong, and the buddy goes on from now.
    """
    return previous_report if now < previous_report <= now + cap else now


def _lowest(bits: int, wanted: int) -> int:
    """The `wanted` lowest set bits of `bits`, which has more of them than that."""
    window, width = bits, bits.bit_length()
    low = taken = 0
    # Below `low` there are `taken` ones, no more than wanted; the next one wanted is in the window, which
    # is halved until it is that one bit. Each half is cut off, so all of it costs little more than one pass.
    while width > 1:
        half = width // 2
        lower = window & ((1 << half) - 1)
        ones = lower.bit_count()
        if taken + ones <= wanted:
            low, taken = low + half, taken + ones
            window, width = window >> half, width - half
        else:
            window, width = lower, half
    return bits & ((1 << low) - 1)


def _spans(bits: int) -> Iterator[Span]:
    """The runs of ones."""
    position = 0
    while bits:
        zeros = (bits & -bits).bit_length() - 1
        bits >>= zeros
        ones = (~bits & (bits + 1)).bit_length() - 1
        bits >>= ones
        position += zeros
        yield Span(position, position + ones)
        position += ones


def _joined(spans: Iterable[tuple[float, float]], duration: float) -> Iterator[tuple[float, float]]:
    """The spans within the film, sorted, overlapping ones made one, so that nothing counts twice."""
    inside: list[tuple[float, float]] = []
    for start, end in spans:
        if not (isfinite(start) and isfinite(end)):
            raise ValueError("a time is not a number")
        if end < start:
            raise ValueError(f"a span ends before it starts: {start}–{end}")
        if start < duration and end > 0:
            inside.append((max(start, 0.0), min(end, duration)))
    inside.sort()
    open_from = open_to = 0.0
    for start, end in inside:
        if start > open_to:
            if open_to > open_from:
                yield open_from, open_to
            open_from, open_to = start, end
        else:
            open_to = max(open_to, end)
    if open_to > open_from:
        yield open_from, open_to
