"""What every command needs: the settings and the database, opened when first asked for; what a number may be."""

from functools import cached_property

import click

from trainer.core.clock import Clock, system_clock
from trainer.core.database import Database
from trainer.core.settings import Settings, SettingsError, load_settings

#: the number of a platform or a join, as lists show it: PostgreSQL's integers end at ten digits
NUMBER = click.IntRange(1, 10**9 - 1)


class CommandContext:
    """Settings, database and clock of one command."""

    clock: Clock = staticmethod(system_clock)

    @cached_property
    def settings(self) -> Settings:
        """The checked settings.

        Raises:
            click.ClickException: one line, exit code 1, when a setting is missing or wrong.
        """
        try:
            return load_settings()
        except SettingsError as problem:
            raise click.ClickException(str(problem)) from problem

    @cached_property
    def database(self) -> Database:
        """The database of the settings."""
        return Database(self.settings.database_url)


pass_context = click.make_pass_decorator(CommandContext, ensure=True)
