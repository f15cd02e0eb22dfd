"""Whole numbers in addresses and forms."""

#: digits; what has more is nobody's number, and PostgreSQL's integers end at ten
_MOST_DIGITS = 9


def whole_number(text: str) -> int | None:
    """The number that is written here; none where it is another thing than one to nine digits."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else None
