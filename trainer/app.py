"""The application: the parts of the service put together, and the desks opened."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, redirect, request, send_from_directory
from flask.json.provider import JSONProvider
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as BaseResponse

from trainer.core.clock import Clock, system_clock
from trainer.core.crypto import Seal
from trainer.core.database import Database
from trainer.core.http import SafeHttpClient
from trainer.core.i18n import LOCALES, catalogue
from trainer.core.logging import configure_logging
from trainer.core.media import MediaStore
from trainer.core.settings import Settings, load_settings
from trainer.core.web.csrf import install_csrf
from trainer.core.web.errors import Refusal, install_errors
from trainer.core.web.headers import install_headers
from trainer.core.web.language import install_language
from trainer.core.web.own_paths import own_path
from trainer.core.web.page_frames import install_page_frames
from trainer.core.web.service import EXTENSION, Service, service
from trainer.desks.api import api_desk
from trainer.desks.buddy import buddy_desk
from trainer.desks.door import signed_in
from trainer.desks.lecturer import lecturer_desk
from trainer.desks.lti import lti_desk, placing_desk
from trainer.desks.lti.front_office import install_front_office
from trainer.desks.operator import install_operator_door, operator_desk
from trainer.desks.operator.signing_in import signing_in
from trainer.institutions.actions import ensure_key
from trainer.people.actions import choose_language

HERE = Path(__file__).resolve().parent
#: in the repository beside the package, in an installed package inside it
TEMPLATES = next(path for path in (HERE.parent / "templates", HERE / "_templates") if path.is_dir())
#: a launch form is some 6 KB, the longest vertaalslag 40 KB
LARGEST_REQUEST = 512 * 1024


def create_app(
    settings: Settings | None = None, *, database: Database | None = None, clock: Clock = system_clock
) -> Flask:
    """The WSGI application.

    Args:
        settings: read from the environment when not given.
        database: opened from the settings when not given.
        clock: another one in tests only.

    Raises:
        SettingsError: a setting is missing or wrong.
    """
    settings = settings or load_settings()
    configure_logging(settings.log_level)
    database = database or Database(settings.database_url)
    parts = Service(
        settings=settings,
        database=database,
        clock=clock,
        media=MediaStore(Path(settings.media_root)),
        seal=Seal(settings.secret_key),
    )
    app = Flask(__name__, template_folder=str(TEMPLATES), static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_REQUEST, MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST)
    app.json = PlainJson(app)
    app.extensions[EXTENSION] = parts
    install_language(app)
    install_csrf(app)
    install_errors(app)
    install_headers(app, secure=settings.base_url.startswith("https:"))
    install_page_frames(app)
    install_front_office(app, parts, SafeHttpClient(allow_insecure=settings.allow_insecure_platforms))
    install_operator_door(app)
    _install_static(app)
    for desk in (lti_desk, placing_desk, buddy_desk, lecturer_desk, signing_in, operator_desk, api_desk):
        app.register_blueprint(desk)
    app.post("/language")(switch_language)
    app.get("/")(front_page)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    for tag in LOCALES:
        catalogue(tag)  # read now, not in somebody's request
    with database.writing() as connection:
        ensure_key(connection, parts.seal, clock())
    return app


class PlainJson(JSONProvider):
    """Answers as JSON, in the order in which they are written; one encoder for all of them."""

    # ASCII: half a character from a browser breaks nothing
    _encode = json.JSONEncoder(separators=(",", ":")).encode

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """As text."""
        return json.dumps(obj, **kwargs) if kwargs else self._encode(obj)

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """From text."""
        return json.loads(s, **kwargs)


def switch_language() -> BaseResponse:
    """The switch at the foot of the page: remembered for this person, back to where they were."""
    person = signed_in()
    wanted = request.form.get("locale", "")
    if wanted not in LOCALES:
        raise Refusal("bad_request", 400)
    with service().database.writing() as connection:
        choose_language(connection, person.token_hash, person.identity_id, wanted)
    return redirect(own_path(request.form.get("next", "")), 303)


def front_page() -> BaseResponse:
    """There is nothing to see here but the way in: through a course."""
    raise Refusal("front_page", 404)


def _install_static(app: Flask) -> None:
    """Serve files of ``trainer/static`` under a path that changes with any of them, so that browsers may keep them.

    The version stands in the path, not in a query: scripts import and style sheets name each other by relative
    address, and so get the same version.
    """
    folder = HERE / "static"
    version = _fingerprint(folder)

    @app.get("/static/<version>/<path:filename>", endpoint="static")
    def static_file(version: str, filename: str) -> Response:
        response = send_from_directory(folder, filename, conditional=True, etag=True)
        is_present = version == app.config["STATIC_VERSION"]
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if is_present else "no-cache"
        )
        return response

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, object]) -> None:
        if endpoint == "static":
            values.setdefault("version", version)

    app.config["STATIC_VERSION"] = version


@cache
def _fingerprint(folder: Path) -> str:
    """Of the names and contents of all files below a folder."""
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            whole.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
            whole.update(path.read_bytes())
    return whole.hexdigest()[:12]
