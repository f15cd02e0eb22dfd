"""What a module must have before it is published, beyond what the schema can say.

Every check is an author's sentence with the line it is about. English that is missing is a warning; all else
keeps the module back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from modules.model import (
    Field,
    FilmQuestion,
    KnowledgeCheck,
    Module,
    Option,
    Question,
    Reading,
    Reflection,
    Step,
    Text,
    Webcast,
)
from modules.problems import Problem

LEAST_QUESTIONS = 4
MOST_OPTIONS = 10
REFLECTION_FIELDS = 4


def find_problems(module: Module) -> Iterator[Problem]:
    """Everything to mend in a module, errors and warnings; the problems name no file."""
    yield from _texts_of_module(module)
    yield from _rule(module)
    if not any((module.webcasts, module.readings)):
        yield _error("no_content", "The module has nothing to watch or to read.", module.line)
    if not module.checks:
        yield _error("no_check", "The module has no knowledge check.", module.line)
    yield from _twice(module.steps, "step_key_twice", "Another step has the key “%(key)s” already.")
    questions = [question for step in module.steps for question in _questions(step)]
    yield from _twice(questions, "question_key_twice", "Another question has the key “%(key)s” already.")
    paths: dict[str, str] = {}
    for media in module.media:
        if paths.setdefault(media.path, media.sha256) != media.sha256:
            message = "The file “%(path)s” is given with two different hashes."
            yield _error("media_two_hashes", message, media.line, path=media.path)
    for step in module.steps:
        match step:
            case Webcast():
                yield from _webcast(step)
            case Reading():
                yield from _reading(step)
            case KnowledgeCheck():
                yield from _knowledge_check(step)
            case Reflection():
                yield from _reflection(step)


def _rule(module: Module) -> Iterator[Problem]:
    rule = module.rule
    for name, fraction in (("watched", rule.watched), ("score", rule.score)):
        if not 0 < fraction <= 1:
            message = "In the rule, “%(name)s” must be more than 0 and at most 1."
            yield _error("rule_fraction", message, rule.line, name=name)
    if rule.reflection and not module.reflections:
        message = "The rule asks for a reflection, but the module has none."
        yield _error("rule_without_reflection", message, rule.line)


def _webcast(step: Webcast) -> Iterator[Problem]:
    film = step.film
    if film.duration <= 0:
        yield _error("film_empty", "The film has no duration.", film.media.line)
    if not step.captions_in(film.language):
        message = "The film has no captions in its own language (%(language)s)."
        yield _error("captions_missing", message, step.line, language=film.language)
    if not step.captions_in("en"):
        yield _warning("captions_english", "The film has no English captions.", step.line)
    if step.poster is None:
        yield _error("poster_missing", "The film has no poster.", step.line)
    for media in (film.media, step.poster):
        if media is not None and not media.licence:
            message = "“%(path)s” has no licence."
            yield _error("licence_missing", message, media.line, path=media.path)
    yield from _chapters(step)
    for asked in step.questions:
        yield from _film_question(step, asked)


def _chapters(step: Webcast) -> Iterator[Problem]:
    if not step.chapters:
        yield _error("chapters_missing", "The film has no chapters.", step.line)
    elif step.chapters[0].start != 0:
        yield _error("chapter_first", "The first chapter must start at 0.", step.chapters[0].line)
    before = None
    for chapter in step.chapters:
        if before is not None and chapter.start <= before:
            message = "A chapter must start after the one before it."
            yield _error("chapter_order", message, chapter.line)
        if chapter.start >= step.film.duration:
            message = "The chapter starts at %(start)s s, but the film lasts %(duration)s s."
            times = {"start": chapter.start, "duration": step.film.duration}
            yield _error("chapter_outside", message, chapter.line, **times)
        before = chapter.start


def _film_question(step: Webcast, asked: FilmQuestion) -> Iterator[Problem]:
    if not 0 < asked.at < step.film.duration:
        message = "The question is asked at %(at)s s, but the film lasts %(duration)s s."
        times = {"at": asked.at, "duration": step.film.duration}
        yield _error("question_outside", message, asked.question.line, **times)
    if asked.question.critical:
        message = "A question in the film does not count, so it cannot be critical."
        yield _error("question_critical", message, asked.question.line)
    yield from _question(asked.question)


def _reading(step: Reading) -> Iterator[Problem]:
    if not step.nl:
        yield _error("dutch_missing", "The Dutch text is missing.", step.line)
    elif not step.en:
        yield _warning("english_missing", "The English text is missing.", step.line)


def _knowledge_check(step: KnowledgeCheck) -> Iterator[Problem]:
    if len(step.questions) < LEAST_QUESTIONS:
        message = "A knowledge check needs at least %(least)d questions; this one has %(count)d."
        counts = {"least": LEAST_QUESTIONS, "count": len(step.questions)}
        yield _error("too_few_questions", message, step.line, **counts)
    for question in step.questions:
        yield from _question(question)


def _question(question: Question) -> Iterator[Problem]:
    options, right = question.options, len(question.right_keys)
    message = "Another option of this question has the key “%(key)s” already."
    yield from _twice(options, "option_key_twice", message)
    if question.type == "truefalse":
        if sorted(option.key for option in options) != ["false", "true"]:
            message = "A statement has exactly the options “true” and “false”."
            yield _error("truefalse_options", message, question.line)
    elif not 2 <= len(options) <= MOST_OPTIONS:
        message = "A question has 2 to %(most)d options; this one has %(count)d."
        counts = {"most": MOST_OPTIONS, "count": len(options)}
        yield _error("option_count", message, question.line, **counts)
    if question.type == "multi":
        if right == 0:
            yield _error("none_right", "No option of this question is right.", question.line)
    elif right != 1:
        message = "Exactly one option must be right; here there are %(count)d."
        yield _error("not_one_right", message, question.line, count=right)
    for option in options:
        if not option.label.nl:
            yield _error("label_missing", "The option has no text.", option.line)
        if not option.feedback.nl:
            yield _error("feedback_missing", "The option has no feedback.", option.line)


def _reflection(step: Reflection) -> Iterator[Problem]:
    message = "Another field has the key “%(key)s” already."
    yield from _twice(step.fields, "field_key_twice", message)
    if len(step.fields) != REFLECTION_FIELDS:
        message = "A reflection has %(wanted)d fields; this one has %(count)d."
        counts = {"wanted": REFLECTION_FIELDS, "count": len(step.fields)}
        yield _error("field_count", message, step.line, **counts)


def _twice(things: Iterable[Step | Question | Option | Field], code: str, message: str) -> Iterator[Problem]:
    seen: Counter[str] = Counter()
    for thing in things:
        if seen[thing.key]:
            yield _error(code, message, thing.line, key=thing.key)
        seen[thing.key] += 1


def _questions(step: Step) -> Iterator[Question]:
    match step:
        case Webcast():
            yield from (asked.question for asked in step.questions)
        case KnowledgeCheck():
            yield from step.questions
        case _:
            return


def _texts_of_module(module: Module) -> Iterator[Problem]:
    """Dutch everywhere, English wanted everywhere (options without any text are told elsewhere)."""
    for text in _texts(module):
        if not text.nl:
            yield _error("dutch_missing", "The Dutch text is missing.", text.line)
        elif not text.en:
            yield _warning("english_missing", "The English text is missing.", text.line)


def _texts(module: Module) -> Iterator[Text]:
    yield from (module.title, module.summary, *module.goals)
    yield from (who.label for who in module.audience)
    for step in module.steps:
        if step.title is not None:
            yield step.title
        match step:
            case Webcast():
                for chapter in step.chapters:
                    yield from (chapter.title, *chapter.bullets, *chapter.say)
            case Reflection():
                yield step.prompt
                yield from (field.label for field in step.fields)
            case _:
                pass
        for question in _questions(step):
            yield question.prompt
            for option in question.options:
                yield from (text for text in (option.label, option.feedback) if text.nl or text.en)


def _error(code: str, message: str, line: int, **params: object) -> Problem:
    return Problem(code, message, params, line=line)


def _warning(code: str, message: str, line: int) -> Problem:
    return Problem(code, message, line=line, level="warning")
