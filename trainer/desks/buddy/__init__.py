"""The learner's desk: a module and its steps, as pages, and the reports that these pages send.

Views parse, call one action or query of :mod:`trainer.learning`, and render; they own the transaction.  What pages
say lies in ``evidence`` and ``words``, what they show in the ``*_view`` files: plain values, so that templates hold
no logic.
"""

from flask import Blueprint

buddy_desk = Blueprint("buddy", __name__)

from trainer.desks.buddy import answering, files, own_data, pages, problems, reports, writing  # noqa: E402, F401  (they hang their views on it)
