"""The process of the Open edX platform, and the handle with which a test plays its administrator and author."""

import json
import urllib.request
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from lti.platform import Platform
from scripts.processes import ROOT, ChildProcess
from tests.support.ports import free_port, wait_until_open

HERE = Path(__file__).parent / "openedx"
PYTHON = ROOT / ".cache" / "openedx-venv" / "bin" / "python"


@dataclass(frozen=True)
class PlacedLink:
    """A block that an author placed. `told`: what the LMS says to whoever connects the tool."""

    location: str
    told: dict[str, Any]

    @property
    def number(self) -> int:
        """The LMS's own number of the block's LTI configuration."""
        return int(self.told["link"])

    @property
    def line_items(self) -> str:
        """Where its line items are."""
        return f"{self.told['issuer']}/api/lti_consumer/v1/lti/{self.number}/lti-ags"


class OpenEdx:
    """The running platform. `base_url` is on localhost: another site than the service's 127.0.0.1."""

    def __init__(self, folder: Path) -> None:
        if not PYTHON.exists():
            raise RuntimeError(
                f"There is no Open edX platform in {PYTHON.parent.parent.relative_to(ROOT)}: "
                "`python3 -m scripts.bootstrap test` brings it."
            )
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.base_url = f"http://localhost:{self.port}"
        command = [PYTHON, HERE / "serve.py", "--port", str(self.port), "--folder", folder]
        self.process = ChildProcess(command, folder / "openedx.log", {"PYTHONDONTWRITEBYTECODE": "1"})

    def wait(self) -> None:
        """Until it answers. Raises RuntimeError when it does not start."""
        try:
            wait_until_open(self.port, 60)
        except TimeoutError:
            words = self.process.last_words()
            self.stop()
            raise RuntimeError(f"The Open edX platform did not start:\n{words}") from None

    def stop(self) -> None:
        """End the process."""
        self.process.kill()

    def tool(self, base_url: str) -> "Tool":
        """The administrator adds our service as a tool: one client."""
        return Tool(self, base_url)

    def ask(self, page: str, told: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask the handle."""
        request = urllib.request.Request(
            f"{self.base_url}/campus/{page}", None if told is None else json.dumps(told).encode()
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def grade(self, link: PlacedLink, user: str) -> float | None:
        """What the gradebook holds, 0–1; None: nothing."""
        grades: dict[str, float] = self.ask("state")["grades"].get(link.location, {})
        return grades.get(user)

    def items(self, link: PlacedLink) -> list[dict[str, Any]]:
        """The line items of a link, oldest first."""
        return [item for item in self.ask("state")["line_items"] if item["link"] == link.number]

    def scores(self, link: PlacedLink) -> list[dict[str, Any]]:
        """The scores that tools sent for a link."""
        numbers = {item["id"] for item in self.items(link)}
        return [score for score in self.ask("state")["scores"] if score["item"] in numbers]

    def token(self, link: PlacedLink, *scopes: str, life: int = 3600) -> str:
        """A service token as this platform makes them; a negative life (seconds) is over already."""
        return str(self.ask("tokens", {"link": link.number, "scopes": scopes, "life": life})["token"])

    def pick(self, link: PlacedLink, url: str, custom: dict[str, str] | None = None) -> None:
        """An author picked an item for a link, by deep linking."""
        self.ask("pick", {"link": link.number, "url": url, "custom": custom or {}})

    def allow_deep_linking(self, link: PlacedLink, address: str) -> None:
        """Authors may choose what a link opens at this address of ours."""
        self.ask("deep-linking", {"link": link.number, "address": address})

    def picked(self, link: PlacedLink) -> list[dict[str, Any]]:
        """The items that the platform keeps for a link since an author chose."""
        return [item for item in self.ask("state")["picked"] if item["link"] == link.number]

    def remove_columns(self, link: PlacedLink) -> None:
        """The teacher removes the link's line items."""
        self.ask("remove", {"link": link.number})

    def lose_next_answer(self, path: str) -> None:
        """The next answer to this part of a path is lost on the way, after the platform did what was asked."""
        self.ask("lose", {"path": path})

    def opening(self, link: PlacedLink, user: str, role: str = "student", page: str = "open") -> str:
        """The address that signs somebody in and opens a link; `page="course"`: in an iframe."""
        query = urlencode({"location": link.location, "user": user, "role": role})
        return f"{self.base_url}/campus/{page}?{query}"


class Tool:
    """Our service as Open edX knows it: one client with any number of placed links."""

    def __init__(self, platform: OpenEdx, base_url: str) -> None:
        self._open_edx = platform
        self._base_url = base_url
        self._id = platform.ask("tools", {"jwks": f"{base_url}/lti/jwks"})["tool"]
        self._links: list[PlacedLink] = []

    def place(self, block: str, module: str | None = "groeten", mode: str = "declarative") -> PlacedLink:
        """An author places a module; None: a link that names none."""
        placed = self._open_edx.ask(
            "links",
            {
                "tool": self._id,
                "block": block,
                "title": f"Blok {block}",
                "login": f"{self._base_url}/lti/login",
                "launch": f"{self._base_url}/lti/launch",
                "redirect_uris": [f"{self._base_url}/lti/launch"],
                "mode": mode,
                "custom": {} if module is None else {"module": module},
            },
        )
        self._links.append(PlacedLink(placed["location"], placed))
        return self._links[-1]

    def rotate_platform_keys(self) -> None:
        """The LMS makes itself a new key pair for this tool."""
        self._open_edx.ask("rotate", {"tool": self._id})

    @cached_property
    def platform(self) -> Platform:
        """What the LMS tells to type over, as our library knows platforms. Place a link first."""
        told = self._links[0].told
        return Platform(
            issuer=told["issuer"],
            client_id=told["client_id"],
            authorization_endpoint=told["oidc_callback"],
            token_endpoint=told["token_url"],
            jwks_uri=told["keyset_url"],
        )

    def registration(self, name: str) -> dict[str, Any]:
        """The same for `trainer platforms add --json`."""
        return {
            "name": name,
            "institution": "Hogeschool Voorbeeld",
            "issuer": self.platform.issuer,
            "client_id": self.platform.client_id,
            "deployment_ids": [self._links[0].told["deployment_id"]],
            "authorization_endpoint": self.platform.authorization_endpoint,
            "token_endpoint": self.platform.token_endpoint,
            "jwks_uri": self.platform.jwks_uri,
        }
