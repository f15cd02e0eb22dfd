"""LTI 1.3 and its services for a tool: pure functions over claims, keys, messages and answers.

Knows no web framework and no database. Requests go through an `HttpClient` that is handed in; the time is
always an argument, an aware UTC datetime. Whatever comes in from outside can cause an `LtiError` and nothing
else.

The way of a launch: `read_login` → `begin_login` → (the platform) → `verify_launch` → `ResourceLinkLaunch`.
The way of a score: `score_body` → `deliver_score` → an outcome.
"""

from lti.answers import backoff
from lti.deeplinking import (
    RESPONSE_FIELD,
    GradeColumn,
    PlacedLink,
    answer_request,
    new_link_id,
)
from lti.errors import ERROR_CODES, PUBLIC_CODES, BindingMissing, ErrorCode, LtiError, PlatformRefused
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
from lti.outcomes import REFUSALS, RETRY_REASONS, RateLimited, Refused, Retry
from lti.platform import Platform, check_platform
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

__all__ = [
    "COPY_PARAMETERS",
    "COURSE_HISTORY",
    "ERROR_CODES",
    "LINE_ITEM",
    "LINE_ITEM_READ",
    "LINK",
    "LINK_HISTORY",
    "PUBLIC_CODES",
    "REFUSALS",
    "RESPONSE_FIELD",
    "RETRY_REASONS",
    "ROSTER",
    "SCORE",
    "STATE_TTL",
    "AccessToken",
    "AgsEndpoint",
    "AnyMessage",
    "AuthenticationRequest",
    "BindingMissing",
    "Context",
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
    "NrpsEndpoint",
    "PlacedLink",
    "Platform",
    "PlatformMessage",
    "PlatformRefused",
    "PlatformServices",
    "RateLimited",
    "Refused",
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
    "ToolKey",
    "ToolPlatform",
    "after_too_old",
    "answer_request",
    "backoff",
    "begin_login",
    "check_platform",
    "classify_answer",
    "client_assertion",
    "create_line_item",
    "deliver_score",
    "expired_keys",
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
    "read_history",
    "read_login",
    "rotation_is_due",
    "score_body",
    "score_url",
    "sign_state",
    "signing_key",
    "user_agent",
    "verify_launch",
    "verify_message",
    "verify_migration",
]
