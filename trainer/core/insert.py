"""``INSERT … ON CONFLICT DO NOTHING``, which both databases know and SQLAlchemy spells per database."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert


def insert_or_ignore(connection: Connection, table: type[Any] | Table) -> PostgresInsert | SqliteInsert:
    """An insert that does nothing where a row with the same unique key stands: the database decides the race."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


def insert_if_new(connection: Connection, table: type[Any] | Table, values: Mapping[str, Any]) -> bool:
    """Insert one row unless its unique key is taken; True when it was inserted.

    Asked by ``RETURNING``: what drivers say of the number of rows of such an insert differs.
    """
    first = inspect(table).primary_key[0] if not isinstance(table, Table) else next(iter(table.primary_key))
    return connection.execute(insert_or_ignore(connection, table).returning(first), values).first() is not None
