"""The desk where an LMS knocks: login, launch, key set."""

from trainer.desks.lti.views import lti_desk

__all__ = ["lti_desk"]
