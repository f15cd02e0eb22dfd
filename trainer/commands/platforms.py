"""``trainer platforms``: the LMSs that are connected."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from sqlalchemy.exc import IntegrityError

from lti.errors import LtiError
from lti.platform import Platform
from trainer.commands.context import NUMBER, CommandContext, pass_context
from trainer.commands.platform_check import check
from trainer.commands.platform_number import platform_with
from trainer.core.crypto import Seal
from trainer.courses.delivery_actions import park_switched_off, wake_switched_on
from trainer.institutions.actions import (
    PlatformExists,
    add_deployment,
    change_platform,
    forget_waiting_deployment,
    institution_name,
    register_platform,
    remove_platform,
    set_deployment_active,
    set_platform_active,
)
from trainer.institutions.connection_queries import connected_deployments, connected_platforms
from trainer.institutions.invitations import INVITATION_TTL, invitation_address
from trainer.institutions.invitations import invite as make_invitation
from trainer.institutions.legacy import add_legacy_platform
from trainer.people.actions import end_sessions


class PlatformFile(Schema):
    """The JSON file of ``trainer platforms add``."""

    class Meta:
        """Unknown keys are passed over: LMSs export more than we ask."""

        unknown = EXCLUDE

    name = fields.String(required=True, validate=validate.Length(1, 200))
    issuer = fields.String(required=True)
    client_id = fields.String(required=True)
    deployment_ids = fields.List(fields.String(validate=validate.Length(1, 255)), load_default=list)
    authorization_endpoint = fields.String(required=True)
    token_endpoint = fields.String(required=True)
    jwks_uri = fields.String(required=True)
    audience = fields.String(load_default=None, allow_none=True)
    institution = fields.String(load_default="", validate=validate.Length(max=200))
    adopts_deployments = fields.Boolean(load_default=False)
    frame_origins = fields.List(fields.String(), load_default=list)
    service_hosts = fields.List(fields.String(), load_default=list)
    family = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=100))


@click.group()
def platforms() -> None:
    """The LMSs whose courses may open modules."""


platforms.add_command(check)


@platforms.command()
@click.option(
    "--json",
    "path",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="Read everything from this file (- for standard input).",
)
@click.option("--name", help="How people know it: “Canvas van Thomas More”.")
@click.option("--institution", help="Whose courses these are; the platform's name if not given.")
@click.option("--issuer", help="The platform's issuer (iss).")
@click.option("--client-id", help="The client id that the platform gave us.")
@click.option("--deployment-id", "deployment_ids", multiple=True, help="A deployment id; may be repeated.")
@click.option("--authorization-endpoint", help="Where logins go (OIDC authentication request URL).")
@click.option("--token-endpoint", help="Where service tokens come from (OAuth2 access token URL).")
@click.option("--jwks-uri", help="The platform's public key set.")
@click.option(
    "--audience", help="Audience of the token request, where it is not the token endpoint (Brightspace)."
)
@click.option(
    "--frame-origin",
    "frame_origins",
    multiple=True,
    help="Where course pages are, if that is not where logins go: https://canvas.school.be; may be repeated.",
)
@click.option(
    "--service-host",
    "service_hosts",
    multiple=True,
    help="A host that serves grades, if it is not one of those above: canvas.school.be; may be repeated.",
)
@click.option(
    "--family", help="Which LMS it is: canvas, blackboard, brightspace, moodle, chamilo, openedx, sakai."
)
@click.option(
    "--adopts-deployments", is_flag=True, default=None, help="Take new deployments into use without asking."
)
@pass_context
def add(context: CommandContext, /, path: str | None, **given: Any) -> None:
    """Connect a platform, by arguments or by a JSON file with the same names.

    \b
    The file: {"name": "Canvas", "issuer": "https://canvas.instructure.com", "client_id": "10000000000001",
               "deployment_ids": ["1:abc"], "authorization_endpoint": "https://…", "token_endpoint": "https://…",
               "jwks_uri": "https://…", "institution": "Hogeschool X", "audience": "https://…"}
    The last two are optional.  Arguments win over the file.
    """
    asked = _from_file(path)
    asked.update(
        {key: list(value) if isinstance(value, tuple) else value for key, value in given.items() if value}
    )
    try:
        read = PlatformFile().load(asked)
    except ValidationError as problem:
        lines = [
            f"{name}: {' '.join(map(str, _flat(messages)))}"
            for name, messages in problem.messages_dict.items()
        ]
        raise click.ClickException("The platform cannot be added.\n  " + "\n  ".join(lines)) from problem
    platform = Platform(
        issuer=read["issuer"],
        client_id=read["client_id"],
        authorization_endpoint=read["authorization_endpoint"],
        token_endpoint=read["token_endpoint"],
        jwks_uri=read["jwks_uri"],
        audience=read["audience"],
        family=read["family"],
        service_hosts=tuple(read["service_hosts"]),
    )
    try:
        with context.database.writing() as connection:
            registration_id = register_platform(
                connection,
                platform,
                name=read["name"],
                institution=read["institution"],
                deployment_ids=read["deployment_ids"],
                adopts_deployments=read["adopts_deployments"],
                frame_origins=read["frame_origins"],
                allow_insecure=context.settings.allow_insecure_platforms,
                now=context.clock(),
            )
    except LtiError as problem:
        hint = (
            " (set TRAINER_ALLOW_INSECURE_PLATFORMS=1 for demo and tests)"
            if problem.code == "url_not_allowed"
            else ""
        )
        raise click.ClickException(f"{problem.code}: {problem.detail}{hint}") from problem
    except PlatformExists as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(
        f"Connected {read['name']} as number {registration_id}, with {len(read['deployment_ids'])} deployments."
    )


@platforms.command()
@click.option("--institution", required=True, help="Whose LMS it is: “Hogeschool X”.")
@click.option("--issuer", help="The only LMS that may use it, by its issuer: https://moodle.school.be.")
@pass_context
def invite(context: CommandContext, institution: str, issuer: str | None) -> None:
    """Print a link with which an LMS's administrator connects it: for one use, within the hour."""
    institution = _institution(institution)
    try:
        with context.database.writing() as connection:
            made = make_invitation(
                connection,
                institution,
                issuer=issuer,
                allow_insecure=context.settings.allow_insecure_platforms,
                now=context.clock(),
            )
    except LtiError as problem:
        raise click.ClickException(f"{problem.code}: {problem.detail}") from problem
    click.echo(invitation_address(context.settings.base_url, made.token))
    minutes = INVITATION_TTL.total_seconds() // 60
    click.echo(
        f"For {institution}: to be pasted in the LMS within {minutes:.0f} minutes, once. "
        "Whoever has the link can connect an LMS, so send it to its administrator alone.",
        err=True,
    )


