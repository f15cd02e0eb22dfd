"""What the answers of a platform's services have in common (RFC 9110, RFC 8288; AGS 2.0)."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin

from lti.fields import clean_text
from lti.http import HttpResponse
from lti.outcomes import RateLimited, Retry

#: However long a platform asks us to wait.
LONGEST_WAIT = timedelta(hours=1)
_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+\s*=\s*(?:\"[^\"]*\"|[^\s\";,]+))*)")
_REL_NEXT = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s\";,]+))", re.IGNORECASE)


def is_rate_limited(answer: HttpResponse) -> bool:
    """True for 429, and for a 403 that means the same: Canvas says 403 (doc/api/throttling.md)."""
    if answer.status == 429:
        return True
    if answer.status != 403:
        return False
    remaining = (answer.header("X-Rate-Limit-Remaining") or "").strip()
    try:
        if remaining and float(remaining) <= 0:
            return True
    except ValueError:
        pass
    return answer.header("Retry-After") is not None or b"rate limit exceeded" in answer.body[:4096].lower()


def is_token_refusal(answer: HttpResponse) -> bool:
    """True for a 401, and for a 403 that is no rate limit."""
    return answer.status == 401 or (answer.status == 403 and not is_rate_limited(answer))


def retry_after(answer: HttpResponse, now: datetime) -> timedelta | None:
    """The answer's Retry-After (RFC 9110, 10.2.3), at most an hour; None if absent or unreadable."""
    text = (answer.header("Retry-After") or "").strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), LONGEST_WAIT)
    at = read_http_date(text)
    return min(max(at - now, timedelta(0)), LONGEST_WAIT) if at is not None else None


def read_http_date(text: str) -> datetime | None:
    """The moment in a header (RFC 9110, 5.6.7), aware UTC; None for what is none."""
    try:
        at = parsedate_to_datetime(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):  # the last: a zone or a year that no clock can be in
        return None


def common_outcome(answer: HttpResponse, now: datetime) -> Retry | RateLimited | None:
    """What an answer means that means the same at every service; None when it is about the request itself.

    A redirect is not followed and counts as an outage: that is what a maintenance or login page in front of
    an LMS is, and a token must not travel to where a redirect points.
    """
    status, detail = answer.status, describe(answer)
    if is_rate_limited(answer):
        return RateLimited(retry_after(answer, now), detail=detail)
    if 200 <= status < 300 or (400 <= status < 500 and status not in (401, 408)):
        return None
    after = retry_after(answer, now) if status == 503 else None
    # Who failed with a 500, or a proxy with a 502 or 504, may have stored before; who says 503 has not begun
    unknown = status == 408 or (status >= 500 and status != 503)
    return Retry(_retry_reason(status), after, unknown, status, detail)


def _retry_reason(status: int) -> str:
    if status == 503:
        return "busy"
    if status >= 500:
        return "server_error"
    if status == 401:
        return "token_refused"
    if status == 408:
        return "timeout"
    return "redirected" if status >= 300 else "protocol"


def next_link(answer: HttpResponse, url: str) -> str | None:
    """The address of the next page by the Link header (RFC 8288), resolved against `url`; None if there is
    none.

    Moodle's headers with curly quotes or `&amp;` do not count as a link.
    """
    target: str
    parameters: str
    for target, parameters in _LINK.findall(answer.header("Link") or ""):
        found = _REL_NEXT.search(parameters)
        relations = (found[1] or found[2] or "").lower().split() if found else []
        if "next" in relations and "&amp;" not in target:
            try:
                return urljoin(url, target)
            except ValueError:
                return None
    return None


def parse_list(body: bytes) -> list[Any]:
    """The JSON list in a body; ValueError for anything else."""
    try:
        value = json.loads(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(value, list):
        raise ValueError("not a list")
    return value


def backoff(attempt: int, fraction: float) -> timedelta:
    """How long to wait after the nth failed attempt (from 1): full jitter from 30 s up to an hour.

    fraction: random, 0 ≤ fraction < 1.
    """
    ceiling = min(60.0 * 2 ** min(attempt, 10), LONGEST_WAIT.total_seconds())
    return timedelta(seconds=30 + fraction * (ceiling - 30))


def describe(answer: HttpResponse) -> str:
    """For the operator: the status and the beginning of the body as plain text."""
    return f"{answer.status} {clean_text(answer.body[:400].decode('utf-8', 'replace'), 200)}".strip()
