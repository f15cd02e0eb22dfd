"""LTI 1.3 and its services for a tool: pure functions over claims, keys, messages and answers.

Knows no web framework and no database. Requests go through an `HttpClient` that is handed in; the time is
always an argument, an aware UTC datetime. Whatever comes in from outside can cause an `LtiError` and nothing
else.

The way of a launch: `read_login` → `begin_login` → (the platform) → `verify_message` → a typed message.
Without cookies: … → BindingMissing → `seal_launch` → (a page asks the platform's storage) →
`check_confirmation`, `read_confirmation` → `verify_message`.
The way of a score: `score_body` → `deliver_score` → an outcome.
Placing modules: DeepLinkingRequest → `answer_request`. Who is in the course: `fetch_roster`. A new platform:
`read_registration_request` → `fetch_configuration` → `register_tool`; is it in order: `check_connection`. LTI
1.1 is in `lti.legacy`.
"""

from lti.answers import backoff
from lti.checking import ConnectionFound, check_connection
from lti.deeplinking import (
    RESPONSE_FIELD,
    GradeColumn,
    PlacedLink,
    answer_request,
    new_link_id,
)
from lti.discovery import (
    PlatformConfiguration,
    RegistrationRequest,
    fetch_configuration,
    read_registration_request,
)
from lti.errors import (
    ERROR_CODES,
    PUBLIC_CODES,
    BindingMissing,
    ErrorCode,
    LtiError,
    PlatformRefused,
    RegistrationRefused,
)
from lti.grades import (
    Delivered,
    LineItemGone,
    Score,
    ScoreOutcome,
    TooOld,
    after_too_old,
    classify_answer,
    deliver_score,
    next_timestamp,
    score_body,
    score_url,
)
from lti.history import COPY_PARAMETERS, COURSE_HISTORY, LINK, LINK_HISTORY, read_history
from lti.http import HttpClient, HttpFailure, HttpResponse, Timeout, user_agent
from lti.keys import (
    ToolKey,
    client_assertion,
    expired_keys,
    generate_key,
    load_key,
    published_key_set,
    published_keys,
    rotation_is_due,
    signing_key,
)
from lti.keysets import KeySets, KeySetStore, KeySource, StoredKeySet, parse_key_set
from lti.launch import verify_launch, verify_message
from lti.lineitems import LineItem, NewLineItem, NoLineItem, create_line_item, find_line_item
from lti.login import AuthenticationRequest, LoginInitiation, begin_login, read_login
from lti.messages import (
    AgsEndpoint,
    AnyMessage,
    Context,
    DataPrivacyLaunch,
    DeepLinkingRequest,
    DeepLinkingSettings,
    ForUser,
    Message,
    NoticeEndpoint,
    NrpsEndpoint,
    PlatformMessage,
    ResourceLink,
    ResourceLinkLaunch,
    SubmissionReview,
    ToolPlatform,
)
from lti.migration import Migration, verify_migration
from lti.notices import CONTEXT_COPY, NOTICE_HANDLERS, CourseCopied, Notices, read_notices, subscribe
from lti.outcomes import REFUSALS, RETRY_REASONS, RateLimited, Refused, Retry
from lti.platform import Platform, check_platform
from lti.registration import (
    CLOSE_MESSAGE,
    SCOPES,
    Registration,
    ToolDescription,
    register_tool,
    registration_body,
)
from lti.roles import has_learner_result, is_learner, is_lecturer, may_place, normalize_roles
from lti.roster import ROSTER, Member, RosterFailed, fetch_roster
from lti.services import (
    LINE_ITEM,
    LINE_ITEM_READ,
    SCORE,
    AccessToken,
    PlatformServices,
    TokenCache,
    is_service_url,
)
from lti.state import STATE_TTL, State, open_state, sign_state
from lti.storage import (
    Confirmation,
    PlatformStorage,
    check_confirmation,
    read_confirmation,
    seal_launch,
    storage_of,
)

__all__ = [
    "CLOSE_MESSAGE",
    "CONTEXT_COPY",
    "COPY_PARAMETERS",
    "COURSE_HISTORY",
    "ERROR_CODES",
    "LINE_ITEM",
    "LINE_ITEM_READ",
    "LINK",
    "LINK_HISTORY",
    "NOTICE_HANDLERS",
    "PUBLIC_CODES",
    "REFUSALS",
    "RESPONSE_FIELD",
    "RETRY_REASONS",
    "ROSTER",
    "SCOPES",
    "SCORE",
    "STATE_TTL",
    "AccessToken",
    "AgsEndpoint",
    "AnyMessage",
    "AuthenticationRequest",
    "BindingMissing",
    "Confirmation",
    "ConnectionFound",
    "Context",
    "CourseCopied",
    "DataPrivacyLaunch",
    "DeepLinkingRequest",
    "DeepLinkingSettings",
    "Delivered",
    "ErrorCode",
    "ForUser",
    "GradeColumn",
    "HttpClient",
    "HttpFailure",
    "HttpResponse",
    "KeySetStore",
    "KeySets",
    "KeySource",
    "LineItem",
    "LineItemGone",
    "LoginInitiation",
    "LtiError",
    "Member",
    "Message",
    "Migration",
    "NewLineItem",
    "NoLineItem",
    "NoticeEndpoint",
    "Notices",
    "NrpsEndpoint",
    "PlacedLink",
    "Platform",
    "PlatformConfiguration",
    "PlatformMessage",
    "PlatformRefused",
    "PlatformServices",
    "PlatformStorage",
    "RateLimited",
    "Refused",
    "Registration",
    "RegistrationRefused",
    "RegistrationRequest",
    "ResourceLink",
    "ResourceLinkLaunch",
    "Retry",
    "RosterFailed",
    "Score",
    "ScoreOutcome",
    "State",
    "StoredKeySet",
    "SubmissionReview",
    "Timeout",
    "TokenCache",
    "TooOld",
    "ToolDescription",
    "ToolKey",
    "ToolPlatform",
    "after_too_old",
    "answer_request",
    "backoff",
    "begin_login",
    "check_confirmation",
    "check_connection",
    "check_platform",
    "classify_answer",
    "client_assertion",
    "create_line_item",
    "deliver_score",
    "expired_keys",
    "fetch_configuration",
    "fetch_roster",
    "find_line_item",
    "generate_key",
    "has_learner_result",
    "is_learner",
    "is_lecturer",
    "is_service_url",
    "load_key",
    "may_place",
    "new_link_id",
    "next_timestamp",
    "normalize_roles",
    "open_state",
    "parse_key_set",
    "published_key_set",
    "published_keys",
    "read_confirmation",
    "read_history",
    "read_login",
    "read_notices",
    "read_registration_request",
    "register_tool",
    "registration_body",
    "rotation_is_due",
    "score_body",
    "score_url",
    "seal_launch",
    "sign_state",
    "signing_key",
    "storage_of",
    "subscribe",
    "user_agent",
    "verify_launch",
    "verify_message",
    "verify_migration",
]
