"""The Open edX platform and the service beside it: started once, since no story changes them for another."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from lti.keys import ToolKey
from tests.platforms.open_edx import OpenEdx, PlacedLink, Tool
from tests.support.service import RunningService
from trainer.core.crypto import Seal
from trainer.core.database import Database
from trainer.core.settings import load_settings
from trainer.institutions.queries import tool_keys

EXAMPLE = Path(__file__).parent.parent / "modules" / "examples" / "groeten"
_numbers = count(1)


@dataclass
class Meeting:
    """The service and the platform, and what they have to do with each other."""

    service: RunningService
    open_edx: OpenEdx
    database: Database
    seal: Seal
    folder: Path
    #: a tool that is connected, for every story that needs none of its own
    tool: Tool = field(init=False)

    def __post_init__(self) -> None:
        self.tool = self.open_edx.tool(self.service.base_url)
        self.place(None)
        self.connect(self.tool)

    def place(self, module: str | None = "groeten", mode: str = "declarative") -> PlacedLink:
        """An author places a module in the course; None: a link that names none."""
        return self.tool.place(f"blok-{next(_numbers)}", module, mode)

    def connect(self, tool: Tool) -> None:
        """The operator types over what the LMS says: `trainer platforms add --json`."""
        name = f"Open edX {next(_numbers)}"
        told = self.folder / f"{name}.json"
        told.write_text(json.dumps(tool.registration(name)), "utf-8")
        self.service.command("platforms", "add", "--json", told)

    def another_tool(self) -> tuple[Tool, PlacedLink]:
        """A tool of its own in the LMS, with one placed module; connected."""
        tool = self.open_edx.tool(self.service.base_url)
        link = tool.place(f"blok-{next(_numbers)}")
        self.connect(tool)
        return tool, link

    def tool_keys(self) -> list[ToolKey]:
        """Our key pairs."""
        with self.database.reading() as connection:
            return tool_keys(connection, self.seal)


@pytest.fixture(scope="session")
def open_edx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenEdx]:
    """The running Open edX platform."""
    running = OpenEdx(tmp_path_factory.mktemp("openedx"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def meeting(
    open_edx: OpenEdx, migrated_sqlite_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Meeting]:
    """`trainer serve` and `trainer worker` beside it, with two small modules, `groeten` and `afscheid`."""
    folder = tmp_path_factory.mktemp("meeting")
    file = folder / "trainer.db"
    shutil.copyfile(migrated_sqlite_file, file)
    service = RunningService(f"sqlite:///{file}", folder / "service")
    service.command("modules", "publish", _library(folder / "library"))
    database = Database(f"sqlite:///{file}")
    open_edx.wait()
    seal = Seal(load_settings(service.environment).secret_key)
    yield Meeting(service, open_edx, database, seal, folder)
    database.dispose()
    service.stop()


def _library(folder: Path) -> Path:
    """The example module, and the same under another name."""
    shutil.copytree(EXAMPLE, folder / "groeten")
    shutil.copytree(EXAMPLE, folder / "afscheid")
    document = folder / "afscheid" / "module.xml"
    text = document.read_text("utf-8").replace('key="groeten"', 'key="afscheid"')
    document.write_text(text.replace("Groeten bij naam", "Afscheid nemen"), "utf-8")
    return folder


def all_at_once(*deeds: Callable[[], object]) -> None:
    """Do these at the same time; raises what the first of them raised."""
    with ThreadPoolExecutor(len(deeds)) as threads:
        for deed in [threads.submit(deed) for deed in deeds]:
            deed.result()


def eventually(holds: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"does not come to hold within {seconds:.0f} s"
        time.sleep(0.2)
