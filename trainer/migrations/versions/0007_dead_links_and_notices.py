"""notices: who can be asked for them; what links name, what was put in its place, and who did not get it

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

import trainer.core.database

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("deployment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("notices_url", sa.String(length=2048), nullable=True))
        batch_op.add_column(
            sa.Column("notices_due_at", trainer.core.database.UtcDateTime(timezone=True), nullable=True)
        )

    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.add_column(sa.Column("named_key", sa.String(length=255), nullable=True))
        batch_op.add_column(sa.Column("replaced_key", sa.String(length=255), nullable=True))

    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("missed_key", sa.String(length=255), nullable=True))
        batch_op.add_column(
            sa.Column("missed_at", trainer.core.database.UtcDateTime(timezone=True), nullable=True)
        )

    # A link for which nothing was chosen names what it opened for whoever came last; the next launch says it anew
    op.execute(
        "UPDATE link SET named_key = (SELECT module.key FROM visit"
        " JOIN enrolment ON enrolment.id = visit.enrolment_id JOIN module ON module.id = enrolment.module_id"
        " WHERE visit.link_id = link.id ORDER BY visit.last_at DESC LIMIT 1) WHERE chosen_module_key IS NULL"
    )


def downgrade() -> None:
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_column("missed_at")
        batch_op.drop_column("missed_key")

    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.drop_column("replaced_key")
        batch_op.drop_column("named_key")

    with op.batch_alter_table("deployment", schema=None) as batch_op:
        batch_op.drop_column("notices_due_at")
        batch_op.drop_column("notices_url")
