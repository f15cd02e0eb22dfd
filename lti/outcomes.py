"""How a call to a platform's service ended, as far as that is the same for all services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Retry:
    """It did not work now and may later.

    reason: one of RETRY_REASONS. after: how long the platform asks us to wait; None leaves it to our own
    back-off. outcome_unknown: the platform may have done it all the same. detail: for the operator, English.
    """

    reason: str
    after: timedelta | None = None
    outcome_unknown: bool = False
    status: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RateLimited:
    """The platform asks for fewer requests: wait with all that goes to it, `after` if it says how long."""

    after: timedelta | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """It will not work until someone changes something. reason: one of REFUSALS."""

    reason: str
    status: int | None = None
    detail: str = ""


#: Why something is tried again.
RETRY_REASONS: MappingProxyType[str, str] = MappingProxyType(
    {
        "refused": "The platform does not accept connections.",
        "resolve": "The platform's host name cannot be resolved.",
        "address": "The platform's host name resolves to an address that may not be called.",
        "certificate": "The platform's certificate is not valid.",
        "timeout": "The platform did not answer in time.",
        "reset": "The connection broke off before the answer.",
        "too_big": "The platform's answer is too large.",
        "protocol": "The platform's answer is not valid HTTP or not what the service defines.",
        "server_error": "The platform had an internal error.",
        "busy": "The platform is overloaded or in maintenance.",
        "redirected": "The platform sends its services elsewhere: maintenance, or a wrong address.",
        "token_refused": "The platform does not accept our key or our token.",
        "token_unreadable": "The platform's token answer cannot be read.",
        "token_wait": "Another worker is asking for a token.",
    }
)

#: Why something is not tried again by itself.
REFUSALS: MappingProxyType[str, str] = MappingProxyType(
    {
        "not_enrolled": "The platform says that this person is not a student of the course (any more).",
        "not_gradable": "The platform takes no score for this person: not enrolled, or a teacher.",
        "course_ended": "The course has ended in the platform.",
        "unpublished": "The activity is not published in the platform.",
        "attempts_used": "The activity allows no more attempts in the platform.",
        "service_disabled": "The grade service is switched off for this tool in the platform.",
        "forbidden": "The platform forbids it.",
        "scope_missing": "The tool's registration in the platform does not include the right to do this.",
        "foreign_host": "The service's address does not belong to the registered platform.",
        "too_old": "The platform already has a later score.",
        "refused": "The platform refuses the request.",
        "unreadable": "The platform's answer cannot be understood.",
    }
)
