"""invitations: which LMS they are for, and that they were withdrawn

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

import trainer.core.database

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("invitation", sa.Column("lms", sa.String(length=30), nullable=True))
    op.add_column(
        "invitation",
        sa.Column("withdrawn_at", trainer.core.database.UtcDateTime(timezone=True), nullable=True),
    )


def downgrade() -> None:
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_column("withdrawn_at")
        batch_op.drop_column("lms")
