"""What platforms tell us by themselves: that a course was copied (Platform Notification Service 1.0,
https://www.imsglobal.org/spec/lti-pns/v1p0).

One address for all platforms, because a platform is given it before it has a client id. Nothing rests on a notice:
what it tells follows from the first launch of the copy too, and Canvas sends it once and never again.
"""

from datetime import datetime, timedelta

from flask import Response, jsonify, request

from lti.errors import LtiError
from lti.notices import CourseCopied, read_notices
from lti.platform import Platform
from trainer.core.crypto import hash_token
from trainer.core.logging import logger
from trainer.core.web.csrf import csrf_exempt
from trainer.core.web.errors import Refusal, answer_in_json
from trainer.core.web.service import service
from trainer.courses.copies import note_copied_course
from trainer.desks.lti.front_office import front_office
from trainer.desks.lti.views import lti_desk
from trainer.institutions.notice_services import NOTICES_PATH
from trainer.institutions.queries import RegisteredPlatform, open_deployment
from trainer.people.actions import spend_nonce

#: a hundred notices of 2 KB
_LARGEST = 256 * 1024
#: a notice is taken for six minutes after it was written, so what is spent need not be known for longer
_KNOWN_FOR = timedelta(days=1)
_RETRY_AFTER = 60
#: a course is a copy of one other, or of a few
_MAX_ORIGINS = 100
_log = logger("lti")


@lti_desk.post(NOTICES_PATH)
@csrf_exempt  # who sends is proven by each notice's signature
def notices() -> Response:
    """Take a delivery: at most a hundred signed notices.

    What is good is noted, whatever comes with it, and what came before is taken for good again; types that we did
    not ask for are passed over. Refused is a delivery of which nothing could be taken.
    """
    answer_in_json()
    request.max_content_length = _LARGEST
    now = service().clock()
    known: dict[tuple[str, str], RegisteredPlatform] = {}
    found = read_notices(
        request.get_data(),
        lambda issuer, client_id: _platform(known, issuer, client_id, now),
        front_office().key_sets,
        now,
    )
    taken, refused = 0, list(found.refused)
    for copied in found.copies:
        try:
            _note(copied, known[copied.platform.key], now)
            taken += 1
        except LtiError as refusal:
            refused.append(refusal)
    for problem in refused:
        _log.info("notice refused", code=problem.code, detail=str(problem))
    if any(problem.code == "lti_keys_unavailable" for problem in refused):
        # Come again: an outage that is not ours, so no 5xx; what was taken now changes nothing then
        raise Refusal("notices_wait", 429, retry_after=_RETRY_AFTER, detail="a platform's keys")
    if refused and not taken and not found.others:
        raise refused[0]
    return jsonify(taken=taken, passed_over=len(found.others), refused=len(refused))


def _platform(
    known: dict[tuple[str, str], RegisteredPlatform], issuer: str, client_id: str, now: datetime
) -> Platform | None:
    # An id that is no text for PostgreSQL is nobody's
    registered = (
        front_office().platform(issuer, client_id, now) if (issuer + client_id).isprintable() else None
    )
    if registered is None:
        return None
    if not registered.active:
        raise LtiError("lti_platform_inactive")
    known[registered.platform.key] = registered
    return registered.platform


def _note(copied: CourseCopied, registered: RegisteredPlatform, now: datetime) -> None:
    """Spend the notice and make known what it tells: one transaction, of two at once one.

    Raises:
        LtiError: ``lti_deployment``; nothing is spent then: once the deployment is adopted, the notice is good.
    """
    # A platform's nonces are its own: none may use up another's
    spent = hash_token(f"notice {registered.id} {copied.nonce_hash}")
    with service().database.writing() as connection:
        deployment_id = open_deployment(connection, registered.id, copied.deployment_id)
        if deployment_id is None:
            raise LtiError("lti_deployment", f"deployment {copied.deployment_id!r}")
        if not spend_nonce(connection, spent, min(copied.nonce_expires_at, now + _KNOWN_FOR)):
            return
        is_known = note_copied_course(
            connection, deployment_id, copied.context_id, copied.origins[:_MAX_ORIGINS], now
        )
    _log.info("course copied", registration=registered.id, notice=copied.notice_id, known=is_known)
