"""A module's document: read with its schema and checked, written the same way every time.

The format is published as `schema/module.rng`; what it cannot say is in `modules.checks`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal, cast

from modules.checks import find_problems
from modules.model import (
    Audience,
    Block,
    Chapter,
    Field,
    Film,
    FilmQuestion,
    KnowledgeCheck,
    Language,
    Media,
    Minutes,
    Module,
    ModuleKind,
    Option,
    Question,
    QuestionType,
    Reading,
    Reflection,
    Renewal,
    Rule,
    Step,
    Text,
    Track,
    Voice,
    Webcast,
)
from modules.problems import DocumentError, Problem
from modules.writing import module_node
from modules.xml import Node, read_xml, write_xml

NAMESPACE = "https://buddytrainer.example/ns/module/1"
SCHEMA = Path(__file__).parent / "schema" / "module.rng"

#: What a statement's options say when the author wrote no label.
TRUTH = {"true": Text("Juist", "True"), "false": Text("Niet juist", "False")}


def read_document(content: bytes, *, name: str) -> Module:
    """The module in a document that may be published as far as the document itself can tell.

    `name` is the file's name, for the problems. Raises DocumentError with every error found; its warnings are
    among the problems too. Media are not looked at: see `modules.package`.
    """
    module = parse_document(content, name=name)
    problems = list(find_problems(module))
    if any(problem.is_error for problem in problems):
        raise DocumentError(problem.within(name) for problem in problems)
    return module


def parse_document(content: bytes, *, name: str) -> Module:
    """The module in a document that follows the schema, finished or not: an author's draft.

    Raises DocumentError (codes `xml_*`, `schema`, `language_twice`).
    """
    root = read_xml(content, name=name, schema=SCHEMA)
    twice = [
        Problem("language_twice", "The same language stands here twice.", {}, name, node.line)
        for node in _languages_twice(root)
    ]
    if twice:
        raise DocumentError(twice)
    return _module(root)


def write_document(module: Module) -> bytes:
    """The document of a module: UTF-8, indented, the same bytes for the same module.

    `parse_document` gives an equal module again, when its texts hold no line breaks, double blanks or control
    characters (a document's texts never do).
    """
    return write_xml(module_node(module, default_labels=TRUTH), namespace=NAMESPACE)


def _languages_twice(node: Node) -> Iterator[Node]:
    """Elements that give one thing in the same language a second time."""
    seen: set[tuple[str, str]] = set()
    for child in node.children:
        language = child.attributes.get("xml:lang")
        if language is not None:
            if (child.name, language) in seen:
                yield child
            seen.add((child.name, language))
        yield from _languages_twice(child)


def _module(root: Node) -> Module:
    reviewed = root.attributes.get("reviewed")
    return Module(
        key=root.attributes["key"],
        number=int(root.attributes["number"]),
        kind=cast(ModuleKind, root.attributes["kind"]),
        title=_text(root.only("title")),
        summary=_text(root.only("summary")),
        goals=_texts(root, "goal"),
        audience=tuple(Audience(node.attributes["term"], _text(node)) for node in root.all("audience")),
        minutes=_minutes(root.only("minutes")),
        rule=_rule(root.only("rule")),
        steps=tuple(_step(node) for node in root.only("steps").children),
        required=_truth(root, "required", False),
        reviewed=date.fromisoformat(reviewed) if reviewed else None,
        line=root.line,
    )


def _minutes(node: Node) -> Minutes:
    return Minutes(**{part: int(value) for part, value in node.attributes.items()})


def _rule(node: Node) -> Rule:
    default = Rule()
    return Rule(
        watched=Decimal(node.attributes.get("watched", default.watched)),
        score=Decimal(node.attributes.get("score", default.score)),
        critical=_truth(node, "critical", default.critical),
        reflection=_truth(node, "reflection", default.reflection),
        transcript=_truth(node, "transcript", default.transcript),
        renewal=cast(Renewal, node.attributes.get("renewal", default.renewal)),
        line=node.line,
    )


def _step(node: Node) -> Step:
    match node.name:
        case "webcast":
            return _webcast(node)
        case "reading":
            bodies = {body.attributes["xml:lang"]: _blocks(body) for body in node.all("body")}
            return Reading(
                key=node.attributes["key"],
                title=_text(node.only("title")),
                nl=bodies.get("nl", ()),
                en=bodies.get("en", ()),
                line=node.line,
            )
        case "knowledge_check":
            return KnowledgeCheck(
                key=node.attributes["key"],
                questions=tuple(_question(question) for question in node.all("question")),
                title=_title(node),
                line=node.line,
            )
        case _:
            return Reflection(
                key=node.attributes["key"],
                prompt=_text(node.only("prompt")),
                fields=tuple(
                    Field(field.attributes["key"], _text(field.only("label")), field.line)
                    for field in node.all("field")
                ),
                min_words=int(node.attributes.get("min-words", 10)),
                title=_title(node),
                line=node.line,
            )


def _webcast(node: Node) -> Webcast:
    film = node.only("film")
    poster = node.first("poster")
    return Webcast(
        key=node.attributes["key"],
        film=Film(
            media=_media(film, film.attributes["mime"]),
            duration=Decimal(film.attributes["duration"]),
            width=int(film.attributes["width"]),
            height=int(film.attributes["height"]),
            language=_language(film),
        ),
        voice=cast(Voice, node.attributes["voice"]),
        poster=_media(poster, poster.attributes["mime"]) if poster else None,
        captions=_tracks(node, "captions", "text/vtt"),
        transcripts=_tracks(node, "transcript", "text/markdown"),
        chapters=tuple(
            Chapter(
                start=Decimal(chapter.attributes["start"]),
                title=_text(chapter.only("title")),
                bullets=_texts(chapter, "bullet"),
                say=_texts(chapter, "say"),
                line=chapter.line,
            )
            for chapter in node.all("chapter")
        ),
        questions=tuple(
            FilmQuestion(Decimal(question.attributes["at"]), _question(question))
            for question in node.all("question")
        ),
        max_speed=Decimal(node.attributes.get("max-speed", 2)),
        title=_title(node),
        line=node.line,
    )


def _tracks(node: Node, name: str, mime: str) -> tuple[Track, ...]:
    return tuple(Track(_language(track), _media(track, mime)) for track in node.all(name))


def _media(node: Node, mime: str) -> Media:
    size = node.attributes.get("bytes")
    return Media(
        path=node.attributes["path"],
        sha256=node.attributes["sha256"],
        mime=mime,
        size=int(size) if size else None,
        licence=node.attributes.get("licence", ""),
        credits=node.attributes.get("credits", ""),
        line=node.line,
    )


def _question(node: Node) -> Question:
    kind = cast(QuestionType, node.attributes["type"])
    return Question(
        key=node.attributes["key"],
        type=kind,
        prompt=_text(node.only("prompt")),
        options=tuple(_option(option, kind) for option in node.all("option")),
        critical=_truth(node, "critical", False),
        line=node.line,
    )


def _option(node: Node, kind: QuestionType) -> Option:
    key = node.attributes["key"]
    label, feedback = node.first("label"), node.first("feedback")
    unsaid = TRUTH.get(key) if kind == "truefalse" else None
    return Option(
        key=key,
        label=_text(label) if label else unsaid or Text("", line=node.line),
        feedback=_text(feedback) if feedback else Text("", line=node.line),
        right=_truth(node, "right", False),
        line=node.line,
    )


def _blocks(body: Node) -> tuple[Block, ...]:
    return tuple(
        Block(
            cast(Literal["heading", "paragraph", "list"], node.name),
            tuple(item.text for item in node.all("item")) if node.name == "list" else (node.text,),
        )
        for node in body.children
    )


def _title(node: Node) -> Text | None:
    title = node.first("title")
    return _text(title) if title else None


def _texts(node: Node, name: str) -> tuple[Text, ...]:
    return tuple(_text(child) for child in node.all(name))


def _text(node: Node) -> Text:
    said = {text.attributes["xml:lang"]: text.text for text in node.all("text")}
    return Text(said.get("nl", ""), said.get("en", ""), node.line)


def _language(node: Node) -> Language:
    return cast(Language, node.attributes["xml:lang"])


def _truth(node: Node, name: str, default: bool) -> bool:
    """An xsd:boolean, which may be written in words or figures."""
    written = node.attributes.get(name)
    return default if written is None else written in {"true", "1"}
