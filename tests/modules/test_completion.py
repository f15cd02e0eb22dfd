"""The completion rule: what counts, what is missing, and what proves it."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules import (
    Coverage,
    FilmProgress,
    Missing,
    Module,
    Progress,
    Rule,
    Score,
    academic_year,
    decide,
    film_via,
    holds_until,
    percent_done,
    read_document,
    still_holds,
)


def example():
    """The example module with a film of 81 seconds."""
    content = (Path(__file__).parent / "examples" / "groeten" / "module.xml").read_bytes()
    return read_document(content.replace(b'duration="4.8"', b'duration="80.8"'), name="module.xml")


EXAMPLE = example()


@pytest.fixture
def module() -> Module:
    return EXAMPLE


ALL_RIGHT = Score(4, 4, 4, True)
EVERYTHING = Progress(
    films={"film": FilmProgress(Coverage.whole(81))},
    scores={"check": [ALL_RIGHT]},
    readings=frozenset({"lezen"}),
    reflections=frozenset({"vertaalslag"}),
)


def watched(seconds, read_whole=False):
    coverage = Coverage.from_ranges([(0, seconds)], 81)
    return replace(EVERYTHING, films={"film": FilmProgress(coverage, read_whole)})


def test_it_works(module):
    verdict = decide(module, EVERYTHING)
    assert verdict.complete
    assert verdict.missing == ()


def test_who_did_nothing_is_told_everything(module):
    assert decide(module, Progress()).missing == (
        Missing("film", "film", 0, 73, 81),
        Missing("reading", "lezen", 0, 1, 1),
        Missing("check", "check", 0, 4, 4),
        Missing("critical", "check", 0, 1, 2),
        Missing("reflection", "vertaalslag", 0, 1, 1),
    )


def test_ninety_percent_of_the_film_is_enough_and_a_second_less_is_not(module):
    assert decide(module, watched(73)).complete
    assert decide(module, watched(72)).missing == (Missing("film", "film", 72, 73, 81),)


def test_reading_the_whole_transcript_is_equal_to_watching(module):
    verdict = decide(module, watched(0, read_whole=True))
    assert verdict.complete
    assert verdict.evidence["films"]["film"]["via"] == "transcript"
    assert decide(module, watched(81, read_whole=True)).evidence["films"]["film"]["via"] == "film"


def test_an_author_may_refuse_the_transcript_route(module):
    strict = replace(module, rule=Rule(transcript=False))
    assert not decide(strict, watched(0, read_whole=True)).complete
    assert film_via(strict.rule, FilmProgress(Coverage.empty(81), True)) is None


def test_the_best_attempt_counts_whatever_came_after_it(module):
    scores = [Score(1, 4, 4, False), ALL_RIGHT, Score(0, 4, 4, False)]
    assert decide(module, replace(EVERYTHING, scores={"check": scores})).complete


def test_an_attempt_that_is_not_finished_does_not_count(module):
    half = replace(EVERYTHING, scores={"check": [Score(3, 4, 3, True)]})
    assert [lack.kind for lack in decide(module, half).missing] == ["check", "critical"]


def test_critical_questions_must_all_be_right_within_one_attempt(module):
    rule = replace(module.rule, score=Decimal("0.75"))
    lenient = replace(module, rule=rule)
    missed = replace(EVERYTHING, scores={"check": [Score(3, 4, 4, False), Score(3, 4, 4, False)]})
    assert decide(lenient, missed).missing == (Missing("critical", "check", 0, 1, 2),)
    later = replace(EVERYTHING, scores={"check": [Score(3, 4, 4, False), Score(2, 4, 4, True)]})
    assert decide(lenient, later).complete
    assert decide(replace(lenient, rule=replace(rule, critical=False)), missed).complete


def test_a_rule_may_ask_for_no_reflection(module):
    free = replace(EVERYTHING, reflections=frozenset())
    assert decide(module, free).missing == (Missing("reflection", "vertaalslag", 0, 1, 1),)
    assert decide(replace(module, rule=Rule(reflection=False)), free).complete


def test_the_evidence_can_be_stored_and_holds_no_texts(module):
    evidence = json.loads(json.dumps(decide(module, EVERYTHING).evidence))
    assert evidence == {
        "module": "groeten",
        "rule": {
            "watched": "0.90",
            "score": "0.80",
            "critical": True,
            "reflection": True,
            "transcript": True,
            "renewal": "none",
        },
        "films": {
            "film": {
                "film": module.webcasts[0].film.media.sha256,
                "watched": 81,
                "seconds": 81,
                "via": "film",
            }
        },
        "readings": ["lezen"],
        "checks": {"check": {"right": 4, "total": 4, "attempts": 1, "critical_right": True}},
        "reflections": ["vertaalslag"],
    }


def test_the_percentage_weighs_the_parts_by_their_minutes(module):
    assert percent_done(module, Progress()) == 0
    assert percent_done(module, EVERYTHING) == 100
    only_film = Progress(films={"film": FilmProgress(Coverage.whole(81))})
    assert percent_done(module, only_film) == 10
    film_and_check = replace(only_film, scores={"check": [ALL_RIGHT]})
    assert percent_done(module, film_and_check) == 40


def test_half_of_what_is_needed_is_half_of_the_part(module):
    alone = replace(module, steps=module.steps[:1], rule=Rule(reflection=False))
    half = Progress(films={"film": FilmProgress(Coverage.from_ranges([(0, 36)], 81))})
    assert percent_done(alone, half) == 49


SCORES = st.builds(Score, st.integers(0, 4), st.just(4), st.integers(0, 4), st.booleans())


@given(
    st.integers(0, (1 << 81) - 1),
    st.booleans(),
    st.lists(SCORES, max_size=4),
    st.booleans(),
    st.builds(
        Rule, st.decimals("0.01", 1, places=2), st.decimals("0.01", 1, places=2), st.booleans(), st.booleans()
    ),
)
def test_a_hundred_percent_means_completed_and_nothing_else_does(bits, read_whole, scores, handed_in, rule):
    module = replace(EXAMPLE, rule=rule)
    progress = Progress(
        films={"film": FilmProgress(Coverage(bits, 81), read_whole)},
        scores={"check": scores},
        readings=frozenset({"lezen"}),
        reflections=frozenset({"vertaalslag"}) if handed_in else frozenset(),
    )
    verdict, percent = decide(module, progress), percent_done(module, progress)
    assert verdict.complete == (not verdict.missing)
    assert (percent == 100) == verdict.complete
    assert 0 <= percent <= 100
    assert all(lack.have < lack.needed <= lack.total or lack.kind == "critical" for lack in verdict.missing)


@given(st.integers(0, (1 << 81) - 1), st.integers(0, (1 << 81) - 1))
def test_watching_more_never_lowers_the_percentage(before, more):
    def percent(bits):
        return percent_done(EXAMPLE, Progress(films={"film": FilmProgress(Coverage(bits, 81))}))

    assert percent(before) <= percent(before | more)


def test_the_academic_year_begins_on_the_first_of_september_in_brussels():
    assert academic_year(datetime(2026, 8, 31, 21, 59, tzinfo=UTC)).label == "2025-2026"
    assert academic_year(datetime(2026, 8, 31, 22, 0, tzinfo=UTC)).label == "2026-2027"
    assert str(academic_year(datetime(2027, 1, 15, tzinfo=UTC))) == "2026-2027"
    with pytest.raises(ValueError):
        academic_year(datetime(2026, 9, 1))


def test_a_renewable_completion_holds_until_the_next_academic_year():
    done = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)
    yearly = Rule(renewal="academic-year")
    assert holds_until(yearly, done) == datetime(2027, 8, 31, 22, 0, tzinfo=UTC)
    assert still_holds(yearly, done, datetime(2027, 8, 31, 21, 59, tzinfo=UTC))
    assert not still_holds(yearly, done, datetime(2027, 8, 31, 22, 0, tzinfo=UTC))
    assert holds_until(Rule(), done) is None
    assert still_holds(Rule(), done, datetime(2040, 1, 1, tzinfo=UTC))
