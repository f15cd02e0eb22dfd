"""Reading claims: every value may be of any type, and only LtiError may come of it.

Null, and for objects an empty list or object (PHP writes `[]` for an empty array), count as absent.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn

from lti.errors import LtiError
from lti.fields import clean_text, has_control

Claims = Mapping[str, Any]

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
AGS_ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS_SERVICE = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"

#: LTI Core 1.3 limits ids (sub, deployment, context, resource link) to 255 characters.
MAX_ID = 255
MAX_TEXT = 1000


def parse_object(text: bytes) -> dict[str, Any]:
    """The JSON object in `text`.

    ValueError for anything else: other types, NaN, nesting beyond the parser's depth, bad UTF-8.
    """
    try:
        # json.loads would also take UTF-16 and UTF-32; JWTs are UTF-8 (RFC 7519, 7.2)
        value = _DECODER.decode(text.decode("utf-8"))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def read_id(claims: Claims, name: str, missing: str = "lti_claims", limit: int = MAX_ID) -> str:
    """A required identifier: a text of 1 to `limit` characters without control characters, exactly as it
    came.

    Raises LtiError `missing` if it is absent or empty, `lti_claims` if it is anything else.
    """
    value = claims.get(name)
    if value is None or value == "":
        raise LtiError(missing, f"{_short(name)} is missing")
    if not isinstance(value, str):
        raise LtiError("lti_claims", f"{_short(name)} is not a text")
    if len(value) > limit or has_control(value):
        raise LtiError("lti_claims", f"{_short(name)} is too long or holds control characters")
    return value


def read_text(claims: Claims, name: str, limit: int = MAX_TEXT) -> str | None:
    """An optional text for people, cleaned and cut; None if absent or empty."""
    value = claims.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise LtiError("lti_claims", f"{_short(name)} is not a text")
    return clean_text(value, limit) or None


def read_object(claims: Claims, name: str) -> dict[str, Any] | None:
    """An optional object; None if absent or empty."""
    value = claims.get(name)
    if value is None or value in ([], {}):
        return None
    if not isinstance(value, dict):
        raise LtiError("lti_claims", f"{_short(name)} is not an object")
    return value


def read_texts(claims: Claims, name: str, code: str = "lti_claims") -> tuple[str, ...] | None:
    """An optional list of texts, each of at most 255 characters and no control ones; None if absent."""
    value = claims.get(name)
    if value is None:
        return None
    if not isinstance(value, list):
        raise LtiError(code, f"{_short(name)} is not a list")
    for item in value:
        if not isinstance(item, str) or len(item) > MAX_ID or has_control(item):
            raise LtiError(code, f"{_short(name)} holds something else than short texts")
    return tuple(value)


def read_time(claims: Claims, name: str) -> float | None:
    """An optional NumericDate (RFC 7519, 2), seconds since 1970; None if absent, else `lti_time`."""
    value = claims.get(name)
    if value is None:
        return None
    # bool is an int to Python, not to JSON
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e11 < value < 1e11:
        raise LtiError("lti_time", f"{name} is not a time")
    return value if math.isfinite(value) else None


def _short(name: str) -> str:
    return name.rpartition("/")[2]
