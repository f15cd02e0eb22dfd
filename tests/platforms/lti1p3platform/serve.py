"""The LTI platform of the package `lti1p3platform` on loopback, with a course of one module: `serve.py --port 9000`.

The package makes the messages, reads the requests and the deep-linking answers, grants the tokens and says what each
method answers; what is here is routes, storage, and a handle at `/hand/` for tests:

    POST /hand/tool        {"login", "launch", "deep_linking", "jwks"}   connect a tool; what to type over at it
    GET  /hand/open?user=…&role=…&message=launch|deep_linking            somebody clicks
    POST /hand/same-moment {"user": …}   the next score of this person finds one of its own moment
    GET  /hand/state       scores, answers with their status, and what was placed

It raises for what it does not like where an LMS refuses, which Flask would answer with 500; here that is 400 or 401.
"""

import argparse
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, Response, jsonify, redirect, request
from lti1p3platform.exceptions import LtiServiceException
from lti1p3platform.ltiplatform import LTI1P3PlatformConfAbstract
from lti1p3platform.membership import Context
from lti1p3platform.message_launch import LTIAdvantageMessageLaunchAbstract
from lti1p3platform.oidc_login import OIDCLoginAbstract
from lti1p3platform.registration import Registration
from lti1p3platform.request import Request, TRequest
from lti1p3platform.response import Response as ServiceAnswer
from lti1p3platform.score import UpdateScoreStatus
from lti1p3platform.service_connector import AssignmentsGradesService, NamesRoleProvisioningService
from markupsafe import escape
from werkzeug.exceptions import HTTPException

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
LINK = "link-1"
#: of the grade services: scores, and looking at the one column
OFFERED = {"allow_creating_lineitems": False, "results_service_enabled": False}


class Platform:
    """All that is stored: a tool, a course, a column, its scores."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = key.public_key()
        self.private_pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        self.public_pem = public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode()
        self.tool: dict[str, str] = {}
        self.conf: Any = None
        self.scores: dict[str, dict[str, Any]] = {}
        self.same_moment: set[str] = set()
        self.statuses: list[int] = []
        self.placed: list[Any] = []
        self.members: dict[str, str] = {}


class Conf(LTI1P3PlatformConfAbstract):
    """What the package asks for of the one registration."""

    def init_platform_config(self, **kwargs: Any) -> None:
        self.platform: Platform = kwargs["platform"]

    def get_registration_by_params(self, **kwargs: Any) -> Registration:
        tool = self.platform.tool
        return (
            Registration()
            .set_iss(self.platform.base_url)
            .set_client_id("client-of-lti1p3platform")
            .set_deployment_id("1")
            .set_oidc_login_url(tool["login"])
            .set_launch_url(tool["launch"])
            .set_deeplink_launch_url(tool["deep_linking"])
            .set_tool_key_set_url(tool["jwks"])
            .set_platform_public_key(self.platform.public_pem)
            .set_platform_private_key(self.platform.private_pem)
        )


class FlaskRequest(Request):
    """A request of Flask's, as the package reads one."""

    def build_metadata(self, request: Any) -> TRequest:
        return {
            "method": request.method,
            "form_data": request.form.to_dict(),
            "get_data": request.args.to_dict(),
            "headers": request.headers,
            "content_type": request.content_type,
            "path": request.path,
            "json": request.get_json(force=True, silent=True),
        }


class Login(OIDCLoginAbstract):
    """The login initiation; what is opened, and by whom, travels in the message hint."""

    def set_lti_message_hint(self, **kwargs: Any) -> None:
        self._lti_message_hint = kwargs["hint"]

    def get_redirect(self, url: str) -> Any:
        return redirect(url)


class Launch(LTIAdvantageMessageLaunchAbstract):
    """The message, and the page that posts it."""

    platform: Platform

    def prepare_launch(self, preflight_response: dict[str, Any]) -> None:
        message, role = preflight_response["lti_message_hint"].split(".")
        user, base = preflight_response["login_hint"], self.platform.base_url
        self.platform.members[user] = role
        self.set_user_data(user, [MEMBERSHIP + role])
        self.set_launch_context_claim("course-1", ["CourseSection"], "Leerbuddy", "LB")
        self.set_launch_presentation_claim("iframe", f"{base}/course")
        if message == "deep_linking":
            self.set_dl(f"{base}/placed", accept_types={"ltiResourceLink"}, extra_data="course=1")
            return
        self.set_resource_link_claim(LINK, title="Groeten bij naam")
        self.set_ags(f"{base}/items", f"{base}/items/1", **OFFERED)
        self.set_nrps(f"{base}/members")

    def render_launch_form(self, launch_data: dict[str, Any], **kwargs: Any) -> str:
        fields = "".join(
            f'<input type="hidden" name="{name}" value="{escape(launch_data[name])}">'
            for name in ("state", "id_token")
        )
        return f'<form method="post" action="{escape(launch_data["launch_url"])}">{fields}</form>'


