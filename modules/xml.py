"""XML, read without trust and written the same way every time. The only file here that knows lxml.

Read: UTF-8 only, at most 1 MB and 32 elements deep, no DOCTYPE (so no entities, no bombs, no outside
files), no processing instructions, no XInclude, no network. Comments are dropped. What comes out is a tree
of plain `Node`s. Why no DOCTYPE at all: OWASP, XML External Entity Prevention,
https://cheatsheetseries.owasp.org/cheatsheets/XML_External_Entity_Prevention_Cheat_Sheet.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import cast

from lxml import etree

from modules.problems import DocumentError, Problem

MAX_BYTES = 1_000_000
MAX_DEPTH = 32

_XML = "http://www.w3.org/XML/1998/namespace"
_RELAXNG = "http://relaxng.org/ns/structure/1.0"
_XINCLUDE = ("http://www.w3.org/2001/XInclude", "http://www.w3.org/2003/XInclude")
_DECLARED_ENCODING = re.compile(r"""<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z0-9._\-]+)["']""")
_WHITE = re.compile(r"[ \t\r\n]+")
_PROLOGUE = re.compile(r"\s+|<!--(?:(?!--).)*-->|<\?(?:(?!\?>).)*\?>", re.DOTALL)


@dataclass(slots=True)
class Node:
    """An element: its name without namespace, its attributes (`xml:lang` as such), its text, its line.

    White space in `text` is collapsed; an element has either text or children.
    """

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: list[Node] = field(default_factory=list)
    line: int = 0

    def all(self, name: str) -> Iterator[Node]:
        """The children of this name, in order."""
        return (child for child in self.children if child.name == name)

    def first(self, name: str) -> Node | None:
        """The first child of this name."""
        return next(self.all(name), None)

    def only(self, name: str) -> Node:
        """The child that the schema promises. Raises KeyError where the schema was not checked."""
        found = self.first(name)
        if found is None:
            raise KeyError(name)
        return found


def read_xml(content: bytes, *, name: str, schema: Path) -> Node:
    """The tree of a document that is valid against the RELAX NG schema.

    Raises DocumentError (codes `xml_*` and `schema`), its problems said of the file `name`.
    """
    root = _read(content, name)
    relax = _schema(schema)
    with _VALIDATING:
        problems = [] if relax.validate(root) else _schema_problems(relax, name)
    if problems:
        raise DocumentError(_unknown_names(root, schema, name) or problems)
    return _node(root)


def read_foreign_xml(content: bytes, *, name: str) -> Node:
    """The tree of somebody else's document, such as an LMS's answer: as guarded as our own, held to no schema.

    Raises DocumentError (codes `xml_*`), its problems said of `name`.
    """
    return _node(_read(content, name))


def _read(content: bytes, name: str) -> etree._Element:
    _refuse_by_bytes(content, name)
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        recover=False,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        message = "This is not well-formed XML: %(detail)s."
        detail = (error.msg or "unknown").rstrip(".")
        raise _refusal("xml_malformed", message, name, error.lineno or 0, detail=detail) from None
    _refuse_by_tree(root, name)
    return root


