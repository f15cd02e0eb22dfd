"""The desk for operators: the hub, in which institutions are connected."""

from trainer.desks.operator import cartridges, check, connecting, inviting, sharing
from trainer.desks.operator.door import install_operator_door
from trainer.desks.operator.views import operator_desk

#: whose routes are on the desk's blueprint once they are imported
PAGES = (cartridges, check, connecting, inviting, sharing)

__all__ = ["PAGES", "install_operator_door", "operator_desk"]
