"""Open edX, by its lti-consumer-xblock. Driven: release 11.4.4 (tests/platforms).

Its launches name the site in `tool_platform`, not the product: this file counts where the administrator says
what LMS it is, so what it holds must be known of any platform too (generic.py).
"""

from __future__ import annotations

from lti.platforms.quirks import Places, Quirks

_GRADES = "LTI Assignment and Grades Service: Allow tools to manage and submit grade (programmatic)"

QUIRKS = Quirks(
    # 400 instead of 409 for a score that is not newer
    # (lti_consumer/lti_1p3/extensions/rest_framework/serializers.py)
    too_old=("score already exists", "later point in time"),
    # Its LTI 1.1 side verifies without the query (lti_consumer/outcomes.py; driven)
    outcome_query_signed=False,
    name="Open edX",
    # Names of the settings in Studio (lti_consumer/lti_xblock.py)
    places=Places(
        tool="Studio > the LTI Consumer component > Edit",
        scores=_GRADES,
        columns=_GRADES,
        reading=_GRADES,
        roster="Enable LTI NRPS: True",
        keys="Tool Keyset URL",
    ),
)
