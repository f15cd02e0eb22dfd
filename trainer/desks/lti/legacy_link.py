"""A launch of LTI 1.1 in the shape of one of today, so that it arrives by the same way."""

from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import quote

from lti.legacy import LegacyLaunch
from lti.messages import Message, ResourceLinkLaunch
from trainer.core.crypto import Seal
from trainer.courses.legacy import seal_right
from trainer.institutions.legacy import DEPLOYMENT, LegacyPlatform


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyLink(ResourceLinkLaunch):
    """It has no line items and no roster; it may have a way back of its own."""

    #: where this person's result for this link goes; none without a gradebook column
    outcome_url: str | None
    #: the right to send it there, sealed (courses.legacy)
    sealed_right: str | None = field(repr=False)


def as_link(
    launch: LegacyLaunch, platform: LegacyPlatform, seal: Seal, *, base_url: str, key: str | None
) -> LegacyLink:
    """The launch as a resource link of the platform's one deployment.

    Args:
        key: of the module in the address that was posted to, if any; a custom parameter ``module`` wins, as ever.
    """
    said: dict[str, Any] = {one.name: getattr(launch, one.name) for one in fields(Message)}
    outcome = launch.outcome if launch.has_learner_result else None
    return LegacyLink(
        **said,
        platform=platform.registered.platform,
        deployment_id=DEPLOYMENT,
        target_link_uri=f"{base_url}/lti/launch" + (f"/{quote(key)}" if key else ""),
        resource_link=launch.resource_link,
        ags=None,
        nrps=None,
        outcome_url=outcome.service_url if outcome else None,
        sealed_right=seal_right(seal, outcome) if outcome else None,
    )
