"""What each LMS demands has a place that minds it and a test that holds it: the table of docs/platforms.md."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from lti.platforms import PRODUCTS

ROOT = Path(__file__).resolve().parents[2]
_ROW = re.compile(
    r"^\| (?P<lms>[^|]+) \| .+ \| `(?P<file>[^`]+)` \| `(?P<tests>[^`:]+)::(?P<test>[^`]+)` \|$"
)


def table() -> list[re.Match[str]]:
    lines = (ROOT / "docs" / "platforms.md").read_text("utf-8").splitlines()
    rows = [line for line in lines if line.startswith("| ")][2:]
    found = [(line, _ROW.match(line)) for line in rows]
    assert [line for line, row in found if row is None] == []
    return [row for _, row in found if row is not None]


@cache
def stories_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("row", table(), ids=lambda row: row["test"])
def test_each_row_names_a_file_and_a_test_that_are_there(row: re.Match[str]) -> None:
    assert (ROOT / row["file"]).is_file()
    assert row["test"] in stories_in(ROOT / row["tests"])


def test_every_stub_and_every_product_has_a_row() -> None:
    told = {row["lms"].lower().replace(" ", "") for row in table()}
    parts = {"__init__", "base", "campus", "conftest", "course", "services", "wire"}
    stubs = {
        path.stem
        for path in (ROOT / "tests" / "platforms" / "stubs").glob("*.py")
        if "test_" not in path.name
    }
    files = {path.stem for path in (ROOT / "lti" / "platforms").glob("*.py")} - {
        "__init__",
        "generic",
        "quirks",
    }

    assert (stubs - parts) | files <= told
    assert len(PRODUCTS) == len(files)


def test_every_story_about_an_lms_stands_in_a_row() -> None:
    """What nobody would look for is not there twice."""
    named = {(row["tests"], row["test"]) for row in table()}
    stories = {
        (str(path.relative_to(ROOT)), name)
        for path in (ROOT / "tests" / "platforms" / "stubs").glob("test_*.py")
        if path.stem != "test_as_the_standards_have_it"
        for name in stories_in(path)
        if name.startswith("test_")
    }
    assert stories - named == set()
