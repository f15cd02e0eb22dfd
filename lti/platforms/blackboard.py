"""Blackboard Learn. Read in docs.anthology.com (LTI Advantage) and in the code of tools that live with it."""

from __future__ import annotations

from lti.platforms.quirks import Places, Quirks, RefusalText

QUIRKS = Quirks(
    # Login, token and keys are served for all customers from developer.blackboard.com, line items by each
    # Learn host
    service_domains=("blackboard.com",),
    framing_origins=("https://*.blackboard.com",),
    issuers=("https://blackboard.com",),
    own_domains=("blackboard.com",),
    # By design it adds no lti_storage_target to the login (docs.anthology.com, "poidc-login-lti_storage_target")
    storage_frame="lti_storage_frame",
    refusals=(RefusalText(400, "user could not be found", "not_enrolled"),),
    name="Blackboard",
    # As makers of other tools have their customers do; our keys stand in the developer portal for all of them
    places=Places(
        tool="Administrator Panel > LTI Tool Providers > Buddy Trainer > Edit",
        scores="Allow grade service access: Yes",
        columns="Allow grade service access: Yes",
        reading="Allow grade service access: Yes",
        roster="Allow Membership Service Access: Yes",
        keys="Tool JWKS URL (developer portal)",
    ),
)
