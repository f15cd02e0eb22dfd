"""Cosnics, HOGENT's own branch of Chamilo: LTI 1.1 only. Read in its code (cosnics/cosnics).

Its launch has empty optional fields, an underscore in the locale, and the person's id in the course's
`sourcedid`; its outcome service answers HTTP 200 with `imsx_codeMajor` = `failure`, reads the score with
floatval, and wants a header that begins with exactly `OAuth `. `lti.legacy` does all that for everybody.
"""

from __future__ import annotations

from lti.platforms.quirks import Quirks

QUIRKS = Quirks(
    # Its outcome addresses are all query (`?application=…&go=…&uuid=…`), and it verifies with them
    outcome_query_signed=True,
    name="Cosnics",
)
