"""Languages: texts, numbers and moments in Dutch (nl-BE) and English.

Message ids are plain English, so the English catalogue is the message itself; the Dutch one is every ``.po`` file in
``trainer/translations/nl_BE``, merged.  The files are read once per process; no compile step can be forgotten.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from babel.core import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import LazyProxy, NullTranslations, Translations

DUTCH = "nl-BE"
ENGLISH = "en"
#: in order of preference where nothing else decides
LOCALES = (DUTCH, ENGLISH)
ZONE = ZoneInfo("Europe/Brussels")
FOLDER = Path(__file__).resolve().parent.parent / "translations"

_current: ContextVar[str] = ContextVar("locale", default=DUTCH)


def choose_locale(wanted: list[str] | tuple[str, ...]) -> str | None:
    """The first of our locales that fits one of ``wanted`` ("nl_BE", "nl-NL", "en-GB", …); none when nothing fits.

    Underscores and hyphens both occur: an LMS may send "nl_NL".
    """
    for tag in wanted:
        language = tag.replace("_", "-").split("-")[0].lower()
        if language == "nl":
            return DUTCH
        if language == "en":
            return ENGLISH
    found = (
        negotiate_locale([tag.replace("-", "_") for tag in wanted], ["nl_BE", "en"], sep="_")
        if wanted
        else None
    )
    return found.replace("_", "-") if found else None


def locale() -> str:
    """The locale in force: "nl-BE" or "en"."""
    return _current.get()


def set_locale(tag: str) -> None:
    """Put a locale in force for this request or task."""
    _current.set(tag if tag in LOCALES else DUTCH)


@contextmanager
def in_locale(tag: str) -> Iterator[None]:
    """Put a locale in force for a while."""
    before = _current.get()
    set_locale(tag)
    try:
        yield
    finally:
        _current.set(before)


@cache
def catalogue(tag: str) -> NullTranslations:
    """All texts of one locale."""
    folder = FOLDER / tag.replace("-", "_")
    merged: Translations | None = None
    for path in sorted(folder.glob("*.po")) if folder.is_dir() else ():
        with path.open("rb") as file:
            messages = read_po(file, locale=tag.replace("-", "_"), domain=path.stem)
        binary = BytesIO()
        write_mo(binary, messages)
        binary.seek(0)
        part = Translations(binary)
        merged = part if merged is None else merged.merge(part)
    return merged if merged is not None else NullTranslations()


def gettext(message: str, /, **values: object) -> str:
    """``message`` in the locale in force, with ``%(name)s`` filled in."""
    text: str = catalogue(locale()).ugettext(message)
    return text % values if values else text


def ngettext(singular: str, plural: str, n: int, /, **values: object) -> str:
    """The singular or plural text in the locale in force; ``%(n)s`` is the number."""
    text: str = catalogue(locale()).ungettext(singular, plural, n)
    return text % {"n": n, **values}


def lazy_gettext(message: str, /, **values: object) -> Any:
    """A text that is looked up when it is shown: for tables and constants."""
    return LazyProxy(gettext, message, enable_cache=False, **values)


def _babel() -> Locale:
    return _babel_locale(locale())


@cache
def _babel_locale(tag: str) -> Locale:
    # English here is written for readers in Belgium: day before month, 24 hours
    return Locale.parse("en_BE" if tag == ENGLISH else tag.replace("-", "_"))


def format_date(moment: datetime | date) -> str:
    """``3 november 2026`` in Brussels time."""
    day = moment.astimezone(ZONE) if isinstance(moment, datetime) else moment
    return dates.format_date(day, "d MMMM y", locale=_babel())


def format_time(moment: datetime) -> str:
    """``14:05`` in Brussels time."""
    return dates.format_time(moment, "HH:mm", tzinfo=ZONE, locale=_babel())


def format_moment(moment: datetime, now: datetime) -> str:
    """``om 14:05`` today, ``op 3 november om 14:05`` this year, with the year before that."""
    local, today = moment.astimezone(ZONE), now.astimezone(ZONE)
    if local.date() == today.date():
        return gettext("at %(time)s", time=format_time(moment))
    pattern = "d MMMM" if local.year == today.year else "d MMMM y"
    return gettext(
        "on %(date)s at %(time)s",
        date=dates.format_date(local, pattern, locale=_babel()),
        time=format_time(moment),
    )


def format_number(value: float) -> str:
    """``12.345,6``."""
    return numbers.format_decimal(value, locale=_babel())


def format_position(seconds: float) -> str:
    """``1:05`` or ``1:02:03``: a place in a film."""
    whole = max(0, int(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
