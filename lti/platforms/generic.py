"""Any platform we know nothing special of: what the standards say."""

from __future__ import annotations

from lti.platforms.quirks import Quirks

QUIRKS = Quirks(
    # A registration that does not say what LMS it is: the texts of those that answer 400 instead of 409
    too_old=("score already exists", "later point in time", "before last updated timestamp"),
)
