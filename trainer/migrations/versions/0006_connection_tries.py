"""connection checks: what was found when a connection was last tried, and when a platform last took a score

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

import trainer.core.database

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "connection_try",
        sa.Column("registration_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tried_at", trainer.core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("found_at", trainer.core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("found", trainer.core.database.JsonText(), nullable=True),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_connection_try_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_connection_try")),
    )
    op.create_index(
        "ix_delivery_delivered",
        "delivery",
        ["registration_id", "delivered_at"],
        unique=False,
        sqlite_where=sa.text("delivered_at IS NOT NULL"),
        postgresql_where=sa.text("delivered_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_delivery_delivered",
        table_name="delivery",
        sqlite_where=sa.text("delivered_at IS NOT NULL"),
        postgresql_where=sa.text("delivered_at IS NOT NULL"),
    )
    op.drop_table("connection_try")
