"""Chamilo 2: exact headers, launches that arrive at the link's own address, and refusals without a state."""

from dataclasses import replace

import pytest

from tests.platforms.stubs.campus import Campus
from tests.platforms.stubs.chamilo import SERVICE_OFF, ChamiloStub
from tests.platforms.stubs.course import LINK, STUDENT, TEACHER, members


@pytest.fixture
def chamilo(campus: Campus) -> ChamiloStub:
    return campus.connects(ChamiloStub)


def test_the_launch_arrives_at_the_links_own_address_and_the_score_is_taken(
    campus: Campus, chamilo: ChamiloStub
) -> None:
    """No deployment in the login, a hint that is 0, the exact `Accept` for the score."""
    campus.opened_and_completed(chamilo)

    assert chamilo.grade() == 1.0


def test_a_column_is_made_with_the_exact_accept(campus: Campus, chamilo: ChamiloStub) -> None:
    chamilo.items.clear()

    campus.opened_and_completed(chamilo, link=replace(LINK, column=None))

    assert [asked.method for asked in chamilo.sent("items")] == ["GET", "POST"]
    assert chamilo.grade() == 1.0


def test_the_roster_comes_with_a_teachers_launch_and_stays(campus: Campus, chamilo: ChamiloStub) -> None:
    chamilo.members = members(2)

    chamilo.opens(campus.browser(), TEACHER)
    campus.student(chamilo)
    campus.works()
    assert campus.present() >= {"s0", "s1"}

    campus.works(hours=21)
    assert len(chamilo.sent("members")) == 2


def test_a_refusal_without_a_state_is_a_page_with_its_words(campus: Campus, chamilo: ChamiloStub) -> None:
    browser = campus.browser()
    asked = chamilo.begin(browser)

    page = chamilo.refuses(browser, asked)

    assert page.status_code == 401
    assert "Bad request" in page.get_data(as_text=True)


def test_of_two_logins_in_one_browser_the_first_can_be_opened_again(
    campus: Campus, chamilo: ChamiloStub
) -> None:
    """It keeps one login a session: the second takes the place of the first, which is refused."""
    browser = campus.browser()
    first, second = chamilo.begin(browser), chamilo.begin(browser)
    chamilo.refuses(browser, first)

    assert chamilo.finish(browser, second).status_code == 303
    assert chamilo.opens(browser).status_code == 303


def test_what_a_teacher_places_has_an_address_of_its_own(campus: Campus, chamilo: ChamiloStub) -> None:
    placed = campus.places(chamilo)

    campus.opened_and_completed(chamilo, STUDENT, placed)

    assert chamilo.grade(STUDENT, placed.column or "") == 1.0


def test_what_a_teacher_places_holds_no_white_space_that_would_be_lost(
    campus: Campus, chamilo: ChamiloStub
) -> None:
    placed = campus.places(chamilo)

    for told in (chamilo.target_of(placed), *placed.custom, *placed.custom.values()):
        assert not any(character.isspace() for character in told)


def test_a_second_result_within_the_same_second(campus: Campus, chamilo: ChamiloStub) -> None:
    student = campus.student(chamilo)
    campus.completes(student)
    chamilo.finds_one_of_the_same_moment()
    campus.works()

    first, second = (sent.json["timestamp"] for sent in chamilo.sent())
    assert first < second
    assert chamilo.grade() == 1.0


def test_a_service_that_is_off_in_the_course_is_named(campus: Campus, chamilo: ChamiloStub) -> None:
    """403 without a rate header: one new token at most, then parked."""
    chamilo.instead["scores"] = [SERVICE_OFF] * 3

    campus.opened_and_completed(chamilo)

    assert (campus.delivery().state, campus.delivery().reason) == ("parked", "service_disabled")


def test_who_is_not_in_the_course_is_told_so(campus: Campus, chamilo: ChamiloStub) -> None:
    chamilo.gradable = set()

    campus.opened_and_completed(chamilo)

    assert (campus.delivery().state, campus.delivery().reason) == ("parked", "not_enrolled")
