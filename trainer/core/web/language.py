"""Which language a request is answered in, before anybody is signed in: the browser's, else Dutch."""

from functools import lru_cache

from flask import Flask, request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from trainer.core.i18n import (
    DUTCH,
    LOCALES,
    choose_locale,
    format_date,
    format_moment,
    format_number,
    format_position,
    format_time,
    gettext,
    locale,
    ngettext,
    set_locale,
)
from trainer.core.web.service import service


def install_language(app: Flask) -> None:
    """Choose a language at the beginning of each request and give templates their texts."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.globals.update(
        _=gettext,
        gettext=gettext,
        ngettext=ngettext,
        locale=locale,
        locales=LOCALES,
        format_date=format_date,
        format_time=format_time,
        format_number=format_number,
        format_position=format_position,
        format_moment=lambda moment: format_moment(moment, service().clock()),
    )

    @app.before_request
    def _choose() -> None:
        set_locale(_locale_of(request.headers.get("Accept-Language", "")))


@lru_cache(maxsize=1024)
def _locale_of(accept_language: str) -> str:
    """Browsers say the same thing with every request."""
    return choose_locale(list(parse_accept_header(accept_language, LanguageAccept).values())) or DUTCH
