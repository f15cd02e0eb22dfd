"""LMSs that take tools by dynamic registration, each with the manners of its product.

Moodle's were measured on a running 4.1; the others' are those of their documentation: Canvas' doc/api/registration.md,
D2L's "LTI_register_external_learning_tool", Sakai's lti/docs.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.lms import CLAIM, Lms

CONFIGURATION = "https://purl.imsglobal.org/spec/lti-platform-configuration"
TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
SCOPES = [f"{AGS}lineitem", f"{AGS}lineitem.readonly", f"{AGS}score", NRPS]
#: status, content type, body
Answer = tuple[int, str, str]


def as_json(status: int, content: Mapping[str, Any]) -> Answer:
    """An answer in JSON."""
    return status, "application/json", json.dumps(content)


class MoodleLms(Lms):
    """Moodle: a token for one use within the hour, plain words when something is missing, pending until activated.

    `tools`: by client id, what was registered. `asked`: the requests that came, as (method, path, token).
    """

    product = "moodle"
    version = "4.1dev (Build: 20220624)"
    configuration_path = "/mod/lti/openid-configuration.php"
    registration_path = "/mod/lti/openid-registration.php"
    #: of the tool, in the answer
    deployment_id: str | None = "30"
    #: scopes that the administrator takes away
    stripped: frozenset[str] = frozenset()

    def __init__(self, tool: str, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.tools: dict[str, dict[str, Any]] = {}
        self.active: set[str] = set()
        self.asked: list[tuple[str, str, str | None]] = []
        #: changes to the configuration
        self.changes: dict[str, Any] = {}
        #: answers the next registration instead of us: an `Answer`, or None to hang up without a word
        self.instead: list[Answer | None] = []
        #: the client id that the next tool gets
        self.next_client_id: str | None = None
        self._tokens: dict[str, datetime] = {}
        super().__init__(tool)

    # --- the administrator ---------------------------------------------------------------------------------------

    def pastes(self, browser: FlaskClient, invitation: str, **changes: str) -> TestResponse:
        """The administrator pastes the invitation's address: the LMS opens it with its own additions."""
        parts = urlsplit(invitation)
        query = (
            {name: values[0] for name, values in parse_qs(parts.query).items()} | self.additions() | changes
        )
        return browser.get(f"{parts.path}?{urlencode(query)}", base_url=self.tool)

    def additions(self) -> dict[str, str]:
        """What the LMS adds to the address."""
        return {
            "openid_configuration": self.issuer + self.configuration_path,
            "registration_token": self.new_token(),
        }

    def new_token(self) -> str:
        """A registration token."""
        token = secrets.token_urlsafe(24)
        self._tokens[token] = self.clock()
        return token

    def activates(self) -> None:
        """The administrator switches the tool on."""
        self.active.add(self.client_id)

    # --- launches ------------------------------------------------------------------------------------------------

    def opens(self, browser: FlaskClient, module: str = "groeten") -> TestResponse:
        """A student opens a link, once the tool is active; redirect URI and login are held to what was registered."""
        tool = self.tools[self.client_id]
        assert self.client_id in self.active, "the tool is not offered before it is activated"
        assert tool["initiate_login_uri"] == f"{self.tool}/lti/login"
        asked = self.log_in(browser, module=module)
        assert asked["client_id"] == self.client_id
        assert asked["redirect_uri"] in tool["redirect_uris"]
        changes = {
            CLAIM + "deployment_id": self.deployment_id or "1:institution",
            CLAIM + "target_link_uri": f"{self.tool}/lti/launch/{module}",
        }
        return self.post(
            browser, asked["state"], self.sign(self.claims(asked["nonce"], self.clock(), changes))
        )

    def page(self, path: str) -> Answer | None:
        """A page of its own for a browser; it has none here."""

    # --- what it answers -----------------------------------------------------------------------------------------

    def configuration(self) -> dict[str, Any]:
        """What it says of itself."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "registration_endpoint": self.issuer + self.registration_path,
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public", "pairwise"],
            "scopes_supported": [*SCOPES, "openid"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email"],
            CONFIGURATION: {
                "product_family_code": self.product,
                "version": self.version,
                "messages_supported": self.messages(),
            },
        } | self.changes

    def messages(self) -> list[dict[str, Any]]:
        """The messages that it sends."""
        return [
            {"type": "LtiResourceLinkRequest"},
            {"type": "LtiDeepLinkingRequest", "placements": ["ContentArea"]},
        ]

    def answer_configuration(self, token: str | None) -> Answer:
        """To a GET of the configuration: Moodle shows it to anyone."""
        return as_json(200, self.configuration())

    def answer_registration(self, token: str | None, body: dict[str, Any]) -> Answer:
        """To a registration."""
        made_at = self._tokens.pop(token or "", None)
        if made_at is None or self.clock() - made_at > timedelta(hours=1):
            return 401, "text/plain", "Invalid registration token"
        wrong = self.what_is_wrong(body)
        if wrong is not None:
            return 400, "text/plain", wrong
        return as_json(200, self.make_tool(body))

    def what_is_wrong(self, body: dict[str, Any]) -> str | None:
        """Why it does not make this tool."""
        for name in (
            "response_types",
            "initiate_login_uri",
            "redirect_uris",
            "client_name",
            "jwks_uri",
            TOOL,
        ):
            if not body.get(name):
                return f"Missing required attribute: {name}"
        if body.get("token_endpoint_auth_method") != "private_key_jwt":
            return "Unsupported token_endpoint_auth_method"
        if body[TOOL].get("domain") != urlsplit(body[TOOL].get("target_link_uri", "")).netloc:
            return "domain does not match target_link_uri"
        return None

    def make_tool(self, body: dict[str, Any]) -> dict[str, Any]:
        """Make the tool; the answer says what became of it."""
        self.client_id = self.next_client_id or secrets.token_urlsafe(9)
        self.tools[self.client_id] = body
        granted = [scope for scope in body["scope"].split() if scope not in self.stripped]
        return {
            **body,
            "client_id": self.client_id,
            "scope": " ".join(granted),
            TOOL: self.described(body[TOOL]),
        }

    def described(self, tool: dict[str, Any]) -> dict[str, Any]:
        """What it made of the tool's own part: messages that open links are dropped, labels and placements too (recorded)."""
        kept = ("target_link_uri", "domain", "description", "custom_parameters", "claims")
        return {
            "version": "1.3.0",
            **({"deployment_id": self.deployment_id} if self.deployment_id is not None else {}),
            **{name: tool[name] for name in kept},
            "messages": [
                {"type": one["type"], "target_link_uri": one["target_link_uri"]}
                for one in tool["messages"]
                if one["type"] != "LtiResourceLinkRequest"
            ],
        }

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        lms = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                lms.asked.append(("GET", self.path, self.token))
                shown = lms.page(self.path)
                if shown is not None:
                    self.answer(shown, to_anyone=True)
                elif self.path == lms.configuration_path:
                    self.answer(lms.answer_configuration(self.token))
                else:
                    self.answer(as_json(200, lms.key_set()))

            def do_POST(self) -> None:
                lms.asked.append(("POST", self.path, self.token))
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if lms.instead:
                    instead = lms.instead.pop(0)
                    if instead is not None:
                        self.answer(instead)
                    return
                self.answer(lms.answer_registration(self.token, body))

            @property
            def token(self) -> str | None:
                scheme, _, token = self.headers.get("Authorization", "").partition(" ")
                return token if scheme == "Bearer" else None

            def answer(self, given: Answer, *, to_anyone: bool = False) -> None:
                status, kind, text = given
                body = text.encode()
                # Some sites turn away who does not say what they are
                if not to_anyone and not self.headers.get("User-Agent", "").startswith("BuddyTrainer/"):
                    status, body = 403, b"<html>"
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Tests need no access log."""

        return Handler


class CanvasLms(MoodleLms):
    """Canvas: the token opens the configuration too, refusals are lists, no deployment is told, scopes can be taken away."""

    product = "canvas"
    version = "vCloud"
    configuration_path = "/api/lti/security/openid-configuration"
    registration_path = "/api/lti/registrations"
    deployment_id = None
    stripped = frozenset({NRPS})

    def messages(self) -> list[dict[str, Any]]:
        """With placements in Canvas' own spelling."""
        own = "https://canvas.instructure.com/lti/"
        return [
            {"type": "LtiResourceLinkRequest", "placements": [own + "course_navigation"]},
            {
                "type": "LtiDeepLinkingRequest",
                "placements": [own + "link_selection", own + "assignment_selection"],
            },
        ]

    def answer_configuration(self, token: str | None) -> Answer:
        """To who has the token."""
        if token not in self._tokens:
            return as_json(401, {"errors": ["invalid token"]})
        return as_json(200, self.configuration())

    def answer_registration(self, token: str | None, body: dict[str, Any]) -> Answer:
        """Its placements must be ones that it has, and it wants to be told how private the tool is."""
        if token not in self._tokens:
            return as_json(401, {"errors": ["invalid token"]})
        errors = [
            f"placements: {placement} is unknown"
            for message in body[TOOL]["messages"]
            for placement in message.get("placements", [])
            if not placement.startswith("https://canvas.instructure.com/lti/")
        ]
        if "https://canvas.instructure.com/lti/privacy_level" not in body[TOOL]:
            errors.append("privacy_level is missing")
        if errors:
            return as_json(422, {"errors": errors})
        return as_json(200, self.make_tool(body))


