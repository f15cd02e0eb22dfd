"""Signing in to the hub and out of it."""

import secrets

from flask import Blueprint, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from trainer.core.crypto import hash_token
from trainer.core.i18n import LOCALES
from trainer.core.i18n import lazy_gettext as _l
from trainer.core.logging import logger
from trainer.core.web.cookies import STAFF_SIGN_IN, set_staff_cookie, staff_token
from trainer.core.web.csrf import csrf_token_of
from trainer.core.web.errors import Refusal
from trainer.core.web.service import service
from trainer.desks.operator.door import need_operator, operator, own_hub_path, the_operator
from trainer.people.account_queries import credentials_of
from trainer.people.accounts import (
    TooManyAttempts,
    choose_account_language,
    end_account_session,
    note_attempt,
    sign_in,
)
from trainer.people.passwords import hash_password, is_password, needs_hashing_anew

signing_in = Blueprint("signing_in", __name__)
_log = logger("operator")
_LONGEST_EMAIL = 320


@signing_in.get(STAFF_SIGN_IN)
def form() -> BaseResponse:
    """The page with the two fields.

    A browser without a token gets one here, which belongs to nobody: what the form's CSRF token is made of.  Signing
    in replaces it.
    """
    wanted = own_hub_path(request.args.get("next", ""))
    if operator() is not None:
        return redirect(wanted, 303)
    return _page(wanted, "", status=200)


@signing_in.post(STAFF_SIGN_IN)
def enter() -> BaseResponse:
    """Compare the password; the answer to a wrong one does not tell whether the account exists, nor does its time."""
    wanted = own_hub_path(request.form.get("next", ""))
    email = request.form.get("email", "")[:_LONGEST_EMAIL]
    password = request.form.get("password", "")
    parts, now = service(), service().clock()
    try:
        with parts.database.writing() as connection:
            attempt = note_attempt(
                connection, email, request.remote_addr or "", parts.settings.secret_key, now
            )
    except TooManyAttempts as problem:
        _log.info("sign-in refused", reason="too often")
        raise Refusal(
            "sign_in_too_often",
            429,
            title=_l("Too many tries"),
            message=_l("Signing in failed too often from here."),
            advice=_l("Wait a quarter of an hour, then try again."),
            retry_after=problem.retry_after,
            values={"action": None},
        ) from problem
    with parts.database.reading() as connection:
        kept = credentials_of(connection, email)
    # No transaction is open while the password is compared
    is_right = is_password(kept.password_hash if kept else None, password)
    if kept is not None and is_right:
        anew = hash_password(password) if needs_hashing_anew(kept.password_hash) else None
        with parts.database.writing() as connection:
            token = sign_in(connection, kept, attempt, replaces=staff_token(), rehashed=anew, now=now)
        if token is not None:
            _log.info("signed in", account=kept.account_id)
            response = redirect(wanted, 303)
            set_staff_cookie(response, token)
            return response
    _log.info("sign-in refused", reason="wrong")
    return _page(wanted, email, status=401)


@signing_in.post("/hub/sign-out")
def leave() -> BaseResponse:
    """End the session; the browser forgets its token."""
    token = staff_token()
    if token is not None:
        with service().database.writing() as connection:
            end_account_session(connection, hash_token(token))
    response = redirect(STAFF_SIGN_IN, 303)
    set_staff_cookie(response, "")
    return response


@signing_in.post("/hub/language")
def language() -> BaseResponse:
    """The switch at the foot of the page, remembered with the account."""
    away = need_operator()
    if away is not None:
        return away
    wanted = request.form.get("locale", "")
    if wanted not in LOCALES:
        raise Refusal("bad_request", 400)
    with service().database.writing() as connection:
        choose_account_language(connection, the_operator().account_id, wanted)
    return redirect(own_hub_path(request.form.get("next", "")), 303)


def _page(wanted: str, email: str, *, status: int) -> BaseResponse:
    token = staff_token() or secrets.token_urlsafe(32)
    page = render_template(
        "operator/sign_in.html",
        next=wanted,
        email=email,
        is_refused=status != 200,
        form_token=csrf_token_of(f"staff {token}"),
    )
    response = make_response(page, status)
    if staff_token() is None:
        set_staff_cookie(response, token)
    return response
