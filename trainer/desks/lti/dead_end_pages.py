"""The page of a link that leads nowhere, and the way on from it: into the module that takes the retired one's place.

The page comes straight from the launch and signs nobody in, so what the launch said stands sealed in its form, good
for one use within the hour. Anybody may frame it, as other pages of launches that open nothing.
"""

import secrets
from datetime import datetime
from typing import Any

from flask import Response, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response as BaseResponse

from lti.errors import LtiError
from trainer.catalogue.queries import CatalogueModule, edition, find_module, successor_of
from trainer.core.crypto import hash_token, keyed_hash
from trainer.core.i18n import lazy_gettext as _l
from trainer.core.i18n import set_locale
from trainer.core.logging import logger
from trainer.core.web.cookies import set_session_cookie
from trainer.core.web.csrf import check_same_origin, csrf_exempt
from trainer.core.web.errors import Refusal, refusal_response
from trainer.core.web.service import service
from trainer.courses.actions import lead_on
from trainer.courses.delivery_actions import announce_visit
from trainer.courses.queries import Known, known_at_launch
from trainer.desks.lti.admission import person_stopped
from trainer.desks.lti.dead_end import (
    TIME_TO_GO_ON,
    DeadEnd,
    Launched,
    open_launched,
    seal_launched,
    title_of,
    wanted_key,
)
from trainer.desks.lti.front_office import front_office
from trainer.desks.lti.storage_pages import opened_for_script
from trainer.desks.lti.views import lti_desk
from trainer.learning.enrolments import enrol, period_of
from trainer.learning.states import EnrolmentState
from trainer.people.actions import hold_identity, new_session, open_session, spend_nonce

_log = logger("lti")


@lti_desk.app_errorhandler(DeadEnd)
def leads_nowhere(end: DeadEnd) -> Response:
    """Say so, with the way on: 404 for an unknown module, 410 for a retired one."""
    set_locale(end.launched.locale)
    values: dict[str, Any] = {"return_url": end.launched.return_url}
    code, status = ("module_unknown", 404) if end.module is None else ("module_retired", 410)
    title: Any = _l("There is no module behind this link")
    message: Any = _l("The module that it points to does not exist, or not any more.")
    advice: Any = _l("Tell your lecturer, who sees here too that the link needs another module.")
    if end.module is not None:
        with service().database.reading() as connection:
            old = title_of(connection, end.module)
            new = title_of(connection, end.successor) if end.successor is not None else None
        title = _l("“%(title)s” is no longer offered", title=old)
        message = _l("No other module takes its place yet.")
        if new is not None:
            message = _l("“%(title)s” takes its place.", title=new)
            advice = _l("What you do there counts for this link in your course.")
            mark, now = secrets.token_urlsafe(16), service().clock()
            values |= {"successor": new, "token": seal_launched(service().seal, end.launched, mark, now)}
    return refusal_response(
        Refusal(
            code,
            status,
            title=title,
            message=message,
            advice=advice,
            detail=f"module {end.key!r}",
            template="lti/dead_end.html",
            values=values,
        )
    )


@lti_desk.post("/lti/successor")
@csrf_exempt  # the page before signs nobody in, so there is no session whose token it could have
def go_on() -> BaseResponse:
    """The learner opens what takes the retired module's place: signed in, enrolled, and the score goes to the link.

    A page that confirmed its launch without a cookie asks by a script, which is told the session in JSON.
    """
    check_same_origin()
    parts, now = service(), service().clock()
    opened = open_launched(parts.seal, request.form.get("launch", ""), now)
    if opened is None:
        raise LtiError("lti_state", "the way to a successor is none of ours, or too old")
    launched, mark = opened
    with parts.database.writing() as connection:
        if not spend_nonce(connection, hash_token(mark), now + TIME_TO_GO_ON):
            raise LtiError("lti_nonce_replayed")
        hold_identity(connection, launched.registration_id, launched.sub)
        known = _known(connection, launched)
        enrolment = _enrol(connection, launched, known, now)
        assert known.visit_id is not None and known.identity_id is not None  # noqa: S101 - the launch noted both
        # What the link opened in another window since the page was made may be completed and not announced yet
        announce_visit(connection, known.visit_id, now)
        lead_on(connection, known.visit_id, enrolment.id, now)
        if enrolment.completed_at is not None:
            announce_visit(connection, known.visit_id, now)
        session = new_session(
            identity_id=known.identity_id,
            buddy_id=enrolment.buddy_id,
            registration_id=launched.registration_id,
            deployment_id=known.deployment_id or 0,
            roles=launched.roles,
            locale=known.locale or launched.locale,
            return_url=launched.return_url,
            login=launched.login,
            now=now,
        )
        open_session(connection, session)
    _log.info("went on with a successor", registration=launched.registration_id, link=known.link_id)
    response: BaseResponse = redirect(url_for("buddy.module_page", enrolment=enrolment.public_id), 303)
    set_session_cookie(response, session.token, keyed_hash(front_office().mark_key, str(known.identity_id)))
    return opened_for_script(response) if request.form.get("by") == "script" else response


def _known(connection: Connection, launched: Launched) -> Known:
    """What is known of the launch now, an hour later at most: whoever was kept out meanwhile stays out."""
    try:
        known = known_at_launch(
            connection,
            registration_id=launched.registration_id,
            deployment_id=launched.deployment_id,
            sub=launched.sub,
            context_id=launched.context_id,
            resource_link_id=launched.resource_link_id,
            module_key=launched.named_key,
        )
    except LookupError as problem:
        raise LtiError("lti_issuer", "the registration was removed meanwhile") from problem
    if not known.registration_active or not known.deployment_active:
        raise LtiError("lti_platform_inactive", "switched off meanwhile")
    if known.disabled_at is not None:
        raise person_stopped()
    if known.visit_id is None or known.identity_id is None or known.buddy_id is None:
        raise LtiError("lti_state", "the visit is gone")
    return known


def _enrol(connection: Connection, launched: Launched, known: Known, now: datetime) -> EnrolmentState:
    """The enrolment on what the link leads to by now: its module where it can be opened again, else the successor."""
    key = wanted_key(known, launched.named_key)
    module: CatalogueModule | None = find_module(connection, key) if key is not None else None
    if module is not None and module.retired_at is not None:
        module = successor_of(connection, module)
    if module is None or known.buddy_id is None:
        raise LtiError("lti_state", "nothing takes its place any more")
    return enrol(
        connection,
        buddy_id=known.buddy_id,
        module_id=module.id,
        edition_id=module.edition_id,
        period=period_of(edition(connection, module.edition_id).module, now),
        now=now,
    )
