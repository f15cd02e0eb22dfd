"""The academic year, and how long a completion holds.

A year begins on 1 September at midnight in Brussels. The institutions themselves open between that day and
1 October; the earliest of these is taken, so that a training renewed before the first lesson counts for the
year it is meant for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from modules.model import Rule

ZONE = ZoneInfo("Europe/Brussels")
FIRST_MONTH = 9


@dataclass(frozen=True, slots=True, order=True)
class AcademicYear:
    """The year that begins in September of `first`; written 2026-2027."""

    first: int

    @property
    def label(self) -> str:
        return f"{self.first}-{self.first + 1}"

    @property
    def start(self) -> datetime:
        """The first moment of the year, in Brussels' time."""
        return datetime(self.first, FIRST_MONTH, 1, tzinfo=ZONE)

    @property
    def end(self) -> datetime:
        """The first moment after the year."""
        return AcademicYear(self.first + 1).start

    def __str__(self) -> str:
        return self.label


def academic_year(moment: datetime) -> AcademicYear:
    """The academic year of a moment (an aware datetime; ValueError for a naive one)."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    local = moment.astimezone(ZONE)
    return AcademicYear(local.year if local.month >= FIRST_MONTH else local.year - 1)


def holds_until(rule: Rule, completed: datetime) -> datetime | None:
    """The first moment at which a completion no longer holds; None when it holds for ever."""
    return academic_year(completed).end if rule.renewal == "academic-year" else None


def still_holds(rule: Rule, completed: datetime, now: datetime) -> bool:
    """Whether a completion of that moment counts now."""
    until = holds_until(rule, completed)
    return until is None or now < until
