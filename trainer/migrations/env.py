"""Alembic's environment: the connection is handed in by trainer.core.migrations."""

from alembic import context

from trainer.core.database import Base
from trainer.models import TABLES  # every subject's tables, so that autogenerate sees them

assert TABLES  # noqa: S101  (imported for what it registers)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
