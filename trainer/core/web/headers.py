"""Response headers that keep pages from doing, or being made to do, what they should not.

Framing (CSP ``frame-ancestors``): a learner's page may be framed by its own platform, which its view names with
:func:`allow_framing`; a page without data that comes before we know the platform by anyone; everything else, and
what is no page at all, by no one.

Forms (CSP ``form-action``) go to ourselves; a page that hands something to an LMS names it with :func:`allow_forms_to`.

Pages of ours hold no frames, but for the one that holds a session without a cookie: :func:`allow_own_frames`.
"""

from collections.abc import Iterable

from flask import Flask, Response, g

NO_ONE = "'none'"
ANYONE = "*"

_CSP_HEAD = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; "
)
_OWN_FORMS = "'self'"
_HSTS = "max-age=31536000; includeSubDomains"


def allow_framing(ancestors: str | Iterable[str]) -> None:
    """Name who may frame the page that is being made: origins, or :data:`ANYONE`."""
    g.frame_ancestors = ancestors if isinstance(ancestors, str) else " ".join(ancestors) or NO_ONE


def allow_forms_to(origin: str) -> None:
    """The page that is being made hands its form to this origin, and to no other, not even ours."""
    g.forms_to = origin


def allow_own_frames() -> None:
    """The page that is being made shows other pages of ours in frames."""
    g.frame_src = "frame-src 'self'; "


def install_headers(app: Flask, *, secure: bool) -> None:
    """Put the headers on every response of ``app``; HSTS only where the service is reached by https."""
    always = [
        ("X-Content-Type-Options", "nosniff"),
        # Other sites learn nothing; with "no-referrer" our own forms would arrive with "Origin: null".
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ]
    if secure:
        always.append(("Strict-Transport-Security", _HSTS))

    @app.after_request
    def _headers(response: Response) -> Response:
        # No view sets these, so they are added in one go: looking each up first is what a busy answer would wait for
        headers = response.headers
        # only pages are framed: what a script asks for (JSON), a film or a key set never is
        is_page = response.mimetype == "text/html"
        ancestors = g.get("frame_ancestors", NO_ONE) if is_page else NO_ONE
        forms = f"form-action {g.get('forms_to', _OWN_FORMS)}; frame-ancestors "
        policy = _CSP_HEAD + g.get("frame_src", "") + forms + ancestors
        headers.extend([*always, ("Content-Security-Policy", policy)])
        if not any(name.lower() == "cache-control" for name, _ in headers):
            headers.add("Cache-Control", "no-store")
        return response
