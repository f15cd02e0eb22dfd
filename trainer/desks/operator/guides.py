"""What to do in each LMS, in order.  Steps are for the LMS's administrator unless they say otherwise.

The LMSs' menus are named in English, as their own documentation does; what differs between LMSs is told in
``lti/platforms``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from trainer.core.i18n import lazy_gettext as _l

#: what a step shows below it
OURS, CONFIGURATION = "ours", "configuration"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do."""

    text: Any
    #: :data:`OURS`: our addresses; :data:`CONFIGURATION`: the JSON to paste
    shows: str | None = None
    #: a command for the operator, or a value of the LMS that is the same everywhere
    copies: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Guide:
    """The way for one LMS."""

    #: in the address
    key: str
    name: str
    #: one sentence: what is particular about it
    about: Any
    steps: tuple[Step, ...]


_INVITE = Step(
    _l("You make an invitation: a link that works once, within the hour."),
    copies=('trainer platforms invite --institution "Hogeschool X"',),
)
_ACTIVATE = Step(_l("Come back here, open the new platform and activate it."))
_TRY = Step(
    _l(
        "Place a module in a course and open it. If the hub then shows a deployment that waits, adopt it: one click."
    )
)
_OUR_ADDRESSES = _l("Fill in our addresses; leave what is not asked.")


def _add(issuer: str, authorization: str, token: str, keys: str, *more: str) -> str:
    """The command that connects a platform by hand."""
    return " ".join(
        (
            'trainer platforms add --name "LMS van Hogeschool X" --institution "Hogeschool X"',
            f"--issuer {issuer} --client-id CLIENT_ID --authorization-endpoint {authorization}",
            f"--token-endpoint {token} --jwks-uri {keys}",
            *more,
        )
    )


_SITE = "https://lms.hogeschool-x.be"
_CONNECT = _l(
    "You connect the platform with what the LMS shows: put its values in the place of the examples."
)

