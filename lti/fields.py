"""Reading the fields of a form or query without being surprised by them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from lti.errors import LtiError

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

#: What a web framework hands over: name → *all* values, or (name, value) pairs in order of arrival.
Fields = Mapping[str, Sequence[str]] | Iterable[tuple[str, str]]
Pairs = list[tuple[str, str]]


def list_fields(fields: Fields, names: Iterable[str]) -> Pairs:
    """The (name, value) pairs of the named fields.

    TypeError for a mapping to single texts: that is a framework's view of the first values, which hides that
    a field was given twice.
    """
    wanted = frozenset(names)
    if not isinstance(fields, Mapping):
        return [(name, value) for name, value in fields if name in wanted]
    pairs: Pairs = []
    for name in wanted:
        values = fields.get(name, ())
        if isinstance(values, str):
            raise TypeError("hand over all values of each field, or pairs")
        pairs += [(name, value) for value in values]
    return pairs


def read_fields(pairs: Pairs, limits: Mapping[str, int], code: str) -> dict[str, str]:
    """The fields named in `limits` that are present, each at most once.

    limits: field name → most characters it may have. A field that is given twice, is too long, or holds
    control characters or unpaired surrogates raises LtiError(code).
    """
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in limits:
            continue
        if name in found:
            raise LtiError(code, f"{name} is given twice")
        if len(value) > limits[name]:
            raise LtiError(code, f"{name} is longer than {limits[name]} characters")
        if has_control(value):
            raise LtiError(code, f"{name} holds a control character")
        found[name] = value
    return found


def has_control(text: str) -> bool:
    """True when the text holds a C0 or C1 control character, DEL, or an unpaired surrogate.

    Such text can split headers, ends strings in PostgreSQL, or cannot be written as UTF-8.
    """
    return not text.isprintable() and _CONTROL.search(text) is not None


def clean_text(text: str, limit: int) -> str:
    """The text as it may be stored and shown: at most `limit` long, no control characters, Unicode."""
    if has_control(text):
        text = _CONTROL.sub("", text.replace("\t", " ").replace("\r", " ").replace("\n", " "))
    return text[:limit].strip()


def join_names(name: str | None, given_name: str | None, family_name: str | None) -> str | None:
    """What a person is called: the name that was told, else its parts; None where neither was."""
    return name or " ".join(part for part in (given_name, family_name) if part) or None
