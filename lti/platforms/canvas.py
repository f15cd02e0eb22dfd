"""Canvas. Read in canvas-lms: app/controllers/lti/ims/scores_controller.rb and doc/api/throttling.md."""

from __future__ import annotations

from lti.platforms.quirks import Places, Quirks, RefusalText

QUIRKS = Quirks(
    issuers=(
        "https://canvas.instructure.com",
        "https://canvas.beta.instructure.com",
        "https://canvas.test.instructure.com",
    ),
    own_domains=("instructure.com", "canvaslms.com"),
    # Where a lecturer makes an assignment, and where one adds to a course module; a link without a placement
    # would appear nowhere (doc/api/registration.md)
    placements=("assignment_selection", "link_selection"),
    registers_links=False,
    # Without it a tool is "anonymous" (doc/api/registration.md)
    privacy_key="https://canvas.instructure.com/lti/privacy_level",
    # Both families of names (doc/api/lti_window_post_message.md); the frame comes with the login
    storage_legacy_names=True,
    # Login and keys are served from sso.canvaslms.com, line items from the institution's own host
    service_domains=("instructure.com",),
    # … and so are the pages that frame us; a school's own domain is for the administrator to add
    framing_origins=("https://*.instructure.com",),
    too_old=("before last updated timestamp",),
    refusals=(
        RefusalText(422, "user not found in course or is not a student", "not_enrolled"),
        RefusalText(422, "must be enrolled in the course as a student", "not_enrolled"),
        RefusalText(422, "course has concluded", "course_ended"),
        RefusalText(422, "still unpublished", "unpublished"),
        RefusalText(422, "maximum number of allowed attempts", "attempts_used"),
    ),
    name="Canvas",
    # The names of LTI Advantage Services in a developer key (lib/token_scopes.rb)
    places=Places(
        tool="Admin > Developer Keys > Buddy Trainer (edit) > LTI Advantage Services",
        scores="Can create and update submission results for assignments associated with the tool.",
        columns="Can create and view assignment data in the gradebook associated with the tool.",
        reading="Can view assignment data in the gradebook associated with the tool.",
        roster="Can retrieve user data associated with the context the tool is installed in.",
        keys="Public JWK URL",
    ),
)
