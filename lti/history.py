"""What a link or course is a copy of: the histories that platforms keep, and the parameters that ask for them
(LTI Core 1.3, appendix B: `ResourceLink.id.history`, `Context.id.history`).

Each placed link also carries an id of our own. Platforms copy custom parameters along with a link, so the
copy arrives with the id of the original under a new resource link id, even where no history is told (Moodle
knows none for links, Chamilo and Open edX none at all).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import unquote

from lti.claims import MAX_ID
from lti.fields import has_control

#: The custom parameter with our own id of a placed link. Lower case: Moodle sends keys with capitals twice.
LINK: Final = "link"
LINK_HISTORY: Final = "link_history"
COURSE_HISTORY: Final = "course_history"
#: The custom parameters that every link should have, for a registration and for each placed link.
COPY_PARAMETERS: Mapping[str, str] = MappingProxyType(
    {LINK_HISTORY: "$ResourceLink.id.history", COURSE_HISTORY: "$Context.id.history"}
)
#: Canvas tells up to a thousand and then says `truncated` (doc/api/tools_variable_substitutions.md).
_MAX_COPIES = 1000
_TRUNCATED = "truncated"


def read_history(value: Any) -> tuple[str, ...]:
    """The ids in a history, the latest copy first, each once.

    They are URL-encoded and parted by commas: after a was copied to b and b to c, c says `b,a`. Empty for
    what is absent, is no text, or is a variable that the platform left as it was written.
    """
    if not isinstance(value, str) or value.lstrip(' "').startswith("$"):
        return ()
    ids: dict[str, None] = {}
    for part in value.split(",", _MAX_COPIES)[:_MAX_COPIES]:
        found = unquote(part.strip())
        # What could not be an id of this platform cannot be looked up either
        if found and len(found) <= MAX_ID and not has_control(found):
            ids[found] = None
    if _TRUNCATED in ids and value.rstrip().endswith(_TRUNCATED):
        del ids[_TRUNCATED]
    return tuple(ids)
