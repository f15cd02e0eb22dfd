"""The door that all desks share: who is signed in, and may this page be framed."""

from flask import g

from trainer.core.crypto import hash_token
from trainer.core.i18n import lazy_gettext as _l
from trainer.core.i18n import set_locale
from trainer.core.web.cookies import session_token
from trainer.core.web.errors import Refusal
from trainer.core.web.headers import allow_framing
from trainer.core.web.service import service
from trainer.people.actions import TOUCH_EVERY, touch_session
from trainer.people.queries import SignedIn, signed_in_by


def signed_in() -> SignedIn:
    """Who makes this request; puts their language in force and lets their platform frame the answer.

    One SQL statement, once per request; once a minute a second one, that keeps the session from ending as idle.

    Raises:
        Refusal: 401 ``session_missing`` (no cookie) or ``session_ended`` (unknown, too old, or ended).
    """
    found: SignedIn | None = g.get("signed_in")
    if found is None:
        token = session_token()
        if token is None:
            raise session_refusal("session_missing")
        now = service().clock()
        with service().database.reading() as connection:
            found = signed_in_by(connection, hash_token(token), now)
        if found is None:
            raise session_refusal("session_ended")
        if now - found.used_at > TOUCH_EVERY:
            with service().database.writing() as connection:
                is_on = touch_session(connection, found.token_hash, now)
            if not is_on:
                raise session_refusal("session_ended")
        g.signed_in = found
        set_locale(found.locale)
        allow_framing(found.frame_origins)
    return found


def session_refusal(code: str) -> Refusal:
    """The 401 page: nothing is lost, the way back is through the course."""
    return Refusal(
        code,
        401,
        title=_l("Your session has ended"),
        message=_l("We no longer know who you are. What you did is saved."),
        advice=_l("Open the module again from your course."),
    )
