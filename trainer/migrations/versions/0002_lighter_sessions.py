"""lighter sessions: a launch writes here, so as few indexes and foreign keys as will do

Sessions and spent nonces are kept.  `again_url` stays for processes of the version before.

Revision ID: 0002
Revises: 0001
"""

from contextlib import AbstractContextManager

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

import trainer.core.database

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

#: column, table that it names
_NAMED = (("buddy_id", "buddy"), ("deployment_id", "deployment"), ("registration_id", "registration"))


def upgrade() -> None:
    with op.batch_alter_table("spent_nonce", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_spent_nonce_expires_at"))
    with op.batch_alter_table("browser_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_browser_session_registration_id"))
        batch_op.drop_index(batch_op.f("ix_browser_session_ends_at"))
    with _rebuilt("spent_nonce", with_rowid=False):
        pass
    with op.batch_alter_table("browser_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("login", trainer.core.database.JsonText(), nullable=True))
        for column, table in _NAMED:
            batch_op.drop_constraint(f"fk_browser_session_{column}_{table}", type_="foreignkey")


def downgrade() -> None:
    with op.batch_alter_table("browser_session", schema=None) as batch_op:
        batch_op.drop_column("login")
        for column, table in _NAMED:
            name = f"fk_browser_session_{column}_{table}"
            batch_op.create_foreign_key(name, table, [column], ["id"], ondelete="CASCADE")
    with _rebuilt("spent_nonce", with_rowid=True):
        pass
    with op.batch_alter_table("browser_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_browser_session_ends_at"), ["ends_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_browser_session_registration_id"), ["registration_id"], unique=False
        )
    with op.batch_alter_table("spent_nonce", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_spent_nonce_expires_at"), ["expires_at"], unique=False)


def _rebuilt(table: str, *, with_rowid: bool) -> AbstractContextManager[BatchOperations]:
    """On SQLite the table is made anew, with its rows in the primary key's own tree, or beside it."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    return op.batch_alter_table(
        table,
        schema=None,
        recreate="always" if is_sqlite else "never",
        table_kwargs={"sqlite_with_rowid": with_rowid},
    )
