"""Messages that place and open no module: a learner's work, looked at from the gradebook, and one's own data.

Submission Review 1.0 (https://www.imsglobal.org/spec/lti-sr/v1p0); the data-privacy launch has no public text, its two
spellings come from the libraries that speak it.
"""

from datetime import datetime

from flask import url_for

from lti.messages import DataPrivacyLaunch, SubmissionReview
from trainer.core.crypto import Seal
from trainer.core.database import Database
from trainer.core.i18n import lazy_gettext as _l
from trainer.core.web.errors import Refusal
from trainer.courses.reviewing import Submission, find_submission, seal_review
from trainer.desks.lti.admission import LedTo, admit, sign_in
from trainer.institutions.queries import RegisteredPlatform
from trainer.people.queries import find_identity


def open_review(
    database: Database,
    asked: SubmissionReview,
    registered: RegisteredPlatform,
    seal: Seal,
    *,
    browser_locale: str,
    now: datetime,
) -> LedTo:
    """Let a lecturer look at a learner's work, or a learner at the own: one transaction.

    Who looks at somebody else's must be a lecturer of the very course that the message names; without a course there is
    nobody who could be.

    Raises:
        Refusal: ``review_not_allowed`` (403), ``nothing_to_review`` (404: not known in this course, not begun and not
            there look the same), and what `sign_in` raises.
        LtiError, UnknownDeployment: as `sign_in`.
    """
    is_own = asked.for_user.user_id == asked.sub
    if not is_own and not asked.is_lecturer:
        raise Refusal(
            "review_not_allowed",
            403,
            title=_l("You may not see this"),
            message=_l("Only lecturers of the course may look at what a student did."),
            advice=_l("Ask whoever manages the course for the role of lecturer."),
        )
    with database.writing() as connection:
        session = sign_in(connection, asked, registered, browser_locale=browser_locale, now=now)
        found: Submission | None = None
        if is_own or asked.context is not None:
            found = find_submission(
                connection,
                deployment_id=session.row["deployment_id"],
                sub=asked.for_user.user_id,
                context_id=asked.context.id if asked.context else None,
                resource_link_id=asked.resource_link.id if asked.resource_link else None,
                line_item_url=asked.ags.lineitem if asked.ags else None,
                as_learner=not is_own,
            )
        if found is None:
            raise Refusal(
                "nothing_to_review",
                404,
                title=_l("There is nothing to see yet"),
                message=_l("This student has not opened this module from this course yet."),
                advice=_l("Go back to your course."),
            )
    identity_id = session.row["identity_id"]
    if is_own:
        location = url_for("buddy.status_page", enrolment=found.enrolment)
    else:
        location = url_for("lecturer.review", review=seal_review(seal, found, identity_id, now))
    return LedTo(session.token, identity_id, location)


def open_own_data(
    database: Database,
    asked: DataPrivacyLaunch,
    registered: RegisteredPlatform,
    *,
    browser_locale: str,
    now: datetime,
) -> LedTo | None:
    """Lead somebody to what is kept about them; None where nothing is, and nothing is begun for the asking.

    Nobody gets to see anybody else's, administrators of the LMS neither: the message belongs to no course, and roles
    outside a course give no rights here.

    Raises:
        Refusal: ``privacy_of_another`` (403), and what `sign_in` raises.
        LtiError, UnknownDeployment: as `sign_in`.
    """
    if asked.for_user is not None and asked.for_user.user_id != asked.sub:
        raise Refusal(
            "privacy_of_another",
            403,
            title=_l("These are somebody else's data"),
            message=_l("Everybody sees only the own data here, also who manages the LMS."),
            advice=_l(
                "The person can open “Your data” at the foot of a module. For a request in their name, write to the "
                "contact of the training, with the code below."
            ),
        )
    with database.writing() as connection:
        if find_identity(connection, registered.id, asked.sub) is None:
            admit(connection, asked, registered, now)
            return None
        session = sign_in(connection, asked, registered, browser_locale=browser_locale, now=now)
    return LedTo(session.token, session.row["identity_id"], url_for("buddy.own_data"))
