"""``trainer keys``: our own key pairs."""

import click

from lti.keys import published_keys, signing_key
from trainer.commands.context import CommandContext, pass_context
from trainer.core.crypto import Seal
from trainer.institutions.actions import rotate_keys
from trainer.institutions.queries import tool_keys


@click.group()
def keys() -> None:
    """The key pairs with which the service signs what it asks of platforms."""


@keys.command()
@pass_context
def rotate(context: CommandContext) -> None:
    """Make a new key pair.

    It is published at once under /lti/jwks, signs from a day later, and the one before stays published a week
    more, so that no platform meets a key it has not seen.
    """
    with context.database.writing() as connection:
        made = rotate_keys(connection, Seal(context.settings.secret_key), context.clock())
    click.echo(f"Made {made.kid}; it signs from tomorrow on.")


@keys.command(name="list")
@pass_context
def list_keys(context: CommandContext) -> None:
    """Show the key pairs: which one signs, which are published."""
    now = context.clock()
    with context.database.reading() as connection:
        found = tool_keys(connection, Seal(context.settings.secret_key))
    if not found:
        click.echo("No keys yet: the first one is made when the service starts.")
        return
    signing, published = signing_key(found, now), {key.kid for key in published_keys(found, now)}
    for key in found:
        state = "signs" if key.kid == signing.kid else "published" if key.kid in published else "over"
        click.echo(f"{key.kid}  made {key.created_at:%Y-%m-%d %H:%M} UTC  {state}")
