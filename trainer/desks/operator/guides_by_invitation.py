"""LMSs that connect themselves by an invitation (LTI Dynamic Registration).  What differs between them is told in
``lti/platforms``.
"""

from trainer.core.i18n import lazy_gettext as _l
from trainer.desks.operator.guide import (
    ACTIVATE,
    ADOPT,
    CONFIGURATION,
    ENTER,
    FORM,
    INVITE,
    OURS,
    PLACING,
    TRY,
    Answers,
    Guide,
    Step,
)

CANVAS = Guide(
    "canvas",
    "Canvas",
    _l(
        "Needs an administrator of the root account. All institutions share one issuer: the client id tells them apart."
    ),
    (
        INVITE,
        Step(
            _l(
                "Open Admin, Developer Keys, and choose “+ Developer Key”, “LTI Registration”. "
                "Paste the invitation as Dynamic Registration URL and continue."
            )
        ),
        Step(
            _l(
                "Leave all permissions on: without grades no completion reaches the gradebook. "
                "Enable the app, and switch its key to ON."
            )
        ),
        ACTIVATE,
        Step(_l("Open Settings, Apps, and make the app available in the account of the programme.")),
        TRY,
        ADOPT,
    ),
    otherwise=(
        Step(_l("Open Admin, Developer Keys, and choose “+ Developer Key”, “+ LTI Key”.")),
        Step(_l("Choose the method “Paste JSON”, paste this, and save."), CONFIGURATION),
        Step(_l("Switch the key to ON and copy the number below Details: that is the client id.")),
        Step(_l("Open Settings, Apps, View App Configurations, “+ App”, choose “By Client ID” and install.")),
        ENTER,
    ),
    answers=Answers(
        given={
            "issuer": "https://canvas.instructure.com",
            "authorization_endpoint": "https://sso.canvaslms.com/api/lti/authorize_redirect",
            "token_endpoint": "https://sso.canvaslms.com/login/oauth2/token",
            "jwks_uri": "https://sso.canvaslms.com/api/lti/security/jwks",
        },
        family="canvas",
        asks_site=True,
    ),
)

BLACKBOARD = Guide(
    "blackboard",
    "Blackboard",
    _l(
        "One registration in Anthology's Developer Portal serves all institutions: each of them is a deployment of it. "
        "A teacher cannot do this alone."
    ),
    (
        INVITE,
        Step(
            _l(
                "Once for all institutions: open Anthology's Developer Portal, make an LTI application and choose "
                "dynamic registration. Paste the invitation and register."
            )
        ),
        ACTIVATE,
        Step(
            _l(
                "In each Blackboard: open Administrator Panel, LTI Tool Providers, “Register LTI 1.3 Tool”, and paste "
                "the client id (application id) of the portal."
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
            PLACING,
        ),
        TRY,
        ADOPT,
    ),
    otherwise=(
        Step(_l("In Anthology's Developer Portal: make an LTI application with our addresses."), OURS),
        Step(
            _l(
                "You enter the client id (application id) of the portal here; "
                "the rest is the same for every Blackboard. Then on with each Blackboard, as above."
            ),
            FORM,
            is_ours=True,
        ),
    ),
    answers=Answers(
        given={
            "issuer": "https://blackboard.com",
            "authorization_endpoint": "https://developer.blackboard.com/api/v1/gateway/oidcauth",
            "token_endpoint": "https://developer.blackboard.com/api/v1/gateway/oauth2/jwttoken",
        },
        follows={
            "jwks_uri": "https://developer.blackboard.com/api/v1/management/applications/{client_id}/jwks.json"
        },
        family="blackboard",
    ),
)

BRIGHTSPACE = Guide(
    "brightspace",
    "Brightspace",
    _l("Connects itself by an invitation, in a tab of its own. The registration begins switched off."),
    (
        INVITE,
        Step(
            _l(
                "Open Admin Tools, Manage Extensibility, LTI Advantage, “Register Tool”, choose Dynamic, "
                "paste the invitation and register. The page opens in a new tab."
            )
        ),
        Step(
            _l(
                "Open the registration, check Assignment and Grade Services, Names and Role and Deep Linking, "
                "and enable it."
            )
        ),
        ACTIVATE,
        Step(
            _l(
                "Make a deployment for the org units of the programme. Under Security settings not “Anonymous”: "
                "that takes away who somebody is and the role in the course."
            )
        ),
        Step(_l("Add a link of the type “Deep Linking Quicklink” with our deep linking address."), PLACING),
        Step(_l("Let the roles that take part be graded: “Can be graded in Grades”. Others get no score.")),
        TRY,
        ADOPT,
    ),
)

MOODLE = Guide(
    "moodle",
    "Moodle",
    _l("Connects itself by an invitation: the administrator pastes one address."),
    (
        INVITE,
        Step(
            _l(
                "Open Site administration, Plugins, Activity modules, External tool, Manage tools. Paste the "
                "invitation as Tool URL and choose “Add LTI Advantage”."
            )
        ),
        Step(_l("Choose Activate on the card of Buddy Trainer.")),
        ACTIVATE,
        Step(
            _l(
                "In the tool's settings: show it in the activity chooser, and let it send the name if teachers "
                "want to see names. Names are not needed."
            )
        ),
        TRY,
    ),
)

SAKAI = Guide(
    "sakai",
    "Sakai",
    _l("Connects itself by an invitation."),
    (
        INVITE,
        Step(
            _l(
                "Open the Administration Workspace, External Tools, LTI Advantage Auto Provision; "
                "paste the invitation as the registration address and save."
            )
        ),
        ACTIVATE,
        Step(
            _l(
                "In the tool's settings: let it send grades, provide the roster and place content by deep linking."
            )
        ),
        TRY,
    ),
)
