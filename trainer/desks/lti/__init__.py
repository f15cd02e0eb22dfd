"""The desk where an LMS knocks: login, launch, key set; and where its administrator connects it."""

from trainer.desks.lti import legacy, registering  # noqa: F401 - their addresses hang on the desk
from trainer.desks.lti.views import lti_desk

__all__ = ["lti_desk"]
