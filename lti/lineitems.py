"""Line items, the columns of the gradebook: Assignment and Grade Services 2.0, 3.2.

Found among what the platform lists, made at most once, never changed and never deleted: Moodle lets a tool
delete the column that belongs to an activity, and the activity is without a grade from then on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from lti.answers import common_outcome, describe, next_link, parse_list
from lti.claims import parse_object
from lti.fields import clean_text
from lti.http import HttpResponse
from lti.outcomes import RateLimited, Refused, Retry
from lti.platform import Platform
from lti.platforms import quirks_of
from lti.services import LINE_ITEM, LINE_ITEM_READ, PlatformServices, is_service_url
from lti.urls import add_query, query_names

LINE_ITEM_TYPE: Final = "application/vnd.ims.lis.v2.lineitem+json"
LINE_ITEMS_TYPE: Final = "application/vnd.ims.lis.v2.lineitemcontainer+json"
MAX_PAGES = 50
#: of a column that is made; Open edX refuses more (lti_consumer/models.py, LtiAgsLineItem.label)
_MAX_NEW_LABEL = 100
_MAX_LABEL = 255


@dataclass(frozen=True, slots=True)
class LineItem:
    """A column. id: its URL, query included."""

    id: str
    label: str
    score_maximum: float
    resource_link_id: str | None = None
    resource_id: str | None = None
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class NewLineItem:
    """A column to be made. label: cut at 100 characters. score_maximum: a whole number from 1 (Open edX and
    Moodle refuse others)."""

    label: str
    score_maximum: int
    resource_link_id: str | None = None
    resource_id: str | None = None
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class NoLineItem:
    """The platform lists no such column."""


def find_line_item(
    services: PlatformServices,
    platform: Platform,
    line_items: str,
    now: datetime,
    *,
    scope: tuple[str, ...],
    resource_link_id: str | None = None,
    resource_id: str | None = None,
    tag: str | None = None,
    family_code: str | None = None,
) -> LineItem | NoLineItem | Retry | RateLimited | Refused:
    """The column of a link, or else the one with our resource id or tag that belongs to no other link.

    line_items, scope: of the launch's AGS claim. The platform is asked to filter by link and its answer is
    filtered again: Open edX ignores what it does not know. Of several, the first that also has our resource
    id and tag, else the first.
    """
    quirks = quirks_of(platform, family_code)
    if LINE_ITEM_READ in scope or (quirks.needs_read_scope and LINE_ITEM in scope):
        asked = LINE_ITEM_READ
    elif LINE_ITEM in scope:
        asked = LINE_ITEM
    else:
        return Refused("scope_missing", detail="the launch offered no scope for line items")
    found: list[LineItem] = []
    url: str | None = with_link_filter(line_items, resource_link_id)
    seen: set[str] = set()
    while url is not None and url not in seen and len(seen) < MAX_PAGES:
        seen.add(url)
        answer = services.call(
            platform,
            asked,
            "GET",
            url,
            now,
            accept=LINE_ITEMS_TYPE,
            content_type=LINE_ITEMS_TYPE,
            family_code=family_code,
        )
        if not isinstance(answer, HttpResponse):
            return answer
        refusal = _refusal(answer, now)
        if refusal is not None:
            return refusal
        try:
            listed = parse_list(answer.body)
        except ValueError as error:
            return Retry("protocol", status=answer.status, detail=f"line items: {error}")
        found += [item for item in map(_read, listed) if item is not None]
        url = next_link(answer, url) if quirks.follows_pages else None
        if url is not None and not is_service_url(platform, url, family_code):
            url = None
    return _choose(found, resource_link_id, resource_id, tag) or NoLineItem()


def create_line_item(
    services: PlatformServices,
    platform: Platform,
    line_items: str,
    new: NewLineItem,
    now: datetime,
    *,
    scope: tuple[str, ...],
    family_code: str | None = None,
) -> LineItem | Retry | RateLimited | Refused:
    """Make a column. After a Retry with an unknown outcome, find it before making another."""
    if LINE_ITEM not in scope:
        return Refused("scope_missing", detail="the launch offered no scope for making line items")
    told = {"resourceLinkId": new.resource_link_id, "resourceId": new.resource_id, "tag": new.tag}
    message = {
        "label": clean_text(new.label, _MAX_NEW_LABEL),
        "scoreMaximum": new.score_maximum,
        **{name: value for name, value in told.items() if value},
    }
    answer = services.call(
        platform,
        LINE_ITEM,
        "POST",
        line_items,
        now,
        accept=LINE_ITEM_TYPE,
        content_type=LINE_ITEM_TYPE,
        body=json.dumps(message, separators=(",", ":")).encode(),
        family_code=family_code,
    )
    if not isinstance(answer, HttpResponse):
        return answer
    refusal = _refusal(answer, now)
    if refusal is not None:
        return refusal
    try:
        made = _read(parse_object(answer.body))
    except ValueError:
        made = None
    if made is None:
        return Retry("protocol", None, True, answer.status, "no line item in the answer")
    if not is_service_url(platform, made.id, family_code):
        return Refused("foreign_host", detail="the new line item's address is not the platform's")
    return made


def with_link_filter(line_items: str, resource_link_id: str | None) -> str:
    """The address that lists a link's line items (AGS 2.0, 3.2.10), unless it filters already."""
    if resource_link_id is None or "resource_link_id" in query_names(line_items):
        return line_items
    return add_query(line_items, [("resource_link_id", resource_link_id)])


def _refusal(answer: HttpResponse, now: datetime) -> Retry | RateLimited | Refused | None:
    common = common_outcome(answer, now)
    if common is not None:
        return common
    if 200 <= answer.status < 300:
        return None
    return Refused("forbidden" if answer.status == 403 else "refused", answer.status, describe(answer))


def _read(given: Any) -> LineItem | None:
    """A line item as listed, None for what cannot be one. With Moodle an empty text means none."""
    if not isinstance(given, dict):
        return None
    url, maximum = given.get("id"), given.get("scoreMaximum", 1)
    if not isinstance(url, str) or isinstance(maximum, bool) or not isinstance(maximum, int | float):
        return None
    label = given.get("label")
    return LineItem(
        url,
        clean_text(label, _MAX_LABEL) if isinstance(label, str) else "",
        maximum,
        _text(given, "resourceLinkId"),
        _text(given, "resourceId"),
        _text(given, "tag"),
    )


def _text(given: dict[str, Any], name: str) -> str | None:
    value = given.get(name)
    return value if isinstance(value, str) and value else None


def _choose(
    items: list[LineItem], resource_link_id: str | None, resource_id: str | None, tag: str | None
) -> LineItem | None:
    """The best fit; none that belongs to another link."""
    ours: list[tuple[int, LineItem]] = []
    for item in items:
        of_link = resource_link_id is not None and item.resource_link_id == resource_link_id
        same_id = resource_id is not None and item.resource_id == resource_id
        same_tag = tag is not None and item.tag == tag
        foreign = item.resource_link_id is not None and resource_link_id is not None and not of_link
        if not foreign and (of_link or same_id or same_tag):
            ours.append((of_link * 4 + same_id * 2 + same_tag, item))
    return max(ours, key=lambda fit: fit[0])[1] if ours else None
