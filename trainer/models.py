"""Every table of every subject, so that migrations and tools see them all."""

# ruff: noqa: F401  (imported for what they declare)

import trainer.catalogue.models
import trainer.courses.models
import trainer.institutions.models
import trainer.learning.models
import trainer.people.models
from trainer.core.database import Base

#: table name → table
TABLES = dict(Base.metadata.tables)
