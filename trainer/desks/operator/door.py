"""Who is signed in at the hub, by flask-login; the session itself is a row of ours and a cookie of its own."""

from typing import cast
from urllib.parse import quote

from flask import Flask, Request, g, redirect, request
from flask_login import LoginManager, UserMixin, current_user
from werkzeug.wrappers import Response as BaseResponse

from trainer.core.crypto import hash_token
from trainer.core.i18n import lazy_gettext as _l
from trainer.core.i18n import set_locale
from trainer.core.web.cookies import STAFF_AREA, STAFF_SIGN_IN, is_staff_area, staff_token
from trainer.core.web.csrf import STAFF_MISSING
from trainer.core.web.errors import Refusal
from trainer.core.web.own_paths import own_path
from trainer.core.web.service import service
from trainer.people.account_queries import SignedInAccount, account_signed_in_by
from trainer.people.accounts import OPERATOR, TOUCH_EVERY, touch_account_session


class Operator(UserMixin):  # type: ignore[misc]
    """The operator who makes a request, as flask-login wants to see them."""

    def __init__(self, account: SignedInAccount) -> None:
        self.account = account

    def get_id(self) -> str:
        """For flask-login's own session, which is not used."""
        return str(self.account.account_id)


def install_operator_door(app: Flask) -> None:
    """Let flask-login ask us who is signed in.

    Not by its ``init_app``: that also reads and writes a "remember me" cookie with each answer of the service, also
    for learners.  The name set here is one that no cookie can have.
    """
    manager = LoginManager()
    manager.session_protection = None
    manager.request_loader(_operator_of)
    app.config["REMEMBER_COOKIE_NAME"] = ";"
    app.login_manager = manager  # type: ignore[attr-defined]


def operator() -> SignedInAccount | None:
    """Who is signed in at the hub."""
    user = cast(Operator | None, current_user if current_user.is_authenticated else None)
    return user.account if user else None


def need_operator() -> BaseResponse | None:
    """Before each page of the hub: leads to the sign-in who is not signed in."""
    found = operator()
    if found is None:
        return _to_sign_in()
    if found.locale:
        set_locale(found.locale)
    g.operator = found
    return None


def the_operator() -> SignedInAccount:
    """Who is signed in, on a page that `need_operator` guards."""
    return cast(SignedInAccount, g.operator)


def _operator_of(_: Request) -> Operator | None:
    token = staff_token()
    if token is None or not is_staff_area():
        return None
    now = service().clock()
    with service().database.reading() as connection:
        found = account_signed_in_by(connection, hash_token(token), now)
    if found is None or found.role != OPERATOR:
        return None
    if now - found.used_at > TOUCH_EVERY:
        with service().database.writing() as connection:
            touch_account_session(connection, found.token_hash, now)
    return Operator(found)


def _to_sign_in() -> BaseResponse:
    if request.method in {"GET", "HEAD"}:
        return redirect(f"{STAFF_SIGN_IN}?next={quote(request.path)}", 303)
    raise Refusal("session_ended", 401, title=_l("You are signed out"), **STAFF_MISSING)


def own_hub_path(path: str) -> str:
    """``path`` when it is a page of the hub, else the hub's first one; the sign-in is no page to come back to."""
    return STAFF_AREA if path == STAFF_SIGN_IN else own_path(path, below=STAFF_AREA)
