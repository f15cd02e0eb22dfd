"""Why a score waits or is parked: a code, a sentence for the student, and what a lecturer or operator can do.

The codes are what ``delivery.reason`` holds.  Most come from :mod:`lti.outcomes`; what ``lti`` calls the same way for
two things, and what happens on our own side, has a code here.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from trainer.core.i18n import lazy_gettext as _l

WAITING = "waiting"
DELIVERED = "delivered"
PARKED = "parked"
#: not a row yet: the module is not completed
TO_COME = "to_come"
STATES = (WAITING, DELIVERED, PARKED)

# Our own side's reasons
NO_COLUMN = "no_column"
NO_SCOPE = "no_scope"
COLUMN_GONE = "column_gone"
COLUMN_NEW = "column_new"
COLUMN_SOUGHT = "column_sought"
COLUMN_DELETED = "column_deleted"
PLATFORM_OFF = "platform_off"
ADDRESS = "address"
GAVE_UP = "gave_up"
TOO_OLD = "too_old"
RATE_LIMITED = "rate_limited"
FORBIDDEN = "forbidden"
FORBIDDEN_ONCE = "forbidden_once"
UNREACHABLE = "unreachable"
INTERNAL = "internal"
TOKEN_WAIT = "token_wait"  # noqa: S105  (a reason, not a secret)

#: the platform as a whole does not work: when it does again, what waits for one of these need not wait on
OUTAGES = frozenset(
    {
        UNREACHABLE,
        "resolve",
        "timeout",
        "reset",
        "too_big",
        "protocol",
        "server_error",
        "busy",
        "redirected",
        "certificate",
        "token_refused",
        "token_unreadable",
    }
)
#: a launch that brings another way to the gradebook is what these rows are parked for
WAKES_AT_LAUNCH = frozenset({NO_COLUMN, NO_SCOPE, COLUMN_DELETED})


class Reason(NamedTuple):
    """What is said about a code."""

    #: one sentence, with what happens next; a lazy text
    student: object
    #: what is wrong and who can do something about it; a lazy text
    advice: object


_AGAIN = _l("The LMS does not answer right now; we keep trying.")
_ASK = _l("Ask the platform's administrator to look at its services; sending goes on by itself.")
_KEYS = _l("The LMS does not recognise Buddy Trainer right now; we keep trying.")
_CHECK_KEYS = _l(
    "Check that the client id, the token address and our key set address are as registered in the LMS."
)
_COLUMN = _l(
    "This course has no grade column for this module (any more); opening the module from the LMS may help."
)

REASONS: Mapping[str, Reason] = MappingProxyType(
    {
        # waiting
        UNREACHABLE: Reason(_AGAIN, _l("The platform accepts no connections. Sending goes on by itself.")),
        "resolve": Reason(_AGAIN, _l("The platform's host name cannot be found. Check the name service.")),
        "timeout": Reason(_AGAIN, _ASK),
        "reset": Reason(_AGAIN, _ASK),
        "too_big": Reason(_AGAIN, _ASK),
        "protocol": Reason(_AGAIN, _ASK),
        "server_error": Reason(_AGAIN, _ASK),
        "busy": Reason(_l("The LMS is busy; we send it when it has time again."), _ASK),
        "redirected": Reason(
            _AGAIN,
            _l("The platform's services answer with a redirect: maintenance, or an address that changed."),
        ),
        "certificate": Reason(
            _l("The LMS's certificate is not in order; we keep trying until it is."),
            _l(
                "The platform's TLS certificate is expired, self-signed or for another host. Have it renewed."
            ),
        ),
        "token_refused": Reason(_KEYS, _CHECK_KEYS),
        "token_unreadable": Reason(_KEYS, _CHECK_KEYS),
        TOKEN_WAIT: Reason(
            _l("Almost there: it leaves within a minute."), _l("Nothing to do: waiting for a token.")
        ),
        RATE_LIMITED: Reason(
            _l("The LMS asks for patience; we send it as soon as we may."),
            _l("The platform limits how fast scores may come. Nothing to do."),
        ),
        COLUMN_GONE: Reason(_AGAIN, _l("The column was not there; it is being looked for.")),
        COLUMN_NEW: Reason(
            _l("This course has a new grade column; your score is on its way there."),
            _l("The link has another column than before; what the old one had is sent to it. Nothing to do."),
        ),
        COLUMN_SOUGHT: Reason(
            _l("Almost there: it leaves within a minute."),
            _l("The column is being looked for. Nothing to do."),
        ),
        FORBIDDEN_ONCE: Reason(
            _KEYS, _l("The platform forbade it once; it is tried once more with a new token.")
        ),
        INTERNAL: Reason(
            _l("Something went wrong on our side; we keep trying."),
            _l("Look in the worker's log for this delivery."),
        ),
        # parked
        NO_COLUMN: Reason(
            _l("This course has no grade column."),
            _l("Give the link a grade column in the LMS; the next launch from it sends the score."),
        ),
        NO_SCOPE: Reason(
            _l("The LMS does not allow Buddy Trainer to send scores."),
            _l("Allow the tool to use the grade service in the LMS; the next launch sends the score."),
        ),
        COLUMN_DELETED: Reason(
            _COLUMN, _l("The grade column was deleted in the LMS. Make one again and open the module once.")
        ),
        PLATFORM_OFF: Reason(
            _l("The connection with this LMS is switched off; it is sent when it is on again."),
            _l(
                "The platform, its deployment or the person is disabled here. Enabling it sends what is parked."
            ),
        ),
        ADDRESS: Reason(
            _l("The address of this LMS is not allowed; the administrators have to look at it."),
            _l("The platform's address is not on the public internet, so nothing is sent there."),
        ),
        GAVE_UP: Reason(
            _l("The LMS could not be reached for a week; the administrators know."),
            _l("Repair the connection, then run: trainer deliveries retry"),
        ),
        TOO_OLD: Reason(
            _l("The LMS already has a later score."),
            _l(
                "The platform keeps saying that it has a later score. Compare with its gradebook, then retry."
            ),
        ),
        "not_enrolled": Reason(
            _l("The LMS refused: you are not enrolled in this course (any more)."),
            _l("Enrol the student in the course, then retry."),
        ),
        "not_gradable": Reason(
            _l("The LMS refused: it takes no score for you in this course."),
            _l("The person is not enrolled as a student in the course. Enrol them, then retry."),
        ),
        "course_ended": Reason(
            _l("The LMS refused: the course has ended."), _l("Open the course's term in the LMS, then retry.")
        ),
        "past_due": Reason(
            _l("The LMS refused: the due date has passed."), _l("Extend the due date in the LMS, then retry.")
        ),
        "unpublished": Reason(
            _l("The LMS refused: the activity is not published."), _l("Publish the activity, then retry.")
        ),
        "attempts_used": Reason(
            _l("The LMS refused: no more attempts are allowed."), _l("Allow another attempt, then retry.")
        ),
        "service_disabled": Reason(
            _l("The LMS refused: its grade service is switched off for this tool."),
            _l("Switch the grade service on for this tool, then retry."),
        ),
        FORBIDDEN: Reason(
            _l("The LMS refused: Buddy Trainer may not write in this grade column."),
            _l("Check the tool's rights in the LMS, then retry."),
        ),
        "foreign_host": Reason(
            _l("The LMS named an address that is not its own; the administrators have to look at it."),
            _l("The grade column lies on a host that is not registered for the platform."),
        ),
        "refused": Reason(
            _l("The LMS refused the score."), _l("See what the platform said, repair it there, then retry.")
        ),
        "unreadable": Reason(
            _l("The LMS gave an answer that cannot be understood."),
            _l("See what the platform said, then retry."),
        ),
    }
)

#: where `lti` and this table name the same thing differently
_OUTCOME_CODES = {"scope_missing": NO_SCOPE}


def code_of_refusal(reason: str) -> str:
    """The code for what :class:`lti.outcomes.Refused` says."""
    return _OUTCOME_CODES.get(reason, reason) if _OUTCOME_CODES.get(reason, reason) in REASONS else "refused"


def code_of_retry(reason: str) -> str:
    """The code for what :class:`lti.outcomes.Retry` says.  There "refused" is a connection, here it is a score."""
    if reason == "refused":
        return UNREACHABLE
    return reason if reason in REASONS else "protocol"
