"""The starter library: twelve modules that a student can really do, in Dutch and in English."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from pathlib import Path

import pytest

from modules.captions import Cue, chapter_cues, read_captions
from modules.document import parse_document, write_document
from modules.model import Language, Module, Text, Webcast
from modules.package import check_module, load_library
from scripts.films.subtitles import LINE, LONGEST, SHORTEST, split_over_captions

LIBRARY = Path(__file__).resolve().parents[2] / "modules" / "library"

KEYS = [
    "kwaliteitsvol-buddyschap",
    "warme-band",
    "veilig-en-discreet",
    "sessie-plannen",
    "rekenen-lager",
    "lezen-en-taal",
    "feedback",
    "motivatie-zelfregulatie",
    "samenwerken",
    "taal-en-diversiteit",
    "online",
    "afronden",
]
LANGUAGES: tuple[Language, ...] = ("nl", "en")

#: Readers follow about 17 characters a second; the spoken Dutch sets the time that an English sentence has.
FASTEST = 17.5


def read(key: str) -> Module:
    return parse_document((LIBRARY / key / "module.xml").read_bytes(), name=f"{key}/module.xml")


def film_of(module: Module) -> Webcast:
    (webcast,) = module.webcasts
    return webcast


def cues_of(key: str, language: Language) -> tuple[Cue, ...]:
    track = film_of(read(key)).captions_in(language)
    assert track is not None
    return read_captions((LIBRARY / key / track.media.path).read_bytes(), name=track.media.path)


def said_in(language: Language, texts: list[Text]) -> str:
    return " ".join(getattr(text, language) for text in texts)


def test_there_are_twelve_in_the_order_of_the_catalogue() -> None:
    modules = [package.module for package in load_library(LIBRARY)]
    assert [(module.number, module.key) for module in modules] == list(enumerate(KEYS, start=1))


@pytest.mark.parametrize("key", KEYS)
def test_nothing_is_left_to_mend_not_even_a_missing_english_text(key: str) -> None:
    assert [str(problem) for problem in check_module(LIBRARY / key)] == []


@pytest.mark.parametrize("key", KEYS)
def test_the_document_is_written_as_the_program_would_write_it(key: str) -> None:
    assert write_document(read(key)) == (LIBRARY / key / "module.xml").read_bytes()


@pytest.mark.parametrize("key", KEYS)
def test_its_files_are_the_ones_it_names(key: str) -> None:
    files = list(read(key).media)
    for media in files:
        content = (LIBRARY / key / media.path).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (media.sha256, media.size), media.path
        assert (media.licence, media.credits) == ("CC-BY-4.0", "Buddy Trainer"), media.path
    # Beside them lie only the chapters for other players: nothing is shipped that nobody looks at.
    chapters = {f"{key}.chapters.{language}.vtt" for language in LANGUAGES}
    lying = {path.name for path in (LIBRARY / key).iterdir()}
    assert lying == {media.path for media in files} | chapters | {"module.xml"}


@pytest.mark.parametrize("key", KEYS)
def test_a_student_watches_answers_and_reflects_in_that_order(key: str) -> None:
    module = read(key)
    assert [step.kind for step in module.steps] == ["webcast", "knowledge_check", "reflection"]
    assert film_of(module).voice == "computer"
    assert len(module.checks[0].questions) >= 4
    assert 10 <= module.minutes.total <= 20
    rule = module.rule
    assert (rule.watched, rule.score) == (Decimal("0.9"), Decimal("0.8"))
    assert rule.critical and rule.reflection and rule.transcript


def test_safety_is_asked_in_critical_questions_and_asked_again_each_year() -> None:
    critical = {key: sum(q.critical for q in read(key).checks[0].questions) for key in KEYS}
    assert {key: count for key, count in critical.items() if count} == {"veilig-en-discreet": 2, "online": 1}
    renewed = {key for key in KEYS if read(key).rule.renewal == "academic-year"}
    assert renewed == {"veilig-en-discreet"}


def test_every_vertaalslag_asks_the_same_four_things_about_its_own_matter() -> None:
    reflections = [read(key).reflections[0] for key in KEYS]
    assert {tuple(field.label.nl for field in reflection.fields) for reflection in reflections} == {
        (
            "Wat werkte daar, en waarom?",
            "Wat is bij mij anders (leerlingen, school, vak, tijd)?",
            "Wat doe ik dus concreet, en wanneer?",
            "Waaraan merk ik dat het werkt?",
        )
    }
    assert {reflection.min_words for reflection in reflections} == {10}
    assert len({reflection.prompt.nl for reflection in reflections}) == len(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_the_film_pauses_for_its_question_between_two_chapters_after_what_it_is_about(key: str) -> None:
    film = film_of(read(key))
    spoken = cues_of(key, "nl")
    (asked,) = film.questions
    assert all(not cue.start < asked.at < cue.end for cue in spoken), "it would cut a sentence in two"
    following = min(chapter.start for chapter in film.chapters if chapter.start > asked.at)
    assert all(not asked.at <= cue.start < following for cue in spoken), "the chapter still goes on"


@pytest.mark.parametrize("key", KEYS)
def test_captions_say_in_each_language_what_the_film_says(key: str) -> None:
    film = film_of(read(key))
    lines = [line for chapter in film.chapters for line in chapter.say]
    for language in LANGUAGES:
        assert " ".join(cue.line for cue in cues_of(key, language)) == said_in(language, lines)


@pytest.mark.parametrize("key", KEYS)
def test_english_subtitles_stand_while_the_dutch_is_spoken(key: str) -> None:
    film = film_of(read(key))
    dutch, english = cues_of(key, "nl"), cues_of(key, "en")
    assert (dutch[0].start, dutch[-1].end) == (english[0].start, english[-1].end)
    starts = [chapter.start for chapter in film.chapters]
    for chapter, start, end in zip(film.chapters, starts, [*starts[1:], film.film.duration], strict=True):
        for language in LANGUAGES:
            cues = dutch if language == "nl" else english
            shown = [cue.line for cue in cues if start <= cue.start < end]
            assert " ".join(shown) == said_in(language, list(chapter.say))


@pytest.mark.parametrize("key", KEYS)
def test_english_subtitles_can_be_read_in_time(key: str) -> None:
    cues = cues_of(key, "en")
    for cue, following in zip(cues, [*cues[1:], None], strict=True):
        seconds = float(cue.end - cue.start)
        assert following is None or cue.end <= following.start
        assert SHORTEST <= seconds <= LONGEST, cue
        assert len(cue.text) / seconds <= FASTEST, cue
        assert len(cue.text.split("\n")) <= 2 and max(map(len, cue.text.split("\n"))) <= LINE, cue


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", KEYS)
def test_chapters_and_transcript_follow_the_document(key: str, language: Language) -> None:
    film = film_of(read(key))
    name = f"{key}.chapters.{language}.vtt"
    cues = read_captions((LIBRARY / key / name).read_bytes(), name=name)
    expected = chapter_cues(film.chapters, film.film.duration, language)
    assert [(cue.start, cue.text) for cue in cues] == [(cue.start, cue.text) for cue in expected]
    (path,) = [track.media.path for track in film.transcripts if track.language == language]
    transcript = (LIBRARY / key / path).read_text(encoding="utf-8")
    for chapter in film.chapters:
        assert f"## {getattr(chapter.title, language)} (" in transcript
        for text in (*chapter.say, *chapter.bullets):
            assert getattr(text, language) in transcript


def test_a_long_sentence_is_cut_where_it_pauses_and_loses_no_word() -> None:
    sentence = "Lukt het niet, wijs dan de klank of de lettergreep aan, en laat niet raden naar het plaatje."
    cues = split_over_captions(sentence, Decimal("28.811"), Decimal("35.887"))
    assert " ".join(cue.line for cue in cues) == sentence
    assert (cues[0].start, cues[-1].end) == (Decimal("28.811"), Decimal("35.887"))
    assert [cue.line[-1] for cue in cues] == [",", "."]
