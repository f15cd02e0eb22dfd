"""Moodle and its relatives. Measured against a running Moodle 4.1; read in mod/lti of 4.1 to 4.5."""

from __future__ import annotations

from lti.platforms.quirks import Places, Quirks, RefusalText

_GRADES = "IMS LTI Assignment and Grade Services"

QUIRKS = Quirks(
    # The session keeps one login hint: of two launches in one browser, the first answer holds the second's
    # resource (mod/lti/auth.php). A student must never land on another module than the one clicked.
    crosses_parallel_launches=True,
    # GET on line items checks for this scope by name
    # (gradebookservices/classes/local/resources/lineitems.php)
    needs_read_scope=True,
    # Its Link header holds curly quotes and &amp;, and the default answer holds everything anyway (measured)
    follows_pages=False,
    # Its deep linking request does not say so, but an item's lineItem becomes the activity's column (measured)
    accepts_line_items=True,
    refusals=(
        # The one answer to all it dislikes in a score (…/resources/scores.php). Ours are well-formed, which
        # leaves is_user_gradable_in_course: a teacher, or someone who is no longer enrolled. Older releases:
        # empty body.
        RefusalText(400, "", "not_gradable"),
    ),
    name="Moodle",
    # mod/lti/lang/en/lti.php, mod/lti/service/{gradebookservices,memberships}/lang/en
    places=Places(
        tool=(
            "Site administration > Plugins > Activity modules > External tool > Manage tools > "
            "Buddy Trainer (the cog) > Services"
        ),
        scores=f"{_GRADES}: Use this service for grade sync and column management",
        columns=f"{_GRADES}: Use this service for grade sync and column management",
        reading=f"{_GRADES}: Use this service for grade sync and column management",
        roster=(
            "IMS LTI Names and Role Provisioning: "
            "Use this service to retrieve members' information as per privacy settings"
        ),
        keys="Public key type: Keyset URL; Public keyset",
    ),
)
