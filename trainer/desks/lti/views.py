"""Login, launch and key set: the fixed addresses that institutions register."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from lti.errors import BindingMissing, LtiError, PlatformRefused
from lti.keys import PUBLISHED_MAX_AGE, published_key_set
from lti.launch import verify_message
from lti.login import LoginInitiation, begin_login, read_login
from lti.messages import DataPrivacyLaunch, DeepLinkingRequest, ResourceLinkLaunch, SubmissionReview
from lti.platform import Platform
from lti.state import STATE_TTL, State, cookie_name
from lti.storage import check_confirmation, read_confirmation, seal_launch, storage_of
from trainer.core.crypto import keyed_hash
from trainer.core.i18n import lazy_gettext as _l
from trainer.core.i18n import locale, set_locale
from trainer.core.logging import logger
from trainer.core.web.cookies import (
    delete_partitioned_cookie,
    set_partitioned_cookie,
    set_session_cookie,
)
from trainer.core.web.csrf import csrf_exempt
from trainer.core.web.errors import Refusal, refusal_response
from trainer.core.web.headers import ANYONE, allow_framing
from trainer.core.web.service import service
from trainer.desks.lti.about_people import open_own_data, open_review
from trainer.desks.lti.admission import LedTo, UnknownDeployment, keep_for_operator, locale_of
from trainer.desks.lti.arrival import Arrival, arrive
from trainer.desks.lti.front_office import BETWEEN_LOGINS, FrontOffice, front_office
from trainer.desks.lti.placing import begin
from trainer.desks.lti.sentences import SENTENCES, TITLES
from trainer.desks.lti.storage_pages import confirm_page, keep_secret_page, opened_for_script
from trainer.institutions.queries import RegisteredPlatform, platforms_of_issuer
from trainer.people.actions import spend_nonce

lti_desk = Blueprint("lti", __name__)
_log = logger("lti")


@lti_desk.route("/lti/login", methods=["GET", "POST"])
@csrf_exempt
def login() -> BaseResponse:
    """Third-party initiated login (Security Framework 1.1, 5.1.1.1): on to the platform, with a state of ours.

    Where the platform keeps things for us, by way of a page that has it keep the state's secret.
    """
    office, now = front_office(), service().clock()
    asked = read_login(_fields(), office.base_url)
    registered = _platform_of_login(asked, now)
    if not registered.active:
        raise LtiError("lti_platform_inactive")
    started = begin_login(
        asked, registered.platform, redirect_uri=office.launch_url, state_keys=office.state_keys, now=now
    )
    if started.storage is None:
        response = redirect(started.redirect_url)
    else:
        response = make_response(keep_secret_page(started, started.storage))
    set_partitioned_cookie(
        response, started.cookie_name, started.binding_secret, int(STATE_TTL.total_seconds())
    )
    return response


@lti_desk.post("/lti/launch")
@lti_desk.post("/lti/launch/<path:key>", endpoint="launch_of_module")
@lti_desk.post("/lti/deep-linking", endpoint="deep_linking")
@csrf_exempt
def launch(key: str | None = None) -> BaseResponse:
    """The platform's answer: verified, spent, and turned into a session.

    ``key`` is not read here: what is opened follows the id_token, whichever of our addresses it was posted to
    (Chamilo posts a launch to the link's own address, a request for modules to the registered one).
    """
    office, now, fields = front_office(), service().clock(), _lists(request.form)
    try:
        return _admit(office, fields, request.cookies.get, now)
    except BindingMissing as missing:
        page = _ask_platform(office, missing.state, fields, now)
        if page is None:
            raise
        return page


def _admit(
    office: FrontOffice, fields: dict[str, list[str]], cookie: Callable[[str], str | None], now: datetime
) -> BaseResponse:
    found: dict[tuple[str, str], RegisteredPlatform] = {}
    verified = verify_message(
        fields,
        state_keys=office.state_keys,
        cookie=cookie,
        platforms=lambda issuer, client_id: _platform_of_launch(found, issuer, client_id, now),
        keys=office.key_sets,
        base_url=office.base_url,
        now=now,
    )
    registered = found[verified.platform.key]
    try:
        if not isinstance(verified, ResourceLinkLaunch):
            return _lead(office, verified, registered, now)
        arrival = arrive(service().database, verified, registered, browser_locale=locale(), now=now)
    except UnknownDeployment:
        with service().database.writing() as connection:
            is_kept = keep_for_operator(connection, verified, registered, now)
        code = "lti_deployment" if is_kept else "lti_deployments_many"
        raise LtiError(code, f"deployment {verified.deployment_id!r}") from None
    _log.info("launched", registration=registered.id, link=arrival.link_id, lecturer=arrival.is_lecturer)
    return welcome(office, verified, arrival)


def _ask_platform(
    office: FrontOffice, state: State, fields: dict[str, list[str]], now: datetime
) -> BaseResponse | None:
    """The page that asks the platform for the secret that no cookie brought back; none where nobody keeps it."""
    registered = office.platform(state.issuer, state.client_id, now)
    storage = storage_of(registered.platform, state) if registered is not None else None
    if storage is None:
        return None
    token = seal_launch(fields, office.state_keys)
    return make_response(confirm_page(storage, fields["state"][0], token, in_own_window=_in_own_window()))


@lti_desk.post("/lti/launch/confirm")
@csrf_exempt
def confirm() -> BaseResponse:
    """The secret that the platform kept, from our own page: the launch again, and now the session.

    Answers the page with the address where it goes on and with the session, as JSON, or with a page to show in its
    place. A wrong or missing secret spends the login: there is one try.
    """
    office, now = front_office(), service().clock()
    check_confirmation(request.headers.get, office.base_url)
    confirmation = read_confirmation(request.get_data(), office.state_keys, now)
    state, form = confirmation.state, {name: [value] for name, value in confirmation.fields}
    try:
        response = _admit(office, form, confirmation.cookie, now)
    except LtiError as problem:
        if problem.code not in {"lti_binding_missing", "lti_state_browser"}:
            raise
        with service().database.writing() as connection:
            spend_nonce(connection, state.nonce_hash, state.expires_at)
        raise BindingMissing(state) from problem
    if "Location" not in response.headers:
        return response
    return opened_for_script(response)


def _lead(
    office: FrontOffice,
    asked: DeepLinkingRequest | SubmissionReview | DataPrivacyLaunch,
    registered: RegisteredPlatform,
    now: datetime,
) -> BaseResponse:
    """To the page that a message is about which opens no link: the catalogue, a learner's work, the own data."""
    parts = service()
    led: LedTo | None
    match asked:
        case DeepLinkingRequest():
            led = begin(parts.database, asked, registered, browser_locale=locale(), now=now)
        case SubmissionReview():
            led = open_review(parts.database, asked, registered, parts.seal, browser_locale=locale(), now=now)
        case DataPrivacyLaunch():
            led = open_own_data(parts.database, asked, registered, browser_locale=locale(), now=now)
    if led is None:
        set_locale(locale_of(asked, None, locale()))
        allow_framing(ANYONE)
        page = render_template("lti/nothing_kept.html", return_url=asked.return_url, platform=registered.name)
        return make_response(page)
    return _signed_in(office, redirect(led.location, 303), led.token, led.identity_id, asked.nonce_hash)


def welcome(office: FrontOffice, verified: ResourceLinkLaunch, arrival: Arrival) -> BaseResponse:
    """Sign the browser in and lead it to what the launch opens."""
    response: BaseResponse
    if arrival.enrolment is not None:
        response = redirect(url_for("buddy.module_page", enrolment=arrival.enrolment), 303)
    elif arrival.may_place:
        response = redirect(url_for("lecturer.choose", link=arrival.link), 303)
    else:
        set_locale(arrival.locale)
        allow_framing(ANYONE)
        response = make_response(render_template("lti/no_module.html", return_url=verified.return_url))
    return _signed_in(office, response, arrival.token, arrival.identity_id, verified.nonce_hash)


def _signed_in(
    office: FrontOffice, response: BaseResponse, token: str, identity_id: int, nonce_hash: str
) -> BaseResponse:
    """The same, with the session's cookie, and without the login's."""
    set_session_cookie(response, token, keyed_hash(office.mark_key, str(identity_id)))
    delete_partitioned_cookie(response, cookie_name(nonce_hash))
    return response


@lti_desk.get("/lti/jwks")
def jwks() -> Response:
    """Our public keys: those in use, those to come, those just retired."""
    response = jsonify(published_key_set(front_office().tool_keys(), service().clock()))
    response.headers["Cache-Control"] = f"public, max-age={PUBLISHED_MAX_AGE}"
    return response


@lti_desk.app_errorhandler(LtiError)
def refuse(problem: LtiError) -> Response:
    """A refused login or launch as a page; why exactly it was refused stands in the log only."""
    values: dict[str, object] = {}
    template = "error.html"
    if isinstance(problem, BindingMissing):
        values["url"] = _login_again(problem.state.login_parameters())
        if _in_own_window():  # where every browser keeps cookies, unless it was told not to
            problem = LtiError("lti_cookies_blocked")
            template, values["host"] = "lti/cookies_blocked.html", urlsplit(front_office().base_url).hostname
        elif values["url"] is not None:
            template = "lti/new_window.html"
            values["is_placing"] = urlsplit(problem.state.target_link_uri).path == url_for("lti.deep_linking")
    sentence, advice = SENTENCES.get(problem.public_code, SENTENCES["lti_form"])
    if isinstance(
        problem, PlatformRefused
    ):  # Chamilo refuses without a state; the page says whose words these are
        values["platform_says"] = f"{problem.error} {problem.description}".strip()
    return refusal_response(
        Refusal(
            problem.public_code,
            problem.status,
            title=TITLES.get(problem.public_code, _l("The module could not be opened")),
            message=sentence,
            advice=advice,
            detail=str(problem),
            retry_after=30 if problem.status == 503 else None,
            template=template,
            values=values,
        )
    )


def _in_own_window() -> bool:
    """Whether the launch came in a window of its own, not in a frame; said again by the page that confirms it."""
    return request.headers.get("Sec-Fetch-Dest") == "document" or "own-window" in request.args


def _login_again(parameters: list[tuple[str, str]] | None) -> str | None:
    """An address of ours that repeats a login; none when its hints were too long to carry along."""
    return f"{url_for('lti.login')}?{urlencode(parameters)}" if parameters is not None else None


def _fields() -> dict[str, list[str]]:
    """Query and form fields of a login: some LMSs are given a login address with a query of its own."""
    fields = _lists(request.args)
    if request.method == "POST":
        for name, values in _lists(request.form).items():
            fields.setdefault(name, []).extend(values)
    return fields


def _lists(source: MultiDict[str, str]) -> dict[str, list[str]]:
    """Each field with all its values: a repeated one is refused where it matters."""
    return {name: list(values) for name, values in source.lists()}


def _platform_of_login(asked: LoginInitiation, now: datetime) -> RegisteredPlatform:
    if asked.client_id is not None:
        found = front_office().platform(asked.issuer, asked.client_id, now, remembered=BETWEEN_LOGINS)
        candidates = [found] if found is not None else []
    else:
        with service().database.reading() as connection:
            candidates = platforms_of_issuer(connection, asked.issuer)
    if not candidates:
        raise LtiError("lti_platform_unknown", f"issuer {asked.issuer!r}, client {asked.client_id!r}")
    if len(candidates) > 1:
        raise LtiError("lti_platform_ambiguous", f"issuer {asked.issuer!r}")
    return candidates[0]


def _platform_of_launch(
    found: dict[tuple[str, str], RegisteredPlatform], issuer: str, client_id: str, now: datetime
) -> Platform | None:
    registered = front_office().platform(issuer, client_id, now)
    if registered is None:
        return None
    if not registered.active:
        raise LtiError("lti_platform_inactive")
    found[registered.platform.key] = registered
    return registered.platform
