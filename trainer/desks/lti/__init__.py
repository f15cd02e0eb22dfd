"""The desk where an LMS knocks: login, launch, key set, the choice of modules; and where it is connected."""

from trainer.desks.lti import dead_end_pages, legacy, notices, registering  # noqa: F401 - their addresses hang on the desk
from trainer.desks.lti.picker import placing_desk
from trainer.desks.lti.views import lti_desk

__all__ = ["lti_desk", "placing_desk"]
