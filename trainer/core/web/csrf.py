"""Cross-site request forgery: every unsafe request proves that it comes from a page of ours.

Both must hold: the browser says so (``Sec-Fetch-Site: same-origin``, or an ``Origin`` that is ours) and the
request carries the token of its own session.  Endpoints that other sites are meant to post to (the LTI launch)
are exempt by name.
"""

import hmac
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from flask import Flask, current_app, request

from trainer.core.crypto import derive_key, keyed_hash
from trainer.core.i18n import lazy_gettext as _l
from trainer.core.web.cookies import STAFF_SIGN_IN, is_staff_area, session_mark
from trainer.core.web.errors import Refusal
from trainer.core.web.service import service

HEADER = "X-CSRF-Token"
FIELD = "csrf_token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_EXEMPT = "csrf_exempt"

View = TypeVar("View", bound=Callable[..., Any])


def csrf_exempt(view: View) -> View:
    """Mark a view that other sites may post to; it must check the sender by itself."""
    setattr(view, _EXEMPT, True)
    return view


def csrf_token() -> str:
    """The token of the present session's person; "" where nobody is signed in."""
    mark = session_mark()
    return csrf_token_of(mark) if mark else ""


def csrf_token_of(mark: str) -> str:
    """The token that goes with a mark, also with one that the browser is only about to get."""
    return _token_of(service().settings.secret_key, mark)


@lru_cache(maxsize=4096)
def _token_of(secret_key: str, mark: str) -> str:
    return keyed_hash(_csrf_key(secret_key), mark)


@lru_cache(maxsize=4)
def _csrf_key(secret_key: str) -> bytes:
    return derive_key(secret_key, "csrf")


def install_csrf(app: Flask) -> None:
    """Check every unsafe request of ``app`` before its view runs."""

    @app.before_request
    def _check() -> None:
        if request.method in SAFE or request.endpoint is None:
            return
        if getattr(current_app.view_functions[request.endpoint], _EXEMPT, False):
            return
        mark = session_mark()
        if mark is None:
            raise Refusal("session_missing", 401, **(STAFF_MISSING if is_staff_area() else {}))
        check_same_origin()
        given = request.headers.get(HEADER) or _token_in_body() or ""
        right = _token_of(service().settings.secret_key, mark)
        if not hmac.compare_digest(given.encode("utf-8", "replace"), right.encode()):
            raise Refusal("csrf_token", 403, message=_FOREIGN[0], advice=_FOREIGN[1])

    app.jinja_env.globals["csrf_token"] = csrf_token


def check_same_origin() -> None:
    """Refuse a request that no page of ours sent: ``csrf_origin``.  For exempt views that no other site posts to."""
    if not _is_same_origin():
        raise Refusal(
            "csrf_origin",
            403,
            message=_FOREIGN[0],
            advice=_FOREIGN[1],
            detail=f"origin {request.headers.get('Origin')!r}",
        )


def _is_same_origin() -> bool:
    origin = request.headers.get("Origin")
    if origin is not None:
        return origin == service().settings.origin
    return request.headers.get("Sec-Fetch-Site") == "same-origin"


def _token_in_body() -> str | None:
    if request.is_json:  # navigator.sendBeacon cannot set headers
        try:
            body = request.get_json(silent=True)
        except RecursionError:  # brackets without end are no ValueError to Python
            return None
        found = body.get(FIELD) if isinstance(body, dict) else None
        return found if isinstance(found, str) else None
    return request.form.get(FIELD)


#: what is said to staff whose session is not there: they sign in here, no course leads to their pages
STAFF_MISSING = {
    "message": _l("You are not signed in here, or not any more."),
    "advice": _l("Sign in, and try once more."),
    "values": {"action": {"url": STAFF_SIGN_IN, "label": _l("Sign in")}},
}
_FOREIGN = (
    _l("This request did not come from a page of ours."),
    _l("Load the page again and try once more."),
)
