"""The process of `lti1p3platform`, a platform that others wrote from the standards, and the handle for tests."""

import json
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from scripts.processes import ROOT, ChildProcess
from tests.support.ports import free_port, wait_until_open

SERVE = Path(__file__).parent / "lti1p3platform" / "serve.py"
PYTHON = ROOT / ".cache" / "lti1p3platform-venv" / "bin" / "python"


class SecondOpinion:
    """The running platform. `base_url` is on localhost: another site than the service's 127.0.0.1."""

    def __init__(self, folder: Path) -> None:
        if not PYTHON.exists():
            raise RuntimeError(
                f"There is no platform in {PYTHON.parent.parent.relative_to(ROOT)}: "
                "`python3 -m scripts.bootstrap test` brings it."
            )
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.base_url = f"http://localhost:{self.port}"
        command = [PYTHON, SERVE, "--port", str(self.port)]
        self.process = ChildProcess(command, folder / "platform.log", {"PYTHONDONTWRITEBYTECODE": "1"})

    def wait(self) -> None:
        """Until it answers. Raises RuntimeError when it does not start."""
        try:
            wait_until_open(self.port, 30)
        except TimeoutError:
            words = self.process.last_words()
            self.stop()
            raise RuntimeError(f"The platform did not start:\n{words}") from None

    def stop(self) -> None:
        """End the process."""
        self.process.kill()

    def connect(self, tool: str) -> dict[str, Any]:
        """The administrator adds the service; what is to be typed over there, for `trainer platforms add --json`."""
        addresses = {
            "login": f"{tool}/lti/login",
            "launch": f"{tool}/lti/launch/groeten",
            "deep_linking": f"{tool}/lti/deep-linking",
            "jwks": f"{tool}/lti/jwks",
        }
        told = self.ask("tool", addresses)
        return {"name": "lti1p3platform", "institution": "Hogeschool Voorbeeld", **told}

    def opening(self, user: str, role: str = "Learner", message: str = "launch") -> str:
        """The address that a click leads to; `message="deep_linking"`: to place modules."""
        return f"{self.base_url}/hand/open?{urlencode({'user': user, 'role': role, 'message': message})}"

    def finds_one_of_the_same_moment(self, user: str) -> None:
        """The next score of this person is not later than the one that the platform has."""
        self.ask("same-moment", {"user": user})

    def state(self) -> dict[str, Any]:
        """`scores` by user, `statuses` of the answers to scores, and `placed`, the last items."""
        return self.ask("state")

    def ask(self, page: str, told: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask the handle."""
        request = urllib.request.Request(
            f"{self.base_url}/hand/{page}",
            None if told is None else json.dumps(told).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
