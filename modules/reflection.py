"""The vertaalslag: is it ready to hand in?"""

from __future__ import annotations

from collections.abc import Mapping
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
