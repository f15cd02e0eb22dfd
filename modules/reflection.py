"""The vertaalslag: is it ready to hand in, and does it seem to name a pupil?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from modules.captions import count_words
from modules.model import Reflection


@dataclass(frozen=True, slots=True)
class ShortField:
    """A field with fewer words than it needs."""

    key: str
    words: int
    needed: int


def short_fields(step: Reflection, texts: Mapping[str, str]) -> tuple[ShortField, ...]:
    """The fields that still need words, in order; none means that it may be handed in."""
    counted = [(field.key, count_words(texts.get(field.key, ""))) for field in step.fields]
    return tuple(ShortField(key, words, step.min_words) for key, words in counted if words < step.min_words)


def is_ready(step: Reflection, texts: Mapping[str, str]) -> bool:
    """Whether every field has words enough to hand in."""
    return not short_fields(step, texts)


# Who is named: "mijn leerling Jonas", "a pupil called Jonas", "hij heet Jonas". The words may be capitalised, the
# name must be.
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
    r"(?i:\b(?:geboren|geboortedatum|born|birth|birthday|verjaart|jarig)\b|°)[^.\n]{0,12}?(?:\d{1,2}[ \t/.\-]|\d{4})"
    r"[^\n]{0,16}?(?=$|[\s,.;)])"
)
_OLD_DATE = re.compile(r"(?<![\d/.\-])\d{1,2}([/.\-])\d{1,2}\1(?:199\d|20[01]\d|202[0-2])(?!\d)", re.ASCII)
_ANY_DATE = re.compile(r"(?<!\d)\d{1,4}([/.\-])\d{1,2}\1\d{1,4}(?!\d)", re.ASCII)
_PHONE = re.compile(r"(?<![\d+])(?:\+32|0032|0)(?:[ ./\-]?\d){8,9}(?!\d)", re.ASCII)
_MAIL = re.compile(r"(?<![\w.+\-])[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,5}")
_INITIALS = re.compile(r"(?<![\w.])(?:[A-Z]\.[ ]?){2,3}(?!\w)")
_CAPITALISED = re.compile(rf"(?<![\w@.]){_NAME}(?![\w@])")

#: Two letters and two points that are no person.
_ABBREVIATIONS = frozenset({"L.O.", "S.O.", "B.O.", "B.S.", "A.S.", "P.A.V.", "M.O.", "N.B.", "P.S.", "T.O."})

#: Capitalised words that may follow "leerling" or "pupil" without being a name.
_NOT_A_NAME = frozenset(
    """
    Ik Je Jij Hij Zij Ze Wij We Jullie Het Een De Dat Dit Die Deze Als Maar En Of Want Dus Ook Dan Toen Nu Wat Wie
    Waar Hoe Waarom Wanneer Mijn Zijn Haar Onze Ons Hun Er Daar Hier Niet Geen Wel In Op Met Van Voor Na Om Bij Tot
    I You He She It They The A An This That These Those If But And Or So Then When What Who Where How Why My His Her
    Our Their There Here Not No Yes In On With From For After At To
    Maandag Dinsdag Woensdag Donderdag Vrijdag Zaterdag Zondag Monday Tuesday Wednesday Thursday Friday Saturday
    Sunday Januari Februari Maart April Mei Juni Juli Augustus September Oktober November December January February
    March May June July August October Kerstmis Pasen Christmas Easter
    Nederlands Frans Engels Duits Latijn Grieks Turks Arabisch Spaans Italiaans Pools Roemeens Oekraïens Vlaams
    Dutch French English German Latin Greek Turkish Arabic Spanish Italian Polish Romanian Ukrainian Flemish
    Wiskunde Geschiedenis Aardrijkskunde Wetenschappen Biologie Chemie Fysica Godsdienst Mathematics Maths History
    Geography Science Biology Chemistry Physics Rekenen Lezen Spelling
    Vlaanderen België Brussel Antwerpen Gent Brugge Leuven Hasselt Mechelen Aalst Kortrijk Oostende Genk Limburg
    Flanders Belgium Brussels Antwerp Ghent Bruges
    Teams Zoom Smartschool Toledo Canvas Moodle Bingel Kahoot Word Excel Google YouTube Leerbuddy Katrol
    """.split()
)

#: First names that pupils in Flanders often have and that are no other Dutch or English word.
_FIRST_NAMES = frozenset(
    """
    Aaron Abdel Adam Ahmed Alessio Alexander Ali Alice Amber Amélie Amina Amir Amira Anna Anouk Arne Arthur Aya Ayoub
    Bilal Camille Cas Charlotte Chloé Daan David Dina Dries Elena Elif Elias Elise Ella Ellen Emil Emily Emma Emre
    Ella Eva Fatima Febe Felix Femke Ferre Finn Fien Fleur Floor Gilles Hamza Hanne Hannah Hugo Ibrahim Ilias Ilyas
    Imane Imran Ines Inaya Jade Jamal Janne Jarne Jasper Jayden Jef Jelle Jens Jeroen Jonas Jules Juliette Julie Kato
    Kevin Khadija Kobe Lander Lars Laura Laure Leon Leyla Lena Lennert Lenn Lewis Liam Lien Lieke Lina Linde Lisa Loïc
    Lore Lotte Louis Louise Lowie Luca Lucas Lukas Luna Maël Malak Manon Margaux Margot Marie Marwan Mathias Mathis
    Matteo Matthias Maxim Maxime Mehdi Mehmet Merel Mila Milan Mohamed Mohammed Muhammad Mustafa Nathan Nina Noah Noor
    Noémie Nora Nore Nour Olivia Omar Oona Oscar Pauline Pieter Quinten Rayan Rania Robbe Ruben Ruben Salma Sam Samir
    Samuel Sander Sara Sarah Seppe Senne Simon Siebe Sofia Sofie Stan Stijn Tess Thibo Thibault Thomas Tibo Tim Toon
    Tristan Tuur Vic Victor Viktor Warre Wout Wouter Xander Yasmine Yassin Yusuf Younes Youssef Yara Zakaria Zeynep
    Zoë
    """.split()
)


def names_pupil_hints(text: str, language: str = "nl") -> list[str]:
    """The pieces of a text that seem to tell which pupil it is about, in order, each once.

    First names, initials, birth dates, telephone numbers and e-mail addresses. It is a soft warning to someone
    who writes: it misses rare names, and may point at a teacher's. `language` is "nl" or "en".
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
        if found[group] not in _NOT_A_NAME:
            yield found.start(group), found.end(group), found[group]
    for found in _CAPITALISED.finditer(text):
        if found[0] in _FIRST_NAMES:
            yield found.start(), found.end(), found[0]
