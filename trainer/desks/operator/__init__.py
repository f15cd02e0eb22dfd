"""The desk for operators: the hub, in which institutions are connected."""

from trainer.desks.operator import sharing as sharing  # its pages stand on the same blueprint
from trainer.desks.operator.door import install_operator_door
from trainer.desks.operator.views import operator_desk

__all__ = ["install_operator_door", "operator_desk"]
