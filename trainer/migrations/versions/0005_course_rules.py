"""rules on courses are a deployment's: those of one school mean nothing to another below the same client id

Revision ID: 0005
Revises: 0004

Nothing before this version reads or writes them, so their table may be shaped anew; rows that stand in it go to the
registration's shared deployment.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("course_rule") as batch_op:
        batch_op.add_column(sa.Column("deployment_id", _ID, nullable=True))
    op.execute(
        "UPDATE course_rule SET deployment_id = (SELECT min(deployment.id) FROM deployment"
        " WHERE deployment.registration_id = course_rule.registration_id AND deployment.is_shared)"
    )
    op.execute("DELETE FROM course_rule WHERE deployment_id IS NULL")
    with op.batch_alter_table("course_rule") as batch_op:
        batch_op.drop_constraint(op.f("uq_course_rule_registration_id_position"), type_="unique")
        batch_op.drop_constraint(op.f("fk_course_rule_registration_id_registration"), type_="foreignkey")
        batch_op.drop_column("registration_id")
        batch_op.alter_column("deployment_id", existing_type=_ID, nullable=False)
        batch_op.create_unique_constraint(
            op.f("uq_course_rule_deployment_id_position"), ["deployment_id", "position"]
        )
        batch_op.create_foreign_key(
            op.f("fk_course_rule_deployment_id_deployment"),
            "deployment",
            ["deployment_id"],
            ["id"],
            ondelete="CASCADE",
        )
    op.create_index(
        "ix_course_waiting",
        "course",
        ["id"],
        sqlite_where=sa.text("institution_id IS NULL"),
        postgresql_where=sa.text("institution_id IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_course_waiting", table_name="course")
    with op.batch_alter_table("course_rule") as batch_op:
        batch_op.add_column(sa.Column("registration_id", _ID, nullable=True))
    op.execute(
        "UPDATE course_rule SET registration_id ="
        " (SELECT deployment.registration_id FROM deployment WHERE deployment.id = course_rule.deployment_id)"
    )
    # One registration has one list of rules there: its first shared deployment's
    op.execute(
        "DELETE FROM course_rule WHERE deployment_id NOT IN"
        " (SELECT min(other.deployment_id) FROM course_rule AS other GROUP BY other.registration_id)"
    )
    with op.batch_alter_table("course_rule") as batch_op:
        batch_op.drop_constraint(op.f("uq_course_rule_deployment_id_position"), type_="unique")
        batch_op.drop_constraint(op.f("fk_course_rule_deployment_id_deployment"), type_="foreignkey")
        batch_op.drop_column("deployment_id")
        batch_op.alter_column("registration_id", existing_type=_ID, nullable=False)
        batch_op.create_unique_constraint(
            op.f("uq_course_rule_registration_id_position"), ["registration_id", "position"]
        )
        batch_op.create_foreign_key(
            op.f("fk_course_rule_registration_id_registration"),
            "registration",
            ["registration_id"],
            ["id"],
            ondelete="CASCADE",
        )
