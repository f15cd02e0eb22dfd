"""``trainer platforms check``: the connection check of the hub, at the keyboard."""

import click

from trainer.checking.lines import Line, Mark, stored_lines, tried_lines, worst
from trainer.checking.trying import read_check, try_connection
from trainer.commands.context import NUMBER, CommandContext, pass_context
from trainer.commands.platform_number import no_platform
from trainer.core.crypto import Seal
from trainer.core.http import SafeHttpClient
from trainer.core.i18n import ENGLISH, in_locale
from trainer.institutions.actions import ensure_key


@click.command()
@click.argument("number", type=NUMBER)
@pass_context
def check(context: CommandContext, number: int) -> None:
    """Try the connection with platform NUMBER; what does not work says whom to ask for what, and ends with code 1."""
    seal = Seal(context.settings.secret_key)
    http = SafeHttpClient(allow_insecure=context.settings.allow_insecure_platforms)
    checked = read_check(context.database, context.clock, number)
    if checked is None:
        raise no_platform(number)
    if checked.platform.version != "1.1":
        with context.database.writing() as connection:
            ensure_key(connection, seal, context.clock())
        if not try_connection(context.database, seal, http, context.clock, number):
            click.echo("It was tried a moment ago; this is what was found last.", err=True)
        checked = read_check(context.database, context.clock, number) or checked
    base_url = context.settings.base_url
    with in_locale(ENGLISH):
        lines = [*tried_lines(checked, base_url), *stored_lines(checked, base_url, context.clock())]
        click.echo(f"{checked.platform.institution} · {checked.platform.name}")
        for line in lines:
            _print(line)
    if worst(lines) is Mark.BAD:
        raise SystemExit(1)


def _print(line: Line) -> None:
    click.echo(f"{line.mark.label:<14}  {line.title}: {line.found}")
    for more in (line.says, line.ask):
        if more:
            click.echo(f"{'':<14}  {more}")
