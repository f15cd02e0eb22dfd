"""``trainer accounts``: who may sign in to the hub."""

import sys

import click

from trainer.commands.context import CommandContext, pass_context
from trainer.people.account_queries import AccountLine, list_accounts, normal_email
from trainer.people.accounts import (
    AccountExists,
    disable_account,
    enable_account,
    make_account,
    set_password,
)
from trainer.people.passwords import LONGEST, SHORTEST, PasswordRefused

_FROM_STDIN = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input, one line."
)


@click.group()
def accounts() -> None:
    """Operators, who connect institutions in the hub."""


@accounts.command()
@click.option("--email", required=True, help="What they sign in with.")
@click.option("--name", required=True, help="As they are called.")
@_FROM_STDIN
@pass_context
def add(context: CommandContext, email: str, name: str, password_stdin: bool) -> None:
    """Make an operator's account; the password is asked twice."""
    email, name = normal_email(email), name.strip()
    local, _, host = email.partition("@")
    if not (local and host and email.isprintable() and " " not in email and len(email) <= 320):
        raise click.ClickException(f"{email!r} is no e-mail address.")
    if not (0 < len(name) <= 200 and name.isprintable()):
        raise click.ClickException("A name has 1 to 200 characters.")
    password = _password(from_stdin=password_stdin)
    try:
        with context.database.writing() as connection:
            make_account(connection, email=email, name=name, password=password, now=context.clock())
    except PasswordRefused as problem:
        raise click.ClickException(str(problem)) from problem
    except AccountExists as problem:
        raise click.ClickException(f"{email} has an account already.") from problem
    click.echo(f"{name} can sign in at {context.settings.base_url.rstrip('/')}/hub/ as {email}.")


@accounts.command(name="list")
@pass_context
def list_all(context: CommandContext) -> None:
    """Show every account, and whether it is on."""
    with context.database.reading() as connection:
        found = list_accounts(connection)
    if not found:
        click.echo("No accounts yet. Make one with `trainer accounts add`.")
    for line in found:
        click.echo(f"{'off' if line.disabled_at else 'on ':<3}  {line.email}  {line.name}  {line.role}")


@accounts.command()
@click.argument("email")
@pass_context
def disable(context: CommandContext, email: str) -> None:
    """Keep the account EMAIL out: its sessions end now."""
    with context.database.writing() as connection:
        line = _line(list_accounts(connection), email)
        disable_account(connection, line.id, context.clock())
    click.echo(f"{line.email} is kept out.")


@accounts.command()
@click.argument("email")
@pass_context
def enable(context: CommandContext, email: str) -> None:
    """Let the account EMAIL sign in again."""
    with context.database.writing() as connection:
        line = _line(list_accounts(connection), email)
        enable_account(connection, line.id)
    click.echo(f"{line.email} may sign in again.")


@accounts.command()
@click.argument("email")
@_FROM_STDIN
@pass_context
def password(context: CommandContext, email: str, password_stdin: bool) -> None:
    """Give the account EMAIL another password: its sessions end now."""
    with context.database.reading() as connection:
        line = _line(list_accounts(connection), email)
    wanted = _password(from_stdin=password_stdin)
    try:
        with context.database.writing() as connection:
            set_password(connection, line.id, wanted)
    except PasswordRefused as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(f"{line.email} has another password.")


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    asked: str = click.prompt(
        f"Password ({SHORTEST} to {LONGEST} characters)", hide_input=True, confirmation_prompt="Once more"
    )
    return asked


def _line(found: list[AccountLine], email: str) -> AccountLine:
    for line in found:
        if line.email == normal_email(email):
            return line
    raise click.ClickException(f"Nobody signs in as {email}; see `trainer accounts list`.")
