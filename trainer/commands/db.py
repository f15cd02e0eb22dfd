"""``trainer db``: the schema of the database."""

import click

from trainer.commands.context import CommandContext, pass_context
from trainer.core import migrations


@click.group()
def db() -> None:
    """Bring the database to the present schema."""


@db.command()
@click.option("--revision", default="head", show_default=True, help="Stop at this revision.")
@pass_context
def upgrade(context: CommandContext, revision: str) -> None:
    """Create or update all tables.  Safe to repeat; do it before starting a new version."""
    migrations.upgrade(context.database, revision)
    click.echo("The database is up to date.")


@db.command()
@click.argument("revision")
@pass_context
def downgrade(context: CommandContext, revision: str) -> None:
    """Go back to REVISION ("base" removes every table and all data in them)."""
    migrations.downgrade(context.database, revision)
    click.echo(f"The database is at {revision}.")
