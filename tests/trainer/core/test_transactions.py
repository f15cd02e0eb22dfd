"""A transaction that ends badly leaves nothing behind: no change, and no lock that keeps others from writing."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from trainer.core.database import Database


@pytest.fixture
def database(blank_database_url: str) -> Iterator[Database]:
    """Two tables, of which one refers to the other; the database looks at that when all is to be kept."""
    made = Database(blank_database_url)
    with made.writing() as connection:
        connection.execute(text("CREATE TABLE whole (id INTEGER PRIMARY KEY)"))
        refers = "INTEGER REFERENCES whole (id) DEFERRABLE INITIALLY DEFERRED"
        connection.execute(text(f"CREATE TABLE part (whole_id {refers})"))
    yield made
    made.dispose()


def wholes(database: Database) -> list[int]:
    with database.reading() as connection:
        return list(connection.execute(text("SELECT id FROM whole ORDER BY id")).scalars())


def write(database: Database, number: int) -> None:
    with database.writing() as connection:
        connection.execute(text("INSERT INTO whole VALUES (:number)"), {"number": number})


def test_what_cannot_be_committed_holds_up_nobody(database: Database) -> None:
    with pytest.raises(IntegrityError), database.writing() as connection:
        connection.execute(text("INSERT INTO whole VALUES (1)"))
        connection.execute(text("INSERT INTO part VALUES (2)"))

    another_process = Database(database.url.render_as_string(hide_password=False))
    write(another_process, 3)
    another_process.dispose()
    assert wholes(database) == [3]
    write(database, 4)
    assert wholes(database) == [3, 4]


def test_what_was_given_up_halfway_holds_up_nobody(database: Database) -> None:
    with pytest.raises(KeyError), database.writing() as connection:
        connection.execute(text("INSERT INTO whole VALUES (1)"))
        raise KeyError
    write(database, 2)
    with pytest.raises(KeyError), database.reading() as connection:
        raise KeyError
    assert wholes(database) == [2]
