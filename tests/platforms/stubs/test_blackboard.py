"""Blackboard: one issuer and one client for everybody, a frame that the login does not name, a type on every call."""

from dataclasses import replace

import pytest

from tests.platforms.stubs.blackboard import BlackboardStub
from tests.platforms.stubs.campus import Campus
from tests.platforms.stubs.course import LINK, TEACHER, Person, members
from tests.support.lms import ABSENT, CLAIM
from trainer.institutions.actions import add_deployment


@pytest.fixture
def blackboard(campus: Campus) -> BlackboardStub:
    return campus.connects(BlackboardStub)


def test_a_score_and_a_column_and_a_roster_each_with_their_type(
    campus: Campus, blackboard: BlackboardStub
) -> None:
    blackboard.items.clear()
    blackboard.members = members(2)
    blackboard.opens(campus.browser(), TEACHER)

    campus.opened_and_completed(blackboard, link=replace(LINK, column=None))

    assert blackboard.grade() == 1.0
    assert campus.present() == {"s0", "s1"}


def test_each_institution_is_a_deployment_of_the_same_client(
    campus: Campus, blackboard: BlackboardStub
) -> None:
    """The second one waits until it is adopted; then both work side by side."""
    other = Person("student-of-another-university")
    campus.opened_and_completed(blackboard)
    blackboard.deployment_id = "dep-uantwerpen"
    elsewhere = replace(LINK, id="link-9", course="course-9", column="9")
    blackboard.items["9"] = {"label": "Groeten", "scoreMaximum": 1, "resourceLinkId": "link-9"}

    refused = blackboard.opens(campus.browser(), other, elsewhere)

    assert refused.status_code == 403
    assert campus.deployments(blackboard) == ({"dep-ku-leuven"}, {"dep-uantwerpen"})
    with campus.database.writing() as connection:
        add_deployment(connection, blackboard.registration_id, "dep-uantwerpen", campus.clock())
    campus.opened_and_completed(blackboard, other, elsewhere)
    assert blackboard.grade(other, "9") == 1.0


def test_its_frame_is_known_though_the_login_does_not_name_it(
    campus: Campus, blackboard: BlackboardStub
) -> None:
    blackboard.begin(campus.browser())

    assert blackboard.kept["storage"]["frame"] == "lti_storage_frame"


def test_who_is_not_in_the_course_is_told_so(campus: Campus, blackboard: BlackboardStub) -> None:
    blackboard.gradable = set()

    campus.opened_and_completed(blackboard)

    assert (campus.delivery().state, campus.delivery().reason) == ("parked", "not_enrolled")


def test_a_launch_without_a_link_is_a_page_with_a_code(campus: Campus, blackboard: BlackboardStub) -> None:
    """It was seen (1EdTech/lti-1-3-php-library, no. 43)."""
    page = blackboard.opens(campus.browser(), changes={CLAIM + "resource_link": ABSENT})

    assert page.status_code == 400
    assert "LTI-RESOURCE-LINK" in page.get_data(as_text=True)
