"""A statement that is turned into SQL once answers, fails and is counted as any other."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, event, insert, select, update
from sqlalchemy.exc import IntegrityError

from trainer.core.database import Database
from trainer.core.prepared import Prepared
from trainer.people.models import Buddy

NOW = datetime(2026, 11, 3, 13, 0, 0, 250_000, tzinfo=UTC)
FIND = Prepared(
    select(Buddy.id, Buddy.public_id, Buddy.created_at).where(
        Buddy.public_id == bindparam("name"), Buddy.created_at >= bindparam("since"), Buddy.id != -1
    )
)
RENAME = Prepared(update(Buddy).where(Buddy.id == bindparam("who")).values(public_id=bindparam("name")))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    with database.writing() as connection:
        connection.execute(
            insert(Buddy),
            [
                {"id": number, "public_id": name, "created_at": NOW}
                for number, name in ((1, "noor"), (2, "sam"))
            ],
        )
    yield database
    database.dispose()


def test_it_finds_a_row_with_the_columns_own_types(database: Database) -> None:
    with database.writing() as connection:
        assert FIND.first(connection, {"name": "noor", "since": NOW}) == [1, "noor", NOW]
        assert FIND.first(connection, {"name": "nobody", "since": NOW}) is None
    with database.reading() as connection:
        assert FIND.first(connection, {"name": "sam", "since": NOW}) == [2, "sam", NOW]


def test_it_writes(database: Database) -> None:
    with database.writing() as connection:
        RENAME.run(connection, {"who": 1, "name": "nora"})
        assert FIND.first(connection, {"name": "nora", "since": NOW}) is not None


def test_its_errors_are_sqlalchemys(database: Database) -> None:
    with pytest.raises(IntegrityError), database.writing() as connection:
        RENAME.run(connection, {"who": 1, "name": "sam"})
    with database.reading() as connection:
        assert FIND.first(connection, {"name": "noor", "since": NOW}) is not None


def test_who_listens_to_statements_hears_it(database: Database) -> None:
    heard: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        heard.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    with database.writing() as connection:
        RENAME.run(connection, {"who": 1, "name": "nora"})
    assert any(statement.startswith("UPDATE buddy") for statement in heard)
