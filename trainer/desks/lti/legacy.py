"""LTI 1.1: a signed form, and the question "continue as …?" where it would replace somebody else's session.

Nothing ties a launch of LTI 1.1 to the browser that it arrives in: a page of a stranger can post one of the stranger's
own.  A browser in which nobody is signed in loses nothing by that; where somebody is, they decide.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import quote

from flask import make_response, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from lti.errors import LtiError
from lti.legacy import LegacyConsumer, LegacyLaunch, verify_legacy_launch
from lti.urls import browser_origin
from trainer.core.crypto import hash_token
from trainer.core.i18n import lazy_gettext as _l
from trainer.core.i18n import locale, set_locale
from trainer.core.logging import logger
from trainer.core.web.cookies import session_token
from trainer.core.web.csrf import csrf_exempt
from trainer.core.web.errors import Refusal
from trainer.core.web.headers import allow_framing
from trainer.core.web.service import service
from trainer.desks.lti.admission import UnknownDeployment, locale_of
from trainer.desks.lti.arrival import arrive
from trainer.desks.lti.front_office import front_office
from trainer.desks.lti.legacy_link import LegacyLink, as_link
from trainer.desks.lti.views import lti_desk, welcome
from trainer.institutions.legacy import LegacyPlatform, address_of, legacy_platform_of_key, note_address
from trainer.people.actions import spend_nonce
from trainer.people.queries import SignedIn, signed_in_by

#: how long "continue as …?" may be left standing
_TIME_TO_DECIDE = timedelta(minutes=5)
_QUESTION = "continue"

_log = logger("lti")
_Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Verified:
    """A launch whose signature fits, and whose platform takes launches."""

    launch: LegacyLaunch
    platform: LegacyPlatform


@lti_desk.post("/lti/1.1/launch")
@lti_desk.post("/lti/1.1/launch/<path:key>", endpoint="legacy_launch_of_module")
@csrf_exempt
def legacy_launch(key: str | None = None) -> BaseResponse:
    """A form that the LMS signed: the person is signed in, or asked first."""
    now, pairs = service().clock(), list(request.form.items(multi=True))
    verified = _verify(pairs, _address(), now)
    link = as_link(
        verified.launch, verified.platform, service().seal, base_url=front_office().base_url, key=key
    )
    other = _somebody_else(verified, now)
    if other is None:
        return _arrive(link, verified.platform, now)
    with service().database.writing() as connection:
        if not spend_nonce(connection, link.nonce_hash, link.nonce_expires_at):
            raise LtiError("lti11_nonce_replayed")
    return _ask(verified, other, _seal_question(pairs, key, now))


@lti_desk.post("/lti/1.1/continue")
def legacy_continue() -> BaseResponse:
    """Somebody who is signed in agrees to go on as the person of the launch; the page's token is good once."""
    now = service().clock()
    asked = _open_question(request.form.get("launch", ""), now)
    verified = _verify(asked.pairs, asked.address, asked.at)
    link = as_link(
        verified.launch, verified.platform, service().seal, base_url=front_office().base_url, key=asked.key
    )
    # The launch's own nonce was spent when the question was put
    link = replace(link, nonce_hash=asked.nonce_hash, nonce_expires_at=asked.at + 2 * _TIME_TO_DECIDE)
    return _arrive(link, verified.platform, now)


def _address() -> str:
    """The address that was posted to, as the LMS knows it: what it signed."""
    query = request.query_string.decode("latin-1")
    return front_office().base_url + quote(request.path) + (f"?{query}" if query else "")


