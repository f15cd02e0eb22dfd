"""The launch as OpenID Connect: the start that the LMS gives it, and the authorization endpoint that ends it.

1EdTech Security Framework 1.0, 5.1.1 (https://www.imsglobal.org/spec/security/v1p0/#openid_connect_launch_flow).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response as AnyResponse

from practice import keys
from practice.id_token import issue_id_token
from practice.lms import LOCALES, Lms, lms, required_course, required_visitor, visitor
from practice.school import Course, Link

blueprint = Blueprint("launches", __name__)

#: A tool may repeat the login in a new window some time after the page was opened.
_HINT_LIFE = 60 * 60  # seconds


@dataclass(frozen=True, slots=True)
class Hint:
    """What `lti_message_hint` carries, signed: what is opened, by whom and how."""

    person_id: str
    course_id: str
    #: The link; none where a teacher takes something from the tool's catalogue into the course.
    link_id: str | None
    locale: str
    in_frame: bool


class Refusal(Exception):
    """An OAuth error that the tool is told about (RFC 6749, 4.1.2.1; OpenID Connect Core, 3.1.2.6)."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


@blueprint.get("/launch/<link_id>")
def start(link_id: str) -> AnyResponse:
    """Third-party initiated login: sends the browser, or the iframe, to the tool's login address."""
    placed = lms().placed(link_id)
    if placed is None or not placed[0].is_member(required_visitor().person.id):
        abort(404)
    course, link = placed
    return _initiate(course, link, link.target or lms().settings.target_link_uri(link.module))


@blueprint.get("/courses/<course_id>/place/start")
def start_placing(course_id: str) -> AnyResponse:
    """The same for a teacher who looks for something to place."""
    course = required_course(course_id)
    if not course.is_teacher(required_visitor().person.id):
        abort(403)
    return _initiate(course, None, lms().settings.deep_linking_uri)


def _initiate(course: Course, link: Link | None, target: str) -> AnyResponse:
    who = required_visitor()
    settings = lms().settings
    locale = request.args.get("locale", who.locale)
    hint = Hint(
        person_id=who.person.id,
        course_id=course.id,
        link_id=link.id if link else None,
        locale=locale if locale in LOCALES else who.locale,
        in_frame=request.args.get("in") == "iframe",
    )
    fields = {
        "iss": settings.origin,
        "target_link_uri": target,
        "login_hint": who.person.id,
        "lti_message_hint": sign_hint(lms(), hint),
        "client_id": settings.client_id,
        "lti_deployment_id": settings.deployment_id,
    }
    if settings.storage is not None and hint.in_frame:
        fields["lti_storage_target"] = settings.storage
    if settings.login_method == "get":
        return redirect(f"{settings.tool_login_url}?{urlencode(fields)}")
    return _posting_page(settings.tool_login_url, fields)


@blueprint.route("/lti/authorize", methods=["GET", "POST"])
def authorize() -> AnyResponse:
    """The authorization endpoint. Answers, also its refusals, are posted to the tool's registered address.

    Without a known client and a registered address nothing is sent anywhere: a page with status 400.
    """
    settings = lms().settings
    if request.values.getlist("client_id") != [settings.client_id]:
        abort(400, "client_id is niet (of meer dan eens) opgegeven, of niet bekend.")
    addresses = request.values.getlist("redirect_uri")
    if len(addresses) != 1 or addresses[0] not in settings.redirect_uris:
        abort(400, "redirect_uri is niet letterlijk een van de geregistreerde adressen.")
    fields = {}
    try:
        fields["id_token"] = _answer_with_token()
    except Refusal as refusal:
        fields = {"error": refusal.code, "error_description": refusal.description}
    states = request.values.getlist("state")
    if len(states) == 1:
        fields["state"] = states[0]
    return _posting_page(addresses[0], fields)


@blueprint.get("/lti/jwks")
def key_set() -> AnyResponse:
    """The platform's public keys."""
    answer = make_response(keys.public_set(lms().store))
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


def sign_hint(of: Lms, hint: Hint) -> str:
    return _signer(of).dumps([hint.person_id, hint.course_id, hint.link_id, hint.locale, hint.in_frame])


def read_hint(of: Lms, signed: str) -> Hint | None:
    """The hint; None when it is not ours, or too old."""
    try:
        carried: Any = _signer(of).loads(signed, max_age=_HINT_LIFE)
    except BadSignature:
        return None
    return Hint(*carried)


def _signer(of: Lms) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(of.store.secret("message hint"), salt="lti_message_hint")


def _answer_with_token() -> str:
    """Every check of the request, then the id_token. Refusal for the first check that fails."""
    for name, count in ((name, len(request.values.getlist(name))) for name in request.values):
        if count != 1:
            raise Refusal("invalid_request", f"{name} is given {count} times")
    if request.values.get("scope") != "openid":
        raise Refusal("invalid_scope", "scope must be openid")
    if request.values.get("response_type") != "id_token":
        raise Refusal("unsupported_response_type", "response_type must be id_token")
    if request.values.get("response_mode") != "form_post":
        raise Refusal("invalid_request", "response_mode must be form_post")
    if request.values.get("prompt") != "none":
        raise Refusal("invalid_request", "prompt must be none")
    nonce = request.values.get("nonce")
    if not nonce:
        raise Refusal("invalid_request", "nonce is missing")
    course, link, hint = _opened()
    who = required_visitor()
    return issue_id_token(
        lms(), who.person, course, link, nonce=nonce, locale=hint.locale, in_frame=hint.in_frame
    )


def _opened() -> tuple[Course, Link | None, Hint]:
    """The course and link that the hints speak of, if the person signed in here is the one who opened them."""
    who = visitor()
    if who is None:
        raise Refusal("login_required", "nobody is signed in in this browser")
    if request.values.get("login_hint") != who.person.id:
        raise Refusal("login_required", "login_hint is not the person signed in in this browser")
    hint = read_hint(lms(), request.values.get("lti_message_hint", ""))
    if hint is None:
        raise Refusal("invalid_request", "lti_message_hint is missing, altered or expired")
    if hint.person_id != who.person.id:
        raise Refusal("access_denied", "lti_message_hint was made for another person")
    course = lms().course(hint.course_id)
    if course is None or not course.is_member(who.person.id):
        raise Refusal("access_denied", "this person is not in this course")
    if hint.link_id is None:
        return course, None, hint
    for link in course.links:
        if link.id == hint.link_id:
            return course, link, hint
    raise Refusal("access_denied", "this link is not there any more")


def _posting_page(address: str, fields: dict[str, str]) -> Response:
    """A page that posts itself to the tool."""
    answer = make_response(render_template("posting.html", address=address, fields=fields))
    answer.headers["Cache-Control"] = "no-store"
    return answer
