"""``trainer worker``: the process that brings scores to the LMSs."""

import signal
from types import FrameType

import click

from trainer.commands.context import CommandContext, pass_context
from trainer.core import migrations
from trainer.core.database import DatabaseUnavailable
from trainer.core.logging import configure_logging
from trainer.worker import Worker


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now and end, for a scheduler such as cron.")
@pass_context
def worker(context: CommandContext, once: bool) -> None:
    """Send scores to the LMSs, try again what failed, and tidy up.

    \b
    Run one beside `trainer serve`; more, also on other machines, share the work.
    SIGTERM or Ctrl-C ends it after the scores in hand. Killing it loses nothing:
    another worker, or the next start, sends the same score again with the same time.
    `trainer deliveries list` shows what waits and why.
    """
    configure_logging(context.settings.log_level)
    try:
        is_current = migrations.is_current(context.database)
    except DatabaseUnavailable as problem:
        raise click.ClickException(f"The database cannot be reached: {problem}") from problem
    if not is_current:
        raise click.ClickException("The database is not up to date: run `trainer db upgrade` first.")
    working = Worker(context.database, context.settings, clock=context.clock)

    def end(_signal: int, _frame: FrameType | None) -> None:
        working.stop()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    if once:
        working.run_once()
    else:
        working.run()
