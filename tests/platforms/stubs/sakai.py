"""Sakai: as its lti/docs have it (DEPLOYMENT.md, POSTMESSAGE.md, CUSTOM.md)."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from lti.platform import Platform
from tests.platforms.stubs.base import StubLms
from tests.platforms.stubs.course import Person, Placed


class SakaiStub(StubLms):
    """One Sakai."""

    family = "sakai"

    def platform(self) -> Platform:
        """Told what it is, by registration or by the administrator."""
        return replace(super().platform(), family="sakai")

    def login_fields(self, person: Person, target: str) -> dict[str, str]:
        """The hint is encoded twice, and must come back so; tools are kept by the page itself (POSTMESSAGE.md)."""
        hint = quote(f'{{"user": "{person.sub}"}}', safe="")
        return {**super().login_fields(person, target), "login_hint": hint, "lti_storage_target": "_parent"}

    def custom(self, link: Placed) -> dict[str, Any]:
        """It knows the history of courses, where a tool asks for it (CUSTOM.md)."""
        known = {"$Context.id.history": "site-of-last-year"}
        return {name: known.get(str(value), value) for name, value in link.custom.items()}
