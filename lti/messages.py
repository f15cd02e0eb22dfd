"""What a launch says, in types. Only what this service uses is read; the payload itself is not kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from lti import roles as _roles
from lti.fields import join_names
from lti.platform import Platform


@dataclass(frozen=True, slots=True)
class Context:
    """The course (LTI Core 1.3, 5.4.1). type: as sent, `CourseSection` or a URI."""

    id: str
    label: str | None
    title: str | None
    type: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ResourceLink:
    """The placed module (LTI Core 1.3, 5.3.5)."""

    id: str
    title: str | None


@dataclass(frozen=True, slots=True)
class AgsEndpoint:
    """The grade service as this launch may use it (AGS 2.0, 3.1). URLs are http(s); "" was read as None."""

    scope: tuple[str, ...]
    lineitem: str | None
    lineitems: str | None


@dataclass(frozen=True, slots=True)
class NrpsEndpoint:
    """The roster service (NRPS 2.0, 3.6.1)."""

    context_memberships_url: str
    service_versions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ToolPlatform:
    """Which LMS it is (LTI Core 1.3, 5.4.2)."""

    guid: str | None
    family_code: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class NoticeEndpoint:
    """Where to say which notices we want (Platform Notification Service 1.0). types: those that exist here."""

    url: str
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ForUser:
    """Whom a message is about, who may be another than the one who opens it (Submission Review 1.0, 4.1).

    user_id: as in `sub` and in scores.
    """

    user_id: str


@dataclass(frozen=True, slots=True)
class MigrationClaim:
    """What a platform says of the time before LTI 1.3, as yet unproven (LTI 1.3 Migration Guide, the claim
    `lti1p1`). `lti.migration.verify_migration` proves it.

    signed_text, signature: what the platform signed with the old secret, and the signature. The ids are those
    that it used in LTI 1.1, where they differ from today's.
    """

    consumer_key: str
    signature: str
    signed_text: str = field(repr=False)
    user_id: str | None
    context_id: str | None
    resource_link_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a verified message says of the person and the course, in any version of LTI.

    Still to do for who receives it: is the nonce new: insert `nonce_hash`, unique, kept until
    `nonce_expires_at` at least; if it is there already, refuse `lti_nonce_replayed`.

    sub: 1–255 characters, meaningful below the platform only. roles: normalized (`lti.roles`). custom:
    non-empty values; variables that the platform left as `$Name` are absent. link_history, course_history:
    what this link and course are copies of, latest first, as far as the platform tells
    (`lti.history.COPY_PARAMETERS`). course_sourcedid: the school's own name for the course section, or else
    for the offering. locale: a BCP 47-like tag as sent, or None. return_url: http(s), for a
    link, never to be followed by itself. name, given_name, family_name, email: cleaned text, often None;
    never a reason to join two people.
    """

    sub: str
    roles: tuple[str, ...]
    context: Context | None
    custom: dict[str, str]
    link_history: tuple[str, ...] = ()
    course_history: tuple[str, ...] = ()
    course_sourcedid: str | None = None
    locale: str | None
    return_url: str | None
    name: str | None
    given_name: str | None
    family_name: str | None
    email: str | None
    tool_platform: ToolPlatform | None
    nonce_hash: str
    nonce_expires_at: datetime

    @property
    def full_name(self) -> str | None:
        """What the person is called; None where the platform does not tell."""
        return join_names(self.name, self.given_name, self.family_name)

    @property
    def is_lecturer(self) -> bool:
        """Teacher, teaching assistant or administrator of the course."""
        return _roles.is_lecturer(self.roles)

    @property
    def may_place(self) -> bool:
        """May choose which module a link opens."""
        return _roles.may_place(self.roles)

    @property
    def has_learner_result(self) -> bool:
        """A completion of this person is sent to the gradebook."""
        return _roles.has_learner_result(self.roles)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformMessage(Message):
    """A verified message of LTI 1.3 (LTI Core 1.3, 5).

    Still to do for who receives it, besides the nonce: is the deployment registered (`lti_deployment`)?

    deployment_id: 1–255 characters, meaningful below the platform only. target_link_uri: on our origin.
    login: the fields of the login that this answers, to repeat it; None when its hints were too long to carry.
    """

    platform: Platform
    deployment_id: str
    target_link_uri: str
    login: list[tuple[str, str]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceLinkLaunch(PlatformMessage):
    """A verified LtiResourceLinkRequest (LTI Core 1.3, 5): someone opens a placed module."""

    resource_link: ResourceLink
    ags: AgsEndpoint | None
    nrps: NrpsEndpoint | None
    notices: NoticeEndpoint | None = None
    migration: MigrationClaim | None = None


@dataclass(frozen=True, slots=True)
class DeepLinkingSettings:
    """What the platform takes back (Deep Linking 2.0, 4.4.1).

    return_url: http(s), at the platform: where the answer goes. accept_types: kinds of content items.
    accept_multiple: more than one item. accept_line_item: items may ask for a grade column. auto_create: the
    platform keeps the items without asking again. targets: where a link may open, empty if not said. data:
    opaque, goes back exactly as it came; None when it was not sent.
    """

    return_url: str
    accept_types: tuple[str, ...]
    accept_multiple: bool
    accept_line_item: bool
    auto_create: bool
    targets: tuple[str, ...]
    data: str | None

    @property
    def takes_links(self) -> bool:
        """False when the platform wants something else than placed modules, such as files."""
        return "ltiResourceLink" in self.accept_types


@dataclass(frozen=True, slots=True, kw_only=True)
class DeepLinkingRequest(PlatformMessage):
    """A verified LtiDeepLinkingRequest (Deep Linking 2.0, 4): someone wants to place modules in a course.

    Only who `may_place` may do so; the answer is `lti.deeplinking.answer_request`.
    """

    settings: DeepLinkingSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionReview(PlatformMessage):
    """A verified LtiSubmissionReviewRequest (Submission Review 1.0, 4): someone looks at a learner's work, from
    the gradebook. The line item is in `ags`.

    Who may see it is for the caller to say: a lecturer of the course, or the learner.
    """

    for_user: ForUser
    resource_link: ResourceLink | None
    ags: AgsEndpoint | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataPrivacyLaunch(PlatformMessage):
    """A verified DataPrivacyLaunchRequest: someone asks for what is held of a person.

    for_user: that person, None when it is the one who asks. It has no course and often no roles.
    """

    for_user: ForUser | None


#: Every message that a launch can be.
AnyMessage = ResourceLinkLaunch | DeepLinkingRequest | SubmissionReview | DataPrivacyLaunch
