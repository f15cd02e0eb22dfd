"""Practice LMSs that keep things for tools: one in its course page, one in a frame that it has for that, and a Sakai."""

import json
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts.processes import ChildProcess
from tests.browser.school import School
from tests.support.ports import free_port, wait_until_open


@dataclass(frozen=True)
class Keeper:
    """An LMS: where it is, and the folder with its store."""

    address: str
    folder: Path


@pytest.fixture(scope="module")
def keepers(running_school: School, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Keeper]]:
    """By the name of the window that keeps things: `_parent` and `practice_storage`; "sakai" is known as a Sakai."""
    found = {}
    with ExitStack() as at_end:
        for name in ("_parent", "practice_storage", "sakai"):
            storage = "_parent" if name == "sakai" else name
            folder, port = tmp_path_factory.mktemp("lms"), free_port()
            address = f"http://localhost:{port}"
            lms = ChildProcess(
                [sys.executable, "-m", "practice", "--port", str(port), "--storage", storage,
                 "--tool", running_school.service.base_url, "--store", folder],
                folder / "log",
            )  # fmt: skip
            at_end.callback(lms.stop)
            wait_until_open(port, 20)
            with urllib.request.urlopen(f"{address}/registration.json", timeout=10) as answer:
                registration = json.loads(answer.read())
            registration |= {"name": f"Oefen-LMS {name}", "family": "sakai" if name == "sakai" else None}
            file = folder / "registration.json"
            file.write_text(json.dumps(registration), "utf-8")
            running_school.service.command("platforms", "add", "--json", file)
            found[name] = Keeper(address, folder)
        yield found
