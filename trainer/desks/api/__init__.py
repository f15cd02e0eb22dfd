"""The desk for scripts."""

from trainer.desks.api.views import api_desk

__all__ = ["api_desk"]