class BrightspaceLms(MoodleLms):
    """Brightspace: no registration token; its token endpoint and audience are its maker's."""

    product = "desire2learn"
    version = "20.26.11"
    configuration_path = "/d2l/.well-known/openid-configuration"
    registration_path = "/d2l/lti/register"
    deployment_id = None

    def additions(self) -> dict[str, str]:
        """No token."""
        return {"openid_configuration": self.issuer + self.configuration_path}

    def configuration(self) -> dict[str, Any]:
        """With its maker's addresses."""
        return super().configuration() | {
            "token_endpoint": "https://auth.brightspace.com/core/connect/token",
            "authorization_server": "https://api.brightspace.com/auth/token",
        }

    def answer_registration(self, token: str | None, body: dict[str, Any]) -> Answer:
        """To anyone."""
        wrong = self.what_is_wrong(body)
        return (400, "text/plain", wrong) if wrong else as_json(201, self.make_tool(body))


class SakaiLms(MoodleLms):
    """Sakai: of several messages it goes by the first, and its deployment is number one."""

    product = "sakai"
    version = "25"
    configuration_path = "/imsblis/lti13/well_known"
    registration_path = "/imsblis/lti13/registration_endpoint/7"
    deployment_id = "1"

    def what_is_wrong(self, body: dict[str, Any]) -> str | None:
        """The first message is what it makes of the tool."""
        first = body[TOOL]["messages"][0]["type"]
        return super().what_is_wrong(body) or (
            f"made for {first}" if first != "LtiDeepLinkingRequest" else None
        )


