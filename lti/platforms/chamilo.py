"""Chamilo 2. Read in its ImsLti plugin.

It compares `Accept` with the one exact media type, on POST too (LtiScoresResource.php,
LtiLineItemsResource.php): 415 for anything else. All our requests carry exactly that, so what is left is how
it says no.
"""

from __future__ import annotations

from lti.platforms.quirks import Places, Quirks, RefusalText

QUIRKS = Quirks(
    refusals=(
        RefusalText(400, "not found", "not_enrolled"),
        RefusalText(403, "service is not enabled", "service_disabled"),
    ),
    name="Chamilo",
    # FrmAdd.php
    places=Places(
        tool="Administration > Plugins > IMS/LTI client > Buddy Trainer > Edit",
        scores="Assignment and Grade Services (full)",
        columns="Assignment and Grade Services (full)",
        reading="Assignment and Grade Services (full)",
        roster="Names and Role Provisioning Services",
    ),
)
