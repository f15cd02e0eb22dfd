"""LMSs that are connected by hand: the administrator types our addresses, the operator enters what comes back."""

from trainer.core.i18n import lazy_gettext as _l
from trainer.desks.operator.guide import (
    ADOPT,
    ENTER,
    FORM,
    GIVE_BACK,
    KEYS,
    OUR_ADDRESSES,
    OURS,
    TRY,
    Answers,
    Guide,
    Step,
)

CHAMILO = Guide(
    "chamilo",
    "Chamilo",
    _l("Connects by hand, for Chamilo 2 and later. Cosnics has a page of its own."),
    (
        Step(_l("Open Administration, Plugins, IMS/LTI client, and add a tool with LTI 1.3.")),
        OUR_ADDRESSES,
        Step(
            _l(
                "Give it our public key as well as the address of our keys: some versions look at the first alone. "
                "When our key changes, paste the new one."
            ),
            KEYS,
        ),
        Step(
            _l(
                "Switch on Deep Linking, Assignment and Grade Services (full) and Names and Role for the tool."
            )
        ),
        GIVE_BACK,
        ENTER,
        Step(_l("Add a gradebook category to the course: without one Chamilo takes no scores.")),
        TRY,
        ADOPT,
    ),
    answers=Answers(
        follows={
            "authorization_endpoint": "{issuer}/plugin/ImsLti/auth.php",
            "token_endpoint": "{issuer}/plugin/ImsLti/token.php",
            "jwks_uri": "{issuer}/plugin/ImsLti/jwks.php",
        },
        family="chamilo",
    ),
)

OPEN_EDX = Guide(
    "openedx",
    "Open edX",
    _l("Connects by hand, per component in a course. The deployment is always 1."),
    (
        Step(
            _l("In Studio: open Settings, Advanced Settings, and add “lti_consumer” to Advanced Module List.")
        ),
        Step(
            _l("Add a component Advanced, LTI Consumer; choose LTI version 1.3 and the key set by address.")
        ),
        OUR_ADDRESSES,
        Step(
            _l(
                "Choose “Programmatic” for the Assignment and Grades Service, switch on Deep Linking and “Scored”."
            )
        ),
        GIVE_BACK,
        ENTER,
        TRY,
    ),
    answers=Answers(
        given={"deployment_id": "1"},
        follows={"authorization_endpoint": "{issuer}/api/lti_consumer/v1/launch/"},
        family="openedx",
    ),
)

ILIAS = Guide(
    "ilias",
    "ILIAS",
    _l("Connects by hand."),
    (
        Step(_l("Open Administration, Extending ILIAS, LTI, Consumer, and make a provider with LTI 1.3.")),
        OUR_ADDRESSES,
        Step(_l("Allow learning progress to follow the score. Names are not needed.")),
        GIVE_BACK,
        ENTER,
        TRY,
        ADOPT,
    ),
    answers=Answers(family="ilias"),
)

COSNICS = Guide(
    "cosnics",
    "Cosnics",
    _l(
        "Knows LTI 1.1 only: it takes a key and a secret, for a time. An LMS that knows LTI 1.3 connects by that."
    ),
    (
        Step(
            _l("You make a key and a secret, with the last day on which they are good."), FORM, is_ours=True
        ),
        Step(
            _l("Add an external tool of the type LTI 1.1, with our launch address and that key and secret."),
            OURS,
        ),
        Step(_l("Let the tool send results. Name and e-mail are not needed.")),
        Step(
            _l(
                "For one module: add its key to the launch address (…/lti/1.1/launch/warme-band). "
                "Without one the lecturer chooses at the first opening."
            )
        ),
        Step(
            _l(
                "Open it in a course once: from then on results go to that address of the LMS and nowhere else."
            )
        ),
    ),
    version="1.1",
)

OTHER = Guide(
    "other",
    _l("Another LMS"),
    _l("Any LMS that knows LTI 1.3: it asks for our addresses, and gives five values back."),
    (
        Step(_l("Make a tool with LTI 1.3 in the LMS.")),
        OUR_ADDRESSES,
        Step(_l("Allow Deep Linking, Assignment and Grade Services, and Names and Role, where it asks.")),
        GIVE_BACK,
        ENTER,
        TRY,
        ADOPT,
    ),
    answers=Answers(),
)
