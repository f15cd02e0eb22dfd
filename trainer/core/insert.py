"""``INSERT … ON CONFLICT DO NOTHING``, which both databases know and SQLAlchemy spells per database."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Insert, Table, bindparam, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

from trainer.core.prepared import Prepared


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
    return (
        connection.execute(insert_or_ignore(connection, table).returning(first), values).first() is not None
    )


def prepared_insert_if_new(table: type[Any], columns: Sequence[str]) -> Prepared:
    """The same, prepared for rows with these columns: ``first`` gives a row where one was inserted, else none."""
    values: dict[str, Any] = {name: bindparam(name) for name in columns}
    key = inspect(table).primary_key[0]

    def spelled(dialect: str) -> Insert:
        if dialect == "postgresql":
            return postgresql.insert(table).values(values).on_conflict_do_nothing().returning(key)
        return sqlite.insert(table).values(values).on_conflict_do_nothing().returning(key)

    return Prepared(spelled)
