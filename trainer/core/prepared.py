"""A statement that is turned into SQL once, for the few that run thousands of times a minute.

SQLAlchemy keeps the SQL of a statement, but finds it again at each execution by walking through the statement, and then
builds a result that can do far more than a hot path asks.  What is left here: the SQL text, the values turned into the
driver's by the columns' own types, and a row turned back.  Errors, events and transactions are the Connection's as ever.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Select, Update

_Convert = Callable[[Any], Any]


class _Compiled(NamedTuple):
    sql: str
    #: names of the values in the order of the placeholders; none where the driver takes them by name
    order: tuple[str, ...] | None
    #: what turns a value into the driver's, for those that need it
    binds: dict[str, _Convert]
    #: values that stand in the statement itself
    constants: dict[str, Any]
    #: (position, what turns it back) of the columns that need it
    columns: tuple[tuple[int, _Convert], ...]


class Prepared:
    """A select or update with bound parameters, ready for SQLite and PostgreSQL.

    Args:
        statement: its shape never changes: no ``IN`` over a list of varying length.
    """

    def __init__(self, statement: Select[Any] | Update) -> None:
        self.statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def first(self, connection: Connection, values: Mapping[str, Any]) -> list[Any] | None:
        """The first row, as a list in the order of the columns; none when there is none."""
        compiled = self._for(connection.dialect)
        row = connection.exec_driver_sql(compiled.sql, self._values(compiled, values)).fetchone()
        if row is None:
            return None
        found = list(row)
        for position, convert in compiled.columns:
            found[position] = convert(found[position])
        return found

    def run(self, connection: Connection, values: Mapping[str, Any]) -> None:
        """Execute an update."""
        compiled = self._for(connection.dialect)
        connection.exec_driver_sql(compiled.sql, self._values(compiled, values))

    @staticmethod
    def _values(compiled: _Compiled, values: Mapping[str, Any]) -> Any:
        ready = {**compiled.constants, **values}
        for name, convert in compiled.binds.items():
            ready[name] = convert(ready[name])
        return ready if compiled.order is None else tuple([ready[name] for name in compiled.order])

    def _for(self, dialect: Dialect) -> _Compiled:
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _compile(self.statement, dialect)
        return compiled


def _compile(statement: Select[Any] | Update, dialect: Dialect) -> _Compiled:
    done: Any = statement.compile(dialect=dialect)
    binds, constants = {}, {}
    for name, bind in done.binds.items():
        if not bind.required:
            constants[name] = bind.effective_value
        convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
        if convert is not None:
            binds[name] = convert
    columns = []
    if isinstance(statement, Select):
        for position, column in enumerate(statement.selected_columns):
            convert = column.type.dialect_impl(dialect).result_processor(dialect, None)
            if convert is not None:
                columns.append((position, convert))
    order = tuple(done.positiontup) if done.positional else None
    return _Compiled(str(done), order, binds, constants, tuple(columns))
