"""Canvas: one issuer for all schools, deployments by the dozen, and a 403 that means "slower"."""

from dataclasses import replace

import pytest

from tests.platforms.stubs.campus import Campus
from tests.platforms.stubs.canvas import THROTTLED, UNPUBLISHED, CanvasStub
from tests.platforms.stubs.course import LINK, SCORE, TEACHER, Person, members
from tests.support.house import BASE_URL
from tests.support.lms import LEARNER
from trainer.institutions.actions import add_deployment


@pytest.fixture
def canvas(campus: Campus) -> CanvasStub:
    return campus.connects(CanvasStub)


def test_two_schools_share_an_issuer_and_nothing_else(campus: Campus, canvas: CanvasStub) -> None:
    """The same `sub` at another client is another person, and each score goes to its own school."""

    class OtherSchool(CanvasStub):
        own_client_id = "client-2"

    other = campus.connects(OtherSchool, name="Andere Canvas", institution="Andere hogeschool")

    campus.opened_and_completed(canvas)
    stranger = campus.student(other)

    assert "Je voltooide deze module" not in stranger.words()
    assert (canvas.grade(), other.grade()) == (1.0, None)
    campus.completes(stranger)
    campus.works()
    assert other.grade() == 1.0


def test_a_deployment_that_nobody_told_of_waits_for_one_click(campus: Campus, canvas: CanvasStub) -> None:
    """A tool that is added in one course has a deployment of its own."""
    canvas.deployment_id = "912:of-one-course"

    refused = canvas.opens(campus.browser())
    assert refused.status_code == 403
    assert campus.deployments(canvas)[1] == {"912:of-one-course"}

    with campus.database.writing() as connection:
        add_deployment(connection, canvas.registration_id, "912:of-one-course", campus.clock())
    campus.opened_and_completed(canvas)
    assert canvas.grade() == 1.0


def test_a_403_with_a_rate_header_is_waited_out_and_costs_no_token(
    campus: Campus, canvas: CanvasStub
) -> None:
    canvas.instead["scores"] = [THROTTLED]

    campus.opened_and_completed(canvas)
    assert (campus.delivery().state, campus.delivery().reason) == ("waiting", "rate_limited")
    assert len(canvas.sent("token")) == 1
    campus.works(minutes=2)

    assert canvas.grade() == 1.0
    assert len(canvas.sent("token")) == 1


def test_a_column_on_the_second_page_is_found(campus: Campus, canvas: CanvasStub) -> None:
    """Eleven that belong to no link come first: the filter does not take them out."""
    canvas.items = {f"old-{number}": {"label": "Oud", "scoreMaximum": 1} for number in range(11)}
    canvas.items["1"] = {"label": "Groeten", "scoreMaximum": 1, "resourceLinkId": "link-1"}

    campus.opened_and_completed(canvas, link=replace(LINK, column=None))

    assert canvas.grade() == 1.0
    assert [asked.method for asked in canvas.sent("items")] == ["GET", "GET"]


def test_fifty_one_members_come_in_two_pages(campus: Campus, canvas: CanvasStub) -> None:
    canvas.members = members(51)

    canvas.opens(campus.browser(), TEACHER)
    campus.works()

    assert len(campus.present()) == 51


def test_an_unpublished_assignment_is_named(campus: Campus, canvas: CanvasStub) -> None:
    canvas.instead["scores"] = [UNPUBLISHED]

    student = campus.opened_and_completed(canvas)

    assert (campus.delivery().state, campus.delivery().reason) == ("parked", "unpublished")
    assert student.get().status_code == 200


def test_the_test_student_is_refused_and_parked(campus: Campus, canvas: CanvasStub) -> None:
    canvas.gradable = set()

    campus.opened_and_completed(canvas)

    assert (campus.delivery().state, campus.delivery().reason) == ("parked", "not_enrolled")


def test_a_score_that_is_too_old_gets_one_new_moment(campus: Campus, canvas: CanvasStub) -> None:
    """400 with words, not 409."""
    canvas.instead["scores"] = [canvas.refuse_too_old()]

    campus.opened_and_completed(canvas)

    first, second = (sent.json["timestamp"] for sent in canvas.sent())
    assert first < second
    assert canvas.grade() == 1.0


def test_a_scope_that_the_administrator_took_away(campus: Campus, canvas: CanvasStub) -> None:
    """It is not asked for again and again: parked, with whom to ask for what."""
    student = campus.student(canvas)
    canvas.grants -= {SCORE}
    campus.completes(student)
    campus.works()

    assert (campus.delivery().state, campus.delivery().reason) == ("parked", "no_scope")


def test_a_lecturer_of_the_institution_who_learns_here_is_a_learner(
    campus: Campus, canvas: CanvasStub
) -> None:
    both = Person("both", (LEARNER, "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor"))

    student = campus.opened_and_completed(canvas, both)

    assert student.browser.get("/teach/", base_url=BASE_URL).status_code == 403
    assert canvas.grade(both) == 1.0


def test_the_login_page_has_canvas_keep_the_secret_in_its_frame(campus: Campus, canvas: CanvasStub) -> None:
    """From before platform storage 1.0 it knows the names of IMS only."""
    canvas.opens(campus.browser())
    canvas.begin(campus.browser())

    assert canvas.kept["storage"]["frame"] == "post_message_forwarding"
    assert canvas.kept["storage"]["put_subjects"] == ["lti.put_data", "org.imsglobal.lti.put_data"]


def test_a_token_that_ended_early_is_renewed(campus: Campus, canvas: CanvasStub) -> None:
    campus.opened_and_completed(canvas)
    canvas.end_tokens()
    campus.clock.move(minutes=5)

    campus.opened_and_completed(canvas, Person("student-2"))

    assert canvas.grade(Person("student-2")) == 1.0
    assert len(canvas.sent("token")) == 2