class Grades(AssignmentsGradesService):
    """One column, made by the course, and its scores."""

    platform: Platform

    def find_lineitems(self, **kwargs: Any) -> Any:
        return {"content": [self.find_lineitem("1")], "has_next": False}

    def find_lineitem(self, line_item_id: str) -> Any:
        address = f"{self.platform.base_url}/items/{line_item_id}"
        return {"id": address, "label": "Groeten", "scoreMaximum": 1, "resourceLinkId": LINK}

    def create_lineitem(self, *_asked: Any, **_more: Any) -> Any:
        raise LtiServiceException("Not offered here", 405)

    update_lineitem = delete_lineitem = get_results = create_lineitem

    def update_score(self, line_item_id: str, score: Any) -> UpdateScoreStatus:
        user = score["userId"]
        held = self.platform.scores.get(user, {}).get("timestamp", "")
        if user in self.platform.same_moment:
            self.platform.same_moment.remove(user)
            held = score["timestamp"]
        if score["timestamp"] <= held:
            return UpdateScoreStatus.OLD_TIMESTAMP
        self.platform.scores[user] = score
        return UpdateScoreStatus.SUCCESS


class Roster(NamesRoleProvisioningService):
    """Whoever opened something."""

    platform: Platform

    def get_context_by_id(self) -> Context:
        return Context("course-1", "LB", "Leerbuddy")

    def get_member_data_page(self, **kwargs: Any) -> Any:
        members = [
            {"user_id": user, "roles": [MEMBERSHIP + role]} for user, role in self.platform.members.items()
        ]
        return {"content": members, "has_next": False}


def create_app(base_url: str) -> Flask:
    """The routes around the package."""
    app = Flask(__name__)
    platform = Platform(base_url)
    for part in (Launch, Grades, Roster):
        part.platform = platform

    @app.errorhandler(Exception)
    def refuse(problem: Exception) -> Any:
        if isinstance(problem, HTTPException):
            return problem
        return jsonify(error=repr(problem)), 401 if isinstance(problem, jwt.PyJWTError) else 400

    @app.post("/hand/tool")
    def connect() -> Any:
        platform.tool = request.get_json()
        platform.conf = Conf(platform=platform)
        registration = platform.conf.get_registration()
        return {
            "issuer": base_url,
            "client_id": registration.get_client_id(),
            "deployment_ids": [registration.get_deployment_id()],
            "authorization_endpoint": f"{base_url}/auth",
            "token_endpoint": f"{base_url}/token",
            "jwks_uri": f"{base_url}/jwks",
        }

    @app.get("/hand/open")
    def click() -> Any:
        login = Login(FlaskRequest(request), platform.conf)
        message = request.args.get("message", "launch")
        login.set_lti_message_hint(hint=f"{message}.{request.args.get('role', 'Learner')}")
        if message == "deep_linking":
            login.set_deeplinking_launch_url()
        return login.initiate_login(request.args["user"])

    @app.post("/hand/same-moment")
    def hold() -> Any:
        platform.same_moment.add(request.get_json()["user"])
        return {}

    @app.get("/hand/state")
    def state() -> Any:
        return {"scores": platform.scores, "statuses": platform.statuses, "placed": platform.placed}

    @app.get("/auth")
    def authenticate() -> Any:
        return Launch(FlaskRequest(request), platform.conf).lti_launch()

    @app.get("/jwks")
    def key_set() -> Any:
        return platform.conf.get_jwks()

    @app.post("/token")
    def token() -> Any:
        return platform.conf.get_access_token(request.form.to_dict())

    @app.post("/placed")
    def take_placed() -> Any:
        platform.placed = platform.conf.validate_deeplinking_resp(request.form.to_dict())
        return {"placed": len(platform.placed)}

    def grades() -> Grades:
        asked = FlaskRequest(request)
        return Grades(asked, platform.conf, f"{base_url}/items", f"{base_url}/items/1", **OFFERED)

    @app.get("/items")
    def items() -> Response:
        service = grades()
        return _answered(service.handle_resp(service.handle_get_lineitems), "content")

    @app.post("/items/<item>/scores")
    def take_score(item: str) -> Response:
        service = grades()
        answer = _answered(service.handle_resp(service.handle_update_score, line_item_id=item))
        platform.statuses.append(answer.status_code)
        return answer

    @app.get("/members")
    def members() -> Response:
        service = Roster(FlaskRequest(request), platform.conf, f"{base_url}/members")
        return _answered(service.handle_resp(service.handle_get_members))

    return app


def _answered(answer: ServiceAnswer, part: str | None = None) -> Response:
    body = jsonify(answer.result[part] if part and answer.result else answer.result).get_data()
    return Response(body, answer.code, content_type=answer.media_type)


def main() -> None:
    parser = argparse.ArgumentParser(description="An LTI platform for tests, on loopback")
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    app = create_app(f"http://localhost:{port}")
    app.run("localhost", port, threaded=True, use_reloader=False)


if __name__ == "__main__":
    main()
