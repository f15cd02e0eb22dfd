"""Whom to ask for what, when a part of a connection does not work: one sentence, complete enough to be mailed.

Where in the LMS it is done stands in ``lti/platforms``, in the LMS's own words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from lti.checking import ClockFound
from lti.platforms import Places, quirks_of
from lti.roster import ROSTER
from lti.services import LINE_ITEM, LINE_ITEM_READ, SCORE
from trainer.checking.trying import Checked
from trainer.core.i18n import gettext as _
from trainer.core.i18n import lazy_gettext as _l
from trainer.core.i18n import ngettext


class Right(NamedTuple):
    """What is said about a scope."""

    title: Any
    #: what it allows; after "to allow the tool"
    may: Any
    #: what is lost without it
    lost: Any
    #: the field of `lti.platforms.Places` with the LMS's name for it
    place: str


RIGHTS: dict[str, Right] = {
    SCORE: Right(
        _l("Right to send scores"),
        _l("to send scores"),
        _l("Without it no completion reaches the gradebook."),
        "scores",
    ),
    LINE_ITEM: Right(
        _l("Right to make grade columns"),
        _l("to make grade columns"),
        _l("Without it there is a column only where a teacher placed the module with one."),
        "columns",
    ),
    LINE_ITEM_READ: Right(
        _l("Right to read grade columns"),
        _l("to read grade columns"),
        _l("Without it a score does not find its column everywhere."),
        "reading",
    ),
    ROSTER: Right(
        _l("Right to read who is in a course"),
        _l("to read who is in a course"),
        _l("Without it teachers see only who opened a module."),
        "roster",
    ),
}


@dataclass(frozen=True, slots=True)
class Asks:
    """The sentences for one platform."""

    whom: str
    client_id: str
    number: int
    places: Places
    #: our key set
    keys_url: str

    @classmethod
    def of(cls, checked: Checked, base_url: str) -> "Asks":
        """Those for the platform that was checked."""
        quirks = quirks_of(checked.lms)
        institution = checked.platform.institution
        if quirks.name:
            whom = _("the %(lms)s administrator of %(institution)s", lms=quirks.name, institution=institution)
        else:
            whom = _("the LMS administrator of %(institution)s", institution=institution)
        return cls(
            whom,
            checked.platform.client_id,
            checked.platform.id,
            quirks.places,
            f"{base_url.rstrip('/')}/lti/jwks",
        )

    def rights(self, scopes: Sequence[str]) -> str:
        """To give these rights."""
        known = [RIGHTS[scope] for scope in scopes if scope in RIGHTS]
        may = ", ".join(str(right.may) for right in known)
        switches = dict.fromkeys(getattr(self.places, right.place) for right in known)
        if self.places.tool and all(switches):
            return _(
                "Ask %(whom)s to allow the tool Buddy Trainer (client id %(client)s) %(may)s: %(place)s, “%(switch)s”.",
                whom=self.whom,
                client=self.client_id,
                may=may,
                place=self.places.tool,
                switch="; ".join(switches),
            )
        return _(
            "Ask %(whom)s to allow the tool Buddy Trainer (client id %(client)s) %(may)s: %(scopes)s.",
            whom=self.whom,
            client=self.client_id,
            may=may,
            scopes=" ".join(scopes),
        )

    def reach(self, problem: str, url: str) -> str:
        """To make an address answer that does not."""
        if problem == "certificate":
            return _(
                "Ask %(whom)s to renew the certificate of %(url)s, with the whole chain: our server does not trust it.",
                whom=self.whom,
                url=url,
            )
        return _(
            "Ask %(whom)s to make %(url)s reachable for our server from the internet, "
            "or to say what the address is now.",
            whom=self.whom,
            url=url,
        )

    def key_set_address(self, url: str) -> str:
        """For the right address of the LMS's keys."""
        return _(
            "Ask %(whom)s for the address of the LMS's public key set (JWKS): %(url)s gives none that can be used.",
            whom=self.whom,
            url=url,
        )

    def token_address(self, url: str) -> str:
        """For the right address of the LMS's tokens."""
        return _(
            "Ask %(whom)s for the address where the LMS gives access tokens: %(url)s gives none.",
            whom=self.whom,
            url=url,
        )

    def recognise(self) -> str:
        """To know us by our client id and our keys."""
        where = f" ({self.places.keys})" if self.places.keys else ""
        return _(
            "Ask %(whom)s to check that the tool Buddy Trainer is switched on with client id %(client)s, "
            "and takes our keys from %(keys)s%(where)s.",
            whom=self.whom,
            client=self.client_id,
            keys=self.keys_url,
            where=where,
        )

    def log(self, url: str, status: int | None) -> str:
        """To look why the LMS fails."""
        return _(
            "Ask %(whom)s to look in the LMS's log: %(url)s answers our request for a token with an error "
            "(status %(status)s).",
            whom=self.whom,
            url=url,
            status=status or "?",
        )

    def clock(self, clock: ClockFound) -> str:
        """To set the clock."""
        seconds = round(abs(clock.ahead))
        if clock.ahead > 0:
            return ngettext(
                "Ask %(whom)s to set the clock of the LMS by a time server: it is %(n)s second ahead.",
                "Ask %(whom)s to set the clock of the LMS by a time server: it is %(n)s seconds ahead.",
                seconds,
                whom=self.whom,
            )
        return ngettext(
            "Ask %(whom)s to set the clock of the LMS by a time server: it is %(n)s second behind.",
            "Ask %(whom)s to set the clock of the LMS by a time server: it is %(n)s seconds behind.",
            seconds,
            whom=self.whom,
        )

    def host(self) -> str:
        """On which host the services are."""
        return _(
            "Ask %(whom)s on which host the LMS has its grade service and lists of members, "
            "and add it: trainer platforms change %(number)s --service-host HOST",
            whom=self.whom,
            number=self.number,
        )

    def scores(self) -> str:
        """Why scores are refused."""
        return _(
            "Ask %(whom)s why the LMS does not take the scores of the tool Buddy Trainer (client id %(client)s).",
            whom=self.whom,
            client=self.client_id,
        )

    def members(self) -> str:
        """Why lists of members are refused."""
        return _(
            "Ask %(whom)s why the LMS does not give the tool Buddy Trainer (client id %(client)s) "
            "the list of members of a course.",
            whom=self.whom,
            client=self.client_id,
        )

    def newer_lti(self) -> str:
        """When LTI 1.1 can be left."""
        return _(
            "Ask %(whom)s when the LMS can be connected by LTI 1.3; until then it needs a new last day here.",
            whom=self.whom,
        )
