"""Captions: what an author uploads is read strictly, cleaned, and told as a transcript."""

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules import (
    Chapter,
    Cue,
    DocumentError,
    Text,
    chapter_cues,
    count_words,
    read_captions,
    transcript,
    transcript_text,
    write_captions,
)


def vtt(*blocks):
    return "\n\n".join(["WEBVTT", *blocks]).encode()


def cue(text, timing="00:01.000 --> 00:02.000"):
    return f"{timing}\n{text}"


def text_of(written):
    (one,) = read_captions(vtt(cue(written)), name="x.vtt")
    return one.text


def problem_of(content):
    with pytest.raises(DocumentError) as refused:
        read_captions(content, name="x.vtt")
    return refused.value.problems[0]


def test_it_works():
    cues = read_captions(
        b"\xef\xbb\xbfWEBVTT - Nederlands\r\n\r\n1\r\n00:00:00.600 --> 00:00:05.036\r\nWelkom bij\r\ndeze webcast.\r\n",
        name="x.vtt",
    )
    assert cues == (Cue(Decimal("0.600"), Decimal("5.036"), "Welkom bij\ndeze webcast."),)
    assert cues[0].line == "Welkom bij deze webcast."
    assert cues[0].words == 4


def test_hours_may_be_left_out_and_cues_come_in_order_of_time():
    cues = read_captions(
        vtt(cue("b", "01:00.000 --> 01:01.000"), cue("a", "00:00:59.000 --> 01:00:00.000")), name="x"
    )
    assert [(one.start, one.end, one.text) for one in cues] == [(59, 3600, "a"), (60, 61, "b")]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<i>Luister</i> <b.luid>goed</b>", "Luister goed"),
        ("<v Juf An>Dag allemaal</v>", "Juf An: Dag allemaal"),
        ("<v.luid  Juf An>Dag", "Juf An: Dag"),
        ("<00:00:01.500>woord <lang en>word</lang>", "woord word"),
        ("3 &lt; 4 &amp;&amp; 5 &gt; 4", "3 < 4 && 5 > 4"),
        ("3 < 4 en 5 > 4", "3 < 4 en 5 > 4"),
        ("<script>alert(1)</script>", "alert(1)"),
        ("<img src=x onerror=alert(1)>hallo", "hallo"),
        ("<c.javascript:alert(1)>hallo</c>", "hallo"),
        ("<<b>script>alert(1)", "<script>alert(1)"),
        ("&lt;script&gt;alert(1)", "<script>alert(1)"),
        ("a\x00b\x1bc", "abc"),
        ("  veel   wit  ", "veel wit"),
    ],
)
def test_tags_go_and_their_text_stays_as_text(written, shown):
    assert text_of(written) == shown


def test_what_is_served_holds_no_tag_whatever_was_uploaded():
    served = write_captions(read_captions(vtt(cue("<<b>script>alert(1) &lt;i&gt;")), name="x"))
    assert b"<" not in served
    assert b"&lt;script&gt;" in served


def test_styles_regions_comments_and_header_lines_are_dropped():
    content = (
        b"WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000\n\n"
        b"STYLE\n::cue { background: url(https://evil.example/x) }\n\n"
        b"REGION\nid:fred\nwidth:40%\n\n"
        b"NOTE -->\n00:00.000 --> 00:01.000\nsecret\n\n"
        b"NOTE\nand this\n\n"
        b"00:01.000 --> 00:02.000 region:fred align:start position:10%,line-left evil:<b>\nDag\n"
    )
    cues = read_captions(content, name="x")
    assert cues == (Cue(Decimal(1), Decimal(2), "Dag", "align:start position:10%,line-left"),)
    served = write_captions(cues)
    assert not any(word in served for word in (b"STYLE", b"REGION", b"evil", b"NOTE", b"fred", b"X-TIME"))


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"", "vtt_header", 1),
        (b"WEBVTTT\n\n", "vtt_header", 1),
        (b"1\n00:00:01,000 --> 00:00:02,000\nDag\n", "vtt_header", 1),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\nDag \xff\n", "vtt_encoding", 4),
        ("WEBVTT\n".encode("utf-16"), "vtt_encoding", 1),
        (vtt(cue("x" * 3000)), "vtt_long_line", 4),
        (vtt(), "vtt_empty", 0),
        (vtt("zomaar tekst"), "vtt_no_time", 3),
        (vtt("zomaar\ntekst"), "vtt_no_time", 3),
        (vtt(cue("Dag", "00:01,000 --> 00:02,000")), "vtt_time", 3),
        (vtt("1\n" + cue("Dag", "00:61.000 --> 00:02.000")), "vtt_time", 4),
        (vtt(cue("Dag", "00:02.000 --> 00:02.000")), "vtt_order", 3),
        (vtt(cue("Dag\n00:03.000 --> 00:04.000\nDag")), "vtt_blank_line", 4),
    ],
)
def test_what_is_wrong_is_told_with_its_line(content, code, line):
    problem = problem_of(content)
    assert (problem.code, problem.line, problem.file) == (code, line, "x.vtt")
    assert problem.sentence


