"""ILIAS: what the reviews of its LTI Advantage work tell (pull requests 11835 and 11948); it is new there."""

from tests.platforms.stubs.base import StubLms
from tests.platforms.stubs.wire import Answer, Asked


class IliasStub(StubLms):
    """One ILIAS. It names no product."""

    def list_members(self, asked: Asked) -> Answer:
        """Who asks for so many gets so many, and no word of others."""
        limit = asked.query.get("limit")
        shown = self.members[: int(limit)] if limit else self.members
        return Answer(200, {"id": f"{self.address}{asked.path}", "members": shown})
