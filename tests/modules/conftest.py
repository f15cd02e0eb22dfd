"""The example module that the stories are told with."""

from pathlib import Path

import pytest

from modules import Module, read_document

EXAMPLES = Path(__file__).parent / "examples"


@pytest.fixture
def greeting_folder() -> Path:
    return EXAMPLES / "groeten"


@pytest.fixture
def greeting_document(greeting_folder: Path) -> bytes:
    return (greeting_folder / "module.xml").read_bytes()


@pytest.fixture
def greeting(greeting_document: bytes) -> Module:
    return read_document(greeting_document, name="module.xml")
