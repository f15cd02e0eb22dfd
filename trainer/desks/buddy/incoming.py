"""What comes in from pages: read strictly, refused with a code, never the cause of a 5xx."""

import re
from collections.abc import Mapping
from typing import Any

from flask import request
from marshmallow import Schema, ValidationError
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from trainer.core.web.errors import Refusal
from trainer.desks.buddy import buddy_desk

#: ids, keys and hashes in addresses; whatever else stands there is unknown by its form
_KEY = re.compile(r"[A-Za-z0-9_.-]{1,100}", re.ASCII)
#: control characters but tab and line break: a database may refuse them
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@buddy_desk.url_value_preprocessor
def check_address(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Refuse what cannot be an id before anything asks a database for it."""
    for name, value in (values or {}).items():
        if name != "name" and not _KEY.fullmatch(str(value)):
            raise Refusal("not_found", 404, detail=f"{name} is malformed")


def json_body() -> object:
    """The body as JSON.

    Raises:
        Refusal: 400, it is none.
    """
    try:
        return request.get_json()
    except (BadRequest, UnsupportedMediaType, RecursionError, ValueError) as problem:
        raise bad("no JSON") from problem


def read(schema: Schema, body: object) -> Any:
    """The typed value of a body.

    Raises:
        Refusal: 400, it does not fit.
    """
    try:
        return schema.load(body)  # type: ignore[arg-type]
    except ValidationError as problem:
        # the names of our own fields: what else stands in the messages may be somebody's words
        wrong = problem.messages if isinstance(problem.messages, dict) else {}
        raise bad(f"wrong: {', '.join(sorted(wrong))}") from problem


def bad(detail: str) -> Refusal:
    """The refusal of a body that makes no sense."""
    return Refusal("bad_request", 400, detail=detail)


def clean(texts: Mapping[str, str]) -> dict[str, str]:
    """Texts that every database takes: one kind of line break, no control characters, no halves of characters."""
    return {_whole(key): _whole(text) for key, text in texts.items()}


def _whole(text: str) -> str:
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text.encode("utf-8", "replace").decode("utf-8")
