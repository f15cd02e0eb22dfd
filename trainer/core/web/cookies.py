"""How a browser carries its session: a cookie, or a bearer.

A learner's cookie: ``__Host-s``, Secure, HttpOnly, SameSite=None, Partitioned.  Partitioned (CHIPS) makes it live
inside one LMS's iframe when third-party cookies are blocked, and keeps one LMS's session out of another's.  Browsers
take Secure cookies on http://127.0.0.1 too.

The value is ``<token>.<mark>``.  The token is the session.  The mark is the same for every session of one
person, and what CSRF tokens are made of: a second module in a second tab replaces the session, and the first
tab's pages must go on working.

A browser that keeps no cookie of ours in an LMS's frame sends the same value as ``Authorization: Bearer``, from the
memory of the page that got it (``static/js/bearer_session.js``).  Where that header stands it alone counts.

Staff have a session of their own, ``__Host-staff``: SameSite=Lax and not partitioned, so no frame on another site
carries it.  Which of the two counts follows from the address: under ``/hub/`` the staff's, elsewhere the learner's,
never both.
"""

from flask import request
from werkzeug.http import parse_cookie
from werkzeug.wrappers import Response

SESSION = "__Host-s"
STAFF_SESSION = "__Host-staff"
STAFF_AREA = "/hub/"
STAFF_SIGN_IN = STAFF_AREA + "sign-in"
_TOKEN_LENGTH = 43  # secrets.token_urlsafe(32)
_SCHEME = "bearer "


def carries_bearer() -> bool:
    """Whether the request brings its session as a bearer; another scheme of ``Authorization`` is a proxy's."""
    return request.headers.get("Authorization", "")[: len(_SCHEME)].lower() == _SCHEME


def session_token() -> str | None:
    """The session token that this request carries, if it looks like one."""
    return _part(0)


def session_mark() -> str | None:
    """What the CSRF tokens of this request's session are made of: a learner's mark, or the staff session itself."""
    if is_staff_area():
        token = staff_token()
        return f"staff {token}" if token else None
    return _part(1)


def is_staff_area() -> bool:
    """Whether the request is for a page of the staff."""
    return request.path.startswith(STAFF_AREA)


def staff_token() -> str | None:
    """The staff's token that this browser carries, if it looks like one; it may belong to no session (yet)."""
    token = request.cookies.get(STAFF_SESSION, "")
    return token if len(token) == _TOKEN_LENGTH else None


def _part(index: int) -> str | None:
    if carries_bearer():
        carried = request.headers["Authorization"][len(_SCHEME) :].strip()
    else:
        carried = request.cookies.get(SESSION, "")
    parts = carried.split(".")
    return parts[index] if len(parts) == 2 and len(parts[0]) == _TOKEN_LENGTH else None


def set_session_cookie(response: Response, token: str, mark: str) -> None:
    """Give the browser its session."""
    set_partitioned_cookie(response, SESSION, f"{token}.{mark}")


def given_session(response: Response) -> str | None:
    """The session that this answer gives the browser, as a cookie or bearer carries it."""
    for header in response.headers.getlist("Set-Cookie"):
        value = parse_cookie(header.partition(";")[0]).get(SESSION)
        if value:
            return value
    return None


def set_staff_cookie(response: Response, token: str) -> None:
    """Give the browser of somebody of the staff its token; "" takes it back."""
    response.set_cookie(
        STAFF_SESSION,
        token,
        max_age=None if token else 0,
        path="/",
        secure=True,
        httponly=True,
        samesite="Lax",
    )


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
