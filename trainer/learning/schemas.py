"""What browsers send, checked and typed.  Unknown keys (a CSRF token in a beacon's body) are passed over.

The report of what was played is read by hand, because it comes every few seconds from everybody who watches:
marshmallow takes 14 µs for two ranges and 300 for two hundred, ``read_watching`` 2 and 30.
Everything else comes once in a while and has a marshmallow schema; ``load`` gives the typed value or raises
``marshmallow.ValidationError``, which a desk answers with 400.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

from trainer.learning.errors import BadReport
from trainer.learning.watching import MOST_RANGES

#: the longest film is a day
MOST_SECONDS = 86_400
#: characters of one field of a vertaalslag
LONGEST_TEXT = 20_000
_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class WatchingReport:
    """What was played of a film: half-open ranges of whole seconds, and where the player stands."""

    film: str
    played: list[tuple[int, int]]
    position: float


def read_watching(body: object) -> WatchingReport:
    """A heartbeat: ``{"film": sha256, "played": [[12, 24], …], "position": 24.3}``.

    Raises:
        BadReport: anything else.
    """
    if not isinstance(body, dict):
        raise BadReport("no_object")
    film, played, position = body.get("film"), body.get("played"), body.get("position", 0)
    if not isinstance(film, str) or not _SHA256.fullmatch(film):
        raise BadReport("film")
    # bool is an int to Python, and no number to us; NaN is in no range
    if type(position) not in {int, float} or not -1 <= position <= MOST_SECONDS:
        raise BadReport("position")
    if not isinstance(played, list) or len(played) > MOST_RANGES:
        raise BadReport("played")
    ranges: list[tuple[int, int]] = []
    for item in played:
        if type(item) is not list or len(item) != 2:
            raise BadReport("range")
        start, end = item
        if type(start) is not int or type(end) is not int or not 0 <= start <= end <= MOST_SECONDS:
            raise BadReport("range")
        ranges.append((start, end))
    return WatchingReport(film, ranges, float(position))


class _Body(Schema):
    class Meta:
        unknown = EXCLUDE


class _RangeField(fields.Field[tuple[int, int]]):
    """``[start, end]``, two whole numbers, not backwards."""

    default_error_messages = {"invalid": "Not a range [start, end] of whole numbers."}  # noqa: RUF012

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[int, int]:
        if isinstance(value, list) and len(value) == 2 and all(type(one) is int for one in value):
            start, end = value
            if 0 <= start <= end <= MOST_SECONDS:
                return start, end
        raise self.make_error("invalid")


@dataclass(frozen=True, slots=True)
class ReadingReport:
    """Cues of a transcript that were shown, as half-open ranges."""

    language: str
    shown: list[tuple[int, int]]


class ReadingReportSchema(_Body):
    """``{"language": "nl", "shown": [[0, 4], …]}``"""

    language = fields.String(required=True, validate=validate.OneOf(["nl", "en"]))
    shown = fields.List(_RangeField(), required=True, validate=validate.Length(max=MOST_RANGES))

    @post_load
    def make(self, values: Mapping[str, Any], **_: Any) -> ReadingReport:
        return ReadingReport(**values)


def _key() -> fields.String:
    # what cannot be a key is refused here, and not looked up, told back or logged
    return fields.String(required=True, validate=validate.Regexp(r"[A-Za-z0-9_.-]{1,100}\Z"))


def _chosen() -> fields.List[str]:
    return fields.List(
        fields.String(validate=validate.Length(max=100)),
        required=True,
        validate=validate.Length(min=1, max=20),
    )


@dataclass(frozen=True, slots=True)
class FilmAnswerGiven:
    """Options chosen at a question inside a film."""

    question: str
    chosen: list[str]


class FilmAnswerSchema(_Body):
    """``{"question": key, "chosen": [option key, …]}``"""

    question = _key()
    chosen = _chosen()

    @post_load
    def make(self, values: Mapping[str, Any], **_: Any) -> FilmAnswerGiven:
        return FilmAnswerGiven(**values)


@dataclass(frozen=True, slots=True)
class AnswerGiven:
    """Options chosen at a question of an attempt, by the attempt's number."""

    attempt: int
    question: str
    chosen: list[str]


class AnswerSchema(_Body):
    """``{"attempt": 2, "question": key, "chosen": [option key, …]}``"""

    attempt = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=1_000_000))
    question = _key()
    chosen = _chosen()

    @post_load
    def make(self, values: Mapping[str, Any], **_: Any) -> AnswerGiven:
        return AnswerGiven(**values)


def _texts(**how: Any) -> fields.Dict:
    return fields.Dict(
        keys=fields.String(validate=validate.Length(max=100)),
        values=fields.String(validate=validate.Length(max=LONGEST_TEXT)),
        validate=validate.Length(max=20),
        **how,
    )


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a vertaalslag, field key → text, typed on a revision; ``unheard``: see reflections.save_draft."""

    texts: dict[str, str]
    revision: int | None
    unheard: dict[str, str] | None


class TextsSchema(_Body):
    """``{"texts": {field key: text, …}, "revision": 3, "unheard": {…} or null}``, for a draft and for handing in"""

    texts = _texts(required=True)
    unheard = _texts(load_default=None, allow_none=True)
    revision = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(min=0, max=1_000_000_000)
    )

    @post_load
    def make(self, values: Mapping[str, Any], **_: Any) -> Texts:
        return Texts(**values)
