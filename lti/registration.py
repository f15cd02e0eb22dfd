"""Dynamic registration: we describe ourselves, the platform makes the tool and tells its client id (LTI Dynamic
Registration 1.0, https://www.imsglobal.org/spec/lti-dr/v1p0; RFC 7591).

The way: `read_registration_request` → `fetch_configuration` → (the administrator sees what it says) →
`register_tool` → a Registration, stored as *pending* by the caller, never over one that is there
(`lti_registered`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from lti.claims import MAX_ID, parse_object
from lti.discovery import PlatformConfiguration, RegistrationRequest, check_answer, send
from lti.errors import LtiError, RegistrationRefused
from lti.fields import clean_text, has_control
from lti.history import COPY_PARAMETERS
from lti.http import HttpClient, HttpResponse
from lti.notices import CONTEXT_COPY, NOTICE_HANDLERS
from lti.platform import Platform
from lti.reading import DATA_PRIVACY, DEEP_LINKING, RESOURCE_LINK, SUBMISSION_REVIEW
from lti.roster import ROSTER
from lti.services import LINE_ITEM, LINE_ITEM_READ, SCORE
from lti.urls import split_url

TOOL_CONFIGURATION: Final = "https://purl.imsglobal.org/spec/lti-tool-configuration"
#: What the page posts to its parent or opener when all is done, so that the LMS closes it (3.9).
CLOSE_MESSAGE: Mapping[str, str] = MappingProxyType({"subject": "org.imsglobal.lti.close"})
#: What we ask for: to find and make columns, to send scores, to read who is in a course.
SCOPES: Final = (LINE_ITEM, LINE_ITEM_READ, SCORE, ROSTER)


@dataclass(frozen=True, slots=True)
class ToolDescription:
    """This service as an LMS will know it. All addresses are ours, absolute, on one origin.

    description: for administrators. placing_label: what lecturers click to place a module. redirect_urls: all
    addresses that launches are posted to, exactly. notice_url: where notices are posted. custom: parameters
    for every launch, besides those that tell of copies. with_names, with_email: ask for them.
    """

    name: str
    description: str
    placing_label: str
    login_url: str
    launch_url: str
    deep_linking_url: str
    key_set_url: str
    redirect_urls: tuple[str, ...]
    notice_url: str | None = None
    logo_url: str | None = None
    privacy_url: str | None = None
    custom: Mapping[str, str] = field(default_factory=dict)
    with_names: bool = True
    with_email: bool = False


@dataclass(frozen=True, slots=True)
class Registration:
    """What the platform made of it.

    deployment_id: where the answer tells it (Moodle, Sakai). withheld: scopes that were asked for and not
    granted, as far as the answer says; Moodle's says too much, so the launch's claims have the last word.
    """

    platform: Platform
    deployment_id: str | None
    withheld: frozenset[str]


def registration_body(tool: ToolDescription, configuration: PlatformConfiguration) -> dict[str, Any]:
    """The client that we ask for (Dynamic Registration 1.0, 3.5)."""
    launch = split_url(tool.launch_url)
    if launch is None:
        raise ValueError("launch_url is not an absolute address")
    quirks = configuration.quirks
    tells_copies = CONTEXT_COPY in configuration.notice_types and tool.notice_url is not None
    claims = ["iss", "sub"]
    claims += ["name", "given_name", "family_name"] if tool.with_names else []
    claims += ["email"] if tool.with_email else []
    described: dict[str, Any] = {
        # Moodle compares it, port included, with the host of target_link_uri
        "domain": launch.netloc,
        "description": tool.description,
        "target_link_uri": tool.launch_url,
        "custom_parameters": {**COPY_PARAMETERS, **tool.custom},
        # Moodle and Canvas send of a person what is listed here and nothing else
        "claims": claims,
        "messages": _messages(tool, configuration),
    }
    if quirks.privacy_key is not None:
        described[quirks.privacy_key] = _PRIVACY[tool.with_names, tool.with_email]
    if tells_copies:
        described["notice_handlers"] = [{"notice_type": CONTEXT_COPY, "handler": tool.notice_url}]
    body: dict[str, Any] = {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": tool.login_url,
        "redirect_uris": list(dict.fromkeys((tool.launch_url, tool.deep_linking_url, *tool.redirect_urls))),
        "client_name": tool.name,
        "jwks_uri": tool.key_set_url,
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(wanted_scopes(tool, configuration)),
        TOOL_CONFIGURATION: described,
    }
    optional = {"logo_uri": tool.logo_url, "policy_uri": tool.privacy_url}
    return body | {name: value for name, value in optional.items() if value is not None}


#: (with names, with e-mail) → Canvas's word for it.
_PRIVACY = {
    (True, True): "public",
    (True, False): "name_only",
    (False, True): "email_only",
    (False, False): "anonymous",
}


def wanted_scopes(tool: ToolDescription, configuration: PlatformConfiguration) -> tuple[str, ...]:
    """The scopes to ask for: ours that can be had, and the one for notices where copies are told."""
    wanted: tuple[str, ...] = SCOPES
    if CONTEXT_COPY in configuration.notice_types and tool.notice_url is not None:
        wanted += (NOTICE_HANDLERS,)
    if configuration.scopes is None:
        return wanted
    return tuple(scope for scope in wanted if scope in configuration.scopes)


def _messages(tool: ToolDescription, configuration: PlatformConfiguration) -> list[dict[str, Any]]:
    """The messages that we take and the platform sends.

    Sakai goes by the first of them, Moodle by the last that is for placing: both must be the one for placing,
    so there is one, and it comes first.
    """
    supported = configuration.messages
    placing: dict[str, Any] = {
        "type": DEEP_LINKING,
        "target_link_uri": tool.deep_linking_url,
        "label": tool.placing_label,
    }
    # Canvas writes its own placements as addresses, and takes what it wrote
    listed = {name.rpartition("/")[2]: name for name in supported.get(DEEP_LINKING, ())}
    placements = [listed[name] for name in configuration.quirks.placements if name in listed]
    if placements:
        placing["placements"] = placements
    messages = [placing] if not supported or DEEP_LINKING in supported else []
    others = [SUBMISSION_REVIEW, *DATA_PRIVACY]
    if configuration.quirks.registers_links:
        others.insert(0, RESOURCE_LINK)
    messages += [
        {"type": kind, "target_link_uri": tool.launch_url, "label": tool.name}
        for kind in others
        if kind in supported or (not supported and kind == RESOURCE_LINK)
    ]
    return messages


def register_tool(
    http: HttpClient,
    request: RegistrationRequest,
    configuration: PlatformConfiguration,
    tool: ToolDescription,
    *,
    user_agent: str,
) -> Registration:
    """Ask the platform to make the tool. The token is spent by it, whatever the answer.

    Raises RegistrationRefused with the platform's words, LtiError `lti_unreachable` (the tool may have been
    made all the same), `url_not_allowed` or `lti_registration_answer`.
    """
    headers = {"Accept": "application/json", "Content-Type": "application/json", "User-Agent": user_agent}
    if request.token is not None:
        headers["Authorization"] = f"Bearer {request.token}"
    body = json.dumps(registration_body(tool, configuration), separators=(",", ":")).encode()
    answer = send(http, "POST", configuration.registration_endpoint, headers, body)
    if 400 <= answer.status < 500 and answer.status not in (408, 429):
        raise RegistrationRefused(answer.status, _words(answer))
    check_answer(answer, "lti_registration_answer")
    return read_registration(answer, configuration, wanted_scopes(tool, configuration))


def read_registration(
    answer: HttpResponse, configuration: PlatformConfiguration, wanted: tuple[str, ...]
) -> Registration:
    """The client in the platform's answer (3.6)."""
    try:
        given = parse_object(answer.body)
    except ValueError as error:
        raise LtiError("lti_registration_answer", str(error)) from None
    client_id = _id(given.get("client_id"))
    if client_id is None:
        raise LtiError("lti_registration_answer", "client_id is missing")
    described = given.get(TOOL_CONFIGURATION)
    granted = given.get("scope")
    if isinstance(granted, str):
        granted = granted.split()
    withheld = frozenset(wanted) - set(map(str, granted)) if isinstance(granted, list) else frozenset()
    return Registration(
        platform=configuration.platform(client_id),
        deployment_id=_id(described.get("deployment_id")) if isinstance(described, dict) else None,
        withheld=withheld,
    )


def _id(value: Any) -> str | None:
    """An id as text: some write numbers."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 10**20 else None
    fits = isinstance(value, str) and 0 < len(value) <= MAX_ID and not has_control(value)
    return value if fits else None


def _words(answer: HttpResponse) -> tuple[str, ...]:
    """What the platform says is wrong: Canvas in a list, RFC 7591 in a description, Moodle as plain text.

    Nothing of a page of HTML.
    """
    try:
        given = parse_object(answer.body)
    except ValueError:
        text = answer.body[:400].decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
        words: list[Any] = [] if text.startswith("<") else [text]
    else:
        errors = given.get("errors")
        words = list(errors) if isinstance(errors, list) else [errors]
        words += [given.get("error"), given.get("error_description"), given.get("message")]
    found = [word if isinstance(word, str) else _message_of(word) for word in words]
    return tuple(clean_text(word, 255) for word in found[:10] if word.strip())


def _message_of(word: Any) -> str:
    message = word.get("message") if isinstance(word, dict) else None
    return message if isinstance(message, str) else ""
