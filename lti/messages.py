"""What a launch says, in types. Only what this service uses is read; the payload itself is not kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lti import roles as _roles
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
class ResourceLinkLaunch:
    """A verified LtiResourceLinkRequest (LTI Core 1.3, 5).

    Still to do for who receives it: is the deployment registered (`lti_deployment`), and is the nonce new:
    insert `nonce_hash`, unique, kept until `nonce_expires_at` at least; if it is there already, refuse
    `lti_nonce_replayed`.

    sub, deployment_id: 1–255 characters, meaningful below the platform only. roles: normalized (`lti.roles`).
    target_link_uri: on our origin. custom: non-empty values; variables that the platform left as `$Name` are
    absent. locale: a BCP 47-like tag as sent, or None. return_url: http(s), for a link, never to be followed
    by itself. name, given_name, family_name, email: cleaned text, often None; never a reason to join two
    people.
    """

    platform: Platform
    deployment_id: str
    sub: str
    roles: tuple[str, ...]
    context: Context | None
    resource_link: ResourceLink
    target_link_uri: str
    custom: dict[str, str]
    locale: str | None
    return_url: str | None
    name: str | None
    given_name: str | None
    family_name: str | None
    email: str | None
    ags: AgsEndpoint | None
    nrps: NrpsEndpoint | None
    tool_platform: ToolPlatform | None
    nonce_hash: str
    nonce_expires_at: datetime

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
