"""Spoken sentences become captions.

A caption has at most two lines of 42 characters and stays for one to seven seconds, as broadcasters have it.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from modules.captions import Cue

LINE = 42
SHORTEST, LONGEST = 1.0, 7.0

#: Words that belong to what follows: best cut before one of them, never after it if that can be helped.
ENGLISH = (
    "a an and as at because before but by do for from how if in is it its no not of on or so than that the "
    "their then they this to unless what when which who with you your"
)
DUTCH = (
    "aan als bij dan dat de die dit dus een en het hoe hun ik in is je jouw maar met na naar niet of om "
    "omdat op te tenzij tot uit van via voor wat welk welke wie zo zoals zodat"
)
LEADING_WORDS = frozenset(f"{ENGLISH} {DUTCH}".split())


def split_over_captions(sentence: str, start: Decimal, end: Decimal) -> list[Cue]:
    """One spoken sentence as captions that fill the time from `start` to `end` (seconds), by their length.

    Of all ways to cut it, the one that costs least: few captions, alike in length, cut at a pause.
    Raises ValueError for a sentence with a word that is longer than a line.
    """
    words = sentence.split()
    pace = float(end - start) / max(1, len(" ".join(words)))

    @cache
    def best(first: int) -> tuple[float, tuple[str, ...]]:
        """The cheapest captions for the words from `first` on, with their cost."""
        if first == len(words):
            return 0.0, ()
        choices = []
        for stop in range(first + 1, len(words) + 1):
            part = " ".join(words[first:stop])
            if len(part) > 2 * LINE + 1:
                break
            if not _fits(part):
                continue
            cost, others = best(stop)
            cost += _price(part, len(part) * pace, following=words[stop] if stop < len(words) else "")
            choices.append((cost, (part, *others)))
        return min(choices, default=(float("inf"), ()))

    parts = best(0)[1]
    if not parts:
        raise ValueError(f"a word of this sentence is longer than a line of captions: {sentence!r}")
    cues, at, spoken, total = [], start, 0, sum(map(len, parts))
    for part in parts:
        spoken += len(part)
        until = (start + (end - start) * spoken / total).quantize(Decimal("0.001"))
        cues.append(Cue(at, until, over_two_lines(part)))
        at = until
    return cues


def _price(part: str, seconds: float, *, following: str) -> float:
    """What it costs the reader that a caption is `part`, stays so long, and has `following` after it."""
    cost = 10.0 + (len(part) / 30) ** 2
    cost += 60 * max(0.0, SHORTEST + 0.2 - seconds) + 40 * max(0.0, seconds - LONGEST + 0.2)
    cost += 8 * max(0.0, 2 * SHORTEST - seconds)
    return cost + _break_price(part, following) if following else cost


def _break_price(text: str, following: str) -> float:
    """What it costs to pause between `text` and the word that follows it."""
    if text[-1] in ".?!":
        return -6.0
    if text[-1] in ",;:":
        return 0.0
    if text.rsplit(" ", 1)[-1].lower() in LEADING_WORDS:
        return 16.0
    return 4.0 if following.lower() in LEADING_WORDS else 8.0


def _line_breaks(text: str) -> list[tuple[str, str]]:
    """All ways to set the text on two lines."""
    words = text.split()
    pairs = [(" ".join(words[:i]), " ".join(words[i:])) for i in range(1, len(words))]
    return [(above, below) for above, below in pairs if len(above) <= LINE and len(below) <= LINE]


def _fits(text: str) -> bool:
    return len(text) <= LINE or bool(_line_breaks(text))


def over_two_lines(text: str) -> str:
    """The text on one line or on two of about equal length. Raises ValueError when it needs more."""
    if len(text) <= LINE:
        return text
    pairs = _line_breaks(text)
    if not pairs:
        raise ValueError(f"does not fit on two lines of {LINE} characters: {text!r}")

    def price(pair: tuple[str, str]) -> float:
        above, below = pair
        return abs(len(above) - len(below)) + _break_price(above, below.split()[0])

    above, below = min(pairs, key=price)
    return f"{above}\n{below}"
