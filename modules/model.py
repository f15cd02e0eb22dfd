"""What a learning module is made of.

Plain immutable values, the same whether they were read from a document, typed in a form or built in a
test. Times are seconds into the film (`Decimal`, at most three digits after the point), fractions are
`Decimal` between 0 and 1. The `line` of a thing is where it stood in the document it was read from (0: it
came from nowhere); it takes no part in comparison.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from math import ceil
from typing import ClassVar, Literal

Language = Literal["nl", "en"]
ModuleKind = Literal["webcast", "webinar"]
QuestionType = Literal["single", "multi", "truefalse"]
Voice = Literal["computer", "human"]
Renewal = Literal["none", "academic-year"]
StepKind = Literal["webcast", "reading", "knowledge_check", "reflection"]

LANGUAGES: tuple[Language, ...] = ("nl", "en")


@dataclass(frozen=True, slots=True)
class Text:
    """One text in Dutch and English; a published module has the Dutch one always."""

    nl: str
    en: str = ""
    line: int = field(default=0, compare=False, repr=False)

    def __call__(self, language: str) -> str:
        """The text in `language` ("en", "en-GB", "nl-BE", …); Dutch when that language has none."""
        return self.en if language[:2].lower() == "en" and self.en else self.nl


@dataclass(frozen=True, slots=True)
class Audience:
    """Pupils that the module prepares for: a fixed term to filter on, and the text to show."""

    term: str
    label: Text


@dataclass(frozen=True, slots=True)
class Minutes:
    """How long a module takes, in whole minutes per part."""

    film: int = 0
    reading: int = 0
    check: int = 0
    reflection: int = 0

    @property
    def total(self) -> int:
        return self.film + self.reading + self.check + self.reflection


@dataclass(frozen=True, slots=True)
class Rule:
    """When a module is completed, as data: authors may change it, a completion keeps a copy as evidence."""

    watched: Decimal = Decimal("0.90")
    score: Decimal = Decimal("0.80")
    critical: bool = True
    reflection: bool = True
    transcript: bool = True
    renewal: Renewal = "none"
    line: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Media:
    """A file of a module. `path` is relative to the document; `size` is in bytes, None if unsaid."""

    path: str
    sha256: str
    mime: str
    size: int | None = None
    licence: str = ""
    credits: str = ""
    line: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Film:
    """A film file with what a player must know before it loads: seconds, pixels, the language spoken."""

    media: Media
    duration: Decimal
    width: int
    height: int
    language: Language

    @property
    def seconds(self) -> int:
        """How many bits its coverage has: a film of 80.8 s has 81."""
        return ceil(self.duration)


@dataclass(frozen=True, slots=True)
class Track:
    """A text file of a film in one language: its captions, or a transcript to download."""

    language: Language
    media: Media


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of a film: where it starts, what is on the screen and what is said."""

    start: Decimal
    title: Text
    bullets: tuple[Text, ...] = ()
    say: tuple[Text, ...] = ()
    line: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Option:
    """A possible answer. `feedback` is shown to whoever chose it."""

    key: str
    label: Text
    feedback: Text
    right: bool = False
    line: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Question:
    """A closed question. `multi` is right when all right options are chosen and no other."""

    key: str
    type: QuestionType
    prompt: Text
    options: tuple[Option, ...]
    critical: bool = False
    line: int = field(default=0, compare=False, repr=False)

    @property
    def right_keys(self) -> frozenset[str]:
        return frozenset(option.key for option in self.options if option.right)


@dataclass(frozen=True, slots=True)
class FilmQuestion:
    """A question that pauses the film at so many seconds. It does not count for the score."""

    at: Decimal
    question: Question


@dataclass(frozen=True, slots=True)
class Webcast:
    """A step: a film to watch. `captions` and `transcripts` hold at most one track per language."""

    kind: ClassVar[StepKind] = "webcast"

    key: str
    film: Film
    voice: Voice
    poster: Media | None = None
    captions: tuple[Track, ...] = ()
    transcripts: tuple[Track, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    questions: tuple[FilmQuestion, ...] = ()
    max_speed: Decimal = Decimal(2)
    title: Text | None = None
    line: int = field(default=0, compare=False, repr=False)

    def captions_in(self, language: str) -> Track | None:
        """The captions in `language`, else None."""
        return next((track for track in self.captions if track.language == language[:2].lower()), None)

    @property
    def media(self) -> Iterator[Media]:
        """Every file of this step."""
        yield self.film.media
        if self.poster is not None:
            yield self.poster
        for track in (*self.captions, *self.transcripts):
            yield track.media


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a page to read: one text for a heading or paragraph, one per item for a list."""

    kind: Literal["heading", "paragraph", "list"]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A step: a page to read, per language."""

    kind: ClassVar[StepKind] = "reading"

    key: str
    title: Text
    nl: tuple[Block, ...]
    en: tuple[Block, ...] = ()
    line: int = field(default=0, compare=False, repr=False)

    def body(self, language: str) -> tuple[Block, ...]:
        """The page in `language`; in Dutch when that language has none."""
        return self.en if language[:2].lower() == "en" and self.en else self.nl


@dataclass(frozen=True, slots=True)
class KnowledgeCheck:
    """A step: questions that are answered in one pass, as often as one likes."""

    kind: ClassVar[StepKind] = "knowledge_check"

    key: str
    questions: tuple[Question, ...]
    title: Text | None = None
    line: int = field(default=0, compare=False, repr=False)

    def question(self, key: str) -> Question:
        """The question with this key. Raises KeyError."""
        for question in self.questions:
            if question.key == key:
                return question
        raise KeyError(key)


@dataclass(frozen=True, slots=True)
class Field:
    """One of the four texts of a vertaalslag."""

    key: str
    label: Text
    line: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Reflection:
    """A step: the vertaalslag, in which a buddy translates the module to the own pupils and school."""

    kind: ClassVar[StepKind] = "reflection"

    key: str
    prompt: Text
    fields: tuple[Field, ...]
    min_words: int = 10
    title: Text | None = None
    line: int = field(default=0, compare=False, repr=False)


Step = Webcast | Reading | KnowledgeCheck | Reflection


@dataclass(frozen=True, slots=True)
class Module:
    """A unit of training. `key` is for ever: links inside an LMS carry it."""

    key: str
    number: int
    kind: ModuleKind
    title: Text
    summary: Text
    goals: tuple[Text, ...]
    audience: tuple[Audience, ...]
    minutes: Minutes
    rule: Rule
    steps: tuple[Step, ...]
    required: bool = False
    reviewed: date | None = None
    line: int = field(default=0, compare=False, repr=False)

    def step(self, key: str) -> Step:
        """The step with this key. Raises KeyError."""
        for step in self.steps:
            if step.key == key:
                return step
        raise KeyError(key)

    @property
    def webcasts(self) -> tuple[Webcast, ...]:
        return tuple(step for step in self.steps if isinstance(step, Webcast))

    @property
    def readings(self) -> tuple[Reading, ...]:
        return tuple(step for step in self.steps if isinstance(step, Reading))

    @property
    def checks(self) -> tuple[KnowledgeCheck, ...]:
        return tuple(step for step in self.steps if isinstance(step, KnowledgeCheck))

    @property
    def reflections(self) -> tuple[Reflection, ...]:
        return tuple(step for step in self.steps if isinstance(step, Reflection))

    @property
    def media(self) -> Iterator[Media]:
        """Every file of the module, in the order of the document."""
        for webcast in self.webcasts:
            yield from webcast.media
