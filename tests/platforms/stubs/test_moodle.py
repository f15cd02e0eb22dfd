"""Moodle: grades that vanish, addresses with a query, clocks without leeway, and two launches that get crossed."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.platforms.stubs.campus import Campus
from tests.platforms.stubs.course import LINE_ITEM_READ, LINK, STUDENT, Placed, members
from tests.platforms.stubs.moodle import ASSISTANT, MoodleStub
from tests.platforms.stubs.wire import Answer
from tests.support.house import BASE_URL
from tests.support.lms import AGS
from trainer.courses.delivery_actions import retry_all_parked
from trainer.people.models import BrowserSession


@pytest.fixture
def moodle(campus: Campus) -> MoodleStub:
    return campus.connects(MoodleStub)


def test_a_grade_comes_and_stays(campus: Campus, moodle: MoodleStub) -> None:
    """The score goes before the query, in the exact media type, FullyGraded; anything else erases or is refused."""
    campus.opened_and_completed(moodle)

    [sent] = moodle.sent()
    assert sent.path == "/mod/lti/services.php/course-1/lineitems/1/lineitem/scores"
    assert dict(sent.query) == {"type_id": "3"}
    assert moodle.grade() == 1.0


def test_nothing_is_sent_before_the_module_is_completed(campus: Campus, moodle: MoodleStub) -> None:
    """ "Started" would take away what the gradebook holds."""
    student = campus.student(moodle)
    student.watch_all()
    campus.works()

    assert moodle.sent() == []


def test_a_clock_that_is_some_seconds_behind_ours(campus: Campus, moodle: MoodleStub) -> None:
    moodle.clock = lambda: campus.clock() - timedelta(seconds=5)

    campus.opened_and_completed(moodle)
    campus.places(moodle)

    assert moodle.grade() == 1.0


def test_a_second_result_within_the_same_second(campus: Campus, moodle: MoodleStub) -> None:
    """Moodle has one of this second already: ours gets the next, once, and is taken."""
    student = campus.student(moodle)
    campus.completes(student)
    moodle.finds_one_of_the_same_moment()
    campus.works()

    first, second = (sent.json["timestamp"] for sent in moodle.sent())
    assert first < second
    assert moodle.grade() == 1.0


def test_a_column_is_found_though_the_read_scope_is_not_in_the_claim(
    campus: Campus, moodle: MoodleStub
) -> None:
    """The recorded claim names `lineitem.readonly`; where one does not, the listing is asked for with it all the same."""
    moodle.items["9"] = {"label": "Andere", "scoreMaximum": 100, "resourceLinkId": "link-9"}
    link = replace(LINK, column=None)
    claim = moodle.ags(link)
    without = {**claim, "scope": [scope for scope in claim["scope"] if scope != LINE_ITEM_READ]}

    browser = campus.browser()
    home = moodle.opens(browser, STUDENT, link, {AGS: without}).headers["Location"]
    campus.completes(campus.behind(browser, home, moodle))
    campus.works()

    assert moodle.grade() == 1.0
    assert [asked.method for asked in moodle.sent("items")] == ["GET"]


def test_a_link_without_a_column_gets_one_and_keeps_it(campus: Campus, moodle: MoodleStub) -> None:
    """The claim's own column is "" from then on; the one that was made is found and used."""
    link = Placed("link-2", column=None)
    campus.opened_and_completed(moodle, STUDENT, link)
    other = replace(STUDENT, sub="student-2")
    assert moodle.ags(link)["lineitem"] == ""

    campus.opened_and_completed(moodle, other, link)

    assert moodle.grade(STUDENT, "2") == moodle.grade(other, "2") == 1.0
    assert set(moodle.items) == {"1", "2"}


def test_of_two_columns_one_is_used_and_no_third_is_made(campus: Campus, moodle: MoodleStub) -> None:
    """Then the claim names none."""
    moodle.items["2"] = {"label": "Extra", "scoreMaximum": 10, "resourceLinkId": LINK.id}
    assert "lineitem" not in moodle.ags(LINK)

    campus.opened_and_completed(moodle)

    assert moodle.grade() == 1.0
    assert set(moodle.items) == {"1", "2"}