@platforms.command(name="add-lti11")
@click.option("--institution", required=True, help="Whose courses these are.")
@click.option("--name", required=True, help="How people know it: “Chamilo van Hogeschool X”.")
@click.option(
    "--ends-on",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day on which its launches are taken: LTI 1.1 is for a time.",
)
@click.option("--key", help="The consumer key; one is made if not given.")
@click.option(
    "--address",
    help="Where the LMS is: https://chamilo.school.be; else its first launch with a score says it.",
)
@pass_context
def add_lti11(
    context: CommandContext,
    *,
    institution: str,
    name: str,
    ends_on: datetime,
    key: str | None,
    address: str | None,
) -> None:
    """Connect an LMS that speaks LTI 1.1 only; shows the consumer key, and the secret this once."""
    try:
        with context.database.writing() as connection:
            made = add_legacy_platform(
                connection,
                Seal(context.settings.secret_key),
                name=name,
                institution=_institution(institution),
                ends_on=ends_on.date(),
                key=key,
                address=address,
                allow_insecure=context.settings.allow_insecure_platforms,
                now=context.clock(),
            )
    except LtiError as problem:
        raise click.ClickException(f"{problem.code}: {problem.detail}") from problem
    except (PlatformExists, ValueError) as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(f"Connected {name} as number {made.registration_id}, until {ends_on:%Y-%m-%d}.")
    click.echo(f"Launch URL:    {context.settings.base_url.rstrip('/')}/lti/1.1/launch")
    click.echo(f"Consumer key:  {made.key}")
    click.echo(f"Secret:        {made.secret}")
    click.echo("The secret is not shown again.")


@platforms.command(name="list")
@pass_context
def list_all(context: CommandContext) -> None:
    """Show every platform, with its number and whether it is on, off, or pending since it was registered."""
    with context.database.reading() as connection:
        found = connected_platforms(connection)
    if not found:
        click.echo("No platforms yet. Connect one with `trainer platforms add`.")
    for line in found:
        state = "on" if line.active else "pending" if line.pending else "off"
        what = " · ".join(
            (line.institution, line.name, line.issuer, line.client_id, f"{line.deployments} deployments")
        )
        click.echo(f"{line.id:>4}  {state:<7}  {what}")


@platforms.command()
@click.argument("number", type=NUMBER)
@pass_context
def disable(context: CommandContext, number: int) -> None:
    """Switch platform NUMBER off: launches are refused, its sessions end now, its scores wait."""
    with context.database.writing() as connection:
        line = platform_with(connection, number)
        set_platform_active(connection, number, active=False)
        ended = end_sessions(connection, registration_id=number)
        park_switched_off(connection)
    click.echo(f"{line.name} is off; {ended} sessions ended.")


