"""Brightspace: an audience that is not the token endpoint, launches that tell nothing, deployments that change."""

from dataclasses import replace

import pytest

from tests.platforms.stubs.brightspace import BrightspaceStub
from tests.platforms.stubs.campus import Campus
from tests.platforms.stubs.course import LINK, STUDENT
from tests.support.house import BASE_URL
from tests.support.lms import ABSENT
from trainer.institutions.actions import add_deployment


@pytest.fixture
def brightspace(campus: Campus) -> BrightspaceStub:
    return campus.connects(BrightspaceStub)


def test_its_audience_is_known(campus: Campus, brightspace: BrightspaceStub) -> None:
    """Nobody typed it over: the assertion is for its maker's server all the same."""
    campus.opened_and_completed(brightspace)

    assert brightspace.grade() == 1.0


def test_who_comes_without_name_and_role_learns_like_anybody(
    campus: Campus, brightspace: BrightspaceStub
) -> None:
    brightspace.anonymous = True

    student = campus.opened_and_completed(brightspace)

    assert student.browser.get("/teach/", base_url=BASE_URL).status_code == 403
    assert brightspace.grade() == 1.0


def test_nobody_at_all_is_told_so(campus: Campus, brightspace: BrightspaceStub) -> None:
    page = brightspace.opens(campus.browser(), changes={"sub": ABSENT})

    assert page.status_code == 400
    assert "LTI-USER" in page.get_data(as_text=True)


def test_a_tool_that_is_deployed_anew_is_adopted_and_nobody_starts_again(
    campus: Campus, brightspace: BrightspaceStub
) -> None:
    """A new deployment has a new id: it waits for one click, and who was done is done, in the new column too."""
    campus.opened_and_completed(brightspace)
    brightspace.deployment_id = "c3d4-deployment"
    assert brightspace.opens(campus.browser()).status_code == 403

    with campus.database.writing() as connection:
        add_deployment(connection, brightspace.registration_id, "c3d4-deployment", campus.clock())
    brightspace.items["2"] = {"label": "Groeten", "scoreMaximum": 1, "resourceLinkId": "link-2"}
    student = campus.student(brightspace, STUDENT, replace(LINK, id="link-2", column="2"))
    campus.works()

    assert "Je voltooide deze module" in student.words()
    assert brightspace.grade(STUDENT, "2") == 1.0


def test_who_cannot_be_graded_is_told_so_after_one_new_token(
    campus: Campus, brightspace: BrightspaceStub
) -> None:
    """403 is what Open edX says to an old token; here it is about the person."""
    brightspace.gradable = set()

    campus.opened_and_completed(brightspace)
    campus.works(minutes=2)

    assert (campus.delivery().state, campus.delivery().reason) == ("parked", "not_gradable")
    assert len(brightspace.sent("token")) <= 2
