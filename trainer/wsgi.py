"""What the application server loads: ``trainer.wsgi:app``."""

from trainer.app import create_app

app = create_app()