@platforms.command()
@click.argument("number", type=NUMBER)
@pass_context
def enable(context: CommandContext, number: int) -> None:
    """Switch platform NUMBER on, for the first time or again; scores that waited go out."""
    with context.database.writing() as connection:
        line = platform_with(connection, number)
        set_platform_active(connection, number, active=True)
        wake_switched_on(connection, context.clock())
    click.echo(f"{line.name} is on.")


@platforms.command()
@click.argument("number", type=NUMBER)
@click.option(
    "--adopt", "adopted", multiple=True, metavar="ID", help="Take this waiting deployment into use."
)
@click.option("--forget", "forgotten", multiple=True, metavar="ID", help="Take it out of those that wait.")
@click.option(
    "--disable", "disabled", multiple=True, metavar="ID", help="Refuse launches of this deployment."
)
@click.option(
    "--enable", "enabled", multiple=True, metavar="ID", help="Accept launches of this deployment again."
)
@pass_context
def deployments(
    context: CommandContext,
    number: int,
    *,
    adopted: tuple[str, ...],
    forgotten: tuple[str, ...],
    disabled: tuple[str, ...],
    enabled: tuple[str, ...],
) -> None:
    """Show the deployments of platform NUMBER, those that wait included; adopt, forget, disable or enable some."""
    with context.database.writing() as connection:
        platform_with(connection, number)
        for deployment_id in adopted:
            try:
                add_deployment(connection, number, deployment_id, context.clock())
            except LtiError as problem:
                raise click.ClickException(f"{problem.code}: {problem.detail}") from problem
        for deployment_id in forgotten:
            forget_waiting_deployment(connection, number, deployment_id)
        for deployment_id in (*disabled, *enabled):
            found = set_deployment_active(connection, number, deployment_id, active=deployment_id in enabled)
            if found is None:
                raise click.ClickException(f"Platform {number} has no deployment {deployment_id!r} in use.")
            if deployment_id in disabled:
                end_sessions(connection, deployment_id=found)
        park_switched_off(connection)
        wake_switched_on(connection, context.clock())
        lines = connected_deployments(connection, number)
    for line in lines:
        state = f"waits, launched {line.times} times" if line.is_waiting else "on" if line.active else "off"
        click.echo(f"{line.deployment_id}  {state}")
    if not lines:
        click.echo("No deployments yet: the first launch puts its deployment here.")


@platforms.command()
@click.argument("number", type=NUMBER)
@click.option(
    "--frame-origin", "frame_origins", multiple=True, help="Where course pages are: https://canvas.school.be."
)
@click.option(
    "--service-host", "service_hosts", multiple=True, help="A host that serves grades: canvas.school.be."
)
@click.option(
    "--adopts/--asks", "adopts", default=None, help="Take new deployments into use, or let them wait."
)
@pass_context
def change(
    context: CommandContext,
    number: int,
    frame_origins: tuple[str, ...],
    service_hosts: tuple[str, ...],
    adopts: bool | None,
) -> None:
    """Add to what is known of platform NUMBER: origins that frame pages, hosts that serve grades."""
    try:
        with context.database.writing() as connection:
            line = platform_with(connection, number)
            change_platform(
                connection,
                number,
                frame_origins=frame_origins,
                service_hosts=service_hosts,
                adopts_deployments=adopts,
                allow_insecure=context.settings.allow_insecure_platforms,
            )
    except LtiError as problem:
        raise click.ClickException(f"{problem.code}: {problem.detail}") from problem
    click.echo(f"{line.name} is changed.")


@platforms.command()
@click.argument("number", type=NUMBER)
@pass_context
def remove(context: CommandContext, number: int) -> None:
    """Take platform NUMBER away.  Only while nobody ever came through it; else disable it."""
    try:
        with context.database.writing() as connection:
            line = platform_with(connection, number)
            remove_platform(connection, number)
    except IntegrityError as problem:
        raise click.ClickException(
            "People came through this platform; what they did is kept. Use `disable`."
        ) from problem
    click.echo(f"{line.name} is removed.")


def _institution(typed: str) -> str:
    name = institution_name(typed)
    if name is None:
        raise click.ClickException(
            "The institution's name is empty, longer than 200 characters, or not printable."
        )
    return name


def _from_file(path: str | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
        found = json.loads(text)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as problem:
        raise click.ClickException(f"{path} cannot be read as JSON: {problem}") from problem
    if not isinstance(found, dict):
        raise click.ClickException(f"{path} must hold one JSON object.")
    return found


def _flat(messages: Any) -> list[Any]:
    if isinstance(messages, dict):
        return [text for part in messages.values() for text in _flat(part)]
    return messages if isinstance(messages, list) else [messages]
