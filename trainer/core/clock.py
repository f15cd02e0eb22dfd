"""The one place that asks the machine what time it is; everything else is handed a clock."""

from collections.abc import Callable
from datetime import UTC, datetime

#: Gives the present moment as an aware UTC datetime.
Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The machine's present moment, aware, in UTC."""
    return datetime.now(UTC)
