"""The house of the service's own stories: once on SQLite, once on PostgreSQL."""

from tests.trainer.conftest import house

__all__ = ["house"]
