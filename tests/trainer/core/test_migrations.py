"""The schema goes up, down and up again on both databases, and is exactly what the code declares."""

from datetime import UTC, datetime

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import func, insert, inspect, select

from trainer.core import migrations
from trainer.core.database import Base, Database
from trainer.institutions.models import Institution
from trainer.models import TABLES


def test_up_down_up_with_data_in_it(blank_database_url: str) -> None:
    database = Database(blank_database_url)
    for _ in range(2):
        migrations.upgrade(database)
        assert migrations.is_current(database)
        with database.writing() as connection:
            connection.execute(insert(Institution), {"name": "Hogeschool", "created_at": datetime.now(UTC)})
            assert connection.execute(select(func.count()).select_from(Institution)).scalar_one() == 1
        migrations.downgrade(database, "base")
        assert not migrations.is_current(database)
        with database.reading() as connection:
            assert set(inspect(connection).get_table_names()) & set(TABLES) == set()
    database.dispose()


def test_upgrading_twice_changes_nothing(blank_database_url: str) -> None:
    database = Database(blank_database_url)
    migrations.upgrade(database)
    with database.writing() as connection:
        connection.execute(insert(Institution), {"name": "Hogeschool", "created_at": datetime.now(UTC)})
    migrations.upgrade(database)
    with database.reading() as connection:
        assert connection.execute(select(Institution.name)).scalars().all() == ["Hogeschool"]
    database.dispose()


def test_the_migrations_make_what_the_code_declares(database_url: str) -> None:
    database = Database(database_url)
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    assert differences == []
    database.dispose()
