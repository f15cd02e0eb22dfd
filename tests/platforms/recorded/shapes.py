"""What a message looks like, apart from whom and what it is about: the names in it, and the forms of their values."""

import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

#: where → forms of what stands there
Shape = dict[str, set[str]]

#: what these are is said in so many words: the same in the record and in a stub
_WORDS = frozenset(
    [
        "alg",
        "document_target",
        "e",
        "kty",
        "lms",
        "message_type",
        "product_family_code",
        "status",
        "token_endpoint_auth_method",
        "typ",
        "type",
        "use",
    ]
)
#: of parameters only the platform's own have a name that means anything
_PARAMETERS = frozenset({"custom", "custom_parameters"})
_OWN_PARAMETERS = frozenset({"context_memberships_url"})
_NUMBER = re.compile(r"(?<![\w.])(?:course-)?\d+(?![\w.])")


def shape_of(message: Any, where: str = "") -> Shape:
    """All forms in a message.

    Addresses count with their path and the names in their query, numbers left out; lists of texts by what they hold.
    """
    match message:
        case dict():
            found: Shape = {}
            for name, value in message.items():
                last = name.rpartition("/")[2]
                if where.rpartition(".")[2] in _PARAMETERS and last not in _OWN_PARAMETERS:
                    last = "*"
                merge(found, shape_of(value, f"{where}.{last}".lstrip(".")))
            return found
        case [str(), *_]:
            return {where: {" ".join(message)}}
        case list():
            found = {}
            for value in message:
                merge(found, shape_of(value, f"{where}[]"))
            return found
    return {where: {_form_of(message, where.rpartition(".")[2])}}


def merge(found: Shape, more: Shape) -> None:
    """Add what is in another message of the kind."""
    for where, forms in more.items():
        found.setdefault(where, set()).update(forms)


def differences(stub: Shape, record: Shape) -> set[str]:
    """What the stub leaves out, adds, or writes in another form.

    Where the record is empty, null or a variable as it was written, the stub must be so too: that is what one trips over.
    """
    found = {f"without {where}" for where in record.keys() - stub.keys()}
    found |= {f"has {where}" for where in stub.keys() - record.keys()}
    for where in record.keys() & stub.keys():
        odd = record[where] & {"empty", "null", "variable"}
        found |= {f"{where}: never {form}" for form in odd - stub[where]}
        found |= {f"{where}: {form}" for form in stub[where] - record[where]}
    return found


def _form_of(value: Any, name: str) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return "whole number" if isinstance(value, int) else "number"
    if not isinstance(value, str):
        return type(value).__name__
    if name in _WORDS or not value:
        return value or "empty"
    if re.match(r"https?://(localhost|127\.0\.0\.1)\b", value):
        parts = urlsplit(value)
        names = "&".join(name for name, _ in parse_qsl(parts.query))
        return f"address {_NUMBER.sub('N', parts.path)}?{names}"
    if value[0] == "$":
        return "variable"
    if value[0] == "{":
        return f"JSON as text: {sorted(shape_of(json.loads(value)))}"
    return "number as text" if value.isdigit() else "text"
