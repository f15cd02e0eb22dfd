"""The package stands alone, and one file of it speaks XML."""

import ast
from pathlib import Path

import modules

FILES = sorted(Path(modules.__file__).parent.glob("*.py"))


def imported(file):
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


def test_only_xml_py_knows_lxml():
    assert {file.name for file in FILES if "lxml" in imported(file)} == {"xml.py"}


def test_no_web_no_database_no_lms():
    for file in FILES:
        assert not {"flask", "sqlalchemy", "lti", "trainer"} & set(imported(file)), file.name


def test_the_face_of_the_package_names_what_is_there():
    assert modules.__all__ == sorted(
        modules.__all__, key=lambda name: (not name.isupper(), name[0].islower(), name)
    )
    assert all(hasattr(modules, name) for name in modules.__all__)
