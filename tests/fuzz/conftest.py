"""The house of the service's own stories: once on SQLite, once on PostgreSQL."""

from tests.trainer.conftest import house, tool_key

__all__ = ["house", "tool_key"]
