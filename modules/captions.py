"""Captions: WebVTT read strictly, written clean, and told as a transcript.

What is served is never the uploaded file but what `write_captions` makes of it: cues with plain text. Style
and region blocks, comments and header lines are dropped, tags go and their text stays (the name in
`<v Name>` becomes "Name: "). WebVTT: https://www.w3.org/TR/webvtt1/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from modules.model import Chapter
from modules.problems import DocumentError, Problem

MAX_BYTES = 2_000_000
MAX_LINE = 2_000
MAX_CUES = 20_000
MAX_PROBLEMS = 100

#: A paragraph of the transcript ends with the sentence in which it reaches so many words.
PARAGRAPH_WORDS = 50

_ARROW = "-->"
_TIME = r"(?:(\d{2,4}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_TIMING = re.compile(rf"\s*{_TIME}[ \t]+-->[ \t]+{_TIME}(?:[ \t]+(.*))?", re.ASCII)
_SETTING = re.compile(r"(?:align|line|position|size|vertical):[a-z0-9%.,\-]{1,32}", re.ASCII)
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?[ \t]+([^<>]*)>")
_TAG = re.compile(r"</?[A-Za-z0-9][^<>]*>|</>")
_ENTITY = re.compile(r"&(amp|lt|gt|nbsp|lrm|rlm|quot);")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "nbsp": " ", "lrm": "\u200e", "rlm": "\u200f", "quot": '"'}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_WORD = re.compile(r"\w+(?:[’'\-]\w+)*")
_SENTENCE_END = (".", "!", "?", "…", "”", '"')


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown from `start` to `end` (seconds of the film): plain text, lines parted by a line break."""

    start: Decimal
    end: Decimal
    text: str
    settings: str = ""

    @property
    def line(self) -> str:
        """The text on one line."""
        return self.text.replace("\n", " ")

    @property
    def words(self) -> int:
        """How many words it has, for the reading pace."""
        return count_words(self.text)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Some sentences of a transcript: the cues numbered `first` up to and including `last`."""

    start: Decimal
    first: int
    cues: tuple[Cue, ...]

    @property
    def last(self) -> int:
        return self.first + len(self.cues) - 1

    @property
    def text(self) -> str:
        return " ".join(cue.line for cue in self.cues)


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter of a transcript; `chapter` is None for what comes before the first one."""

    chapter: Chapter | None
    paragraphs: tuple[Paragraph, ...]


def count_words(text: str) -> int:
    """How many words a text has; "foto's" and "6-jarige" are one."""
    return sum(1 for _ in _WORD.finditer(text))


def read_captions(content: bytes, *, name: str) -> tuple[Cue, ...]:
    """The cues of a WebVTT file in order of time.

    Raises DocumentError (codes `vtt_*`), its problems said of the file `name`.
    """
    lines = _lines(content, name)
    cues: list[Cue] = []
    problems: list[Problem] = []
    for number, block in _blocks(lines):
        if len(problems) == MAX_PROBLEMS or len(cues) > MAX_CUES:
            break
        found = _cue(number, block, name)
        if isinstance(found, Problem):
            problems.append(found)
        elif found is not None:
            cues.append(found)
    if len(cues) > MAX_CUES:
        problems.append(
            Problem("vtt_too_many", "There are more than %(limit)d cues.", {"limit": MAX_CUES}, name)
        )
    elif not cues and not problems:
        problems.append(Problem("vtt_empty", "There are no cues in this file.", {}, name))
    if problems:
        raise DocumentError(problems)
    return tuple(sorted(cues, key=lambda cue: cue.start))


def write_captions(cues: Iterable[Cue]) -> bytes:
    """A WebVTT file with these cues and nothing else; reading it again gives the same cues."""
    parts = ["WEBVTT\n"]
    for number, cue in enumerate(cues, start=1):
        timing = f"{_timestamp(cue.start)} {_ARROW} {_timestamp(cue.end)} {cue.settings}".rstrip()
        text = cue.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        parts.append(f"{number}\n{timing}\n{text}\n")
    return "\n".join(parts).encode()


def chapter_cues(chapters: Sequence[Chapter], duration: Decimal, language: str) -> tuple[Cue, ...]:
    """Chapters as cues, for a `<track kind="chapters">`."""
    ends = [chapter.start for chapter in chapters[1:]] + [duration]
    return tuple(
        Cue(chapter.start, end, chapter.title(language)) for chapter, end in zip(chapters, ends, strict=True)
    )


def transcript(cues: Sequence[Cue], chapters: Sequence[Chapter]) -> tuple[Section, ...]:
    """The cues as running text: a section per chapter, paragraphs of whole sentences, each with its time."""
    numbered = list(enumerate(cues))
    sections: list[Section] = []
    starts: list[tuple[Chapter | None, Decimal]] = [(None, Decimal(0))]
    starts += [(chapter, chapter.start) for chapter in chapters]
    starts.append((None, Decimal("Infinity")))
    for (chapter, start), (_, end) in pairwise(starts):
        # A cue belongs to the chapter in which its greater part is shown.
        own = [(n, cue) for n, cue in numbered if start <= (cue.start + cue.end) / 2 < end]
        if own or chapter is not None:
            sections.append(Section(chapter, tuple(_paragraphs(own))))
    return tuple(sections)


