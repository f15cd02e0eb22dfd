"""Refusals: one sentence, what to do next, and a reference that the help desk can look up.

A view or an action raises; here it becomes a page in the reader's language, or JSON for a script.  Nothing a
visitor sends may end in a 5xx; what does is our own fault and is logged with its trace.
"""

import secrets
from typing import Any

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from trainer.core.database import DatabaseUnavailable
from trainer.core.i18n import lazy_gettext as _l
from trainer.core.logging import logger
from trainer.core.web.cookies import STAFF_AREA, is_staff_area
from trainer.core.web.headers import ANYONE, allow_framing

_log = logger("web")

#: without the letters and digits that people mix up when they read a reference aloud
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class Refusal(Exception):
    """A request that is answered with an error page (or JSON).

    Args:
        code: stable, documented in docs/errors.md, such as ``session_missing``.
        status: HTTP status, 400 to 507.
        message: one sentence for the reader (lazy text).
        advice: what to do next (lazy text).
        title: the page's heading (lazy text).
        detail: for the log only.
        retry_after: seconds, for 429 and 503.
        extra: ``template`` and ``values`` of the page, where it is not ``error.html``; ``json``, more for a script;
            anything else is for the desk that raises it.
    """

    def __init__(
        self,
        code: str,
        status: int,
        *,
        message: Any = None,
        advice: Any = None,
        title: Any = None,
        detail: str = "",
        retry_after: int | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.message = message or _STATUS_MESSAGES.get(status, _STATUS_MESSAGES[400])[0]
        self.advice = advice or _STATUS_MESSAGES.get(status, _STATUS_MESSAGES[400])[1]
        self.title = title or _l("This did not work")
        self.detail = detail
        self.retry_after = retry_after
        self.extra = extra


_STATUS_MESSAGES: dict[int, tuple[Any, Any]] = {
    400: (_l("We could not read this request."), _l("Go back and try again.")),
    401: (_l("We do not know who you are any more."), _l("Open the module again from your course.")),
    403: (_l("You may not see this page."), _l("Go back to your course.")),
    404: (_l("This page does not exist, or it is not yours."), _l("Open the module again from your course.")),
    405: (_l("This address does not take that kind of request."), _l("Go back and try again.")),
    409: (_l("Something changed in the meantime."), _l("Load the page again.")),
    413: (_l("That is more than we can take at once."), _l("Send less at a time.")),
    415: (_l("We could not read this request."), _l("Go back and try again.")),
    429: (_l("That was too often in a short time."), _l("Wait a moment and try again.")),
    500: (
        _l("Something went wrong on our side."),
        _l("Try again in a moment. What you did before is saved."),
    ),
    503: (
        _l("The service is busy for a moment."),
        _l("Try again in a moment. What you did before is saved."),
    ),
}

_BACK_TO_THE_HUB = {"url": STAFF_AREA, "label": _l("Back to the connections")}

#: codes that no view names itself, for docs/errors.md
STATUS_CODES = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    500: "internal_error",
    503: "unavailable",
}


def new_reference(code: str) -> str:
    """A reference such as ``LTI-NONCE-4F2K``: the code's words and four random characters."""
    words = "-".join(code.upper().split("_")[:3])
    return f"{words}-{''.join(secrets.choice(_ALPHABET) for _ in range(4))}"


def answer_in_json() -> None:
    """Refuse the present request in JSON, whatever it says: its address is for machines alone."""
    g.answers_json = True


def wants_json() -> bool:
    """Whether the caller is a script that does not say that it would rather have a page."""
    if (
        g.get("answers_json", False)
        or request.path.startswith("/api/")
        or (request.is_json and request.accept_mimetypes.best != "text/html")
    ):
        return True
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def refusal_response(refusal: Refusal) -> Response:
    """The page or JSON that tells the reader."""
    reference = new_reference(refusal.code)
    _log.info(
        "refused",
        code=refusal.code,
        status=refusal.status,
        ref=reference,
        path=request.path,
        detail=refusal.detail,
    )
    if "frame_ancestors" not in g and not wants_json() and not is_staff_area():
        # Nobody is signed in, so the page holds no data; in an LMS's frame "refused to connect" would help nobody
        allow_framing(ANYONE)
    if wants_json():
        body = {
            "error": {"code": refusal.code, "ref": reference, "message": str(refusal.message)},
            **refusal.extra.get("json", {}),
        }
        response = jsonify(body)
    else:
        # Whoever is of the staff came from no course
        staff = {"action": _BACK_TO_THE_HUB, "is_staff_area": True} if is_staff_area() else {}
        response = make_response(
            render_template(
                refusal.extra.get("template", "error.html"),
                title=refusal.title,
                message=refusal.message,
                advice=refusal.advice,
                ref=reference,
                code=refusal.code,
                **{**staff, **refusal.extra.get("values", {})},
            )
        )
    response.status_code = refusal.status
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


def install_errors(app: Flask) -> None:
    """Answer every exception of ``app`` with a page or JSON of ours."""

    @app.errorhandler(Refusal)
    def _refused(refusal: Refusal) -> Response:
        return refusal_response(refusal)

    @app.errorhandler(HTTPException)
    def _http(problem: HTTPException) -> Response:
        status = problem.code or 500
        response = refusal_response(
            Refusal(
                STATUS_CODES.get(status, "bad_request"),
                status,
                advice=_l("Perhaps the address is not right.") if is_staff_area() and status == 404 else None,
                detail=problem.description or "",
            )
        )
        if problem.response is None:
            for name, value in problem.get_headers(None, None):
                if name in {"Allow", "Retry-After", "Content-Range"}:
                    response.headers[name] = value
        return response

    @app.errorhandler(DatabaseUnavailable)
    def _busy(problem: DatabaseUnavailable) -> Response:
        _log.error("database unavailable", detail=str(problem))
        return refusal_response(Refusal("unavailable", 503, retry_after=5))

    @app.errorhandler(Exception)
    def _ours(problem: Exception) -> Response:
        _log.exception("unexpected", path=request.path, kind=type(problem).__name__)
        g.pop("signed_in", None)
        return refusal_response(Refusal("internal_error", 500))
