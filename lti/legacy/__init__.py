"""LTI 1.1, for the LMS that has nothing newer (Chamilo as Cosnics).

A form signed by OAuth 1.0a with a shared secret, and one service that takes a score. What LTI 1.1 cannot do is
not made up for here: a launch cannot be tied to the browser that asked for it, so whoever takes one asks
"continue as …?" before it replaces somebody else's session.

The way of a launch: `verify_legacy_launch` → `LegacyLaunch`, whose fields are those of a launch of today as far
as there are any. The way of a score: `deliver_result` → an outcome.
"""

from lti.legacy.consumer import LegacyConsumer
from lti.legacy.launch import LegacyLaunch, LegacyOutcome, verify_legacy_launch
from lti.legacy.outcomes import ReadXml, XmlNode, deliver_result, result_body, result_text

__all__ = [
    "LegacyConsumer",
    "LegacyLaunch",
    "LegacyOutcome",
    "ReadXml",
    "XmlNode",
    "deliver_result",
    "result_body",
    "result_text",
    "verify_legacy_launch",
]
