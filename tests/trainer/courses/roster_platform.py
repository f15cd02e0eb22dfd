"""An LMS with a roster service, on loopback: pages with a cursor of mixed case, and told to go wrong."""

import json
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt

from lti.keys import ToolKey
from tests.support.lms import CLAIM, INSTRUCTOR, LEARNER, Lms

NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"


def member(sub: str, name: str | None = None, **more: Any) -> dict[str, Any]:
    """A student in a roster, as platforms write one."""
    given = {"user_id": sub, "roles": ["Learner"], "status": "Active", **more}
    return given if name is None else {**given, "name": name, "email": f"{sub}@school.example"}


class RosterLms(Lms):
    """Serves `members` page by page to who has a token for it; every request is in `asked`.

    failing: number of a page → the status that comes in its place.
    """

    def __init__(self, tool: str, tool_key: ToolKey, *, page: int = 20) -> None:
        self.members: Sequence[dict[str, Any]] = ()
        self.page = page
        self.failing: dict[int, int] = {}
        self.grants = True
        self.asked: list[str] = []
        self.tokens = 0
        self._tool_key = jwt.PyJWK(tool_key.public_jwk()).key
        super().__init__(tool, client_id="roster")

    def memberships(self, course: str = "course-1") -> str:
        """The address of a course's roster."""
        return f"{self.issuer}/members/{course}?groups=none"

    def teaches(
        self, sub: str = "teacher-1", course: str = "course-1", link: str = "link-1"
    ) -> dict[str, Any]:
        """What the launch of a lecturer says otherwise than that of a student."""
        return {
            "sub": sub,
            "name": "Katrien Peeters",
            CLAIM + "roles": [INSTRUCTOR],
            **self.told(course, link),
        }

    def told(self, course: str = "course-1", link: str = "link-1") -> dict[str, Any]:
        """Course, link and where the course's roster is."""
        return {
            CLAIM + "context": {"id": course, "title": f"Cursus {course}"},
            CLAIM + "resource_link": {"id": link, "title": "Groeten"},
            NRPS: {"context_memberships_url": self.memberships(course), "service_versions": ["2.0"]},
        }

    def answer(self, path: str) -> tuple[int, dict[str, str], Any]:
        """Status, headers and body for a request for a roster."""
        asked = parse_qs(urlsplit(path).query)
        self.asked.append(path)
        number = int(asked.get("page", ["bookmark:Ab0"])[0].removeprefix("bookmark:Ab"))
        if number in self.failing:
            return self.failing[number], {}, {"errors": "no"}
        start = number * self.page
        more = start + self.page < len(self.members)
        following = f"{self.issuer}{urlsplit(path).path}?groups=none&page=bookmark:Ab{number + 1}"
        link = {"Link": f'<{following}>; rel="next"'} if more else {}
        return 200, link, {"id": path, "members": self.members[start : start + self.page]}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        lms = self

        class Handler(super()._handler()):  # type: ignore[misc]
            def do_GET(self) -> None:
                if not self.path.startswith("/members/"):
                    super().do_GET()
                    return
                if self.headers["Authorization"] != "Bearer roster-token":
                    self.send(401, {}, {})
                elif self.headers["Accept"] != TYPE:
                    self.send(415, {}, {})
                else:
                    self.send(*lms.answer(self.path))

            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                jwt.decode(
                    form["client_assertion"][0],
                    lms._tool_key,
                    algorithms=["RS256"],
                    audience=f"{lms.issuer}/token",
                    options={"verify_exp": False, "verify_iat": False},
                )
                lms.tokens += 1
                if not lms.grants or form["scope"] != [SCOPE]:
                    self.send(400, {}, {"error": "invalid_scope"})
                else:
                    self.send(
                        200, {}, {"access_token": "roster-token", "token_type": "bearer", "expires_in": 3600}
                    )

            def send(self, status: int, headers: dict[str, str], body: Any) -> None:
                content = json.dumps(body).encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

        return Handler


__all__ = ["INSTRUCTOR", "LEARNER", "RosterLms", "member"]
