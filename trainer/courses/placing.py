"""Placing modules: a teacher's request that waits for an answer, and what was placed (Deep Linking 2.0)."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, update

from lti.deeplinking import new_link_id
from lti.messages import DeepLinkingRequest, DeepLinkingSettings
from trainer.courses.models import Placement, PlacingRequest
from trainer.institutions.models import Deployment

#: a teacher has that long to choose
TIME_TO_CHOOSE = timedelta(hours=1)
#: what is over can still say for a while why it is
_KEPT = timedelta(days=1)
_PUBLIC_ID = re.compile(r"[0-9a-f]{32}")
_PLACEMENT_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")


@dataclass(frozen=True, slots=True)
class Placing:
    """A request, as it was asked, with what became of it."""

    public_id: str
    registration_id: int
    #: the row of the deployment, and the platform's name for it
    deployment_row: int
    deployment_id: str
    #: "" where the request named no course
    context_id: str
    course_title: str | None
    settings: DeepLinkingSettings
    expires_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Choice:
    """A module that a teacher chose to place."""

    module_key: str
    has_column: bool


def begin_placing(
    connection: Connection,
    asked: DeepLinkingRequest,
    *,
    identity_id: int,
    registration_id: int,
    deployment_row: int,
    now: datetime,
) -> str:
    """Keep a request until its teacher has chosen; gives its random id."""
    public_id = secrets.token_hex(16)
    connection.execute(
        insert(PlacingRequest),
        {
            "public_id": public_id,
            "identity_id": identity_id,
            "registration_id": registration_id,
            "deployment_id": deployment_row,
            "context_id": asked.context.id if asked.context else "",
            "course_title": _course_title(asked),
            "settings": asdict(asked.settings),
            "created_at": now,
            "expires_at": now + TIME_TO_CHOOSE,
        },
    )
    return public_id


def _course_title(asked: DeepLinkingRequest) -> str | None:
    title = (asked.context.title or asked.context.label) if asked.context else None
    return title[:500] if title else None


def find_placing(connection: Connection, public_id: str, identity_id: int) -> Placing | None:
    """The request with this id, when it is this person's; answered and expired ones too."""
    if not _PUBLIC_ID.fullmatch(public_id):
        return None
    row = connection.execute(
        select(
            PlacingRequest.registration_id,
            PlacingRequest.deployment_id.label("deployment_row"),
            Deployment.deployment_id,
            PlacingRequest.context_id,
            PlacingRequest.course_title,
            PlacingRequest.settings,
            PlacingRequest.expires_at,
            PlacingRequest.answered_at,
        )
        .join(Deployment, Deployment.id == PlacingRequest.deployment_id)
        .where(PlacingRequest.public_id == public_id, PlacingRequest.identity_id == identity_id)
    ).one_or_none()
    if row is None:
        return None
    told = row.settings
    lists = {name: tuple(told[name]) for name in ("accept_types", "targets")}
    return Placing(
        public_id=public_id, **{**row._mapping, "settings": DeepLinkingSettings(**{**told, **lists})}
    )


def close_placing(connection: Connection, public_id: str, now: datetime) -> bool:
    """Mark a request as answered; False when it was answered already, in whichever window, or is too old."""
    statement = (
        update(PlacingRequest)
        .where(
            PlacingRequest.public_id == public_id,
            PlacingRequest.answered_at.is_(None),
            PlacingRequest.expires_at > now,
        )
        .values(answered_at=now)
    )
    return connection.execute(statement).rowcount == 1


def keep_placements(
    connection: Connection, placing: Placing, choices: Iterable[Choice], *, identity_id: int, now: datetime
) -> list[tuple[str, Choice]]:
    """Note what is placed; gives each choice with the id that its link will carry."""
    placed = [(new_link_id(), choice) for choice in choices]
    if placed:
        connection.execute(
            insert(Placement),
            [
                {
                    "public_id": public_id,
                    "deployment_id": placing.deployment_row,
                    "context_id": placing.context_id,
                    "module_key": choice.module_key,
                    "has_column": choice.has_column,
                    "identity_id": identity_id,
                    "created_at": now,
                }
                for public_id, choice in placed
            ],
        )
    return placed


def placed_before(connection: Connection, placing: Placing) -> dict[str, datetime]:
    """Key → the last time that the module was placed in this course; nothing where the request names no course."""
    if not placing.context_id:
        return {}
    rows = connection.execute(
        select(Placement.module_key, func.max(Placement.created_at).label("placed_at"))
        .where(Placement.deployment_id == placing.deployment_row, Placement.context_id == placing.context_id)
        .group_by(Placement.module_key)
    )
    return {row.module_key: row.placed_at for row in rows}


def placement_named(connection: Connection, public_id: str | None, *, deployment_row: int) -> int | None:
    """The row of the placement that a link carries; none for another platform's."""
    if public_id is None or not _PLACEMENT_ID.fullmatch(public_id):
        return None
    registration = select(Deployment.registration_id).where(Deployment.id == deployment_row).scalar_subquery()
    return connection.execute(
        select(Placement.id)
        .join(Deployment, Deployment.id == Placement.deployment_id)
        .where(Placement.public_id == public_id, Deployment.registration_id == registration)
    ).scalar_one_or_none()


def purge_placing(connection: Connection, now: datetime) -> None:
    """Forget requests that were over a day ago."""
    connection.execute(delete(PlacingRequest).where(PlacingRequest.expires_at < now - _KEPT))
