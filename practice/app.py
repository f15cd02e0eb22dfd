"""The Flask application of the practice LMS."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, abort, redirect, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from practice import deep_linking, hooks, keys, launches, line_items, members, pages, scores, tokens
from practice.lms import Clock, Lms, utc_now
from practice.school import LEERBUDDY_SCHOOL, School
from practice.settings import Settings
from practice.store import Store
from practice.tool_keys import ToolKeys

_SENTENCES = {
    400: "Deze vraag klopt niet.",
    401: "Je bent niet aangemeld.",
    403: "Dit mag niet.",
    404: "Deze pagina bestaat niet, of is niet voor jou.",
}


def create_app(settings: Settings, *, school: School = LEERBUDDY_SCHOOL, clock: Clock = utc_now) -> Flask:
    """The practice LMS as a WSGI application.

    school: who and what is there. clock: gives the present as an aware datetime; tests hand in their own.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 512 * 1024
    store = Store(settings.store)
    store.seed_columns(school)
    keys.ensure_key(store)
    app.extensions["practice"] = Lms(settings, school, store, ToolKeys(settings.tool_jwks_url), clock)
    for part in (pages, launches, deep_linking, tokens, line_items, scores, members):
        app.register_blueprint(part.blueprint)
    if settings.test_hooks:
        hooks.add_hooks(app)
    app.register_error_handler(HTTPException, _show_error)
    _keep_to_own_name(app, settings)
    _protect(app, settings)
    return app


def _keep_to_own_name(app: Flask, settings: Settings) -> None:
    """One name for the site: by another (127.0.0.1 for localhost) it would be on the tool's site, unlike in life."""
    host = urlsplit(settings.origin).netloc

    @app.before_request
    def use_own_name() -> AnyResponse | None:
        if request.host == host:
            return None
        if request.method in {"GET", "HEAD"}:
            return redirect(settings.origin + request.full_path.rstrip("?"))
        abort(400, f"Dit leerplatform heet {settings.origin}.")


def _protect(app: Flask, settings: Settings) -> None:
    tool = settings.tool_origin
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        f"base-uri 'none'; frame-src 'self' {tool}; form-action 'self' {tool}; frame-ancestors 'self'"
    )

    @app.after_request
    def add_headers(answer: Response) -> Response:
        answer.headers.setdefault("Content-Security-Policy", policy)
        answer.headers.setdefault("X-Content-Type-Options", "nosniff")
        answer.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
        if request.endpoint != "static":
            answer.headers.setdefault("Cache-Control", "no-store")
        return answer


def _show_error(error: HTTPException) -> AnyResponse:
    """A page for people; services answer in JSON by their own handlers before it comes to this."""
    status = error.code or 500
    if error.response is not None:  # a redirect of the router
        return error.get_response()
    if request.path.startswith(("/services/", "/_test/")):
        return Response(f'{{"status": {status}}}', status, mimetype="application/json")
    own_words = error.description if error.description != type(error).description else None
    page = render_template("error.html", status=status, sentence=_SENTENCES.get(status), detail=own_words)
    return Response(page, status)
