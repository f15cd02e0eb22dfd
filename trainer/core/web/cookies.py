"""The session cookie: ``__Host-s``, Secure, HttpOnly, SameSite=None, Partitioned.

Partitioned (CHIPS) makes it live inside one LMS's iframe when third-party cookies are blocked, and keeps one LMS's
session out of another's.  Browsers take Secure cookies on http://127.0.0.1 too.

The value is ``<token>.<mark>``.  The token is the session.  The mark is the same for every session of one
person, and what CSRF tokens are made of: a second module in a second tab replaces the session, and the first
tab's pages must go on working.
"""

from flask import request
from werkzeug.wrappers import Response

SESSION = "__Host-s"
_TOKEN_LENGTH = 43  # secrets.token_urlsafe(32)


def session_token() -> str | None:
    """The session token that this browser carries, if it looks like one."""
    return _part(0)


def session_mark() -> str | None:
    """The mark of the person whose session this browser carries."""
    return _part(1)


def _part(index: int) -> str | None:
    parts = request.cookies.get(SESSION, "").split(".")
    return parts[index] if len(parts) == 2 and len(parts[0]) == _TOKEN_LENGTH else None


def set_session_cookie(response: Response, token: str, mark: str) -> None:
    """Give the browser its session."""
    set_partitioned_cookie(response, SESSION, f"{token}.{mark}")


def set_partitioned_cookie(response: Response, name: str, value: str, max_age: int | None = None) -> None:
    """Set a cookie that survives in a third-party iframe.

    It ends with the browser unless ``max_age`` (seconds) is given.
    """
    response.set_cookie(
        name, value, max_age=max_age, path="/", secure=True, httponly=True, samesite="None", partitioned=True
    )


def delete_partitioned_cookie(response: Response, name: str) -> None:
    """Take a cookie back; the attributes must be those with which it was set."""
    set_partitioned_cookie(response, name, "", 0)
