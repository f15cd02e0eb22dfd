"""Why a course's list of members could not be fetched: a code, and what a lecturer reads about it.

The codes are what ``course.roster_problem`` holds.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from lti.outcomes import RateLimited, Refused, Retry
from trainer.core.i18n import lazy_gettext as _l

NO_SCOPE = "no_scope"
FORBIDDEN = "forbidden"
REFUSED = "refused"
UNREACHABLE = "unreachable"
KEYS = "keys"
CERTIFICATE = "certificate"
BUSY = "busy"
ADDRESS = "address"
UNREADABLE = "unreadable"
EMPTY = "empty"
TOO_LONG = "too_long"
INTERNAL = "internal"


class RosterReason(NamedTuple):
    """What is said about a code."""

    #: one sentence; a lazy text
    sentence: object
    #: who can do something about it; a lazy text
    advice: object


_AGAIN = _l("It is tried again by itself.")
_ADMINISTRATOR = _l("Ask the administrator of your LMS to look at it.")

ROSTER_REASONS: Mapping[str, RosterReason] = MappingProxyType(
    {
        NO_SCOPE: RosterReason(
            _l("The LMS does not allow Buddy Trainer to ask who is in the course."),
            _l("Ask the administrator of your LMS to allow the tool to read the list of members."),
        ),
        FORBIDDEN: RosterReason(
            _l("The LMS does not give the list of members of this course."),
            _l("Ask the administrator of your LMS to allow the tool to read the list of members."),
        ),
        REFUSED: RosterReason(_l("The LMS refused to give the list of members."), _ADMINISTRATOR),
        UNREACHABLE: RosterReason(_l("The LMS did not answer when we asked who is in the course."), _AGAIN),
        KEYS: RosterReason(_l("The LMS did not recognise Buddy Trainer."), _ADMINISTRATOR),
        CERTIFICATE: RosterReason(_l("The certificate of the LMS is not in order."), _ADMINISTRATOR),
        BUSY: RosterReason(_l("The LMS was too busy to give the list of members."), _AGAIN),
        ADDRESS: RosterReason(
            _l("The LMS keeps the list of members at an address that is not its own."), _ADMINISTRATOR
        ),
        UNREADABLE: RosterReason(_l("The LMS gave a list of members that cannot be read."), _ADMINISTRATOR),
        EMPTY: RosterReason(_l("The LMS gave a list without members."), _AGAIN),
        TOO_LONG: RosterReason(_l("The LMS took too long to give the list of members."), _AGAIN),
        INTERNAL: RosterReason(_l("Something went wrong on our side."), _AGAIN),
    }
)

_RETRIES = {
    "timeout": TOO_LONG,
    "address": ADDRESS,
    "certificate": CERTIFICATE,
    "protocol": UNREADABLE,
    "too_big": UNREADABLE,
    "busy": BUSY,
    "token_refused": KEYS,
    "token_unreadable": KEYS,
}
_REFUSALS = {
    "scope_missing": NO_SCOPE,
    "service_disabled": FORBIDDEN,
    "forbidden": FORBIDDEN,
    "foreign_host": ADDRESS,
    "unreadable": UNREADABLE,
}


def code_of(outcome: Retry | RateLimited | Refused) -> str:
    """The code for how a roster's fetching ended."""
    match outcome:
        case RateLimited():
            return BUSY
        case Retry():
            return _RETRIES.get(outcome.reason, UNREACHABLE)
        case Refused():
            return _REFUSALS.get(outcome.reason, REFUSED)
