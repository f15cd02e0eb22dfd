"""``trainer deliveries``: scores on their way to the LMSs."""

import click

from trainer.commands.context import CommandContext, pass_context
from trainer.core.i18n import ENGLISH, in_locale
from trainer.courses import delivery_actions as actions
from trainer.courses import reasons
from trainer.courses.delivery_queries import DeliveryLine, advice_for_staff, list_deliveries, platform_named


@click.group()
def deliveries() -> None:
    """See where scores are, and send again what is parked.

    \b
    waiting    leaves by itself when it is due
    delivered  the LMS has it
    parked     needs a person (the list says what to do) or a next launch
    """


@deliveries.command("list")
@click.option("--state", type=click.Choice(reasons.STATES), help="Only deliveries in this state.")
@click.option("--platform", help="Only this platform's, by the name that `trainer platforms list` shows.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1), help="At most this many.")
@pass_context
def list_command(context: CommandContext, state: str | None, platform: str | None, limit: int) -> None:
    """List deliveries, newest first: id, state, platform, course, module, when, and what to do."""
    with context.database.reading() as connection:
        if platform is not None and platform_named(connection, platform) is None:
            raise click.ClickException(
                f"There is no platform with the name {platform!r} (see `trainer platforms list`)."
            )
        lines = list_deliveries(connection, state=state, platform=platform, limit=limit)
    if not lines:
        click.echo("There are none.")
    with in_locale(ENGLISH):
        for line in lines:
            click.echo(_told(line))


def _told(line: DeliveryLine) -> str:
    when = {
        reasons.DELIVERED: f"delivered {line.delivered_at:%Y-%m-%d %H:%M:%S}"
        if line.delivered_at
        else "delivered",
        reasons.WAITING: f"tries {line.tries}, next {line.next_try_at:%Y-%m-%d %H:%M:%S}",
    }.get(line.state, f"tries {line.tries}")
    words = [line.public_id, line.state, line.platform, line.course or "-", line.module, f"{when} UTC"]
    text = "  ".join(words)
    if line.reason:
        text += f"\n    {line.reason}: {advice_for_staff(line.reason)}"
    if line.detail:
        text += f"\n    the platform said: {line.detail}"
    return text


@deliveries.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--all-parked", is_flag=True, help="Everything that is parked, instead of IDs.")
@click.option("--platform", help="With --all-parked: only this platform's.")
@pass_context
def retry(context: CommandContext, ids: tuple[str, ...], all_parked: bool, platform: str | None) -> None:
    """Send parked deliveries again, or waiting ones at once, by their IDs from `trainer deliveries list`.

    A running worker takes them up within a second. Repeating it does no harm: a score that arrived already stays one.
    """
    if bool(ids) == all_parked:
        raise click.UsageError("Name the deliveries by their IDs, or say --all-parked.")
    if platform is not None and not all_parked:
        raise click.UsageError("--platform goes with --all-parked.")
    with context.database.writing() as connection:
        if ids:
            number = actions.retry_deliveries(connection, ids, context.clock())
        else:
            registration_id = platform_named(connection, platform) if platform is not None else None
            if platform is not None and registration_id is None:
                raise click.ClickException(f"There is no platform with the name {platform!r}.")
            number = actions.retry_all_parked(connection, context.clock(), registration_id=registration_id)
    click.echo(f"{number} to be sent again.")
