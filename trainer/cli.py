"""The ``trainer`` command."""

import importlib

import click

import trainer

#: command → module of trainer.commands that holds it; loaded when used, so that `trainer --help` is quick
COMMANDS = {
    "accounts": "accounts",
    "db": "db",
    "deliveries": "deliveries",
    "keys": "keys",
    "modules": "modules",
    "people": "people",
    "platforms": "platforms",
    "serve": "serve",
    "worker": "worker",
}


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = getattr(importlib.import_module(f"trainer.commands.{COMMANDS[cmd_name]}"), cmd_name)
        return command if isinstance(command, click.Command) else None


@click.command(cls=_LazyGroup)
@click.version_option(trainer.__version__, prog_name="trainer")
def main() -> None:
    """Buddy Trainer: the online training of leerbuddies, inside the LMS of their own programme.

    Settings come from the environment (TRAINER_DATABASE_URL, TRAINER_SECRET_KEY, TRAINER_BASE_URL, …) or from the TOML
    file that TRAINER_CONFIG names; docs/configuration.md lists them all.
    """
