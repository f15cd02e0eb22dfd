"""Does a text seem to tell which pupil it is about? A soft warning for whoever writes one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path


def _words(name: str) -> frozenset[str]:
    """The words of a list; lines that begin with # are comments."""
    lines = (Path(__file__).parent / "words" / name).read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


_FIRST_NAMES = _words("first-names.txt")
_NOT_A_NAME = _words("not-a-name.txt")

# Who is named: "mijn leerling Jonas", "a pupil called Jonas", "hij heet Jonas". The words before it may be
# capitalised, the name must be.
_PUPIL_WORDS = {
    "nl": r"leerling(?:e|en|etje)?|kind(?:eren|je)?|kleuter|jongen|jongetje|meisje|tutee|pupil|deelnemertje",
    "en": r"pupils?|child|children|boy|girl|tutee|kid|learner",
}
_NAMING_WORDS = {
    "nl": r"heet|genaamd|noemt|voornaam(?: is)?|naam is",
    "en": r"named|called|name is|first name(?: is)?",
}
_NAME = r"[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ]+(?:[-’'][A-ZÀ-ÖØ-Þ]?[a-zà-öø-ÿ]+)*"
_NAME_OR_INITIAL = rf"(?:{_NAME}|[A-Z]\.)(?![\w@])"
_NAMED = {
    language: re.compile(
        rf"\b(?i:{_PUPIL_WORDS[language]})[,:]?[ \t]+(?:\(|(?i:{_NAMING_WORDS[language]})[ \t]+)?"
        rf"({_NAME_OR_INITIAL})|\b(?i:{_NAMING_WORDS[language]})[ \t]+({_NAME_OR_INITIAL})"
    )
    for language in _PUPIL_WORDS
}
_BORN = re.compile(
    r"(?i:\b(?:geboren|geboortedatum|born|birth|birthday|verjaart|jarig)\b|°)"
    r"[^.\n]{0,12}?(?:\d{1,2}[ \t/.\-]|\d{4})[^\n]{0,16}?(?=$|[\s,.;)])"
)
_OLD_DATE = re.compile(r"(?<![\d/.\-])\d{1,2}([/.\-])\d{1,2}\1(?:199\d|20[01]\d|202[0-2])(?!\d)", re.ASCII)
_ANY_DATE = re.compile(r"(?<!\d)(?:\d{1,2}([/.\-])\d{1,2}\1\d{4}|\d{4}-\d\d-\d\d)(?!\d)", re.ASCII)
_PHONE = re.compile(r"(?<![\d+])(?:\+32|0032|0)(?:[ ./\-]?\d){8,9}(?!\d)", re.ASCII)
_MAIL = re.compile(r"(?<![\w.+\-])[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,5}")
_INITIALS = re.compile(r"(?<![\w.])(?:[A-Z]\.[ ]?){2,3}(?!\w)")
_CAPITALISED = re.compile(rf"(?<![\w@.]){_NAME}(?![\w@])")

#: Two letters and two points that are no person.
_ABBREVIATIONS = frozenset({"L.O.", "S.O.", "B.O.", "B.S.", "A.S.", "P.A.V.", "M.O.", "N.B.", "P.S.", "T.O."})


def names_pupil_hints(text: str, language: str = "nl") -> list[str]:
    """The pieces of a text that seem to tell which pupil it is about, in order, each once.

    First names, initials, birth dates, telephone numbers and e-mail addresses. It is a soft warning to
    someone who writes: it misses rare names, and may point at a teacher's. `language` is "nl" or "en".
    """
    found = sorted(_hints(text, "en" if language[:2].lower() == "en" else "nl"))
    kept: list[str] = []
    reached = -1
    for start, end, piece in found:
        if start >= reached and piece not in kept:
            kept.append(piece)
        reached = max(reached, end)
    return kept


def _hints(text: str, language: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and piece of everything suspicious, in no order."""
    for pattern in (_MAIL, _OLD_DATE, _BORN):
        yield from ((found.start(), found.end(), found[0].strip()) for found in pattern.finditer(text))
    # Dates are blanked out first, else 01/09/2026 10 would read as a telephone number.
    undated = _ANY_DATE.sub(lambda date: "x" * len(date[0]), text)
    for found in _PHONE.finditer(undated):
        yield found.start(), found.end(), found[0]
    for found in _INITIALS.finditer(text):
        if found[0].replace(" ", "") not in _ABBREVIATIONS:
            yield found.start(), found.end(), found[0].strip()
    for found in _NAMED[language].finditer(text):
        group = 1 if found[1] else 2
        if re.split(r"[-’']", found[group])[0] not in _NOT_A_NAME:
            yield found.start(group), found.end(group), found[group]
    for found in _CAPITALISED.finditer(text):
        if found[0] in _FIRST_NAMES:
            yield found.start(), found.end(), found[0]
