"""The desk for lecturers."""

from trainer.desks.lecturer.views import lecturer_desk

__all__ = ["lecturer_desk"]
