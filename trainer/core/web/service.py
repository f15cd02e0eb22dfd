"""What a view needs of the running service: settings, database, clock, media."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from trainer.core.clock import Clock
from trainer.core.crypto import Seal
from trainer.core.database import Database
from trainer.core.media import MediaStore
from trainer.core.settings import Settings

EXTENSION = "trainer"


@dataclass(frozen=True, slots=True)
class Service:
    """The parts that views share; made once per process by ``trainer.app.create_app``."""

    settings: Settings
    database: Database
    clock: Clock
    media: MediaStore
    seal: Seal


def service() -> Service:
    """The service of the present application."""
    return cast(Service, current_app.extensions[EXTENSION])
