"""The desk for operators: the hub, in which institutions are connected."""

from trainer.desks.operator import cartridges, check, connecting, inviting, sharing  # noqa: F401 - their addresses hang on the desk
from trainer.desks.operator.door import install_operator_door
from trainer.desks.operator.views import operator_desk

__all__ = ["install_operator_door", "operator_desk"]
