"""The guides: what to do in each LMS, in order.  Steps are for the LMS's administrator unless they say otherwise.

The LMSs' menus are named in English, as their own documentation does.
"""

from trainer.desks.operator.guide import Guide
from trainer.desks.operator.guides_by_hand import CHAMILO, COSNICS, ILIAS, OPEN_EDX, OTHER
from trainer.desks.operator.guides_by_invitation import BLACKBOARD, BRIGHTSPACE, CANVAS, MOODLE, SAKAI

GUIDES: tuple[Guide, ...] = (
    CANVAS,
    BLACKBOARD,
    BRIGHTSPACE,
    MOODLE,
    SAKAI,
    CHAMILO,
    COSNICS,
    OPEN_EDX,
    ILIAS,
    OTHER,
)
_BY_KEY = {guide.key: guide for guide in GUIDES}


def guide_of(key: str | None) -> Guide | None:
    """The guide with this key."""
    return _BY_KEY.get(key or "")
