"""A statement that is turned into SQL once, for the few that run thousands of times a minute.

SQLAlchemy keeps the SQL of a statement, but finds it again at each execution by walking through the
statement, and then builds a result that can do far more than a hot path asks: 53 µs for a select that SQLite
answers in 3.  What is left here (12 µs): the SQL text, the values turned into the driver's by the columns'
own types, the driver's cursor, and a row turned back.  Transactions and errors are the Connection's as ever;
where somebody listens to its statements (a tracer, a test that counts) the execution goes the long way, so
that they miss none.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Insert, Select, Update
from sqlalchemy.exc import DBAPIError

_Convert = Callable[[Any], Any]
_Statement = Select[*tuple[Any, ...]] | Update | Insert


class _Compiled(NamedTuple):
    sql: str
    #: gives the values in the order of the placeholders; none where the driver takes them by name
    order: Callable[[Mapping[str, Any]], tuple[Any, ...]] | None
    #: (name, what turns the value into the driver's), for those that need it
    binds: tuple[tuple[str, _Convert], ...]
    #: values that stand in the statement itself
    constants: dict[str, Any]
    #: (position, what turns it back) of the columns that need it
    columns: tuple[tuple[int, _Convert], ...]


class Prepared:
    """A select, update or insert with bound parameters, ready for SQLite and PostgreSQL.

    Args:
        statement: its shape never changes: no ``IN`` over a list of varying length.  One that SQLAlchemy spells
            per database is given as a function of the dialect's name.
    """

    def __init__(self, statement: _Statement | Callable[[str], _Statement]) -> None:
        self.statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def first(self, connection: Connection, values: Mapping[str, Any]) -> list[Any] | None:
        """The first row, as a list in the order of the columns; none when there is none.

        Raises:
            sqlalchemy.exc.DBAPIError: as Connection.execute does.
        """
        compiled = self._for(connection.dialect)
        row = _execute(connection, compiled.sql, self._values(compiled, values), fetches=True)
        if row is None:
            return None
        found = list(row)
        for position, convert in compiled.columns:
            found[position] = convert(found[position])
        return found

    def run(self, connection: Connection, values: Mapping[str, Any]) -> None:
        """Execute an update or insert.

        Raises:
            sqlalchemy.exc.DBAPIError: as Connection.execute does.
        """
        compiled = self._for(connection.dialect)
        _execute(connection, compiled.sql, self._values(compiled, values), fetches=False)

    @staticmethod
    def _values(compiled: _Compiled, values: Mapping[str, Any]) -> Any:
        ready = {**compiled.constants, **values}
        for name, convert in compiled.binds:
            ready[name] = convert(ready[name])
        return ready if compiled.order is None else compiled.order(ready)

    def _for(self, dialect: Dialect) -> _Compiled:
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            statement = self.statement(dialect.name) if callable(self.statement) else self.statement
            compiled = self._compiled[dialect.name] = _compile(statement, dialect)
        return compiled


def _execute(connection: Connection, sql: str, values: Any, *, fetches: bool) -> Any:
    if connection.engine.dispatch.before_cursor_execute or not connection.in_transaction():
        result = connection.exec_driver_sql(sql, values)
        return result.fetchone() if fetches else None
    cursor = connection.connection.cursor()
    try:
        cursor.execute(sql, values)
        return cursor.fetchone() if fetches else None
    except connection.dialect.loaded_dbapi.Error as problem:
        is_lost = connection.dialect.is_disconnect(problem, connection.connection, cursor)
        error = DBAPIError.instance(
            sql,
            None,
            problem,
            connection.dialect.loaded_dbapi.Error,
            connection_invalidated=is_lost,
            dialect=connection.dialect,
        )
        if is_lost:
            connection.invalidate(problem)
        raise error from problem
    finally:
        cursor.close()


def _compile(statement: _Statement, dialect: Dialect) -> _Compiled:
    done: Any = statement.compile(dialect=dialect)
    binds, constants = {}, {}
    for name, bind in done.binds.items():
        if not bind.required:
            constants[name] = bind.effective_value
        convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
        if convert is not None:
            binds[name] = convert
    columns = []
    given_back = statement.selected_columns if isinstance(statement, Select) else statement.exported_columns
    for position, column in enumerate(given_back):
        convert = column.type.dialect_impl(dialect).result_processor(dialect, None)
        if convert is not None:
            columns.append((position, convert))
    order = _in_order(done.positiontup) if done.positional else None
    return _Compiled(str(done), order, tuple(binds.items()), constants, tuple(columns))


def _in_order(names: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple(values[name] for name in names)
