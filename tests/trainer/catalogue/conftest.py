"""An empty catalogue with a media store, and a module folder that tests may change."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from modules.package import Package, load_module
from trainer.catalogue import actions
from trainer.core.database import Database
from trainer.core.media import MediaStore

EXAMPLE = Path(__file__).parents[2] / "modules" / "examples" / "groeten"
NOW = datetime(2026, 11, 3, 13, 0, tzinfo=UTC)


@dataclass
class Shelf:
    """A catalogue."""

    database: Database
    store: MediaStore
    package: Package

    def publish(self, *, is_major: bool | None = None, **changes: Any) -> actions.Published:
        """Publish the module as it is after these changes."""
        self.package = replace(self.package, module=replace(self.package.module, **changes))
        actions.keep_media(self.store, self.package)
        with self.database.writing() as connection:
            return actions.publish_edition(connection, self.package, is_major=is_major, now=NOW)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The example module in a folder of this test's own."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "groeten"))


@pytest.fixture
def shelf(database_url: str, tmp_path: Path, folder: Path) -> Iterator[Shelf]:
    database = Database(database_url)
    yield Shelf(database, MediaStore(tmp_path / "media"), load_module(folder))
    database.dispose()
