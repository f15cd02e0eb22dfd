"""The door that all desks share: who is signed in, and may this page be framed."""

from datetime import UTC, datetime, timedelta

from flask import g, request

from trainer.core.crypto import hash_token
from trainer.core.i18n import lazy_gettext as _l
from trainer.core.i18n import set_locale
from trainer.core.web.cookies import carries_bearer, session_token
from trainer.core.web.errors import Refusal
from trainer.core.web.headers import allow_framing
from trainer.core.web.service import service
from trainer.core.web.signed_addresses import SIGNATURE, check_signed_address, signed_address
from trainer.people.actions import TOUCH_EVERY, touch_session
from trainer.people.queries import SignedIn, signed_in_by

#: An address of a file is good for half an hour to an hour: as long for all who ask in the same half hour, so that a
#: browser knows it again as the one whose file it has.
FILE_ADDRESS_STEP = timedelta(minutes=30)


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


def file_address(path: str) -> str:
    """Where the page that is being made finds a file of ours: at ``path``, where its browser carries its session.

    A bearer is a page's, and players and pictures send none: for them the address says until when it is good and for
    which session (by the hash under which we keep it), signed together with the path.
    """
    if not carries_bearer():
        return path
    step = int(FILE_ADDRESS_STEP.total_seconds())
    until = (int(service().clock().timestamp()) // step + 2) * step
    return signed_address(path, [("until", str(until)), ("by", signed_in().token_hash)])


def admit_to_file() -> None:
    """Let nobody near a file but who is signed in, or has an address of :func:`file_address` for a live session.

    Raises:
        Refusal: 401 as :func:`signed_in`; 403 ``address_signature``: the address is not one of ours as it stands; 410
            ``address_expired``: it was, and a new one is to be had.
    """
    if SIGNATURE not in request.args:
        signed_in()
        return
    check_signed_address()
    now = service().clock()
    if now >= datetime.fromtimestamp(int(request.args["until"]), UTC):
        raise Refusal(
            "address_expired",
            410,
            message=_l("This address was good for an hour at most."),
            advice=_l("Open the module again from your course."),
        )
    with service().database.reading() as connection:
        # Not touched: a film that plays by itself keeps nobody signed in
        if signed_in_by(connection, request.args["by"], now) is None:
            raise session_refusal("session_ended")


def session_refusal(code: str) -> Refusal:
    """The 401 page: nothing is lost, the way back is through the course."""
    return Refusal(
        code,
        401,
        title=_l("Your session has ended"),
        message=_l("We no longer know who you are. What you did is saved."),
        advice=_l("Open the module again from your course."),
    )
