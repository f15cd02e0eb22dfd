"""``trainer serve``: the web processes."""

import sys

import click
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server import Server

from trainer.commands.context import CommandContext, pass_context
from trainer.core import migrations
from trainer.core.database import DatabaseUnavailable


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on."
)
@click.option(
    "--workers",
    default=2,
    show_default=True,
    type=click.IntRange(1, 256),
    help="Number of web processes: one a core.",
)
@click.option(
    "--threads",
    default=8,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Threads of each process, so that a client that sends or reads slowly holds up nobody. Behind a proxy that"
    " buffers, 1 is enough and takes a third less of the processor.",
)
@click.option("--pid-file", type=click.Path(dir_okay=False), help="Write the main process's id here.")
@pass_context
def serve(
    context: CommandContext, *, host: str, port: int, workers: int, threads: int, pid_file: str | None
) -> None:
    """Serve the pages.

    SIGHUP replaces the web processes one by one, without refusing a request; SIGTERM ends them after the
    requests in hand. The database must be up to date (`trainer db upgrade`), and scores are sent by `trainer
    worker`.
    """
    settings = context.settings
    try:
        is_ready = migrations.is_ready(context.database)
    except DatabaseUnavailable as problem:
        raise click.ClickException(f"The database cannot be reached: {problem}") from problem
    if not is_ready:
        raise click.ClickException("The database is not up to date: run `trainer db upgrade` first.")
    context.database.dispose()
    if settings.allow_insecure_platforms:
        click.echo("Plain-http platforms are allowed: for demo and tests only.", err=True)
    click.echo(f"Serving {settings.base_url} on {host}:{port} with {workers} processes.", err=True)
    server = Server(
        "trainer.wsgi:app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=15_000),
        respawn_failed_workers=True,
        workers_kill_timeout=30,
        log_access=False,
        log_level="warning",  # type: ignore[arg-type]
        pid_file=pid_file,  # type: ignore[arg-type]
    )
    server.serve()
    sys.exit(0)
