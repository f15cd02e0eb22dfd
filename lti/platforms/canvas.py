"""Canvas. Read in canvas-lms: app/controllers/lti/ims/scores_controller.rb and doc/api/throttling.md."""

from __future__ import annotations

from lti.platforms.quirks import Quirks, RefusalText

QUIRKS = Quirks(
    # Login and keys are served from sso.canvaslms.com, line items from the institution's own host
    service_domains=("instructure.com",),
    too_old=("before last updated timestamp",),
    refusals=(
        RefusalText(422, "user not found in course or is not a student", "not_enrolled"),
        RefusalText(422, "must be enrolled in the course as a student", "not_enrolled"),
        RefusalText(422, "course has concluded", "course_ended"),
        RefusalText(422, "still unpublished", "unpublished"),
        RefusalText(422, "maximum number of allowed attempts", "attempts_used"),
    ),
)