class BlackboardLms(MoodleLms):
    """Blackboard: registered once, in its maker's Developer Portal; each institution is a deployment of that, told at its
    first launch. Its login names no frame for platform storage, though there is one (docs.anthology.com, "LTI",
    "jwt-contents" and "poidc-login-lti_storage_target").

    `deployments`: by institution, what its administrator made by pasting the client id.
    """

    product = "BlackboardLearn"
    version = "4000.4.0"
    configuration_path = "/api/v1/lti/.well-known/openid-configuration"
    registration_path = "/api/v1/lti/registrations"
    deployment_id = None
    #: how its pages call the frame that keeps what tools give it
    storage_frame = "lti_storage_frame"

    def __init__(self, tool: str, clock: Callable[[], datetime]) -> None:
        super().__init__(tool, clock)
        self.deployments: dict[str, str] = {}

    def installs(self, institution: str, client_id: str) -> None:
        """An institution's administrator pastes the client id of the portal, and approves the tool."""
        assert client_id in self.tools, "the portal does not know this application"
        self.deployments[institution] = secrets.token_hex(16)

    def launch_of(self, institution: str, nonce: str) -> str:
        """The id_token with which somebody of this institution opens a module."""
        changes = {
            CLAIM + "deployment_id": self.deployments[institution],
            CLAIM + "tool_platform": {"guid": institution, "product_family_code": self.product},
            "sub": f"student of {institution}",
        }
        return self.sign(self.claims(nonce, self.clock(), changes))
