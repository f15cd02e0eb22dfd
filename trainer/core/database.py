"""The database: one engine, two ways in (reading and writing), SQLite and PostgreSQL alike.

A desk opens a transaction with :meth:`Database.reading` or :meth:`Database.writing`; what it calls inside commits
nothing by itself.  Tables are declared with the ORM, statements are Core: one way to talk to the database, the
fast one.  On SQLite writers take turns before ``BEGIN IMMEDIATE`` (`trainer.core.turns`).
"""

import json
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Engine, Integer, MetaData, Text, event, make_url
from sqlalchemy import create_engine as _create_engine
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from trainer.core.turns import TurnDidNotCome, Turns

#: How long a writer waits for the others of this service, and then for a stranger in SQLite's file (somebody at the
#: keyboard, a tool that makes a copy).
TURN_SECONDS = 10.0
SQLITE_BUSY_SECONDS = 5.0

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

#: Primary key type: 64 bits on PostgreSQL, SQLite's rowid on SQLite.
Id = BigInteger().with_variant(Integer(), "sqlite")


def _sqlite_moment(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("A moment without a zone cannot be stored.")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC moment.  SQLite keeps no zone: it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment without a zone cannot be stored.")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        """On SQLite the text at once, the same that SQLAlchemy makes of it in three steps."""
        return _sqlite_moment if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class JsonText(TypeDecorator[Any]):
    """A small JSON value, kept as text: the same bytes on both databases, nothing queried inside."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else _JSON.encode(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


class Base(DeclarativeBase):
    """Every table's base class."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime}  # noqa: RUF012


class DatabaseUnavailable(Exception):
    """The database cannot be reached or stays locked; answered with 503 and Retry-After."""


class BrokenReferences(Exception):
    """A migration left rows that refer to others which are not there."""


class Database:
    """The engine and the two ways into a transaction.

    Args:
        url: SQLAlchemy URL.
        pool_size: connections that one process keeps.
    """

    def __init__(self, url: str, *, pool_size: int = 5) -> None:
        self.url = make_url(url)
        if self.url.drivername == "postgresql":
            self.url = self.url.set(drivername="postgresql+psycopg")
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = self._sqlite_engine(pool_size) if self.is_sqlite else self._postgresql_engine(pool_size)
        # One pool, two ways to begin.  At READ COMMITTED each statement sees what is committed when it starts, in a
        # transaction or not: on PostgreSQL reading goes without, which saves two of three round trips.
        self._reader = (
            self.engine if self.is_sqlite else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        )
        #: a connection between two transactions: taking it from the engine costs as much as a statement.  On SQLite the
        #: same for reading and writing: what one connection writes empties the page cache of every other
        self._kept: dict[Engine, deque[Connection]] = {self._reader: deque(), self.engine: deque()}

    def _sqlite_engine(self, pool_size: int) -> Engine:
        path = self.url.database
        if not path or path == ":memory:":
            raise ValueError("SQLite needs a file: several processes share it.")
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._turns = Turns(path + ".writer", patience=TURN_SECONDS)
        engine = _create_engine(
            self.url, pool_size=pool_size, connect_args={"timeout": SQLITE_BUSY_SECONDS}, hide_parameters=True
        )

        @event.listens_for(engine, "connect")
        def _prepare(connection: Any, _record: object) -> None:
            connection.isolation_level = (
                None  # transactions begin where we say so, not where the driver guesses
            )
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")  # an acknowledged second survives a power cut
            connection.execute("PRAGMA foreign_keys=ON")

        return engine

    def _postgresql_engine(self, pool_size: int) -> Engine:
        return _create_engine(
            self.url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=False, hide_parameters=True
        )

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that only reads: on SQLite one snapshot, on PostgreSQL what is committed at each statement."""
        try:
            with self._transaction(self._reader, "BEGIN") as connection:
                yield connection
        except OperationalError as problem:
            raise self._unavailable(problem) from problem

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes; commits at the end, rolls back on any exception.

        Raises:
            DatabaseUnavailable: the database is down, full, or locked for longer than fifteen seconds.
        """
        try:
            with self._writers_turn(), self._transaction(self.engine, "BEGIN IMMEDIATE") as connection:
                yield connection
        except (OperationalError, sqlite3.OperationalError) as problem:  # the second: locked at BEGIN
            raise self._unavailable(problem) from problem

    @contextmanager
    def writing_once(self) -> Iterator[Connection]:
        """For a single statement on PostgreSQL, which is a transaction by itself: saves the trips for BEGIN and COMMIT.

        On SQLite, where nothing is saved, a transaction as any other: the same deed may need several statements there.

        Raises:
            DatabaseUnavailable: as `writing`.
        """
        with self.writing() if self.is_sqlite else self.reading() as connection:
            yield connection

    @contextmanager
    def rebuilding(self) -> Iterator[Connection]:
        """A transaction for migrations.

        SQLite changes a table by making it anew and dropping the old one, which would take along, or stumble over, the
        rows that refer to it: foreign keys are off meanwhile, and checked at the end.

        Raises:
            DatabaseUnavailable: as `writing`.
            BrokenReferences: a row refers to one that is gone; nothing was changed.
        """
        if not self.is_sqlite:
            with self.writing() as connection:
                yield connection
            return
        with self._writers_turn(), self.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA foreign_keys=OFF")
            try:
                with connection.begin():
                    self._begin(connection, "BEGIN IMMEDIATE")
                    yield connection
                    broken = driver.execute("PRAGMA foreign_key_check").fetchall()
                    if broken:
                        raise BrokenReferences(f"{len(broken)} rows, the first in {broken[0][0]}")
            finally:
                driver.execute("PRAGMA foreign_keys=ON")

    @contextmanager
    def _transaction(self, engine: Engine, sqlite_begin: str) -> Iterator[Connection]:
        kept = self._kept[engine]
        try:
            connection = kept.pop()
        except IndexError:
            connection = engine.connect()
        try:
            with connection.begin():
                self._begin(connection, sqlite_begin)
                yield connection
        except BaseException:
            # After a COMMIT that failed SQLAlchemy counts the transaction as over; SQLite may be in it still, and hold
            # its lock. The pool rolls back what is given back to it
            connection.close()
            raise
        if kept or connection.invalidated or connection.in_transaction():
            connection.close()
        else:
            kept.append(connection)

    def _begin(self, connection: Connection, statement: str) -> None:
        """Send BEGIN: SQLAlchemy leaves that to drivers, and SQLite's guesses when.

        Here and not in a listener to the engine's "begin", which would cost a heartbeat as much as a statement.
        """
        if self.is_sqlite:
            driver: Any = connection.connection.driver_connection
            driver.execute(statement)

    @contextmanager
    def _writers_turn(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        try:
            self._turns.take()
        except TurnDidNotCome as problem:
            raise DatabaseUnavailable(f"another writer did not end in {TURN_SECONDS:.0f} s") from problem
        try:
            yield
        finally:
            self._turns.give()

    @staticmethod
    def _unavailable(problem: OperationalError | sqlite3.OperationalError) -> Exception:
        return DatabaseUnavailable(str(problem.orig if isinstance(problem, OperationalError) else problem))

    def dispose(self) -> None:
        """Close every connection."""
        for kept in self._kept.values():
            while kept:
                kept.pop().close()
        if self.is_sqlite:
            self._turns.close()
        self.engine.dispose()
