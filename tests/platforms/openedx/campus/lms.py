"""The functions of Open edX's LMS that the LTI package calls."""

from collections.abc import Iterable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.contrib.auth.models import User
from lti_consumer.exceptions import LtiError

from campus.models import Grade, Placement

_EXTERNAL = "ext-"


@dataclass
class Block:
    """A placed block, with what the package reads of an XBlock."""

    location: Any
    display_name: str
    weight: int = 1
    start: None = None
    due: None = None
    has_score: bool = True
    accept_grades_past_due: bool = True
    lti_1p3_passport_id: str = ""

    @property
    def context_id(self) -> str:
        return str(self.location.course_key)

    @property
    def scope_ids(self) -> SimpleNamespace:
        return SimpleNamespace(usage_id=self.location, user_id=None)

    def is_past_due(self) -> bool:
        return False

    def max_score(self) -> int:
        return self.weight

    def set_user_module_score(
        self, user: User, score: float, max_score: float, comment: str | None = None
    ) -> None:
        """The gradebook takes a score."""
        Grade.objects.update_or_create(
            username=user.username,
            location=str(self.location),
            defaults={"score": score, "maximum": max_score},
        )


def block_at(usage_key: Any) -> Block:
    return Block(usage_key, Placement.objects.get(location=str(usage_key)).title)


def external_id(user: User) -> str:
    """The name by which tools know somebody."""
    return f"{_EXTERNAL}{user.username}"


def user_of_external_id(value: str) -> User:
    try:
        return User.objects.get(username=str(value).removeprefix(_EXTERNAL))
    except User.DoesNotExist as problem:
        raise LtiError("Invalid User") from problem


def external_ids(users: Iterable[User]) -> dict[int, SimpleNamespace]:
    return {user.pk: SimpleNamespace(external_user_id=external_id(user)) for user in users}


def course_members(course_key: Any) -> dict[int, dict[str, Any]]:
    return {
        user.pk: {
            "id": user.pk,
            "username": user.username,
            "name": user.get_full_name(),
            "email": user.email,
            "roles": ["staff"] if user.is_staff else ["student"],
        }
        for user in User.objects.all()
    }


def may_write(user: User, course_key: Any) -> bool:
    return bool(user.is_staff)
