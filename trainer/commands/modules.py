"""``trainer modules``: check, publish, list, retire and restore modules; the desk of authors who like text."""

from pathlib import Path
from typing import NoReturn

import click

from modules.package import DOCUMENT, Package, library_folders, load_module
from modules.problems import DocumentError, Problem
from trainer.catalogue import actions, queries
from trainer.commands.context import CommandContext, pass_context
from trainer.core.media import MediaStore

PATHS = click.Path(exists=True, path_type=Path)


@click.group()
def modules() -> None:
    """Check, publish, list, retire and restore modules.

    A module is a folder with a document, module.xml, and its film, captions and poster.  PATH is such a folder, its
    module.xml, or a folder of modules.
    """


@modules.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=PATHS)
def check(paths: tuple[Path, ...]) -> None:
    """Say what has to be mended before a module can be published.

    One line for each problem: file, line number, a sentence and a code.  Warnings do not keep a module from being
    published.  Nothing is written.  Exit code 0: can be published; 1: cannot.
    """
    packages, problems = _load(paths)
    for problem in problems:
        click.echo(str(problem))
    errors = sum(problem.is_error for problem in problems)
    click.echo(
        f"{_count(len(packages), 'module')} can be published, {_count(errors, 'error')} found.", err=True
    )
    if errors:
        raise SystemExit(1)


@modules.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=PATHS)
@click.option("--major", "kind", flag_value="major", help="Those under way finish the edition they started.")
@click.option("--minor", "kind", flag_value="minor", help="Those under way go on with the new edition.")
@pass_context
def publish(context: CommandContext, paths: tuple[Path, ...], kind: str | None) -> None:
    """Publish modules: each becomes a new, unchangeable edition, and new learners get it from now on.

    Without --major or --minor a new edition is minor when only wording, captions, chapters, the poster or questions
    inside the film changed, and major when the rule, the steps, a film, the questions of the check with their right
    answers, or the vertaalslag did.  A module that did not change is left alone, so publishing a whole folder again is
    safe and quick.  When one module has an error, none is published.  Exit code 0: done; 1: nothing was published.
    """
    packages, problems = _load(paths)
    for problem in problems:
        click.echo(str(problem), err=True)
    if any(problem.is_error for problem in problems):
        _refuse("Nothing was published.")
    store = MediaStore(context.settings.media_root)
    is_major = None if kind is None else kind == "major"
    try:
        for package in packages:
            actions.keep_media(store, package)
        with context.database.writing() as connection:
            done = [
                actions.publish_edition(connection, package, is_major=is_major, now=context.clock())
                for package in packages
            ]
    except DocumentError as refusal:
        _refuse(f"{refusal}\nNothing was published.")
    except OSError as problem:
        _refuse(f"The media cannot be stored in {store.root}: {problem}. Nothing was published.")
    for published in done:
        weight = "major" if published.is_major else "minor"
        what = f"published, {weight}" if published.is_new else "unchanged"
        click.echo(f"{published.key}: edition {published.number}, {what}")


@modules.command(name="list")
@click.argument("path", metavar="[PATH]", required=False, type=PATHS)
@pass_context
def list_command(context: CommandContext, path: Path | None) -> None:
    """List the modules that are published or, with PATH, those in a folder.

    Columns: number, key, edition (when published), minutes, title.  Retired modules are listed too, and say so.
    """
    if path is not None:
        packages, problems = _load((path,))
        for package in packages:
            module = package.module
            click.echo(
                f"{module.number:>4}  {module.key:<28}  {module.minutes.total:>3} min  {module.title.nl}"
            )
        for problem in problems:
            if problem.is_error:
                click.echo(str(problem), err=True)
        if any(problem.is_error for problem in problems):
            raise SystemExit(1)
        return
    with context.database.reading() as connection:
        for row in queries.list_modules(connection, with_retired=True):
            module = queries.edition(connection, row.edition_id).module
            retired = ""
            if row.retired_at is not None:
                retired = f"  (retired{f', see {row.successor_key}' if row.successor_key else ''})"
            click.echo(
                f"{row.number:>4}  {row.key:<28}  edition {row.edition_number:<3}  {module.minutes.total:>3} min  "
                f"{module.title.nl}{retired}"
            )


@modules.command()
@click.argument("key")
@click.option("--successor", metavar="KEY", help="The module that takes its place; learners are sent there.")
@pass_context
def retire(context: CommandContext, key: str, successor: str | None) -> None:
    """Take the module KEY out of use.

    Who opens it anew is told so and can go on with the successor; who is under way may finish, and what was
    completed stays.  Lecturers see on their page which of their links lead to it, and put the successor there with
    one click.  Done again it changes the successor.  `trainer modules restore KEY` undoes it.  Exit code 1: no such
    module.
    """
    try:
        with context.database.writing() as connection:
            actions.retire_module(connection, key, successor=successor, now=context.clock())
    except actions.NoSuchModule as unknown:
        _refuse(f"There is no other module in use with the key {unknown}; `trainer modules list` shows them.")
    click.echo(f"{key}: retired{f', followed by {successor}' if successor else ''}")


@modules.command()
@click.argument("key")
@pass_context
def restore(context: CommandContext, key: str) -> None:
    """Take the retired module KEY into use again: the undo of `retire`.

    Its links open it as before, and lecturers can place it.  Links for which a lecturer chose another module meanwhile
    keep that.  Exit code 1: no such module.
    """
    try:
        with context.database.writing() as connection:
            actions.restore_module(connection, key)
    except actions.NoSuchModule as unknown:
        _refuse(f"There is no module with the key {unknown}; `trainer modules list` shows them.")
    click.echo(f"{key}: in use")


def _load(paths: tuple[Path, ...]) -> tuple[list[Package], list[Problem]]:
    """The modules at these paths that can be published, by number, and every problem found on the way."""
    packages: list[Package] = []
    problems: list[Problem] = []
    for folder in dict.fromkeys(folder.resolve() for path in paths for folder in _folders(path)):
        try:
            package = load_module(_short(folder))
        except DocumentError as refusal:
            problems += refusal.problems
        else:
            packages.append(package)
            problems += package.warnings
    packages.sort(key=lambda package: (package.module.number, package.module.key))
    keys: dict[str, Package] = {}
    for package in packages:
        first = keys.setdefault(package.module.key, package)
        if first is not package:
            message = "The key “%(key)s” is that of %(folder)s too."
            params = {"key": package.module.key, "folder": first.folder}
            problems.append(Problem("module_key_twice", message, params, str(package.folder / DOCUMENT)))
    return packages, problems


def _folders(path: Path) -> list[Path]:
    """The module folders that a path means.

    Raises:
        click.BadParameter: it means none.
    """
    if path.is_file() and path.name == DOCUMENT:
        return [path.parent]
    found = library_folders(path)
    if not found:
        raise click.BadParameter(f"there is no {DOCUMENT} in {path}, nor in the folders in it.")
    return found


def _short(folder: Path) -> Path:
    """As the person at the keyboard would write it."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _refuse(text: str) -> NoReturn:
    click.echo(text, err=True)
    raise SystemExit(1)
