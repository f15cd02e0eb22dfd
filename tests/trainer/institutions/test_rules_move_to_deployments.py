"""Rules that stood with a registration go to its shared deployment, and back."""

from datetime import UTC, datetime

from sqlalchemy import insert, select, text, update

from trainer.core import migrations
from trainer.core.database import Database
from trainer.institutions.actions import find_or_make_institution
from trainer.institutions.models import CourseRule, Deployment, Registration


def test_with_rules_in_it(blank_database_url: str) -> None:
    database, now = Database(blank_database_url), datetime.now(UTC)
    migrations.upgrade(database)
    with database.writing() as connection:
        school = find_or_make_institution(connection, "VIVES", now)
        for client in ("shared", "alone"):
            registration = connection.execute(
                insert(Registration).returning(Registration.id),
                {
                    "institution_id": school, "name": client, "issuer": "https://blackboard.com", "client_id": client,
                    "authorization_endpoint": "", "token_endpoint": "", "jwks_uri": "", "active": True,
                    "adopts_deployments": False, "service_hosts": [], "frame_origins": [], "created_at": now,
                },
            ).scalar_one()  # fmt: skip
            for name in ("a", "b"):
                values = {
                    "registration_id": registration,
                    "deployment_id": name,
                    "active": True,
                    "created_at": now,
                }
                connection.execute(insert(Deployment), values)
        connection.execute(update(Deployment).where(Deployment.id == 2).values(is_shared=True))
    migrations.downgrade(database, "0004")
    with database.writing() as connection:
        for registration in (1, 2):
            connection.execute(
                text(
                    "INSERT INTO course_rule (registration_id, position, field, comparison, value, institution_id, created_at)"
                    " VALUES (:registration, 0, 'label', 'is', 'x', :school, :now)"
                ),
                {"registration": registration, "school": school, "now": now.isoformat()},
            )

    migrations.upgrade(database)

    with database.reading() as connection:
        assert connection.execute(select(CourseRule.deployment_id, CourseRule.value)).all() == [(2, "x")]
    migrations.downgrade(database, "0004")
    with database.reading() as connection:
        assert connection.execute(text("SELECT registration_id, value FROM course_rule")).all() == [(1, "x")]
    database.dispose()
