"""D2L Brightspace. Read in D2L's community articles and in the code of tools that live with it."""

from __future__ import annotations

from lti.platforms.quirks import Places, Quirks, RefusalText

QUIRKS = Quirks(
    # The token endpoint and its audience are all customers'
    own_domains=("brightspace.com",),
    # One audience for all customers; the token endpoint is https://auth.brightspace.com/core/connect/token
    audience="https://api.brightspace.com/auth/token",
    # Who is not enrolled, or whose role may not "be graded in Grades" (community.d2l.com, article 23752)
    refusals=(RefusalText(403, "", "not_gradable"),),
    name="Brightspace",
    # Names of the extensions: docs.valence.desire2learn.com/res/ltiadvantage.html
    places=Places(
        tool=(
            "Admin Tools > Manage Extensibility > LTI Advantage > Buddy Trainer (registration and deployment) > "
            "Extensions"
        ),
        scores="Assignment and Grade Services",
        columns="Assignment and Grade Services",
        reading="Assignment and Grade Services",
        roster="Names and Role Provisioning Services",
        keys="Keyset URL",
    ),
)
