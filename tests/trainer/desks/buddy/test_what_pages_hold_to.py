"""What every page of the desk holds to: the policy on scripts and styles, one heading, Dutch for every text."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from tests.trainer.desks.buddy.conftest import Student

ROOT = Path(__file__).parents[4]
PAGES = ("", "status", "film/", "film/text", "lezen/", "check/", "vertaalslag/")
KEYWORDS = {"_": None, "_l": None, "gettext": None, "ngettext": (1, 2)}


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_style_or_script_of_its_own(noor: Student, path: str) -> None:
    answer = noor.get(path)
    page = answer.get_data(as_text=True)

    assert answer.status_code == 200
    assert re.findall(r"\sstyle=|\son[a-z]+=|<style", page) == []
    assert [
        one
        for one in re.findall(r"<script[^>]*>", page)
        if "src=" not in one and "application/json" not in one
    ] == []
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert f"frame-ancestors {noor.house.lms.issuer}" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_one_heading_and_its_language(noor: Student, path: str) -> None:
    page = noor.get(path).get_data(as_text=True)

    assert page.count("<h1>") == 1
    assert '<html lang="nl-BE">' in page
    assert re.search(r"<title>[^<]*Groeten bij naam</title>", page)


@pytest.mark.parametrize("path", PAGES)
def test_no_page_loads_anything_from_elsewhere(noor: Student, path: str) -> None:
    page = noor.get(path).get_data(as_text=True)

    addresses = re.findall(r'(?:src|href|action|poster)="([^"]+)"', page)
    foreign = [one for one in addresses if not one.startswith(("/", "#", "data:", noor.house.lms.issuer))]
    assert foreign == []


def test_every_text_has_its_dutch() -> None:
    dutch = {}
    for path in (ROOT / "trainer/translations/nl_BE").glob("*.po"):
        with path.open("rb") as file:
            dutch |= {one.id[0] if isinstance(one.id, tuple) else one.id: one for one in read_po(file)}
    sources = [("python", path) for path in (ROOT / "trainer/desks/buddy").glob("*.py")]
    pages = [
        *(ROOT / "templates/buddy").glob("*.html"),
        ROOT / "templates/base.html",
        ROOT / "templates/error.html",
    ]
    sources += [("jinja2.ext:babel_extract", path) for path in pages]

    missing = [
        message
        for method, path in sources
        for _, message, _, _ in extract(method, BytesIO(path.read_bytes()), KEYWORDS)
        if not (found := dutch.get(message[0] if isinstance(message, tuple) else message)) or not found.string
    ]

    assert missing == []