def _verify(pairs: _Pairs, address: str, now: datetime) -> _Verified:
    """The verified launch.

    Raises:
        LtiError: as :func:`lti.legacy.verify_legacy_launch`; ``lti_platform_inactive`` after a valid signature only.
        Refusal: ``lti11_ended`` (403).
    """
    found: list[LegacyPlatform] = []

    def consumer(key: str) -> LegacyConsumer | None:
        with service().database.reading() as connection:
            platform = legacy_platform_of_key(connection, service().seal, key)
        if platform is None:
            return None
        found.append(platform)
        if platform.consumer.address:
            return platform.consumer
        # Where this LMS is, its first launch says itself; nothing is made of it before the signature is checked
        named = dict(pairs).get("lis_outcome_service_url", "")
        allow_insecure = service().settings.allow_insecure_platforms
        return replace(platform.consumer, address=address_of(named, allow_insecure=allow_insecure))

    try:
        launch = verify_legacy_launch(pairs, url=address, consumers=consumer, now=now)
    except LtiError as problem:
        if problem.code == "lti_platform_inactive":
            raise _ended(found[0]) from problem
        raise
    if not found[0].registered.active:
        raise LtiError("lti_platform_inactive")
    return _Verified(launch, found[0])


def _ended(platform: LegacyPlatform) -> Refusal:
    return Refusal(
        "lti11_ended",
        403,
        title=_l("The module could not be opened"),
        message=_l("The connection with your LMS was made for a time, and that time is over."),
        advice=_l("Tell your lecturer or the help desk of your LMS, with the code below."),
        detail=f"registration {platform.registered.id} ended on {platform.ends_on.isoformat()}",
    )


def _somebody_else(verified: _Verified, now: datetime) -> SignedIn | None:
    """Who is signed in in this browser, if it is another person than the launch's."""
    token = session_token()
    if token is None:
        return None
    with service().database.reading() as connection:
        present = signed_in_by(connection, hash_token(token), now)
    if present is None:
        return None
    is_same = (present.registration_id, present.sub) == (verified.platform.registered.id, verified.launch.sub)
    return None if is_same else present


def _arrive(link: LegacyLink, platform: LegacyPlatform, now: datetime) -> BaseResponse:
    registered, parts = platform.registered, service()
    if link.outcome_url is not None and not platform.consumer.address:
        with parts.database.writing() as connection:
            note_address(connection, registered.id, link.outcome_url)
    try:
        arrival = arrive(parts.database, link, registered, browser_locale=locale(), now=now)
    except UnknownDeployment:
        raise LtiError("lti_deployment", f"registration {registered.id}, switched off") from None
    except LtiError as problem:
        if problem.code == "lti_nonce_replayed":
            raise LtiError("lti11_nonce_replayed") from problem
        raise
    _log.info("launched", registration=registered.id, link=arrival.link_id, lecturer=arrival.is_lecturer)
    return welcome(front_office(), link, arrival)


# --- "continue as …?" ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Question:
    """A launch that waits for somebody's word."""

    pairs: _Pairs
    address: str
    key: str | None
    at: datetime
    nonce_hash: str


def _ask(verified: _Verified, other: SignedIn, token: str) -> BaseResponse:
    launch, registered = verified.launch, verified.platform.registered
    set_locale(locale_of(launch, None, locale()))
    returns_to = browser_origin(launch.return_url) if launch.return_url else None
    allow_framing([*registered.frame_origins, *([returns_to] if returns_to else [])])
    page = render_template(
        "lti/continue_as.html",
        name=launch.full_name,
        platform=registered.name,
        present_name=other.name,
        present_platform=other.platform_name,
        token=token,
        action=url_for("lti.legacy_continue"),
        return_url=launch.return_url,
    )
    return make_response(page)


def _seal_question(pairs: Sequence[tuple[str, str]], key: str | None, now: datetime) -> str:
    return service().seal.close_for(
        _QUESTION, [now.isoformat(), secrets.token_urlsafe(16), _address(), key, list(pairs)]
    )


def _open_question(token: str, now: datetime) -> _Question:
    """What a page asked.

    Raises:
        LtiError: ``lti11_form`` (no such token of ours), ``lti11_time`` (too old).
    """
    said = service().seal.open_for(_QUESTION, token)
    if said is None:
        raise LtiError("lti11_form", "the answer to “continue as …?” is none of ours")
    at, identity, address, key, pairs = said
    asked_at = datetime.fromisoformat(at)
    if not timedelta() <= now - asked_at <= _TIME_TO_DECIDE:
        raise LtiError("lti11_time", "“continue as …?” was left standing")
    return _Question([(name, value) for name, value in pairs], address, key, asked_at, hash_token(identity))
