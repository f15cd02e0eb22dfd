"""The documentation cannot rot: every setting, command and error code has its line."""

import ast
import re
from dataclasses import fields
from pathlib import Path

import click

from lti.errors import ERROR_CODES, PUBLIC_CODES
from trainer.cli import COMMANDS, main
from trainer.core.settings import PREFIX, Settings
from trainer.core.web.errors import STATUS_CODES
from trainer.courses import reasons
from trainer.learning.errors import LearningError

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def first_column(name: str) -> set[str]:
    """The codes that open a row of a table in a page of the documentation."""
    return set(re.findall(r"^\| `([^`]+)` \|", (DOCS / name).read_text(encoding="utf-8"), re.MULTILINE))


def refusal_codes() -> set[str]:
    """Every code that is written in a call of Refusal or of a function that makes one."""
    makers = {"Refusal", "session_refusal"}
    codes: set[str] = set()
    for path in (ROOT / "trainer").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in makers
                and node.args
            ):
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    codes.add(first.value)
    return codes


def _all_below(error: type[LearningError]) -> list[type[LearningError]]:
    return [error, *(deeper for below in error.__subclasses__() for deeper in _all_below(below))]


def test_every_setting_has_its_line() -> None:
    settings = {PREFIX + item.name.upper() for item in fields(Settings)} | {PREFIX + "CONFIG"}
    assert first_column("configuration.md") == settings


def test_every_error_code_has_its_line_and_no_line_is_about_nothing() -> None:
    codes = {*ERROR_CODES, *PUBLIC_CODES, *STATUS_CODES.values(), *refusal_codes()}
    codes |= {error.code for error in _all_below(LearningError)}
    codes |= {f"delivery_{code}" for code in reasons.REASONS}
    assert first_column("errors.md") == codes


def test_every_command_says_what_it_does() -> None:
    context = click.Context(main)
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command is not None
        below = command.commands.values() if isinstance(command, click.Group) else []
        for one in (command, *below):
            assert one.help and len(one.help.split()) >= 4, one.name
            for parameter in one.params:
                if isinstance(parameter, click.Option) and parameter.name != "help":
                    assert parameter.help, f"{name} {one.name} --{parameter.name}"


def test_nothing_speaks_of_how_it_was_made() -> None:
    words = re.compile(
        r"\.\./shared|/work/(main|shared)|\bissue #?\d|Claude|ChatGPT|\bsubagent", re.IGNORECASE
    )
    for path in ROOT.rglob("*"):
        relative = path.relative_to(ROOT)
        if (
            relative.parts[0] in {".git", ".venv", ".cache", "var", "node_modules"}
            or "vendor" in relative.parts
        ):
            continue
        if path.suffix in {
            ".py",
            ".md",
            ".html",
            ".js",
            ".css",
            ".po",
            ".toml",
            ".xml",
            ".lock",
            ".json",
            ".sh",
        }:
            found = words.search(path.read_text(encoding="utf-8", errors="replace"))
            assert found is None or path == Path(__file__), f"{relative}: {found.group()}"
