"""Platforms as commands name them: by the number that `trainer platforms list` shows."""

import click
from sqlalchemy import Connection

from trainer.institutions.connection_queries import ConnectedPlatform, connected_platform


def platform_with(connection: Connection, number: int) -> ConnectedPlatform:
    """The platform with this number.

    Raises:
        click.ClickException: there is none.
    """
    found = connected_platform(connection, number)
    if found is None:
        raise no_platform(number)
    return found


def no_platform(number: int) -> click.ClickException:
    """What is said of a number that no platform has."""
    return click.ClickException(f"There is no platform {number}; see `trainer platforms list`.")
