"""What a guide to an LMS is made of, and the steps that several LMSs share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from trainer.core.i18n import lazy_gettext as _l

#: what a step shows below it: our addresses; the one for placing modules; the JSON to paste; the invitation, or the
#: form that makes one; our public keys; the form for what the LMS gave back
OURS, PLACING, CONFIGURATION = "ours", "placing", "configuration"
INVITATION, KEYS, FORM = "invitation", "keys", "form"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do."""

    text: Any
    #: one of the words above
    shows: str | None = None
    #: done here by the operator, and not by the LMS's administrator: not on the printed sheet
    is_ours: bool = False


@dataclass(frozen=True, slots=True)
class Answers:
    """What an LMS gives back when it is connected by hand.

    given: by field, what is the same for every institution. follows: by field, what is meant where it is left empty;
    ``{issuer}`` and ``{client_id}`` stand for the other fields.
    """

    given: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    follows: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: our name for the product (lti.platforms)
    family: str | None = None
    #: the school's own address is asked for too: its pages and grades are elsewhere than its logins
    asks_site: bool = False


@dataclass(frozen=True, slots=True)
class Guide:
    """The way for one LMS."""

    #: in the address
    key: str
    name: Any
    #: one sentence: what is particular about it
    about: Any
    steps: tuple[Step, ...]
    #: the other way, where there is one
    otherwise: tuple[Step, ...] = ()
    #: what :data:`FORM` asks for; none: there is no such form
    answers: Answers | None = None
    #: "1.3", or "1.1": then the form makes a key and a secret
    version: str = "1.3"

    @property
    def invites(self) -> bool:
        """Whether it connects itself by an invitation."""
        return any(step.shows == INVITATION for step in self.steps)


INVITE = Step(
    _l("You make an invitation, and give its address to the LMS's administrator."), INVITATION, is_ours=True
)
ACTIVATE = Step(_l("You activate the connection here, as soon as the LMS has registered."), is_ours=True)
TRY = Step(_l("Place a module in a course and open it."))
ADOPT = Step(
    _l("You adopt the deployment: after the first opening it waits here in the hub, for one click."),
    is_ours=True,
)
OUR_ADDRESSES = Step(_l("Fill in our addresses; leave what is not asked."), OURS)
GIVE_BACK = Step(
    _l(
        "Send whoever gave you this page what the LMS shows now: client id, issuer, its three addresses (login, token, "
        "key set) and, if there is one, the deployment id."
    )
)
ENTER = Step(_l("You enter here what the LMS shows now."), FORM, is_ours=True)
