"""What an administrator is about to connect, carried by the form of our own page.

In an LMS's frame nobody is signed in, so there is no session whose token a form could show. This signed value takes
its place: only a page of ours that was just served to the holder of the invitation holds it, and it says what
that page was about. It is not spent: the invitation in it is.
"""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta

from trainer.core.crypto import derive_key, keyed_hash
from trainer.core.i18n import lazy_gettext as _l
from trainer.core.web.errors import Refusal

#: How long the page may stand before it is agreed to.
INTENT_TTL = timedelta(minutes=30)
#: A clock that was set back in between.
_SKEW = 60


@dataclass(frozen=True, slots=True)
class Intent:
    """To register with this configuration, on this invitation. issuer: the one that the administrator saw."""

    invitation: str
    configuration_url: str
    registration_token: str | None
    issuer: str


def sign_intent(intent: Intent, secret_key: str, now: datetime) -> str:
    """The intent as the form carries it: URL-safe, with its signature and the moment."""
    text = json.dumps([int(now.timestamp()), *astuple(intent)])
    body = urlsafe_b64encode(text.encode()).decode()
    return f"{body}.{_signature(secret_key, body)}"


def open_intent(value: str, secret_key: str, now: datetime) -> Intent:
    """The intent in a form.

    Raises:
        Refusal: ``csrf_token`` (403): it is not ours, was altered, or is too old.
    """
    body, _, signature = value.partition(".")
    if not hmac.compare_digest(signature.encode("utf-8", "replace"), _signature(secret_key, body).encode()):
        raise _refusal("the intent is not ours")
    made_at, *fields = json.loads(urlsafe_b64decode(body))
    if not -_SKEW <= now.timestamp() - made_at <= INTENT_TTL.total_seconds():
        raise _refusal("the intent is too old")
    return Intent(*fields)


def _signature(secret_key: str, body: str) -> str:
    return keyed_hash(derive_key(secret_key, "lti-registration"), body)


def _refusal(detail: str) -> Refusal:
    return Refusal(
        "csrf_token",
        403,
        title=_l("The LMS could not be connected"),
        message=_l("This page stood open too long, or was changed."),
        advice=_l("Begin the registration in your LMS again."),
        detail=detail,
    )
