"""Sakai. Read in its lti/docs (DEPLOYMENT.md, POSTMESSAGE.md) and in Tsugi, by the same author."""

from __future__ import annotations

from lti.platforms.quirks import Places, Quirks

QUIRKS = Quirks(
    # `lti_storage_target=_parent`, either family of names, and messages as JSON text (POSTMESSAGE.md)
    storage_legacy_names=True,
    storage_texts=True,
    # Which of several messages counts is the first: ours for placing modules is (lti.registration)
    name="Sakai",
    places=Places(
        tool="Administration Workspace > External Tools > Buddy Trainer > Edit",
        scores="Allow External Tool to return grades",
        columns="Allow External Tool to return grades",
        reading="Allow External Tool to return grades",
        roster="Provide Roster to External Tool",
        keys="LTI 1.3 Tool Keyset URL",
    ),
)
