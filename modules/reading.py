"""Reading instead of watching: which cues of a transcript were shown, and how they are earned.

A buddy who cannot or will not watch reads the transcript; the whole of it shown counts as the film watched.
It is earned on the server's clock like watching: no more than 400 words for every minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from modules.coverage import CAP, Coverage, earned_microseconds, later

WORDS_PER_MINUTE = 400

_MINUTE = 60_000_000


@dataclass(frozen=True, slots=True)
class ReadingCredit:
    """What became of a report of reading.

    shown: the union to store, bit n for cue n. accepted: all claimed cues that are in it. offered_again:
    those that are not, to be claimed again. newly: how many cues were added. clock: what to store as the time
    of this report.
    """

    shown: Coverage
    accepted: Coverage
    offered_again: Coverage
    newly: int
    clock: datetime


def credit_reading(
    shown: Coverage,
    claimed: Coverage,
    *,
    words: Sequence[int],
    previous_report: datetime,
    now: datetime,
    words_per_minute: int = WORDS_PER_MINUTE,
    cap: timedelta = CAP,
) -> ReadingCredit:
    """Add the claimed cues as far as there was time to read them, the earliest first.

    `words` has the number of words of each cue. The clock is the buddy's one clock, the same that
    `modules.coverage.credit` uses. While cues wait, the time that could not be spent stays earned (at most
    the cap), so a long cue is reached in the end; a cue costs no more than the cap. Raises ValueError where
    the lengths differ.
    """
    if not shown.length == claimed.length == len(words):
        raise ValueError(f"{shown.length}, {claimed.length} and {len(words)} cues are not the same text")
    left = earned_microseconds(previous_report, now, cap)
    most = cap // timedelta(microseconds=1)
    added = newly = 0
    waiting = claimed.bits & ~shown.bits
    while waiting:
        lowest = waiting & -waiting
        cost = min(-(-words[lowest.bit_length() - 1] * _MINUTE // words_per_minute), most)
        if cost > left:
            break
        left -= cost
        added |= lowest
        newly += 1
        waiting ^= lowest
    union = Coverage(shown.bits | added, shown.length)
    return ReadingCredit(
        shown=union,
        accepted=Coverage(claimed.bits & union.bits, shown.length),
        offered_again=Coverage(waiting, shown.length),
        newly=newly,
        clock=later(previous_report, now, cap) - timedelta(microseconds=left if waiting else 0),
    )
