"""``trainer people``: keeping someone out, and letting them in again."""

import click

from trainer.commands.context import CommandContext, pass_context
from trainer.courses.delivery_actions import park_switched_off, wake_switched_on
from trainer.people.actions import disable_identity, enable_identity
from trainer.people.queries import find_identity

_PLATFORM = click.option("--platform", "number", type=int, required=True, help="Number of the platform.")


@click.group()
def people() -> None:
    """People as their platforms know them."""


@people.command()
@click.argument("sub")
@_PLATFORM
@pass_context
def disable(context: CommandContext, sub: str, number: int) -> None:
    """Keep the person out whom the platform calls SUB: sessions end now, launches are refused, scores wait."""
    with context.database.writing() as connection:
        disable_identity(connection, _identity(find_identity(connection, number, sub)), context.clock())
        park_switched_off(connection)
    click.echo(f"{sub} is kept out.")


@people.command()
@click.argument("sub")
@_PLATFORM
@pass_context
def enable(context: CommandContext, sub: str, number: int) -> None:
    """Let the person in again whom the platform calls SUB; scores that waited go out."""
    with context.database.writing() as connection:
        enable_identity(connection, _identity(find_identity(connection, number, sub)))
        wake_switched_on(connection, context.clock())
    click.echo(f"{sub} may come in again.")


def _identity(found: int | None) -> int:
    if found is None:
        raise click.ClickException("This platform knows nobody by that name here.")
    return found