def test_the_way_back_opens_in_the_whole_window(campus: Campus, moodle: MoodleStub) -> None:
    """In the frame a Moodle without https would show its sign-in page (measured)."""
    page = campus.student(moodle).get().get_data(as_text=True)

    back = f'{re.escape(moodle.address)}/mod/lti/return\\.php\\?[^"]+'
    assert re.search(rf'href="{back}" target="_top"', page)


def test_an_error_in_a_body_that_is_no_json_is_tried_again(campus: Campus, moodle: MoodleStub) -> None:
    moodle.instead["token"] = [
        Answer(400, '{"error" : "invalid_request", }\n<br />', {"Content-Type": "text/html"})
    ]

    campus.opened_and_completed(moodle)
    assert (campus.delivery().state, campus.delivery().reason) == ("waiting", "token_refused")
    campus.works(hours=1)

    assert moodle.grade() == 1.0


def test_who_cannot_be_graded_is_told_so_and_sent_once_more_when_asked(
    campus: Campus, moodle: MoodleStub
) -> None:
    """400 without a word: a teacher, or who is no longer enrolled."""
    moodle.gradable = set()
    campus.opened_and_completed(moodle)
    assert (campus.delivery().state, campus.delivery().reason) == ("parked", "not_gradable")

    moodle.gradable = {STUDENT.sub}
    with campus.database.writing() as connection:
        retry_all_parked(connection, campus.clock())
    campus.works()

    assert moodle.grade() == 1.0


def test_of_two_launches_that_get_crossed_neither_opens_a_wrong_module(
    campus: Campus, moodle: MoodleStub
) -> None:
    """The session keeps one hint: the first login is answered with the second's link, the second not at all."""
    browser = campus.browser()
    first, second = LINK, Placed("link-2", module="afscheid")
    asked = moodle.begin(browser, link=first)
    moodle.begin(browser, link=second)

    crossed = moodle.finish(browser, asked, link=second)

    assert crossed.status_code == 400
    assert "LTI-CROSSED" in crossed.get_data(as_text=True)
    assert signed_in(campus) == 0


def test_who_is_signed_in_to_moodle_no_longer_reads_what_to_do(campus: Campus, moodle: MoodleStub) -> None:
    """A refusal is posted with the state and without an id_token."""
    browser = campus.browser()
    asked = moodle.begin(browser)
    form = {"state": asked["state"], "error": "access_denied", "error_description": "Unauthorized login_hint"}

    page = moodle.hand_over(browser, asked["redirect_uri"], form)

    assert page.status_code == 401
    text = page.get_data(as_text=True)
    assert "LTI-PLATFORM-ERROR" in text
    assert "Unauthorized login_hint" in text


def test_what_a_teacher_places_has_a_column_and_so_has_its_copy(campus: Campus, moodle: MoodleStub) -> None:
    """Last year's result comes to the new column at the first click."""
    placed = campus.places(moodle)
    assert placed.column is not None, "Moodle takes a column though its request does not say so"
    campus.opened_and_completed(moodle, STUDENT, placed)
    assert moodle.grade(STUDENT, placed.column) == 1.0

    copy = moodle.copies(placed, "course-2")
    student = campus.student(moodle, STUDENT, copy)
    campus.works()

    assert copy.column is not None
    assert moodle.grade(STUDENT, copy.column) == 1.0
    assert "Je voltooide deze module" in student.words()


def test_an_assistant_stays_one_though_the_roster_says_learner(campus: Campus, moodle: MoodleStub) -> None:
    """Non-editing teachers are instructors in launches and learners in rosters."""
    moodle.members = [*members(2), {"user_id": ASSISTANT.sub, "roles": ["Learner"]}]
    browser = campus.browser()
    moodle.opens(browser, ASSISTANT)
    campus.works()
    assert campus.present() == {"s0", "s1", ASSISTANT.sub}

    assert browser.get("/teach/", base_url=BASE_URL).status_code == 200


def signed_in(campus: Campus) -> int:
    with campus.database.reading() as connection:
        return len(connection.execute(BrowserSession.__table__.select()).all())
