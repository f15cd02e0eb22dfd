"""A module's document: an author writes it, is told what to mend by line, and gets the same back."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modules import (
    Audience,
    Block,
    Chapter,
    DocumentError,
    Field,
    Film,
    FilmQuestion,
    KnowledgeCheck,
    Media,
    Minutes,
    Module,
    Option,
    Question,
    Reading,
    Reflection,
    Rule,
    Text,
    Track,
    Webcast,
    find_problems,
    parse_document,
    read_document,
    write_document,
)


def problems_of(content):
    with pytest.raises(DocumentError) as refused:
        read_document(content, name="module.xml")
    return refused.value.problems


def line_of(document, piece):
    return document[: document.index(piece)].count(b"\n") + 1


def test_it_works(greeting):
    assert greeting.key == "groeten"
    assert greeting.title("en-GB") == "Greeting by name"
    assert greeting.reviewed == date(2026, 9, 1)
    assert [step.kind for step in greeting.steps] == ["webcast", "reading", "knowledge_check", "reflection"]
    film = greeting.webcasts[0].film
    assert (film.duration, film.seconds, film.language) == (Decimal("4.8"), 5, "nl")
    assert greeting.minutes.total == 10


def test_a_statement_needs_no_labels(greeting):
    statement = greeting.checks[0].question("v3")
    assert [option.label("nl") for option in statement.options] == ["Juist", "Niet juist"]


def test_writing_and_reading_back_gives_the_same_module_and_the_same_bytes(greeting):
    written = write_document(greeting)
    again = read_document(written, name="again.xml")
    assert again == greeting
    assert write_document(again) == written


def test_a_text_in_another_language_falls_back_on_dutch():
    assert Text("Dag", "Hello")("en") == "Hello"
    assert Text("Dag", "Hello")("fr") == "Dag"
    assert Text("Dag")("en") == "Dag"


def test_white_space_in_texts_collapses(greeting_document):
    spread = greeting_document.replace(
        b"Begroet elke leerling bij naam.", b"\n   Begroet  elke\n leerling  bij naam. "
    )
    assert write_document(read_document(spread, name="m.xml")) == write_document(
        read_document(greeting_document, name="m.xml")
    )


def test_comments_are_allowed_and_dropped(greeting_document, greeting):
    commented = greeting_document.replace(b"<steps>", b"<!-- here --><steps><!-- <!DOCTYPE x> -->")
    assert read_document(commented, name="m.xml") == greeting


MISTAKES = [
    (b'kind="webcast" required', b'kind="podcast" required', "schema"),
    (b'number="99"', b'number="0"', "schema"),
    (b'key="groeten"', b'key="../etc"', "schema"),
    (b'path="groeten.mp4"', b'path="../groeten.mp4"', "schema"),
    (b'path="groeten.mp4"', b'path="/etc/passwd"', "schema"),
    (b'reviewed="2026-09-01"', b'reviewed="2026-13-01"', "schema"),
    (b'reviewed="2026-09-01"', b'reviewed="2026-09-01Z"', "schema"),
    (b'duration="4.8"', b'duration="4.80001"', "schema"),
    (b'duration="4.8"', b'duration="INF"', "schema"),
    (b'max-speed="2"', b'max-speed="0"', "schema"),
    (b"De groet</text>", b"De <b>groet</b></text>", "schema"),
    (b'xml:lang="en">The greeting', b'xml:lang="nl">The greeting', "language_twice"),
    (b'<text xml:lang="nl">De groet</text>', b"", "dutch_missing"),
    (b'watched="0.90"', b'watched="0"', "rule_fraction"),
    (b'start="0"', b'start="1"', "chapter_first"),
    (b'start="2.5"', b'start="0"', "chapter_order"),
    (b'start="2.5"', b'start="4.8"', "chapter_outside"),
    (b'at="2.5"', b'at="4.8"', "question_outside"),
    (b'<option key="knik"', b'<option key="naam"', "option_key_twice"),
    (b'<option key="knik"', b'<option right="true" key="knik"', "not_one_right"),
    (b'key="v2" type="multi"', b'key="v1" type="multi"', "question_key_twice"),
    (b'key="v2" type="multi"', b'key="even-denken" type="multi"', "question_key_twice"),
    (b'<reading key="lezen"', b'<reading key="film"', "step_key_twice"),
    (b'<field key="notice"', b'<field key="action"', "field_key_twice"),
    (b'<option key="true"', b'<option key="yes"', "truefalse_options"),
    (
        b' licence="CC-BY-4.0" credits="Buddy Trainer"/>\n      <poster',
        b"/>\n      <poster",
        "licence_missing",
    ),
]


@pytest.mark.parametrize(("right", "wrong", "code"), MISTAKES)
def test_a_mistake_is_told_with_its_code_and_line(greeting_document, right, wrong, code):
    assert right in greeting_document
    found = problems_of(greeting_document.replace(right, wrong, 1))
    errors = [problem for problem in found if problem.is_error]
    assert code in {problem.code for problem in errors}
    assert all(problem.file == "module.xml" and problem.line > 0 and problem.sentence for problem in errors)


def test_the_line_is_the_one_to_mend(greeting_document):
    wrong = greeting_document.replace(b'key="v2" type="multi"', b'key="v1" type="multi"')
    (problem,) = [one for one in problems_of(wrong) if one.code == "question_key_twice"]
    assert problem.line == line_of(wrong, b'key="v1" type="multi"')
    assert str(problem).startswith(f"module.xml:{problem.line}: Another question has the key “v1”")


def test_a_slip_in_a_name_is_told_where_it_is_and_nowhere_else(greeting_document):
    slip = greeting_document.replace(b"<feedback>", b"<feedbak>", 1).replace(b"</feedback>", b"</feedbak>", 1)
    (problem,) = problems_of(slip)
    assert problem.line == line_of(slip, b"<feedbak>")
    assert "feedbak" in problem.sentence
    (problem,) = problems_of(greeting_document.replace(b' key="knik"', b' kye="knik"'))
    assert "kye" in problem.sentence


def test_every_mistake_is_told_at_once(greeting_document):
    wrong = greeting_document.replace(b'at="2.5"', b'at="9"').replace(b'start="0"', b'start="1"')
    assert {problem.code for problem in problems_of(wrong)} == {"question_outside", "chapter_first"}


def test_a_draft_may_be_unfinished_but_not_published(greeting_document):
    draft = greeting_document.replace(b'<text xml:lang="nl">De groet</text>', b"")
    module = parse_document(draft, name="draft.xml")
    assert parse_document(write_document(module), name="draft.xml") == module


def test_missing_english_is_a_warning(greeting_document):
    dutch = greeting_document.replace(b'<text xml:lang="en">The greeting</text>', b"")
    (warning,) = find_problems(read_document(dutch, name="module.xml"))
    assert (warning.code, warning.level) == ("english_missing", "warning")


def without(module, **parts):
    """The module with its webcast changed."""
    return replace(module, steps=(replace(module.webcasts[0], **parts), *module.steps[1:]))


def codes(module):
    return {problem.code for problem in find_problems(module) if problem.is_error}


def test_a_film_needs_captions_in_its_language_chapters_and_a_poster(greeting):
    webcast = greeting.webcasts[0]
    assert codes(without(greeting, captions=webcast.captions[1:])) == {"captions_missing"}
    assert codes(without(greeting, chapters=())) == {"chapters_missing"}
    assert codes(without(greeting, poster=None)) == {"poster_missing"}
    assert codes(without(greeting, film=replace(webcast.film, duration=Decimal(0)))) >= {"film_empty"}


def test_a_check_needs_four_questions_with_feedback_on_every_option(greeting):
    check = greeting.checks[0]

    def with_check(questions):
        return replace(
            greeting, steps=(greeting.steps[0], replace(check, questions=questions), greeting.steps[3])
        )

    assert codes(with_check(check.questions)) == set()
    assert codes(with_check(check.questions[:3])) == {"too_few_questions"}
    mute = replace(check.questions[0].options[0], feedback=Text(""))
    silent = replace(check.questions[0], options=(mute, *check.questions[0].options[1:]))
    assert codes(with_check((silent, *check.questions[1:]))) == {"feedback_missing"}
    alone = replace(check.questions[0], options=check.questions[0].options[:1])
    assert codes(with_check((alone, *check.questions[1:]))) == {"option_count"}
    none_right = tuple(replace(option, right=False) for option in check.questions[1].options)
    wrong = replace(check.questions[1], options=none_right)
    assert codes(with_check((check.questions[0], wrong, *check.questions[2:]))) == {"none_right"}


def test_a_question_in_the_film_cannot_be_critical(greeting):
    asked = greeting.webcasts[0].questions[0]
    critical = replace(asked, question=replace(asked.question, critical=True))
    assert codes(without(greeting, questions=(critical,))) == {"question_critical"}


def test_a_rule_that_asks_for_a_reflection_needs_one(greeting):
    bare = replace(greeting, steps=greeting.steps[:3])
    assert codes(bare) == {"rule_without_reflection"}
    assert codes(replace(bare, rule=Rule(reflection=False))) == set()


def test_a_module_has_something_to_watch_or_read_and_a_check(greeting):
    assert codes(replace(greeting, steps=greeting.steps[2:])) == {"no_content"}
    assert codes(replace(greeting, steps=(*greeting.steps[:2], greeting.steps[3]))) == {"no_check"}


def test_a_no_break_space_stays(greeting_document):
    kept = greeting_document.replace(b"De groet<", "De groet<".encode())
    assert read_document(kept, name="m.xml").webcasts[0].chapters[0].title("nl") == "De groet"


# A module as an author could make it in a form: any texts, any numbers, finished or not.

WORDS = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Z"), exclude_characters="\ufffe\uffff"
    ),
    min_size=1,
    max_size=8,
).filter(lambda word: word == " ".join(word.split()))
PLAIN = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
TEXTS = st.builds(Text, PLAIN, st.just("") | PLAIN)
KEYS = st.from_regex(r"[a-z0-9]{1,5}(-[a-z0-9]{1,5}){0,2}", fullmatch=True)
SECONDS = st.decimals(0, 86400, places=3)
FRACTIONS = st.decimals(0, 1, places=4)
MINUTES = st.integers(0, 500)
PATHS = st.from_regex(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,9}(/[a-z0-9_-]{1,9}){0,2}", fullmatch=True)


def many(strategy, least=0):
    return st.lists(strategy, min_size=least, max_size=3).map(tuple)


def media(mime):
    sizes = st.none() | st.integers(1, 10**12)
    credit = st.just("") | PLAIN
    return st.builds(
        Media, PATHS, st.from_regex(r"[0-9a-f]{64}", fullmatch=True), mime, sizes, credit, credit
    )


def tracks(mime):
    track = st.builds(Track, st.sampled_from(["nl", "en"]), media(st.just(mime)))
    return st.lists(track, max_size=2, unique_by=lambda one: one.language).map(tuple)


OPTIONS = st.builds(Option, KEYS, TEXTS, st.just(Text("")) | TEXTS, st.booleans())
QUESTIONS = st.builds(
    Question, KEYS, st.sampled_from(["single", "multi"]), TEXTS, many(OPTIONS, 1), st.booleans()
)
FILMS = st.builds(
    Film,
    media(st.sampled_from(["video/mp4", "video/webm"])),
    SECONDS,
    st.integers(1, 20000),
    st.integers(1, 20000),
    st.sampled_from(["nl", "en"]),
)
WEBCASTS = st.builds(
    Webcast,
    key=KEYS,
    film=FILMS,
    voice=st.sampled_from(["computer", "human"]),
    poster=st.none() | media(st.sampled_from(["image/png", "image/jpeg", "image/webp"])),
    captions=tracks("text/vtt"),
    transcripts=tracks("text/markdown"),
    chapters=many(st.builds(Chapter, SECONDS, TEXTS, many(TEXTS), many(TEXTS))),
    questions=many(st.builds(FilmQuestion, SECONDS, QUESTIONS.map(lambda one: replace(one, critical=False)))),
    max_speed=st.decimals(1, 4, places=2),
    title=st.none() | TEXTS,
)
BLOCKS = st.builds(
    Block, st.sampled_from(["heading", "paragraph"]), PLAIN.map(lambda text: (text,))
) | st.builds(Block, st.just("list"), many(PLAIN, 1))
READINGS = st.builds(Reading, KEYS, TEXTS, many(BLOCKS, 1), many(BLOCKS))
CHECKS = st.builds(KnowledgeCheck, KEYS, many(QUESTIONS, 1), st.none() | TEXTS)
REFLECTIONS = st.builds(
    Reflection, KEYS, TEXTS, many(st.builds(Field, KEYS, TEXTS), 1), st.integers(0, 100), st.none() | TEXTS
)
MODULES = st.builds(
    Module,
    key=KEYS,
    number=st.integers(1, 9999),
    kind=st.sampled_from(["webcast", "webinar"]),
    title=TEXTS,
    summary=TEXTS,
    goals=many(TEXTS, 1),
    audience=many(st.builds(Audience, KEYS, TEXTS), 1),
    minutes=st.builds(Minutes, MINUTES, MINUTES, MINUTES, MINUTES),
    rule=st.builds(
        Rule,
        FRACTIONS,
        FRACTIONS,
        st.booleans(),
        st.booleans(),
        st.booleans(),
        st.sampled_from(["none", "academic-year"]),
    ),
    steps=many(WEBCASTS | READINGS | CHECKS | REFLECTIONS, 1),
    required=st.booleans(),
    reviewed=st.none() | st.dates(date(1900, 1, 1), date(2200, 1, 1)),
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(MODULES)
def test_what_is_written_is_read_back_as_it_was(module):
    written = write_document(module)
    again = parse_document(written, name="module.xml")
    assert again == module
    assert write_document(again) == written
    assert all(problem.sentence and problem.line >= 0 for problem in find_problems(again))


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_document_is_refused_with_problems_or_read(greeting_document, data):
    damaged = bytearray(greeting_document)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(damaged) - 1))
        piece = data.draw(
            st.sampled_from([b"", b"<", b">", b'"', b"&", b"\x00", b"\xff", b"9", b"text", b"]]>"])
        )
        damaged[place : place + data.draw(st.integers(0, 3))] = piece
    try:
        read_document(bytes(damaged), name="module.xml")
    except DocumentError as error:
        assert error.problems
