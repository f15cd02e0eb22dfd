"""The desk for lecturers."""

from trainer.desks.lecturer import reviewing  # noqa: F401 - its addresses hang on the desk
from trainer.desks.lecturer.views import lecturer_desk

__all__ = ["lecturer_desk"]
