"""Placing modules: the answer to a deep linking request (Deep Linking 2.0, https://www.imsglobal.org/spec/lti-dl/v2p0;
Security Framework 1.1, 5.2.1).

A signed message that the lecturer's browser carries back to the platform. It is made for one request, of its
settings and nothing else: whoever makes it says so once (`lti_placed_already` after that), and only for
someone who `may_place` (`lti_may_not_place`).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal, Protocol

from lti.claims import LTI
from lti.fields import clean_text, has_control
from lti.history import COPY_PARAMETERS, LINK
from lti.keys import ToolKey, sign
from lti.messages import DeepLinkingSettings
from lti.platform import Platform
from lti.urls import is_own_url

#: The name of the form field in which the browser posts the answer to `settings.return_url`.
RESPONSE_FIELD: Final = "JWT"
_DL: Final = "https://purl.imsglobal.org/spec/lti-dl/claim/"
#: How long the browser has to carry the answer back.
ANSWER_LIFE = timedelta(minutes=5)
#: Moodle grants no leeway, so our clock must not look ahead of its own.
_BACK = timedelta(seconds=10)
_MAX_TEXT = 255
#: Moodle's form refuses a maximum outside 1 to 100, and one that is not whole (measured).
_MAX_SCORE = 100


@dataclass(frozen=True, slots=True)
class GradeColumn:
    """The column that a placed module gets (AGS 2.0, 3.2). score_maximum: whole, 1–100.

    resource_id, tag: ours, by which the column is found again. is_reviewable: lecturers may open a learner's
    work from the column (Submission Review 1.0, 3), once it is completed: no other state is ever sent.
    """

    score_maximum: int = 1
    label: str | None = None
    resource_id: str | None = None
    tag: str | None = None
    is_reviewable: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.score_maximum, bool) or not isinstance(self.score_maximum, int):
            raise ValueError("a maximum is a whole number")
        if not 1 <= self.score_maximum <= _MAX_SCORE:
            raise ValueError(f"a maximum lies between 1 and {_MAX_SCORE}")


@dataclass(frozen=True, slots=True)
class PlacedLink:
    """One module as it is placed in the course.

    id: our own id of this link, which a copy of it will carry too. url: what it opens, on our origin. title,
    text: plain; cut at 255 and freed of control characters. custom: more parameters, such as the module; they
    come back with every launch. column: None for a link without a grade. target: where it would best open;
    None leaves it to the platform.
    """

    id: str
    url: str
    title: str
    text: str = ""
    custom: Mapping[str, str] = field(default_factory=dict)
    column: GradeColumn | None = None
    target: Literal["iframe", "window"] | None = None


class Asked(Protocol):
    """What an answer needs of the request: a DeepLinkingRequest, or what was kept of one until the answer."""

    @property
    def platform(self) -> Platform: ...
    @property
    def deployment_id(self) -> str: ...
    @property
    def settings(self) -> DeepLinkingSettings: ...


def new_link_id() -> str:
    """An id for a link: 128 random bits, URL-safe."""
    return secrets.token_urlsafe(16)


def answer_request(
    request: Asked,
    links: Sequence[PlacedLink],
    *,
    base_url: str,
    key: ToolKey,
    now: datetime,
    message: str | None = None,
) -> str:
    """The LtiDeepLinkingResponse, signed: what the browser posts as the field `JWT` to `settings.return_url`.

    links: none says that the lecturer chose nothing. message: for the lecturer, shown by the platform if it
    likes; Moodle does not.

    A column is asked for only where the platform takes it. ValueError for what the request does not allow:
    several links where it takes one, a link where it takes none, an address that is not ours.
    """
    settings, platform = request.settings, request.platform
    if links and not settings.takes_links:
        raise ValueError("the platform takes no links here")
    if len(links) > 1 and not settings.accept_multiple:
        raise ValueError("the platform takes one link at a time")
    for link in links:
        if not is_own_url(link.url, base_url):
            raise ValueError("a placed link opens this service")
    issued = int((now - _BACK).timestamp())
    claims: dict[str, Any] = {
        "iss": platform.client_id,
        "aud": platform.issuer,
        "iat": issued,
        "exp": issued + int(ANSWER_LIFE.total_seconds()),
        "nonce": secrets.token_urlsafe(32),
        LTI + "deployment_id": request.deployment_id,
        LTI + "message_type": "LtiDeepLinkingResponse",
        LTI + "version": "1.3.0",
        _DL + "content_items": [content_item(request, link) for link in links],
    }
    if settings.data is not None:
        claims[_DL + "data"] = settings.data
    if message:
        claims[_DL + "msg"] = clean_text(message, _MAX_TEXT)
    return sign(claims, key)


def content_item(request: Asked, link: PlacedLink) -> dict[str, Any]:
    """The link as a content item of type ltiResourceLink (Deep Linking 2.0, 3.1)."""
    custom = {**COPY_PARAMETERS, **link.custom, LINK: link.id}
    for name, value in custom.items():
        # A line break ends a parameter in Moodle, and would begin another one
        if not name or has_control(name) or has_control(value):
            raise ValueError(f"the custom parameter {name!r} cannot be sent")
    title = clean_text(link.title, _MAX_TEXT)
    item: dict[str, Any] = {"type": "ltiResourceLink", "url": link.url, "title": title, "custom": custom}
    text = clean_text(link.text, _MAX_TEXT)
    if text:
        item["text"] = text
    if link.column is not None and request.settings.accept_line_item:
        item["lineItem"] = _line_item(link.column, title)
    # Where neither is asked for, the platform decides; where it names its targets, ours must be one of them
    if link.target is not None and (not request.settings.targets or link.target in request.settings.targets):
        item[link.target] = {}
    return item


def _line_item(column: GradeColumn, title: str) -> dict[str, Any]:
    told = {
        "label": clean_text(column.label, _MAX_TEXT) if column.label else title,
        "resourceId": column.resource_id,
        "tag": column.tag,
    }
    given = {name: value for name, value in told.items() if value}
    review = {"submissionReview": {"reviewableStatus": ["Completed"]}} if column.is_reviewable else {}
    return {"scoreMaximum": column.score_maximum, **given, **review}
