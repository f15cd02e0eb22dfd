"""A verified deep linking request becomes a teacher with a session, and a request that waits for the choice."""

from datetime import datetime

from flask import url_for

from lti.errors import LtiError
from lti.messages import DeepLinkingRequest
from trainer.core.database import Database
from trainer.courses.placing import begin_placing
from trainer.desks.lti.admission import LedTo, sign_in
from trainer.institutions.queries import RegisteredPlatform


def begin(
    database: Database,
    asked: DeepLinkingRequest,
    registered: RegisteredPlatform,
    *,
    browser_locale: str,
    now: datetime,
) -> LedTo:
    """Spend the nonce, let the teacher in, and keep what the platform asks: one transaction. Leads to the catalogue.

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
    location = url_for("placing.choose", request_id=request_id)
    return LedTo(session.token, session.row["identity_id"], location)
