"""Years of finished work in a database, and a measure of how much of it a deed looks at."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, DateTime, Integer, bindparam, text

from tests.crash.world import World

_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :people)"
#: each buddy came through the link, completed, and the score was delivered or lies parked as told
_ROWS = (
    "INSERT INTO buddy (id, public_id, created_at) {n} SELECT :first + i, 'b' || (:first + i), :now FROM n",
    "INSERT INTO identity (id, buddy_id, registration_id, sub, created_at)"
    " {n} SELECT :first + i, :first + i, :registration, 's' || (:first + i), :now FROM n",
    "INSERT INTO enrolment (id, public_id, buddy_id, module_id, edition_id, period, started_at, last_active_at,"
    " progress, completed_at) {n} SELECT :first + i, 'e' || (:first + i), :first + i, :module, :edition, '', :now,"
    " :now, 100, :now FROM n",
    "INSERT INTO visit (id, link_id, identity_id, enrolment_id, may_place, has_result, first_at, last_at)"
    " {n} SELECT :first + i, :link, :first + i, :first + i, false, true, :now, :now FROM n",
    "INSERT INTO completion (id, enrolment_id, edition_id, completed_at, via, evidence, announced_at)"
    " {n} SELECT :first + i, :first + i, :edition, :now, 'film', '{{}}', :now FROM n",
    "INSERT INTO delivery (id, public_id, completion_id, link_id, identity_id, registration_id, user_sub, state,"
    " reason, line_item_url, body, tries, outcome_unknown, restamped, token_renewed, reported, next_try_at,"
    " created_at)"
    " {n} SELECT :first + i, 'd' || (:first + i), :first + i, :link, :first + i, :registration, 's' || (:first + i),"
    " :state, :reason, :line_item, '{{}}', 0, false, false, false, false, :next_try_at, :now FROM n",
)


def seed_history(
    world: World,
    registration_id: int,
    link_id: int,
    people: int,
    *,
    first: int = 1_000_000,
    state: str = "delivered",
    reason: str | None = None,
    line_item: str = "https://lms.example.org/items/1",
    next_try_at: object = None,
) -> None:
    """Put in people who completed, all announced, with one delivery each; ids run on from `first`."""
    values = {
        "people": people,
        "first": first,
        "registration": registration_id,
        "link": link_id,
        "module": world.module_id,
        "edition": world.edition_id,
        "state": state,
        "reason": reason,
        "line_item": line_item,
        "now": world.clock(),
        "next_try_at": next_try_at or world.clock(),
    }
    with world.database.writing() as connection:
        for row in _ROWS:
            statement = text(row.format(n=_NUMBERS))
            named = {name: values[name] for name in statement.compile().params}
            types = [
                bindparam(
                    name, type_=DateTime(timezone=True) if name in {"now", "next_try_at"} else Integer()
                )
                for name in named
                if not isinstance(named[name], str | None)
            ]
            if world.database.is_sqlite:
                for name in {"now", "next_try_at"} & named.keys():
                    named[name] = named[name].replace(tzinfo=None)
            connection.execute(statement.bindparams(*types), named)
    if not world.database.is_sqlite:
        with world.database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))


def rows_looked_at(world: World, deed: Callable[[Connection], object]) -> int:
    """About how many rows a deed looks at; what it did is taken back.

    On SQLite a tenth of its engine's steps, on PostgreSQL what it counts itself.
    """
    measure = _tens_of_steps if world.database.is_sqlite else _rows_counted
    with world.database.engine.connect() as connection:
        transaction = connection.begin()
        if world.database.is_sqlite:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            return measure(connection, lambda: deed(connection))
        finally:
            transaction.rollback()


def _rows_counted(connection: Connection, deed: Callable[[], object]) -> int:
    seen = "SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables"
    before = int(connection.execute(text(seen)).scalar_one())
    deed()
    return int(connection.execute(text(seen)).scalar_one()) - before


def _tens_of_steps(connection: Connection, deed: Callable[[], object]) -> int:
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    driver: Any = connection.connection.driver_connection
    driver.set_progress_handler(count, 10)
    try:
        deed()
    finally:
        driver.set_progress_handler(None, 0)
    return steps
