"""The desk where an LMS knocks: login, launch, key set, and the choice of modules to place."""

from trainer.desks.lti.picker import placing_desk
from trainer.desks.lti.views import lti_desk

__all__ = ["lti_desk", "placing_desk"]
