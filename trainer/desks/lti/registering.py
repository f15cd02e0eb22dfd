"""An LMS's administrator connects it by an invitation (LTI Dynamic Registration 1.0,
https://www.imsglobal.org/spec/lti-dr/v1p0).

The LMS opens our page in a frame or a tab of its own, with the address of its configuration. Nothing is asked of any
address before the invitation was found good, and nothing is made before the administrator saw which LMS it is and
said so. What is made is pending until an operator switches it on.

The pages may be framed by anyone: which LMS frames them cannot be known before its configuration was read, they hold no
personal data, and whoever shows them must have the invitation.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from flask import Response, make_response, render_template, request
from werkzeug.wrappers import Response as BaseResponse

import trainer
from lti.discovery import (
    PlatformConfiguration,
    RegistrationRequest,
    fetch_configuration,
    read_registration_request,
)
from lti.errors import LtiError, RegistrationRefused
from lti.http import user_agent
from lti.registration import Registration, ToolDescription, register_tool
from lti.urls import origin_of
from trainer.catalogue.queries import list_modules
from trainer.core.i18n import gettext as _
from trainer.core.i18n import lazy_gettext as _l
from trainer.core.logging import logger
from trainer.core.web.csrf import check_same_origin, csrf_exempt
from trainer.core.web.errors import Refusal
from trainer.core.web.headers import ANYONE, allow_framing
from trainer.core.web.service import service
from trainer.desks.lti.admission import LAUNCH_PATH
from trainer.desks.lti.front_office import front_office
from trainer.desks.lti.intent import Intent, open_intent, sign_intent
from trainer.desks.lti.products import PRODUCTS
from trainer.desks.lti.sentences import CONNECTING
from trainer.desks.lti.views import lti_desk
from trainer.institutions.actions import PlatformExists
from trainer.institutions.invitations import (
    OpenInvitation,
    give_back,
    invitation_address,
    note_connection,
    open_invitation,
    spend_invitation,
)
from trainer.institutions.notice_services import NOTICES_PATH

_log = logger("lti")
_ENDPOINTS: dict[str, Any] = {
    "authorization_endpoint": _l("signs people in"),
    "token_endpoint": _l("gives access to grades"),
    "jwks_uri": _l("publishes the keys of the LMS"),
    "registration_endpoint": _l("takes the registration"),
}


def _in_words(view: Callable[[], BaseResponse]) -> Callable[[], BaseResponse]:
    """Have LTI's refusals told to an administrator who connects, not to a student who opens a module."""

    @wraps(view)
    def told() -> BaseResponse:
        try:
            return view()
        except LtiError as problem:
            sentence, advice = CONNECTING[problem.public_code]
            raise Refusal(
                problem.public_code,
                problem.status,
                title=_l("The LMS could not be connected"),
                message=sentence,
                advice=advice,
                detail=str(problem),
                retry_after=30 if problem.status == 503 else None,
                values={"platform_says": "\n".join(problem.words)}
                if isinstance(problem, RegistrationRefused)
                else {},
            ) from None

    return told


@lti_desk.get("/lti/register")
@_in_words
def register() -> BaseResponse:
    """What will be connected with what; without an LMS's configuration: where to paste the invitation."""
    token = _one(request.args.getlist("invitation"))
    invitation = _open(token, service().clock())
    if not request.args.get("openid_configuration"):
        address = invitation_address(front_office().base_url, token)
        return _page(
            "lti/register_where.html", invitation=invitation, address=address, products=PRODUCTS.values()
        )
    asked = read_registration_request(
        {name: list(values) for name, values in request.args.lists()},
        allow_insecure=service().settings.allow_insecure_platforms,
    )
    return _confirmation(token, invitation, asked, _configuration(asked, invitation.expected_issuer))


@lti_desk.post("/lti/register")
@csrf_exempt  # in an LMS's frame there is no session whose token could be asked for: `Intent` takes its place
@_in_words
def connect() -> BaseResponse:
    """The administrator says yes: the LMS makes the tool, and the connection waits to be switched on."""
    check_same_origin()
    now = service().clock()
    intent = open_intent(request.form.get("intent", ""), service().settings.secret_key, now)
    invitation = _open(intent.invitation, now)
    asked = RegistrationRequest(intent.configuration_url, intent.registration_token)
    # What was seen and agreed to is that issuer; its configuration is read anew, not trusted to a form
    configuration = _configuration(asked, intent.issuer)
    seen = set(request.form.getlist("elsewhere"))
    if not {f"{name} {host}" for name, host in configuration.elsewhere} <= seen:
        return _confirmation(intent.invitation, invitation, asked, configuration, is_unticked=True)
    made = _made_by_the_lms(invitation, asked, configuration, now)
    registration_id = _keep(invitation, configuration, made, now)
    _log.info("connected", registration=registration_id, family=configuration.family)
    return _page(
        "lti/registered.html",
        lms=_product(configuration),
        institution=invitation.institution,
        afterwards=_afterwards(configuration),
        withheld=bool(made.withheld),
    )


