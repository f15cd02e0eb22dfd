"""``trainer people``: keeping someone out and letting them in again; who was found to be one person."""

import click

from trainer.commands.context import NUMBER, CommandContext, pass_context
from trainer.courses.delivery_actions import park_switched_off, wake_switched_on
from trainer.courses.joining import NoSuchJoin, list_joins, undo_join
from trainer.people.actions import disable_identity, enable_identity
from trainer.people.queries import find_identity

_PLATFORM = click.option("--platform", "number", type=NUMBER, required=True, help="Number of the platform.")


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


@people.command()
@pass_context
def joins(context: CommandContext) -> None:
    """Who was found, on proof, to be somebody known from LTI 1.1: the newest first."""
    with context.database.reading() as connection:
        for one in list_joins(connection):
            undone = f", undone {one.undone_at:%Y-%m-%d %H:%M}" if one.undone_at else ""
            click.echo(
                f"{one.id}  {one.sub}  {one.platform}  {one.proof}  joined {one.joined_at:%Y-%m-%d %H:%M}{undone}"
            )


@people.command("undo-join")
@click.argument("number", type=NUMBER)
@pass_context
def undo(context: CommandContext, number: int) -> None:
    """Take the join NUMBER back: two people again, each with what they had; launches do not join them again."""
    try:
        with context.database.writing() as connection:
            sent = undo_join(connection, number, context.clock())
    except NoSuchJoin:
        raise click.ClickException("There is no such join, or it was undone before.") from None
    click.echo(f"Join {number} is undone.")
    if sent:
        click.echo(f"{sent} of their scores had left already: look in the gradebook of the LMS.")


def _identity(found: int | None) -> int:
    if found is None:
        raise click.ClickException("This platform knows nobody by that name here.")
    return found