def transcript_text(cues: Sequence[Cue], chapters: Sequence[Chapter], title: str, language: str) -> str:
    """The transcript as Markdown to download, with what stands on the screen."""
    shown = {"nl": "Op het scherm", "en": "On screen"}["en" if language[:2] == "en" else "nl"]
    parts = [f"# {title}"]
    for section in transcript(cues, chapters):
        chapter = section.chapter
        if chapter is not None:
            minutes, seconds = divmod(int(chapter.start), 60)
            parts.append(f"## {chapter.title(language)} ({minutes}:{seconds:02d})")
        parts += [paragraph.text for paragraph in section.paragraphs]
        if chapter is not None and chapter.bullets:
            bullets = "; ".join(bullet(language) for bullet in chapter.bullets)
            parts.append(f"{shown}: {bullets}{'' if bullets.endswith(('.', '?', '!')) else '.'}")
    return "\n\n".join(parts) + "\n"


def _paragraphs(numbered: Sequence[tuple[int, Cue]]) -> Iterator[Paragraph]:
    held: list[Cue] = []
    first = words = 0
    for number, cue in numbered:
        if not held:
            first, words = number, 0
        held.append(cue)
        words += cue.words
        if words >= PARAGRAPH_WORDS and cue.text.endswith(_SENTENCE_END):
            yield Paragraph(held[0].start, first, tuple(held))
            held = []
    if held:
        yield Paragraph(held[0].start, first, tuple(held))


def _lines(content: bytes, name: str) -> list[str]:
    if len(content) > MAX_BYTES:
        raise _refusal(
            "vtt_too_large", "The captions are larger than %(limit)d bytes.", name, limit=MAX_BYTES
        )
    try:
        text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _refusal("vtt_encoding", "The captions must be in UTF-8.", name, line) from None
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not re.fullmatch(r"WEBVTT(?:[ \t].*)?", lines[0]):
        raise _refusal("vtt_header", "The first line must be WEBVTT.", name, 1)
    for number, one in enumerate(lines, start=1):
        if len(one) > MAX_LINE:
            message = "The line is longer than %(limit)d characters."
            raise _refusal("vtt_long_line", message, name, number, limit=MAX_LINE)
    return lines


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """The blocks after the header, each with the number of its first line."""
    block: list[str] = []
    in_header = True
    for number, line in enumerate([*lines, ""], start=1):
        if line.strip():
            block.append(line)
            continue
        if block and not in_header:
            yield number - len(block), block
        in_header = False
        block = []


def _cue(number: int, block: Sequence[str], name: str) -> Cue | Problem | None:
    """The cue in a block; None for a comment, a style, a region and a cue without text."""
    if re.match(r"(?:NOTE|STYLE|REGION)(?:\s|$)", block[0]):
        return None
    at = 0 if _ARROW in block[0] else 1
    if at == len(block) or _ARROW not in block[at]:
        return Problem("vtt_no_time", "These lines have no time.", {}, name, number)
    timing = _TIMING.fullmatch(block[at])
    if timing is None:
        message = "A time is written as 00:01:02.500 --> 00:01:04.000."
        return Problem("vtt_time", message, {}, name, number + at)
    start, end = _seconds(*timing.groups()[:4]), _seconds(*timing.groups()[4:8])
    if end <= start:
        return Problem("vtt_order", "The cue ends before it starts.", {}, name, number + at)
    if any(_ARROW in line for line in block[at + 1 :]):
        return Problem(
            "vtt_blank_line", "A blank line is missing before this cue.", {}, name, number + at + 1
        )
    text = _plain(block[at + 1 :])
    settings = " ".join(word for word in (timing[9] or "").split() if _SETTING.fullmatch(word))
    return Cue(start, end, text, settings) if text else None


def _plain(lines: Iterable[str]) -> str:
    """The text of a cue without tags. A "<" that opens no tag is a "<"."""
    text = _VOICE.sub(lambda voice: f"{voice[1].strip()}: " if voice[1].strip() else "", "\n".join(lines))
    text = _ENTITY.sub(lambda entity: _ENTITIES[entity[1]], _TAG.sub("", text))
    text = _CONTROL.sub("", text)
    return "\n".join(filter(None, (" ".join(line.split()) for line in text.split("\n"))))


def _seconds(hours: str | None, minutes: str, seconds: str, thousandths: str) -> Decimal:
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return Decimal(whole * 1000 + int(thousandths)).scaleb(-3)


def _timestamp(seconds: Decimal) -> str:
    whole, thousandths = divmod(int(seconds * 1000), 1000)
    minutes, seconds_left = divmod(whole, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds_left:02d}.{thousandths:03d}"


def _refusal(code: str, message: str, name: str, line: int = 0, **params: object) -> DocumentError:
    return DocumentError([Problem(code, message, params, name, line)])
