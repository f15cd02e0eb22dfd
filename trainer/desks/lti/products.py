"""What an administrator is told of the own LMS: where an invitation is pasted, and what is left to do after it."""

from dataclasses import dataclass
from typing import Any

from trainer.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class Product:
    """An LMS that takes invitations. name: as its maker writes it. where, afterwards: a sentence each."""

    name: str
    where: Any
    afterwards: Any


#: By our name for the family (lti.platforms).
PRODUCTS: dict[str, Product] = {
    "moodle": Product(
        "Moodle",
        _l(
            "Site administration, Plugins, External tool, Manage tools: in the box “Tool URL”, "
            "then “Add LTI Advantage”."
        ),
        _l("In Moodle, press Activate on the card of Buddy Trainer."),
    ),
    "canvas": Product(
        "Canvas",
        _l(
            "Admin, Developer Keys, + Developer Key, LTI Registration: in the box “Dynamic registration URL”."
        ),
        _l("In Canvas, look at what the tool may do and switch its key on."),
    ),
    "blackboard": Product(
        "Blackboard",
        _l(
            "In the developer portal, not in Blackboard itself: a new LTI application, by dynamic registration."
        ),
        _l("In Blackboard, under LTI Tool Providers, register the tool with its client id and approve it."),
    ),
    "brightspace": Product(
        "Brightspace",
        _l(
            "Admin Tools, Manage Extensibility, LTI Advantage, Register Tool, Dynamic. The page opens in a new tab."
        ),
        _l("In Brightspace, enable the registration, then make a deployment and a link for it."),
    ),
    "sakai": Product(
        "Sakai",
        _l("Administration, External Tools: make a tool by LTI Advantage auto-configuration."),
        _l("In Sakai, check that the tool is switched on and offered in the sites that need it."),
    ),
}
