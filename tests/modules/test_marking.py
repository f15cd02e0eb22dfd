"""Answers are marked, attempts add up, the best one counts."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules import AnswerError, Option, Question, Score, Text, best, mark, score, shuffled

RIGHT = {"v1": ["a"], "v2": ["a", "b"], "v3": ["false"], "v4": ["false"]}


def test_it_works(greeting):
    question = greeting.checks[0].question("v1")
    marked = mark(question, ["a"])
    assert marked.right
    assert [(one.option, one.text("nl")) for one in marked.feedback] == [("a", "Juist.")]


def test_a_wrong_answer_gets_its_own_feedback_and_gives_nothing_away(greeting):
    marked = mark(greeting.checks[0].question("v1"), ["b"])
    assert not marked.right
    assert [(one.option, one.chosen) for one in marked.feedback] == [("b", True)]


def test_multi_is_right_when_all_right_options_are_chosen_and_no_other(greeting):
    question = greeting.checks[0].question("v2")
    assert mark(question, ["b", "a"]).right
    assert not mark(question, ["a"]).right
    assert not mark(question, ["a", "b", "c"]).right
    shown = mark(question, ["a", "c"]).feedback
    assert [(one.option, one.chosen, one.right) for one in shown] == [
        ("a", True, True),
        ("b", False, True),
        ("c", True, False),
    ]


@pytest.mark.parametrize(
    ("key", "chosen", "code"),
    [
        ("v1", [], "wrong_number_of_options"),
        ("v1", ["a", "b"], "wrong_number_of_options"),
        ("v2", [], "wrong_number_of_options"),
        ("v3", ["true", "false"], "wrong_number_of_options"),
        ("v1", ["z"], "unknown_option"),
        ("v3", ["maybe"], "unknown_option"),
    ],
)
def test_an_answer_that_is_not_offered_is_refused(greeting, key, chosen, code):
    with pytest.raises(AnswerError) as refused:
        mark(greeting.checks[0].question(key), chosen)
    assert refused.value.code == code


def test_an_attempt_adds_up(greeting):
    check = greeting.checks[0]
    assert score(check, RIGHT) == Score(4, 4, 4, True)
    assert score(check, {**RIGHT, "v4": ["true"]}) == Score(3, 4, 4, False)
    assert score(check, {**RIGHT, "v2": ["c"]}) == Score(3, 4, 4, True)
    assert score(check, {}) == Score(0, 4, 0, False)
    with pytest.raises(AnswerError):
        score(check, {"v9": ["a"]})


def test_eighty_percent_is_counted_exactly():
    assert Score(4, 5, 5, True).reaches(Decimal("0.80"))
    assert not Score(3, 4, 4, True).reaches(Decimal("0.80"))
    assert Score(799, 1000, 1000, True).percent == 79


def test_the_best_finished_attempt_counts():
    unfinished, first, second = Score(4, 5, 4, True), Score(3, 5, 5, False), Score(3, 5, 5, True)
    assert best([unfinished, first, second]) == second
    assert best([unfinished]) is None
    assert best([]) is None


def test_options_are_shuffled_the_same_way_for_the_same_attempt():
    options = tuple(Option(f"o{n}", Text(str(n)), Text("f"), n == 0) for n in range(6))
    question = Question("q", "single", Text("?"), options)
    orders = {shuffled(question, f"attempt-{n}") for n in range(50)}
    assert len(orders) > 20
    assert all(set(order) == set(options) for order in orders)
    assert shuffled(question, "attempt-1") == shuffled(question, "attempt-1")


def test_each_option_comes_first_about_as_often():
    options = tuple(Option(f"o{n}", Text(str(n)), Text("f"), n == 0) for n in range(4))
    question = Question("q", "single", Text("?"), options)
    firsts = [shuffled(question, str(seed))[0].key for seed in range(2000)]
    assert all(400 < firsts.count(option.key) < 600 for option in options)


def test_true_stays_before_false(greeting):
    for seed in "abcdef":
        shown = shuffled(greeting.checks[0].question("v3"), seed)
        assert [option.key for option in shown] == ["true", "false"]


@given(st.sets(st.sampled_from("abc"), min_size=1))
def test_the_order_of_choosing_does_not_matter(chosen):
    options = tuple(Option(key, Text(key), Text("f"), key != "c") for key in "abc")
    question = Question("q", "multi", Text("?"), options)
    assert mark(question, sorted(chosen)) == mark(question, sorted(chosen, reverse=True))
    assert mark(question, chosen).right == (chosen == {"a", "b"})
