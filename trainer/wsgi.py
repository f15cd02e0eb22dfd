"""What the application server loads: ``trainer.wsgi:app``."""

import gc

from trainer.app import create_app

app = create_app()
# What is there now stays as long as the process does: the collector need not walk through it time and again.
gc.collect()
gc.freeze()
# A launch makes some thousand objects and no cycles: looking for those twenty times as seldom saves a twentieth of it.
gc.set_threshold(20_000, 20, 100)
