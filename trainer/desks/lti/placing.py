"""A verified deep linking request becomes a teacher with a session, and a request that waits for the choice."""

from dataclasses import dataclass
from datetime import datetime

from lti.errors import LtiError
from lti.messages import DeepLinkingRequest
from trainer.core.database import Database
from trainer.courses.placing import begin_placing
from trainer.desks.lti.admission import sign_in
from trainer.institutions.queries import RegisteredPlatform


@dataclass(frozen=True, slots=True)
class Begun:
    """A teacher may choose now."""

    #: for the session cookie
    token: str
    identity_id: int
    #: random id of the waiting request
    request_id: str


def begin(
    database: Database,
    asked: DeepLinkingRequest,
    registered: RegisteredPlatform,
    *,
    browser_locale: str,
    now: datetime,
) -> Begun:
    """Spend the nonce, let the teacher in, and keep what the platform asks: one transaction.

    Raises:
        LtiError: ``lti_may_not_place`` (403), ``lti_message_type`` (the platform wants something else than links),
            and what `sign_in` raises.
        UnknownDeployment: the deployment is unknown or switched off.
    """
    if not asked.may_place:
        raise LtiError("lti_may_not_place")
    if not asked.settings.takes_links:
        raise LtiError("lti_message_type", f"the platform takes {asked.settings.accept_types}")
    with database.writing() as connection:
        session = sign_in(connection, asked, registered, browser_locale=browser_locale, now=now)
        request_id = begin_placing(
            connection,
            asked,
            identity_id=session.row["identity_id"],
            registration_id=registered.id,
            deployment_row=session.row["deployment_id"],
            now=now,
        )
    return Begun(session.token, session.row["identity_id"], request_id)