GUIDES: tuple[Guide, ...] = (
    Guide(
        "canvas",
        "Canvas",
        _l(
            "Needs an administrator of the root account. All schools share one issuer: the client id tells them apart."
        ),
        (
            Step(_l("Open Admin, Developer Keys, and choose “+ Developer Key”, “+ LTI Key”.")),
            Step(_l("Choose the method “Paste JSON”, paste this, and save."), CONFIGURATION),
            Step(_l("Switch the key to ON and copy the number below Details: that is the client id.")),
            Step(
                _l(
                    "You connect the platform with that client id. "
                    "A Canvas of the school's own has addresses of its own."
                ),
                copies=(
                    _add(
                        "https://canvas.instructure.com",
                        "https://sso.canvaslms.com/api/lti/authorize_redirect",
                        "https://sso.canvaslms.com/login/oauth2/token",
                        "https://sso.canvaslms.com/api/lti/security/jwks",
                        "--family canvas --service-host hogeschool-x.instructure.com",
                        "--frame-origin https://hogeschool-x.instructure.com",
                    ),
                ),
            ),
            Step(
                _l(
                    "Open Settings, Apps, View App Configurations, “+ App”, choose “By Client ID” and install."
                )
            ),
            _TRY,
        ),
    ),
    Guide(
        "blackboard",
        "Blackboard",
        _l(
            "One client id serves all institutions; the deployment tells them apart. A teacher cannot do this alone."
        ),
        (
            Step(
                _l(
                    "You, once for all institutions: register the tool in Anthology's Developer Portal "
                    "with our addresses."
                ),
                OURS,
            ),
            Step(
                _l("You connect the platform once with the client id (application id) of the portal."),
                copies=(
                    _add(
                        "https://blackboard.com",
                        "https://developer.blackboard.com/api/v1/gateway/oidcauth",
                        "https://developer.blackboard.com/api/v1/gateway/oauth2/jwttoken",
                        "https://developer.blackboard.com/api/v1/management/applications/CLIENT_ID/jwks.json",
                        "--family blackboard",
                    ),
                ),
            ),
            Step(
                _l(
                    "Open Administrator Panel, LTI Tool Providers, “Register LTI 1.3 Tool”, and paste the client id."
                )
            ),
            Step(
                _l(
                    "Approve the tool. Send role and name; allow the grade service and the membership service: "
                    "without the first one no score arrives."
                )
            ),
            Step(
                _l("Add a placement of the type “Deep Linking content tool”, with our deep linking address."),
                OURS,
            ),
            _TRY,
        ),
    ),
    Guide(
        "brightspace",
        "Brightspace",
        _l("Connects itself by an invitation, in a tab of its own. The registration begins switched off."),
        (
            _INVITE,
            Step(
                _l(
                    "Open Admin Tools, Manage Extensibility, LTI Advantage, “Register Tool”, choose Dynamic, "
                    "paste the invitation and register."
                )
            ),
            Step(
                _l(
                    "Open the registration, check Assignment and Grade Services, Names and Role and Deep Linking, "
                    "and enable it."
                )
            ),
            _ACTIVATE,
            Step(
                _l(
                    "Make a deployment for the org units of the programme. Under Security settings not “Anonymous”: "
                    "that takes away who somebody is and the role in the course."
                )
            ),
            Step(_l("Add a link of the type “Deep Linking Quicklink” with our deep linking address."), OURS),
            _TRY,
        ),
    ),
    Guide(
        "moodle",
        "Moodle",
        _l("Connects itself by an invitation: the administrator pastes one address."),
        (
            _INVITE,
            Step(
                _l(
                    "Open Site administration, Plugins, Activity modules, External tool, Manage tools. Paste the "
                    "invitation as Tool URL and choose “Add LTI Advantage”."
                )
            ),
            Step(_l("Choose Activate on the card of Buddy Trainer.")),
            _ACTIVATE,
            Step(
                _l(
                    "In the tool's settings: show it in the activity chooser, and let it send the name if teachers "
                    "want to see names. Names are not needed."
                )
            ),
            _TRY,
        ),
    ),
    Guide(
        "chamilo",
        "Chamilo",
        _l("Connects by hand. Cosnics knows LTI 1.1 only: that takes a key and a secret instead."),
        (
            Step(_l("Open Administration, Plugins, IMS/LTI client, and add a tool with LTI 1.3.")),
            Step(_OUR_ADDRESSES, OURS),
            Step(
                _l(
                    "Switch on Deep Linking, Assignment and Grade Services (full) and Names and Role for the tool."
                )
            ),
            Step(
                _CONNECT,
                copies=(
                    _add(
                        _SITE,
                        f"{_SITE}/plugin/ImsLti/auth.php",
                        f"{_SITE}/plugin/ImsLti/token.php",
                        f"{_SITE}/plugin/ImsLti/jwks.php",
                        "--family chamilo",
                    ),
                ),
            ),
            Step(_l("Add a gradebook category to the course: without one Chamilo takes no scores.")),
            _TRY,
        ),
    ),
    Guide(
        "openedx",
        "Open edX",
        _l("Connects by hand, per component in a course. The deployment is always 1."),
        (
            Step(
                _l(
                    "In Studio: open Settings, Advanced Settings, and add “lti_consumer” to Advanced Module List."
                )
            ),
            Step(
                _l(
                    "Add a component Advanced, LTI Consumer; choose LTI version 1.3 and the key set by address."
                )
            ),
            Step(_OUR_ADDRESSES, OURS),
            Step(
                _l(
                    "Choose “Programmatic” for the Assignment and Grades Service, switch on Deep Linking and “Scored”."
                )
            ),
            Step(
                _CONNECT,
                copies=(
                    _add(
                        _SITE,
                        f"{_SITE}/api/lti_consumer/v1/launch/",
                        f"{_SITE}/api/lti_consumer/v1/token/ID",
                        f"{_SITE}/api/lti_consumer/v1/public_keysets/ID",
                        "--deployment-id 1 --family openedx",
                    ),
                ),
            ),
            _TRY,
        ),
    ),
    Guide(
        "sakai",
        "Sakai",
        _l("Connects itself by an invitation."),
        (
            _INVITE,
            Step(
                _l(
                    "Open the Administration Workspace, External Tools, LTI Advantage Auto Provision; "
                    "paste the invitation as the registration address and save."
                )
            ),
            _ACTIVATE,
            Step(
                _l(
                    "In the tool's settings: let it send grades, provide the roster and place content by deep linking."
                )
            ),
            _TRY,
        ),
    ),
    Guide(
        "ilias",
        "ILIAS",
        _l("Connects by hand."),
        (
            Step(
                _l("Open Administration, Extending ILIAS, LTI, Consumer, and make a provider with LTI 1.3.")
            ),
            Step(_OUR_ADDRESSES, OURS),
            Step(_l("Allow learning progress to follow the score. Names are not needed.")),
            Step(_CONNECT, copies=(_add("ISSUER", "AUTHORIZATION", "TOKEN", "JWKS"),)),
            _TRY,
        ),
    ),
)
