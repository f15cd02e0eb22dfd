"""Any platform we know nothing special of: what the standards say."""

from __future__ import annotations

from lti.platforms.quirks import Quirks

QUIRKS = Quirks()
