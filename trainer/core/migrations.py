"""Bringing the database to the present schema (and back), with alembic; no ini file is needed."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from trainer.core.database import Database

SCRIPTS = Path(__file__).resolve().parent.parent / "migrations"


def configuration() -> Config:
    """Alembic's configuration for this project."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return config


def upgrade(database: Database, revision: str = "head") -> None:
    """Run the migrations up to ``revision``; nothing happens when the database is there already."""
    _run(database, lambda config: command.upgrade(config, revision))


def downgrade(database: Database, revision: str) -> None:
    """Run the migrations back to ``revision`` (``base`` for an empty database)."""
    _run(database, lambda config: command.downgrade(config, revision))


def is_current(database: Database) -> bool:
    """Whether the database has exactly the newest revision."""
    return _heads(database) == set(_scripts().get_heads())


def is_ready(database: Database) -> bool:
    """Whether this code can work on the database: it has the newest revision, or one from a later version.

    An update migrates first and restarts then; in between the processes of the version before go on serving.
    """
    found = _heads(database)
    known = {script.revision for script in _scripts().walk_revisions()}
    return found == set(_scripts().get_heads()) or bool(found and not found & known)


def _heads(database: Database) -> set[str]:
    with database.reading() as connection:
        return set(MigrationContext.configure(connection).get_current_heads())


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(configuration())


def _run(database: Database, step: Callable[[Config], None]) -> None:
    config = configuration()
    with database.rebuilding() as connection:
        config.attributes["connection"] = connection
        step(config)
