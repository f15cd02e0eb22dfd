"""Somebody else's XML: as guarded as our own, held to no schema."""

import pytest

from modules.problems import DocumentError
from modules.xml import read_foreign_xml


def test_it_works() -> None:
    root = read_foreign_xml(b'<a xmlns="urn:x"><b c="1"> d </b><e/></a>', name="answer")
    assert (root.name, [child.name for child in root.children]) == ("a", ["b", "e"])
    assert (root.children[0].text, root.children[0].attributes) == ("d", {"c": "1"})


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "xml_dtd"),
        ("<!DOCTYPE a><a/>".encode("utf-16"), "xml_dtd"),
        (b"<a>" * 40 + b"</a>" * 40, "xml_too_deep"),
        (b"<a>" + b"x" * 1_000_001 + b"</a>", "xml_too_large"),
        (b"<a><?php x ?></a>", "xml_instruction"),
        (b"<a>&b;</a>", "xml_malformed"),
        (b"", "xml_malformed"),
    ],
)
def test_what_is_dangerous_is_not_read(content: bytes, code: str) -> None:
    with pytest.raises(DocumentError) as refused:
        read_foreign_xml(content, name="answer")
    assert [problem.code for problem in refused.value.problems] == [code]
