"""D2L Brightspace. Read in D2L's community articles and in the code of tools that live with it."""

from __future__ import annotations

from lti.platforms.quirks import Quirks, RefusalText

QUIRKS = Quirks(
    # One audience for all customers; the token endpoint is https://auth.brightspace.com/core/connect/token
    audience="https://api.brightspace.com/auth/token",
    refusals=(
        # Who is not enrolled, or has a role that "can be graded in Grades" is not ticked for
        # (community.d2l.com 23752)
        RefusalText(403, "not enrolled", "not_enrolled"),
        RefusalText(403, "user", "not_gradable"),
    ),
)
