"""From a module to the tree of its document: the mirror of reading, without defaults left to guess."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from modules.model import (
    Chapter,
    KnowledgeCheck,
    Media,
    Module,
    Option,
    Question,
    Reading,
    Reflection,
    Rule,
    Step,
    Text,
    Webcast,
)
from modules.xml import Node


def module_node(module: Module, *, default_labels: Mapping[str, Text]) -> Node:
    """The tree of a module's document; labels that are the default ones are left out."""
    attributes = {"format": "1", "key": module.key, "number": str(module.number), "kind": module.kind}
    if module.required:
        attributes["required"] = "true"
    if module.reviewed is not None:
        attributes["reviewed"] = module.reviewed.isoformat()
    minutes = module.minutes
    parts = {"film": minutes.film, "reading": minutes.reading, "check": minutes.check}
    parts["reflection"] = minutes.reflection
    return Node(
        "module",
        attributes,
        children=[
            _said("title", module.title),
            _said("summary", module.summary),
            *(_said("goal", goal) for goal in module.goals),
            *(_said("audience", who.label, term=who.term) for who in module.audience),
            Node("minutes", {part: str(value) for part, value in parts.items() if value}),
            _rule(module.rule),
            Node("steps", children=[_step(step, default_labels) for step in module.steps]),
        ],
    )


def _rule(rule: Rule) -> Node:
    return Node(
        "rule",
        {
            "watched": _decimal(rule.watched),
            "score": _decimal(rule.score),
            "critical": _truth(rule.critical),
            "reflection": _truth(rule.reflection),
            "transcript": _truth(rule.transcript),
            "renewal": rule.renewal,
        },
    )


def _step(step: Step, default_labels: Mapping[str, Text]) -> Node:
    match step:
        case Webcast():
            return _webcast(step, default_labels)
        case Reading():
            return _reading(step)
        case KnowledgeCheck():
            questions = [
                _question(question, default_labels, **({"critical": "true"} if question.critical else {}))
                for question in step.questions
            ]
            return Node("knowledge_check", {"key": step.key}, children=[*_title(step.title), *questions])
        case Reflection():
            fields = [Node("field", {"key": f.key}, children=[_said("label", f.label)]) for f in step.fields]
            attributes = {"key": step.key, "min-words": str(step.min_words)}
            prompt = _said("prompt", step.prompt)
            return Node("reflection", attributes, children=[*_title(step.title), prompt, *fields])


def _webcast(step: Webcast, default_labels: Mapping[str, Text]) -> Node:
    film = step.film
    children = _title(step.title)
    children.append(
        _media(
            "film",
            film.media,
            language=film.language,
            mime=film.media.mime,
            duration=_decimal(film.duration),
            width=str(film.width),
            height=str(film.height),
        )
    )
    if step.poster is not None:
        children.append(_media("poster", step.poster, mime=step.poster.mime))
    children += [_media("captions", track.media, language=track.language) for track in step.captions]
    children += [_media("transcript", track.media, language=track.language) for track in step.transcripts]
    children += [_chapter(chapter) for chapter in step.chapters]
    children += [_question(asked.question, default_labels, at=_decimal(asked.at)) for asked in step.questions]
    attributes = {"key": step.key, "voice": step.voice, "max-speed": _decimal(step.max_speed)}
    return Node("webcast", attributes, children=children)


def _media(name: str, media: Media, *, language: str = "", **more: str) -> Node:
    attributes = {"xml:lang": language} if language else {}
    attributes |= {"path": media.path, "sha256": media.sha256}
    if media.size is not None:
        attributes["bytes"] = str(media.size)
    attributes |= more
    if media.licence:
        attributes["licence"] = media.licence
    if media.credits:
        attributes["credits"] = media.credits
    return Node(name, attributes)


def _chapter(chapter: Chapter) -> Node:
    return Node(
        "chapter",
        {"start": _decimal(chapter.start)},
        children=[
            _said("title", chapter.title),
            *(_said("bullet", bullet) for bullet in chapter.bullets),
            *(_said("say", line) for line in chapter.say),
        ],
    )


def _reading(step: Reading) -> Node:
    children = [_said("title", step.title)]
    for language, blocks in (("nl", step.nl), ("en", step.en)):
        if blocks:
            body = Node("body", {"xml:lang": language})
            for block in blocks:
                if block.kind == "list":
                    items = [Node("item", text=item) for item in block.texts]
                    body.children.append(Node("list", children=items))
                else:
                    body.children.append(Node(block.kind, text=block.texts[0]))
            children.append(body)
    return Node("reading", {"key": step.key}, children=children)


def _question(question: Question, default_labels: Mapping[str, Text], **more: str) -> Node:
    options = []
    for option in question.options:
        unsaid = question.type == "truefalse" and option.label == default_labels.get(option.key)
        options.append(_option(option, labelled=not unsaid))
    return Node(
        "question",
        {"key": question.key, "type": question.type, **more},
        children=[_said("prompt", question.prompt), *options],
    )


def _option(option: Option, *, labelled: bool) -> Node:
    attributes = {"key": option.key}
    if option.right:
        attributes["right"] = "true"
    children = []
    if labelled and option.label != Text(""):
        children.append(_said("label", option.label))
    if option.feedback != Text(""):
        children.append(_said("feedback", option.feedback))
    return Node("option", attributes, children=children)


def _title(title: Text | None) -> list[Node]:
    return [] if title is None else [_said("title", title)]


def _said(name: str, text: Text, **attributes: str) -> Node:
    texts = [
        Node("text", {"xml:lang": language}, text=said)
        for language, said in (("nl", text.nl), ("en", text.en))
        if said
    ]
    return Node(name, dict(attributes), children=texts)


def _decimal(number: Decimal) -> str:
    """Without exponent and without needless zeros: 0.9, 80.8, 120."""
    written = f"{number:f}"
    return (written.rstrip("0").rstrip(".") or "0") if "." in written else written


def _truth(value: bool) -> str:
    return "true" if value else "false"
