"""Scores: Assignment and Grade Services 2.0, 3.4.

Only a finished result is ever sent: Completed and FullyGraded with scoreGiven and scoreMaximum. A message
without them means "take the grade away" (3.4.4), and Moodle takes it away for any other gradingProgress.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from lti.answers import common_outcome, describe, is_token_refusal
from lti.fields import clean_text
from lti.http import HttpResponse
from lti.outcomes import RateLimited, Refused, Retry
from lti.platform import Platform
from lti.platforms import Quirks, quirks_of
from lti.services import SCORE, PlatformServices
from lti.urls import add_path

SCORE_TYPE: Final = "application/vnd.ims.lis.v1.score+json"
#: Moodle and Chamilo keep whole seconds: a later score must be a second later.
TIMESTAMP_STEP = timedelta(seconds=1)
_MAX_COMMENT = 255


@dataclass(frozen=True, slots=True)
class Score:
    """One result of one person. timestamp: aware, from `next_timestamp`. comment: plain text, cut at 255.

    ValueError for what could erase or falsify a grade: a score that is not between 0 and its maximum.
    """

    user_id: str
    given: float
    maximum: float
    timestamp: datetime
    comment: str | None = None

    def __post_init__(self) -> None:
        if not (
            math.isfinite(self.given) and math.isfinite(self.maximum) and 0 <= self.given <= self.maximum
        ):
            raise ValueError("a score lies between 0 and its maximum")
        if self.maximum <= 0 or not self.user_id or self.timestamp.tzinfo is None:
            raise ValueError("a score has a positive maximum, a user and an aware timestamp")


@dataclass(frozen=True, slots=True)
class Delivered:
    """The platform has the score."""

    status: int


@dataclass(frozen=True, slots=True)
class TooOld:
    """The platform has a score that is not older. `after_too_old` says what follows."""

    detail: str = ""


@dataclass(frozen=True, slots=True)
class TokenRefused:
    """The token was not accepted; a new one may be. Comes out of `classify_answer` only."""

    status: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LineItemGone:
    """The column is not there (any more): look for it again, or make it again once."""

    status: int
    detail: str = ""


ScoreOutcome = Delivered | Retry | RateLimited | TooOld | LineItemGone | Refused


def score_url(line_item: str) -> str:
    """Where scores of a line item go: `/scores` behind its path, before its query (AGS 2.0, 3.4.1)."""
    return add_path(line_item, "scores")


def next_timestamp(now: datetime, last: datetime | None) -> datetime:
    """The timestamp of the next score for a line item and user, later than the last one whatever the clock
    does.

    `now`, or a second after `last` if that is later; whole milliseconds, UTC.
    """
    stamp = now if last is None else max(now, last + TIMESTAMP_STEP)
    stamp = stamp.astimezone(UTC)
    return stamp.replace(microsecond=stamp.microsecond // 1000 * 1000)


def score_body(score: Score) -> bytes:
    """The message. A retry sends the same bytes: keep them, or the score they come from."""
    message: dict[str, object] = {
        "userId": score.user_id,
        "scoreGiven": _number(score.given),
        "scoreMaximum": _number(score.maximum),
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": score.timestamp.astimezone(UTC).isoformat(timespec="milliseconds"),
    }
    comment = clean_text(score.comment or "", _MAX_COMMENT)
    if comment:
        message["comment"] = comment
    return json.dumps(message, separators=(",", ":")).encode()


def _number(value: float) -> float:
    """1 rather than 1.0: some platforms compare texts."""
    return int(value) if value == int(value) else value


def deliver_score(
    services: PlatformServices,
    platform: Platform,
    line_item: str,
    body: bytes,
    now: datetime,
    *,
    scope: tuple[str, ...] = (SCORE,),
    family_code: str | None = None,
) -> ScoreOutcome:
    """Post a score once (with one more try if the token was refused) and say how it ended.

    body: from `score_body`. scope: what the launch's AGS claim offered. family_code: the launch's
    product_family_code.
    """
    if SCORE not in scope:
        return Refused("scope_missing", detail="the launch offered no scope for scores")
    answer = services.call(
        platform,
        SCORE,
        "POST",
        score_url(line_item),
        now,
        accept=SCORE_TYPE,
        content_type=SCORE_TYPE,
        body=body,
        family_code=family_code,
    )
    if not isinstance(answer, HttpResponse):
        return answer
    outcome = classify_answer(answer, quirks_of(platform, family_code), now)
    if isinstance(outcome, TokenRefused):
        # A newer token was tried already, if there was one
        if outcome.status == 401:
            return Retry("token_refused", status=401, detail=outcome.detail)
        return _refusal(answer, quirks_of(platform, family_code), "forbidden")
    return outcome


def classify_answer(answer: HttpResponse, quirks: Quirks, now: datetime) -> ScoreOutcome | TokenRefused:
    """What an answer to a score means.

    Any 2xx is success, whatever its body: Moodle's is empty, others' are HTML.
    """
    status = answer.status
    if 200 <= status < 300:
        return Delivered(status)
    if is_token_refusal(answer):
        return TokenRefused(status, describe(answer))
    common = common_outcome(answer, now)
    if common is not None:
        return common
    if status in (404, 410):
        return LineItemGone(status, describe(answer))
    if status == 409 or (status == 400 and _holds(answer, quirks.too_old)):
        return TooOld(describe(answer))
    return _refusal(answer, quirks, "refused")


def after_too_old(*, unknown_before: bool, restamped: bool) -> Literal["delivered", "restamp", "park"]:
    """What follows from TooOld for a delivery.

    unknown_before: an earlier attempt with the same timestamp had an unknown outcome, so the score that the
    platform has is this one. restamped: it had its one new timestamp already.
    """
    if unknown_before:
        return "delivered"
    return "park" if restamped else "restamp"


def _refusal(answer: HttpResponse, quirks: Quirks, otherwise: str) -> Refused:
    for known in quirks.refusals:
        if known.status == answer.status and _holds(answer, (known.text,)):
            return Refused(known.reason, answer.status, describe(answer))
    return Refused(otherwise, answer.status, describe(answer))


def _holds(answer: HttpResponse, texts: tuple[str, ...]) -> bool:
    body = answer.body[:4096].decode("utf-8", "replace").lower()
    return any(text in body for text in texts)
