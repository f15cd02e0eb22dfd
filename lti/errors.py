"""Every way in which a login, a launch or a registration can be refused: a stable code, a status, a meaning.

A code never changes its meaning: help desks, the documentation and the logs rely on it. What a stranger may
read in an answer is the *public* code: an unknown key, a bad signature and an unknown issuer look the same to
the outside, and differ in the log only.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lti.state import State


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One row of the list of error codes.

    status: the HTTP status of the answer. meaning: one line for the documentation.
    public: the code that the answer shows; the same as `code` unless that would tell a stranger too much.
    """

    code: str
    status: int
    meaning: str
    public: str


#: Code, status, meaning, in the order in which a launch meets them.
_CODES = (
    # The login initiation
    ("lti_login", 400, "The login lacks a field, repeats one, or holds one that is too long."),
    ("lti_platform_unknown", 401, "No platform is registered with this issuer (and client id)."),
    ("lti_platform_ambiguous", 400, "The issuer has several registrations; client_id must say which."),
    ("lti_platform_inactive", 403, "The platform was disabled or is not yet activated."),
    ("lti_target", 400, "The target_link_uri is missing or is not an address of this service."),
    # The form that comes back, and the state in it
    ("lti_form", 400, "The launch form lacks state or id_token, repeats one, or is too long."),
    ("lti_state", 401, "The state is not ours, was altered, or is older than ten minutes."),
    ("lti_state_browser", 401, "The launch arrived in another browser than the login that it answers."),
    ("lti_binding_missing", 401, "The browser kept no cookie of the login; a new window helps."),
    ("lti_cookies_blocked", 401, "The browser kept no cookie of the login, not even in a window of its own."),
    ("lti_platform_error", 401, "The platform answered the login with an error instead of a launch."),
    ("lti_crossed", 400, "The platform mixed up two parallel launches; open the link again."),
    # The token
    ("lti_header", 401, "The token is not a signed JWT with a kid and the algorithm RS256."),
    ("lti_key", 401, "The platform's key set holds no usable key with this kid."),
    ("lti_signature", 401, "The token's signature does not verify with the platform's key."),
    ("lti_issuer", 401, "The token's issuer is not the platform of the login."),
    ("lti_keys_unavailable", 503, "The platform's key set was never fetched, nor can be now."),
    ("lti_audience", 401, "The token is not meant for this tool's client id alone."),
    ("lti_azp", 401, "The token's authorized party is another client."),
    ("lti_time", 401, "The token's exp, iat or nbf is missing, no number, or out of range."),
    ("lti_nonce", 401, "The token's nonce is missing or is not the one of this login."),
    ("lti_nonce_replayed", 401, "The login was already used for a launch."),
    # The message
    ("lti_claims", 400, "A claim is missing, has the wrong type, or is too long."),
    ("lti_version", 400, "The message's LTI version is not 1.3.0."),
    ("lti_message_type", 400, "The message type is missing or not one that is taken here."),
    ("lti_deployment", 403, "The deployment is not registered under this platform."),
    (
        "lti_deployments_many",
        403,
        "The deployment is not registered, and too many others of the platform wait to be.",
    ),
    ("lti_roles", 400, "The roles claim is missing or is not a list of texts."),
    ("lti_user", 400, "The message does not say who the user is; this service needs to know."),
    ("lti_resource_link", 400, "The resource link or its id is missing."),
    # Placing modules
    ("lti_return_url", 400, "The address to send the chosen modules to is missing or not the platform's."),
    ("lti_may_not_place", 403, "Only who teaches or designs the course may place modules in it."),
    ("lti_placed_already", 409, "The choice was already sent back to the LMS."),
    # The launch without cookies
    ("lti_confirmation", 403, "The confirmation of a launch did not come from the page that asked for it."),
    # LTI 1.1
    ("lti11_form", 400, "The LTI 1.1 launch lacks a field, repeats one, or holds one that is too long."),
    ("lti11_key", 401, "No LMS is connected by LTI 1.1 with this consumer key."),
    ("lti11_signature", 401, "The LTI 1.1 launch's signature does not verify with the key's secret."),
    ("lti11_time", 401, "The LTI 1.1 launch's timestamp is missing or more than five minutes off."),
    ("lti11_nonce_replayed", 401, "The LTI 1.1 launch was already used."),
    # Notices
    ("lti_notice", 400, "The notices are not a list of signed tokens."),
    # The registration of a platform
    ("url_not_allowed", 422, "An address is not https, is private, or has parts it may not have."),
    ("lti_registration", 422, "The issuer or client id is missing, too long, or not printable."),
    ("lti_registered", 409, "This issuer and client id are connected already; nothing was changed."),
    (
        "lti_invitation",
        403,
        "The invitation to connect an LMS is missing, used, withdrawn, or older than an hour.",
    ),
    ("lti_configuration", 422, "The LMS's configuration cannot be read or lacks what is needed."),
    ("lti_configuration_issuer", 422, "The LMS's configuration speaks for another site than it came from."),
    ("lti_unreachable", 503, "The LMS does not answer, or says that it cannot now."),
    ("lti_registration_refused", 422, "The LMS refused the registration."),
    ("lti_registration_answer", 422, "The LMS's answer to the registration holds no client id."),
)
#: What a stranger may not tell apart.
_PUBLIC = dict.fromkeys(
    ("lti_key", "lti_signature", "lti_issuer", "lti11_key", "lti11_signature"), "lti_token"
)

#: All codes of this package, by code.
ERROR_CODES: MappingProxyType[str, ErrorCode] = MappingProxyType(
    {code: ErrorCode(code, status, meaning, _PUBLIC.get(code, code)) for code, status, meaning in _CODES}
)

#: The public codes that stand for several codes, with their meaning.
PUBLIC_CODES: MappingProxyType[str, str] = MappingProxyType(
    {"lti_token": "The token could not be verified: its issuer, key or signature is not known here."}
)


class LtiError(Exception):
    """A refusal. `code` and `detail` are for the log; `public_code` and `status` are for the answer.

    `detail` is English, holds no personal data and no secrets, but may quote what the platform configured.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        row = ERROR_CODES[code]
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.status = row.status
        self.public_code = row.public
        self.detail = detail


class BindingMissing(LtiError):
    """The binding secret did not come back with the launch: the browser keeps no cookies of ours in the frame.

    The state is genuine and fresh; `state.login_parameters()` gives what a login at top level needs.
    """

    def __init__(self, state: State) -> None:
        super().__init__("lti_binding_missing")
        self.state = state


class PlatformRefused(LtiError):
    """The platform posted `error` instead of an id_token (OIDC Core 3.1.2.6). Chamilo does so without a
    state.

    `error` and `description` are the platform's words, cleaned and cut; show them as text at most.
    """

    def __init__(self, error: str, description: str, state: State | None) -> None:
        super().__init__("lti_platform_error", f"{error}: {description}" if description else error)
        self.error = error
        self.description = description
        self.state = state


class RegistrationRefused(LtiError):
    """The platform refused to make the tool. words: its own, cleaned and cut; show them as text at most."""

    def __init__(self, http_status: int, words: tuple[str, ...]) -> None:
        super().__init__("lti_registration_refused", f"{http_status}: {'; '.join(words)}".rstrip(": "))
        self.http_status = http_status
        self.words = words
