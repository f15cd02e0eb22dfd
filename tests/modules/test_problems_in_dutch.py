"""Every sentence that an author may be told has a Dutch one with the same places to fill."""

import ast
import re
from pathlib import Path

from babel.messages.pofile import read_po

import modules
import trainer

SPEAKING = ("captions", "checks", "document", "package", "xml")


def sentences():
    """Every text in the code that reads as a sentence, docstrings apart."""
    for name in SPEAKING:
        tree = ast.parse((Path(modules.__file__).parent / f"{name}.py").read_text("utf-8"))
        told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            said = node.value if isinstance(node, ast.Constant) and id(node) not in told else None
            if isinstance(said, str) and re.fullmatch(r"[A-Z“].* .*\.", said):
                yield said


def places(sentence):
    return sorted(re.findall(r"%\(\w+\)[sd]", sentence))


def test_it_works():
    with (Path(trainer.__file__).parent / "translations" / "nl_BE" / "modules.po").open("rb") as file:
        catalogue = read_po(file)
    dutch = {message.id: message.string for message in catalogue if message.id}
    assert dutch.keys() == set(sentences())
    for english, translated in dutch.items():
        assert translated
        assert translated != english
        assert places(translated) == places(english)
