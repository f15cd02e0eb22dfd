"""Blackboard Learn. Read in docs.anthology.com (LTI Advantage) and in the code of tools that live with it."""

from __future__ import annotations

from lti.platforms.quirks import Quirks, RefusalText

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
)
