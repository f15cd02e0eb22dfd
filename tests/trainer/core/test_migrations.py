"""The schema goes up, down and up again on both databases, and is exactly what the code declares."""

from datetime import UTC, datetime

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, func, insert, inspect, select

from trainer.core import migrations
from trainer.core.database import Base, Database
from trainer.institutions.models import Deployment, Institution, Registration
from trainer.models import TABLES
from trainer.people.actions import new_session, open_session, spend_nonce
from trainer.people.models import Buddy, Identity
from trainer.people.queries import signed_in_by


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


def test_who_is_signed_in_stays_so_when_the_schema_goes_down_and_up(blank_database_url: str) -> None:
    database = Database(blank_database_url)
    migrations.upgrade(database)
    now = datetime.now(UTC)
    with database.writing() as connection:
        institution = _made(connection, Institution, name="Hogeschool", created_at=now)
        registration = _made(
            connection,
            Registration,
            institution_id=institution,
            name="Moodle",
            issuer="https://moodle.example.be",
            client_id="c",
            authorization_endpoint="https://moodle.example.be/auth",
            token_endpoint="https://moodle.example.be/token",
            jwks_uri="https://moodle.example.be/jwks",
            active=True,
            adopts_deployments=False,
            service_hosts=[],
            frame_origins=[],
            created_at=now,
        )
        deployment = _made(
            connection,
            Deployment,
            registration_id=registration,
            deployment_id="1",
            active=True,
            created_at=now,
        )
        buddy = _made(connection, Buddy, public_id="b", created_at=now)
        identity = _made(
            connection, Identity, buddy_id=buddy, registration_id=registration, sub="s", created_at=now
        )
        session = new_session(
            identity_id=identity,
            buddy_id=buddy,
            registration_id=registration,
            deployment_id=deployment,
            roles=(),
            locale="nl-BE",
            return_url=None,
            login=None,
            now=now,
        )
        open_session(connection, session)
        assert spend_nonce(connection, "spent", now)

    migrations.downgrade(database, "0001")
    migrations.upgrade(database)

    with database.writing() as connection:
        found = signed_in_by(connection, session.row["token_hash"], now)
        assert found is not None and found.buddy_id == buddy
        assert not spend_nonce(connection, "spent", now)
    database.dispose()


def _made(connection: Connection, table: type[Base], **values: object) -> int:
    return connection.execute(insert(table).returning(table.__table__.c.id), values).scalar_one()


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