@pytest.mark.parametrize(
    "content",
    [
        b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + b"x" * 10_000_000,
        b"WEBVTT\n\n" + b"<v" * 500_000,
        b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + b"<a\n" * 600_000,
        b"WEBVTT\n\n" + b"00:01.000 --> 00:02.000\nx\n\n" * 60_000,
        b"WEBVTT\n\n" + b"-->\n\n" * 300_000,
    ],
    ids=["10-mb-line", "open-tags", "open-tags-in-lines", "many-cues", "arrows"],
)
def test_a_heavy_file_is_refused_or_read_within_a_second(content):
    started = time.process_time()
    try:
        read_captions(content, name="x.vtt")
    except DocumentError as error:
        assert error.problems
    assert time.process_time() - started < 1


CUE_TEXTS = st.text(max_size=300).map(lambda text: vtt(cue(text)))


@given(st.binary(max_size=300) | CUE_TEXTS)
def test_any_bytes_are_read_or_refused(content):
    try:
        cues = read_captions(content, name="x.vtt")
    except DocumentError:
        return
    served = write_captions(cues)
    assert served.count(b"-->") == len(cues)
    assert read_captions(served, name="served.vtt") == cues


CHAPTERS = (
    Chapter(Decimal(0), Text("Begin", "Start"), (Text("Eén punt", "One point"),)),
    Chapter(Decimal(10), Text("Vervolg", "Go on")),
)


def test_a_transcript_has_the_chapters_and_whole_sentences():
    long = " ".join(["woord"] * 30)
    cues = (
        Cue(Decimal(0), Decimal(2), f"{long}"),
        Cue(Decimal(2), Decimal(4), f"{long}."),
        Cue(Decimal(4), Decimal(6), "Kort."),
        Cue(Decimal("9.9"), Decimal(12), "Nieuw\nhoofdstuk."),
    )
    first, second = transcript(cues, CHAPTERS)
    assert [(part.start, part.first, part.last) for part in first.paragraphs] == [(0, 0, 1), (4, 2, 2)]
    assert second.chapter == CHAPTERS[1]
    assert second.paragraphs[0].text == "Nieuw hoofdstuk."
    assert second.paragraphs[0].first == 3


def test_every_cue_is_in_the_transcript_once():
    cues = tuple(Cue(Decimal(n), Decimal(n + 1), f"Zin {n}.") for n in range(40))
    paragraphs = [part for section in transcript(cues, CHAPTERS) for part in section.paragraphs]
    assert [one for part in paragraphs for one in part.cues] == list(cues)
    assert sum(part.last - part.first + 1 for part in paragraphs) == len(cues)


def test_a_transcript_can_be_taken_along_as_text():
    cues = (Cue(Decimal(0), Decimal(2), "Hallo."), Cue(Decimal(10), Decimal(12), "Daar."))
    assert transcript_text(cues, CHAPTERS, "Groeten", "nl") == (
        "# Groeten\n\n## Begin (0:00)\n\nHallo.\n\nOp het scherm: Eén punt.\n\n## Vervolg (0:10)\n\nDaar.\n"
    )


def test_chapters_can_be_served_as_a_track():
    cues = chapter_cues(CHAPTERS, Decimal("80.8"), "en")
    assert [(one.start, one.end, one.text) for one in cues] == [
        (0, 10, "Start"),
        (10, Decimal("80.8"), "Go on"),
    ]
    assert read_captions(write_captions(cues), name="chapters.vtt") == cues


@pytest.mark.parametrize(
    ("text", "words"), [("", 0), ("- – …", 0), ("foto's van 6-jarigen", 3), ("Eén, twee!", 2)]
)
def test_words_are_counted_as_a_reader_would(text, words):
    assert count_words(text) == words