def write_xml(root: Node, *, namespace: str, prefixes: Mapping[str, str] = MappingProxyType({})) -> bytes:
    """The document, UTF-8, indented by two blanks, attributes in the order given, one final newline.

    prefixes: namespaces of elements whose name begins with a prefix of theirs (`blti:title`).
    """
    element = _element(root, {"": namespace, **prefixes})
    etree.indent(element, space="  ")
    body = etree.tostring(element, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'.encode()


def _refuse_by_bytes(content: bytes, name: str) -> None:
    """Refuse what no parser should see: too much, another encoding, a DOCTYPE in any encoding."""
    if len(content) > MAX_BYTES:
        message = "The document is larger than %(limit)d bytes."
        raise _refusal("xml_too_large", message, name, limit=MAX_BYTES)
    text, encoding = _decode(content)
    if _has_doctype(text):
        raise _refusal("xml_dtd", "A DOCTYPE is not allowed in a module's document.", name, 1)
    if encoding != "utf-8":
        raise _refusal("xml_encoding", "The document must be in UTF-8.", name, 1)


def _decode(content: bytes) -> tuple[str, str]:
    """The text as a parser might read it, and the encoding that was needed for that."""
    for mark, encoding in (
        (b"\xff\xfe\x00\x00", "utf-32"),
        (b"\x00\x00\xfe\xff", "utf-32"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
        (b"<\x00\x00\x00", "utf-32-le"),
        (b"\x00\x00\x00<", "utf-32-be"),
        (b"<\x00", "utf-16-le"),
        (b"\x00<", "utf-16-be"),
        (b"+ADw", "utf-7"),
        (b"Lo\xa7\x94", "cp037"),
    ):
        if content.startswith(mark):
            return content.decode(encoding, "replace"), encoding
    try:
        text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1"), "unknown"
    declared = _DECLARED_ENCODING.match(text)
    encoding = declared[1].lower() if declared else "utf-8"
    if encoding == "utf-7":
        return content.decode("utf-7", "replace"), encoding
    return text, "utf-8" if encoding in {"utf-8", "utf8", "us-ascii", "ascii"} else encoding


def _has_doctype(text: str) -> bool:
    """Whether a document type declaration stands where one can: before the first element."""
    position = 0
    while found := _PROLOGUE.match(text, position):
        position = found.end()
    return text[position : position + 9].upper() == "<!DOCTYPE"


def _refuse_by_tree(root: etree._Element, name: str) -> None:
    if root.getroottree().docinfo.internalDTD is not None:
        raise _refusal("xml_dtd", "A DOCTYPE is not allowed in a module's document.", name, 1)
    if root.getprevious() is not None or root.getnext() is not None:
        raise _refusal("xml_instruction", "Processing instructions are not allowed.", name, 1)
    depth, level = 0, [root]
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            message = "The document is nested deeper than %(limit)d elements."
            raise _refusal("xml_too_deep", message, name, _line(level[0]), limit=MAX_DEPTH)
        for element in level:
            if isinstance(element, etree._ProcessingInstruction):
                message = "Processing instructions are not allowed."
                raise _refusal("xml_instruction", message, name, _line(element))
            if element.tag.startswith(tuple(f"{{{space}}}" for space in _XINCLUDE)):
                raise _refusal("xml_include", "XInclude is not allowed.", name, _line(element))
        level = [child for element in level for child in element]


def _refusal(code: str, message: str, name: str, line: int = 0, **params: object) -> DocumentError:
    return DocumentError([Problem(code, message, params, name, line)])


#: A schema keeps the errors of its last document, so two threads must not ask it at once.
_VALIDATING = Lock()


@cache
def _schema(path: Path) -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(str(path)))


@cache
def _vocabulary(path: Path) -> tuple[str, frozenset[str], frozenset[str]]:
    """The namespace of a schema, and the names of its elements and attributes."""
    root = etree.parse(str(path)).getroot()
    elements = root.iter(f"{{{_RELAXNG}}}element")
    attributes = root.iter(f"{{{_RELAXNG}}}attribute")
    return (
        root.get("ns", ""),
        frozenset(element.get("name", "") for element in elements),
        frozenset(_qualified(attribute.get("ns", ""), attribute.get("name", "")) for attribute in attributes),
    )


def _qualified(namespace: str, name: str) -> str:
    return f"{{{namespace}}}{name}" if namespace else name


def _unknown_names(root: etree._Element, schema: Path, name: str) -> list[Problem]:
    """Names that the format does not have, which is what most slips come down to.

    Told before the validator's own words, because one wrong name makes it complain in ten places.
    """
    namespace, elements, attributes = _vocabulary(schema)
    known = {_qualified(namespace, element) for element in elements}
    problems = []
    for element in root.iter():
        qname = etree.QName(element)
        if qname.text not in known:
            message = "The format has no element “%(element)s” in the namespace “%(namespace)s”."
            params = {"element": qname.localname, "namespace": qname.namespace or ""}
            problems.append(Problem("schema", message, params, name, _line(element)))
        for key in map(str, element.attrib):
            if key not in attributes:
                message = "The format has no attribute “%(attribute)s”."
                params = {"attribute": etree.QName(key).localname}
                problems.append(Problem("schema", message, params, name, _line(element)))
    return problems


def _schema_problems(relax: etree.RelaxNG, name: str) -> list[Problem]:
    """The validator's errors; it repeats itself for every choice it tried, so one per line."""
    message = "The document does not follow the format: %(detail)s."
    details: dict[int, str] = {}
    for entry in relax.error_log:
        if entry.line not in details:
            details[entry.line] = re.sub(r"\{[^}]*\}", "", entry.message).rstrip(".")
    if len(details) > 1:
        details.pop(0, None)
    return [Problem("schema", message, {"detail": words}, name, line) for line, words in details.items()]


def _node(element: etree._Element) -> Node:
    children = [_node(child) for child in element]
    return Node(
        name=etree.QName(element).localname,
        attributes={_attribute(str(key)): _collapsed(str(value)) for key, value in element.attrib.items()},
        text="" if children else _collapsed(element.text or ""),
        children=children,
        line=_line(element),
    )


def _collapsed(text: str) -> str:
    """White space of XML made one blank; a no-break space within a text stays."""
    return _WHITE.sub(" ", text).strip()


def _line(element: etree._Element) -> int:
    return cast(int, element.sourceline)  # the stubs know only `...`


def _attribute(key: str) -> str:
    return "xml:" + key.removeprefix(f"{{{_XML}}}") if key.startswith(f"{{{_XML}}}") else key


def _element(
    node: Node, namespaces: Mapping[str, str], parent: etree._Element | None = None
) -> etree._Element:
    prefix, _, name = node.name.rpartition(":")
    tag = f"{{{namespaces[prefix]}}}{name}"
    if parent is None:
        # The stubs know only named prefixes; None is lxml's word for the default namespace.
        known = {known or None: namespace for known, namespace in namespaces.items()}
        element = etree.Element(tag, nsmap=cast(dict[str, str], known))
    else:
        element = etree.SubElement(parent, tag)
    for key, value in node.attributes.items():
        element.set(f"{{{_XML}}}{key.removeprefix('xml:')}" if key.startswith("xml:") else key, value)
    if node.text:
        element.text = node.text
    for child in node.children:
        _element(child, namespaces, element)
    return element
