"""What differs from one LMS to the next: one small file each, with the reason and where it was seen.

Only what the code acts on now is held here. What all platforms get (exact media types, a User-Agent,
timestamps a second apart) is in the code that does it.
"""

from __future__ import annotations

from lti.platform import Platform
from lti.platforms import blackboard, brightspace, canvas, chamilo, cosnics, generic, moodle, openedx, sakai
from lti.platforms.quirks import Places, Quirks

__all__ = ["PRODUCTS", "Places", "Quirks", "family_of", "quirks_of", "quirks_of_family"]

_QUIRKS: dict[str, Quirks] = {
    "blackboard": blackboard.QUIRKS,
    "brightspace": brightspace.QUIRKS,
    "canvas": canvas.QUIRKS,
    "chamilo": chamilo.QUIRKS,
    "cosnics": cosnics.QUIRKS,
    "moodle": moodle.QUIRKS,
    "openedx": openedx.QUIRKS,
    "sakai": sakai.QUIRKS,
}
#: What is known of each product.
PRODUCTS = tuple(_QUIRKS.values())
#: What platforms call themselves in `tool_platform.product_family_code`, where it is not our name for them.
_ALIASES = {
    "blackboardlearn": "blackboard",
    "desire2learn": "brightspace",
    "d2l": "brightspace",
    "edx": "openedx",
    "openedx": "openedx",
    "open edx": "openedx",
    "totara": "moodle",
    "iomad": "moodle",
}
#: Issuers that belong to one product for all its customers.
_ISSUERS = {issuer: family for family, quirks in _QUIRKS.items() for issuer in quirks.issuers}


def family_of(platform: Platform, family_code: str | None = None) -> str | None:
    """The product family: the registration's word, else the launch's family code, else the issuer's."""
    return _family(platform.family, family_code) or _ISSUERS.get(platform.issuer)


def _family(*codes: str | None) -> str | None:
    for code in codes:
        if code:
            family = code.strip().lower()
            return _ALIASES.get(family, family)
    return None


def quirks_of(platform: Platform, family_code: str | None = None) -> Quirks:
    """What to mind with this platform.

    `family_code`: the launch's `tool_platform.product_family_code`, if any.
    """
    return _QUIRKS.get(family_of(platform, family_code) or "", generic.QUIRKS)


def quirks_of_family(*codes: str | None) -> Quirks:
    """What to mind with an LMS that is known by its family code alone (LTI 1.1), the first that is given."""
    return _QUIRKS.get(_family(*codes) or "", generic.QUIRKS)
