"""Which rule fits a course: the first of those that do."""

import pytest

from trainer.institutions.rules import Rule, RuleProblem, Traits, check_rules, rule_for, suggest_rule

KUL, VIVES, UCLL = 1, 2, 3


def fits(field: str, comparison: str, value: str, traits: Traits) -> bool:
    return rule_for([Rule(field, comparison, value, KUL)], traits) == 0


def test_what_the_label_begins_with() -> None:
    course = Traits(label="ULTRA-B-KUL-X0C53A-2526")
    assert fits("label", "starts_with", "ULTRA-B-KUL-", course)
    assert fits("label", "starts_with", "ultra-b-kul-", course), "letters' case does not matter"
    assert not fits("label", "starts_with", "KUL-", course)
    assert fits("label", "contains", "-kul-", course)
    assert not fits("label", "is", "ULTRA-B-KUL-", course)
    assert fits("label", "is", "ultra-b-kul-x0c53a-2526", course)


def test_org_unit_title_and_custom_value() -> None:
    course = Traits("LB", "Leerbuddy", "VIVES/ONDERWIJS/1", {"course_school": "Straße"})
    assert fits("org_unit", "starts_with", "vives/", course)
    assert fits("title", "contains", "BUDDY", course)
    assert fits("custom:course_school", "is", "STRASSE", course)
    assert not fits("custom:course_other", "contains", "s", course)


def test_what_is_not_known_of_a_course_fits_nothing() -> None:
    for field in ("label", "title", "org_unit", "custom:course_school"):
        for comparison in ("starts_with", "is", "contains"):
            assert not fits(field, comparison, "x", Traits())
            assert not fits(field, comparison, "", Traits()), "not even an empty value"


def test_the_first_that_fits_decides() -> None:
    rules = [
        Rule("label", "starts_with", "UCLL-LUCA", UCLL),
        Rule("label", "starts_with", "UCLL", VIVES),
        Rule("label", "contains", "L", KUL),
    ]
    assert [rule_for(rules, Traits(label=label)) for label in ("UCLL-LUCA-1", "UCLL-1", "KUL-1", "X")] == [
        0,
        1,
        2,
        None,
    ]


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (Rule("label", "is", "", KUL), "value"),
        (Rule("label", "is", "x" * 201, KUL), "value"),
        (Rule("label", "is", "a\0b", KUL), "value"),
        (Rule("label", "is", "x", 99), "institution"),
        (Rule("colour", "is", "x", KUL), "field"),
        (Rule("custom:", "is", "x", KUL), "field"),
        (Rule("custom:user_name", "is", "x", KUL), "field"),
        (Rule("custom:course_" + "x" * 90, "is", "x", KUL), "field"),
        (Rule("label", "resembles", "x", KUL), "field"),
    ],
)
def test_what_cannot_be_saved(rule: Rule, code: str) -> None:
    good = Rule("label", "is", "x", KUL)
    check_rules([good], {KUL})
    with pytest.raises(RuleProblem) as refused:
        check_rules([good, rule], {KUL})
    assert (refused.value.code, refused.value.number) == (code, 1)


def test_no_more_than_fifty() -> None:
    check_rules([Rule("label", "is", "x", KUL)] * 50, {KUL})
    with pytest.raises(RuleProblem) as refused:
        check_rules([Rule("label", "is", "x", KUL)] * 51, {KUL})
    assert refused.value.code == "many"


@pytest.mark.parametrize(
    ("traits", "suggested"),
    [
        (Traits(label="ULTRA-B-KUL-X0C53A-2526"), ("label", "starts_with", "ULTRA-B-KUL-")),
        (Traits(label="VIVES: Leren 1"), ("label", "starts_with", "VIVES: Leren")),
        (Traits(label="LB1", org_unit="odisee"), ("org_unit", "is", "odisee")),
        (Traits(label="LB1", custom={"course_school": "LUCA"}), ("custom:course_school", "is", "LUCA")),
        (Traits(label="LB1"), ("label", "is", "LB1")),
        (Traits(title="Leerbuddy"), None),
    ],
)
def test_the_suggested_rule_catches_the_course(
    traits: Traits, suggested: tuple[str, str, str] | None
) -> None:
    assert suggest_rule(traits) == suggested
    if suggested:
        assert fits(*suggested, traits)