def _made_by_the_lms(
    invitation: OpenInvitation,
    asked: RegistrationRequest,
    configuration: PlatformConfiguration,
    now: datetime,
) -> Registration:
    """Spend the invitation, and have the LMS make the tool.

    The invitation comes back where it is certain that nothing was made: the LMS said no, or could not be asked. With
    no answer, or one that cannot be read, the tool may be there.
    """
    database = service().database
    with database.writing() as connection:
        if not spend_invitation(connection, invitation.id, now):
            raise LtiError("lti_invitation", "spent meanwhile")
    try:
        return register_tool(
            front_office().http, asked, configuration, _tool(), user_agent=user_agent(trainer.__version__)
        )
    except LtiError as problem:
        if problem.code in {"lti_registration_refused", "url_not_allowed"}:
            with database.writing() as connection:
                give_back(connection, invitation.id)
        raise


def _keep(
    invitation: OpenInvitation, configuration: PlatformConfiguration, made: Registration, now: datetime
) -> int:
    name = _("%(lms)s of %(institution)s", lms=_product(configuration), institution=invitation.institution)
    try:
        with service().database.writing() as connection:
            return note_connection(
                connection,
                invitation,
                made.platform,
                name=name[:200],
                deployment_id=made.deployment_id,
                withheld_scopes=made.withheld,
                allow_insecure=service().settings.allow_insecure_platforms,
                now=now,
            )
    except PlatformExists as problem:
        raise LtiError("lti_registered", str(problem)) from None


def _tool() -> ToolDescription:
    """This service as the LMS will know it, in the administrator's language."""
    base_url = front_office().base_url
    with service().database.reading() as connection:
        keys = [module.key for module in list_modules(connection)]
    launch, deep_linking = front_office().launch_url, f"{base_url}/lti/deep-linking"
    return ToolDescription(
        name="Buddy Trainer",
        description=_("Online training for leerbuddies: watch, answer, translate it to your own pupils."),
        placing_label=_("Place modules of Buddy Trainer"),
        login_url=f"{base_url}/lti/login",
        launch_url=launch,
        deep_linking_url=deep_linking,
        key_set_url=f"{base_url}/lti/jwks",
        notice_url=f"{base_url}{NOTICES_PATH}",
        # A link that names its module in its address is launched at that address by some (Chamilo)
        redirect_urls=(launch, deep_linking, *(f"{base_url}{LAUNCH_PATH}{key}" for key in keys)),
    )


def _open(token: str, now: datetime) -> OpenInvitation:
    with service().database.reading() as connection:
        invitation = open_invitation(connection, token, now)
    if invitation is None:
        raise LtiError("lti_invitation")
    return invitation


def _configuration(asked: RegistrationRequest, expected_issuer: str | None) -> PlatformConfiguration:
    return fetch_configuration(
        front_office().http,
        asked,
        user_agent=user_agent(trainer.__version__),
        expected_issuer=expected_issuer,
        allow_insecure=service().settings.allow_insecure_platforms,
    )


def _confirmation(
    token: str,
    invitation: OpenInvitation,
    asked: RegistrationRequest,
    configuration: PlatformConfiguration,
    *,
    is_unticked: bool = False,
) -> BaseResponse:
    intent = Intent(token, asked.configuration_url, asked.token, configuration.issuer)
    response = _page(
        "lti/register.html",
        invitation=invitation,
        configuration=configuration,
        lms=_product(configuration),
        elsewhere=[(f"{name} {host}", host, _ENDPOINTS[name]) for name, host in configuration.elsewhere],
        is_unticked=is_unticked,
        afterwards=_afterwards(configuration),
        intent=sign_intent(intent, service().settings.secret_key, service().clock()),
    )
    response.status_code = 422 if is_unticked else 200
    return response


def _product(configuration: PlatformConfiguration) -> str:
    """What people call this LMS: the product's name, else its host."""
    known = PRODUCTS.get(configuration.family or "")
    origin = origin_of(configuration.issuer)
    return known.name if known else origin[1] if origin else configuration.issuer


def _afterwards(configuration: PlatformConfiguration) -> Any:
    """What is left to do in the LMS when the connection was made; none where we do not know."""
    known = PRODUCTS.get(configuration.family or "")
    return known.afterwards if known else None


def _page(template: str, **values: object) -> Response:
    allow_framing(ANYONE)
    return make_response(render_template(template, **values))


def _one(values: list[str]) -> str:
    """The only value of a field; "" where there is none, or more than one."""
    return values[0] if len(values) == 1 else ""
