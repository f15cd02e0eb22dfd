"""Reading the fields of a form or query without being surprised by them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lti.errors import LtiError

#: What a web framework hands over: name → all values, or (name, value) pairs in order of arrival.
Fields = Mapping[str, Sequence[str]] | Iterable[tuple[str, str]]


def read_fields(fields: Fields, names: Mapping[str, int], code: str) -> dict[str, str]:
    """The named fields that are present, each at most once.

    names: field name → most characters it may have. Other fields are ignored. A field that is given twice, is
    too long, or holds control characters or unpaired surrogates raises LtiError(code).
    """
    pairs = (
        ((name, value) for name in names for value in _values(fields, name))
        if isinstance(fields, Mapping)
        else fields
    )
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in names:
            continue
        if name in found:
            raise LtiError(code, f"{name} is given twice")
        if len(value) > names[name]:
            raise LtiError(code, f"{name} is longer than {names[name]} characters")
        if not value.isprintable() and has_control(value):
            raise LtiError(code, f"{name} holds a control character")
        found[name] = value
    return found


def _values(fields: Mapping[str, Sequence[str]], name: str) -> Sequence[str]:
    values = fields.get(name, ())
    return (values,) if isinstance(values, str) else values


def has_control(text: str) -> bool:
    """True when the text holds a C0 or C1 control character, DEL, or an unpaired surrogate.

    Such text can split headers, ends strings in PostgreSQL, or cannot be written as UTF-8.
    """
    return any(c < " " or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff" for c in text)


def clean_text(text: str, limit: int) -> str:
    """The text as it may be stored and shown: at most `limit` long, no control characters, Unicode."""
    if not text.isprintable() and has_control(text):
        text = "".join(" " if c in "\t\r\n" else c for c in text if c in "\t\r\n" or not has_control(c))
    return text[:limit].strip()
