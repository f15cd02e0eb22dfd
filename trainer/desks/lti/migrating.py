"""Somebody comes by LTI 1.3 whom we know from LTI 1.1: the same person, if the platform proves it (lti.migration).

`lti11_legacy_user_id` alone carries no signature, so it joins nobody; in rosters it is not even read.
"""

from datetime import datetime

from sqlalchemy import Connection

from lti.messages import ResourceLinkLaunch
from lti.migration import verify_migration
from trainer.core.crypto import SealBroken
from trainer.core.logging import logger
from trainer.core.web.service import service
from trainer.courses.joining import Candidate, find_candidate, hold, join
from trainer.courses.queries import Known
from trainer.institutions.queries import RegisteredPlatform

_log = logger("lti")


def may_be_another(
    connection: Connection, launch: ResourceLinkLaunch, registered: RegisteredPlatform, known: Known
) -> bool:
    """Whether there is something to prove; one statement, and none for a launch that tells nothing of the past."""
    return known.identity_id is not None and (
        _proven(connection, launch, registered, known.identity_id, known.course_id) is not None
    )


def join_if_proven(
    connection: Connection,
    launch: ResourceLinkLaunch,
    registered: RegisteredPlatform,
    identity_id: int,
    *,
    course_id: int | None,
    now: datetime,
) -> int | None:
    """Join the identity with the person of before; gives their buddy's id, None where nothing was joined."""
    candidate = _proven(connection, launch, registered, identity_id, course_id)
    if candidate is None:
        return None
    hold(connection, identity_id, candidate)
    candidate = _proven(connection, launch, registered, identity_id, course_id)
    if candidate is None:
        return None
    buddy_id = join(connection, identity_id=identity_id, candidate=candidate, now=now)
    _log.info("joined", registration=registered.id, identity=identity_id, before=candidate.identity_id)
    return buddy_id


def _proven(
    connection: Connection,
    launch: ResourceLinkLaunch,
    registered: RegisteredPlatform,
    identity_id: int,
    course_id: int | None,
) -> Candidate | None:
    claim = launch.migration
    if claim is None:
        return None
    candidate = find_candidate(
        connection,
        identity_id=identity_id,
        registration_id=registered.id,
        institution_id=registered.institution_id,
        consumer_key=claim.consumer_key,
        user_id=claim.user_id or launch.sub,
        course_id=course_id,
    )
    if candidate is None:
        return None
    try:
        secret = service().seal.open(candidate.secret)
    except SealBroken:
        return None
    proven = verify_migration(launch, lambda _key: secret)
    if proven is None:
        _log.warning("claims to be another, unproven", registration=registered.id, identity=identity_id)
        return None
    return candidate
