"""``INSERT … ON CONFLICT DO NOTHING``, which both databases know and SQLAlchemy spells per database."""

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert


def insert_or_ignore(connection: Connection, table: type[Any] | Table) -> PostgresInsert | SqliteInsert:
    """An insert that does nothing where a row with the same unique key stands: the database decides the race."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
