"""The databases that tests stand on are real, separate and migrated."""

import sqlalchemy

from tests.support.postgres import PostgresCluster


def test_each_test_gets_a_migrated_database_of_its_kind(database_url: str) -> None:
    engine = sqlalchemy.create_engine(database_url)

    tables = sqlalchemy.inspect(engine).get_table_names()
    engine.dispose()

    assert "alembic_version" in tables


def test_a_killed_postgresql_comes_back_with_what_was_committed(
    durable_postgres_cluster: PostgresCluster,
) -> None:
    cluster = durable_postgres_cluster
    engine = sqlalchemy.create_engine(cluster.url(cluster.create_database()))
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE kept (n integer)"))
        connection.execute(sqlalchemy.text("INSERT INTO kept VALUES (7)"))
    engine.dispose()

    cluster.kill()
    cluster.start()

    with engine.connect() as connection:
        assert connection.execute(sqlalchemy.text("SELECT n FROM kept")).scalars().all() == [7]
    engine.dispose()
