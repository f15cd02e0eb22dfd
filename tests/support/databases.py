"""Fresh, migrated databases. The migrations run once a session for each kind; each test gets a copy."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from tests.support.postgres import PostgresCluster


def migrate(url: str) -> None:
    """Bring the database at the URL to the newest schema, and leave no connection open."""
    from trainer.core.database import Database
    from trainer.core.migrations import upgrade

    database = Database(url)
    try:
        upgrade(database)
    finally:
        database.dispose()


@pytest.fixture(scope="session")
def migrated_sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file at the newest schema; copy it, do not open it."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


@pytest.fixture(scope="session")
def migrated_postgresql_template(postgres_cluster: PostgresCluster) -> str:
    """The name of a PostgreSQL database at the newest schema; copy it, do not connect to it."""
    name = postgres_cluster.create_database()
    migrate(postgres_cluster.url(name))
    return name


@pytest.fixture
def sqlite_url(migrated_sqlite_file: Path, tmp_path: Path) -> str:
    """An empty, migrated SQLite database of this test's own."""
    path = tmp_path / "trainer.db"
    shutil.copyfile(migrated_sqlite_file, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def emptied_postgresql_databases() -> list[str]:
    """Databases that a test is done with, empty again: making one anew takes ten times as long as emptying it."""
    return []


@pytest.fixture
def postgresql_url(
    postgres_cluster: PostgresCluster,
    migrated_postgresql_template: str,
    emptied_postgresql_databases: list[str],
) -> Iterator[str]:
    """An empty, migrated PostgreSQL database of this test's own."""
    if emptied_postgresql_databases:
        name = emptied_postgresql_databases.pop()
    else:
        name = postgres_cluster.create_database(migrated_postgresql_template)
    url = postgres_cluster.url(name)
    yield url
    if _emptied(url):
        emptied_postgresql_databases.append(name)
    else:
        postgres_cluster.drop_database(name)


def _emptied(url: str) -> bool:
    """Take every row away; False where that cannot be had, because a table is gone or somebody still holds one."""
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
    try:
        with psycopg.connect(
            url.replace("+psycopg", ""), autocommit=True, options="-c lock_timeout=1000"
        ) as connection:
            names = [Identifier(name) for (name,) in connection.execute(tables).fetchall()]
            if not names:
                return False
            connection.execute(SQL("TRUNCATE {} RESTART IDENTITY").format(SQL(", ").join(names)))
    except psycopg.Error:
        return False
    return True


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty, migrated database of this test's own: the test runs once on SQLite and once on PostgreSQL."""
    return cast(str, request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=["sqlite", "postgresql"])
def blank_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table, for tests of the migrations themselves; once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'blank.db'}"
        return
    cluster: PostgresCluster = request.getfixturevalue("postgres_cluster")
    name = cluster.create_database()
    yield cluster.url(name)
    cluster.drop_database(name)
