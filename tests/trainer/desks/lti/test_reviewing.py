"""A lecturer opens a learner's work from the gradebook of the LMS; nobody else does, and not from another course."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from tests.support.lms import ABSENT, AGS, CLAIM, INSTRUCTOR, LEARNER, MEMBERSHIP, Lms
from tests.trainer.conftest import BASE_URL, House
from tests.trainer.desks.buddy.conftest import ENOUGH, Student, arrive, text_of
from tests.trainer.web.visitors import BARE, PEOPLE, count, writes
from trainer.core.crypto import Seal
from trainer.courses.models import Course, RosterMember
from trainer.courses.reviewing import Submission, open_review, seal_review
from trainer.institutions.actions import add_deployment, find_or_make_institution
from trainer.people.models import Buddy, Identity

ELSEWHERE = {
    CLAIM + "context": {"id": "course-2", "title": "Andere cursus"},
    CLAIM + "resource_link": {"id": "link-2"},
}
ASSISTANT = f"{MEMBERSHIP}/Instructor#TeachingAssistant"
NOBODYS = (
    f"{MEMBERSHIP}#Mentor",
    f"{MEMBERSHIP}#ContentDeveloper",
    "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor",
    "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator",
)


def opened(house: House, changes: dict[str, Any] | None = None, **options: str) -> Any:
    """What the lecturer gets to see."""
    browser = house.browser()
    answer = house.lms.review(browser, house.clock(), changes, **options)
    if answer.status_code != 303:
        return answer
    return browser.get(answer.headers["Location"], base_url=BASE_URL)


def code_of(answer: Any) -> str:
    found = re.search(r"translate=\"no\">([A-Z0-9-]+)-[A-Z0-9]{4}</b>", answer.get_data(as_text=True))
    return found[1] if found else ""


def writes_all(noor: Student) -> None:
    texts = {field: f"{ENOUGH} {field}geheim" for field in ("worked", "different", "action", "notice")}
    assert noor.post("vertaalslag/hand-in", {"texts": texts, "revision": None}).status_code == 200


@pytest.fixture
def noor(house: House) -> Student:
    """A learner who watched, answered, read and wrote."""
    student = arrive(house, name="Noor De Smet")
    student.watch_all()
    student.submit("lezen/finished")
    student.answer_all()
    writes_all(student)
    return student


def test_what_was_done_in_words(house: House, noor: Student) -> None:
    answer = opened(house)
    assert answer.status_code == 200
    said = text_of(answer)
    assert "Noor De Smet" in said
    assert "Voltooid om 14:00." in said
    assert "0:05 van 0:05 bekeken." in said
    assert "4 van 4 juist in de beste poging." in said
    assert "Poging 1, om 14:00: 4 van 4 juist." in said
    assert "Ingediend om 14:00." in said
    assert "De tekst is van de student zelf en staat hier niet." in said
    page = answer.get_data(as_text=True)
    assert '<rect x="0" y="0" width="5" height="1"/>' in page
    assert "geheim" not in page
    assert f"frame-ancestors {house.lms.issuer}" in answer.headers["Content-Security-Policy"]


def test_what_is_missing_too(house: House) -> None:
    student = arrive(house)
    student.get("film/")
    house.clock.move(seconds=3)
    student.watch([1, 3])
    said = text_of(opened(house))
    assert re.search(r"Deelnemer [0-9A-F]{4}", said), "no name is needed"
    assert "Nog niet voltooid" in said
    assert "Niet bekeken: 0:00–0:01, 0:03–0:05." in said
    assert "Nog niet ingediend." in said


def test_a_draft_is_not_told(house: House) -> None:
    student = arrive(house)
    student.post("vertaalslag/draft", {"texts": {"worked": "een geheim klad"}, "revision": None})
    page = opened(house)
    assert "geheim" not in page.get_data(as_text=True)
    assert "Nog niet ingediend." in text_of(page)


def test_looking_changes_nothing_of_the_learner(house: House, noor: Student) -> None:
    opened(house)
    browser = house.browser()
    location = house.lms.review(browser, house.clock()).headers["Location"]
    with writes(house.database) as changed:
        assert browser.get(location, base_url=BASE_URL).status_code == 200
    assert not changed


@pytest.mark.parametrize("role", [f"{MEMBERSHIP}#Administrator", ASSISTANT])
def test_assistants_and_administrators_of_the_course_may_look(house: House, noor: Student, role: str) -> None:
    assert opened(house, {CLAIM + "roles": [role]}).status_code == 200


@pytest.mark.parametrize("roles", [[LEARNER], [], *([role] for role in NOBODYS)])
def test_nobody_else_may(house: House, noor: Student, roles: list[str]) -> None:
    with writes(house.database) as changed:
        answer = opened(house, {CLAIM + "roles": roles})
    assert (answer.status_code, code_of(answer)) == (403, "REVIEW-NOT-ALLOWED")
    assert not changed
    assert "Noor" not in answer.get_data(as_text=True)


def test_learners_see_their_own_on_their_own_page(house: House, noor: Student) -> None:
    browser = house.browser()
    changes = {"sub": "student-1", CLAIM + "roles": [LEARNER]}
    answer = house.lms.review(browser, house.clock(), changes)
    assert answer.headers["Location"] == f"/m/{noor.enrolment}/status"
    assert browser.get(answer.headers["Location"], base_url=BASE_URL).status_code == 200


def test_the_column_leads_there_where_no_link_is_named(house: House, noor: Student) -> None:
    by_column = {CLAIM + "resource_link": ABSENT}
    assert opened(house, by_column).status_code == 200
    other = {**by_column, AGS: {"scope": [], "lineitem": f"{house.lms.issuer}/items/2"}}
    assert code_of(opened(house, other)) == "NOTHING-TO-REVIEW"
    neither = {**by_column, AGS: ABSENT}
    assert code_of(opened(house, neither)) == "NOTHING-TO-REVIEW"


@pytest.mark.parametrize(
    "changes",
    [
        {CLAIM + "for_user": {"user_id": "never-came"}},
        ELSEWHERE,
        {CLAIM + "context": ELSEWHERE[CLAIM + "context"]},
        {CLAIM + "context": ABSENT},
        {CLAIM + "deployment_id": "2"},
    ],
    ids=["a stranger", "another course", "the link of another course", "no course", "another deployment"],
)
def test_from_elsewhere_there_is_nothing(house: House, noor: Student, changes: dict[str, Any]) -> None:
    """A lecturer of the one course, even with rights in it proven by the LMS, looks into no other."""
    with house.database.writing() as connection:
        add_deployment(connection, house.registration_id, "2", house.clock())
    before = count(house.database, *PEOPLE)
    answer = opened(house, changes)
    assert (answer.status_code, code_of(answer)) == (404, "NOTHING-TO-REVIEW")
    assert "Noor" not in answer.get_data(as_text=True)
    assert count(house.database, *PEOPLE) == before, "and nobody is signed in"


def test_the_same_name_on_another_platform_is_somebody_else(house: House, noor: Student) -> None:
    other = Lms(BASE_URL, client_id="client-2")
    try:
        other.register(house.database, house.clock(), name="Ander LMS", institution="Andere hogeschool")
        answer = other.review(house.browser(), house.clock())
    finally:
        other.close()
    assert (answer.status_code, code_of(answer)) == (404, "NOTHING-TO-REVIEW")


def test_a_lecturers_own_try_is_nobody_elses_to_see(house: House) -> None:
    arrive(house, "teacher-2", **{CLAIM + "roles": [INSTRUCTOR]})
    assert code_of(opened(house, of="teacher-2")) == "NOTHING-TO-REVIEW"


def test_an_unknown_deployment_is_refused_and_kept_for_the_operator(house: House, noor: Student) -> None:
    assert code_of(opened(house, {CLAIM + "deployment_id": "77"})) == "LTI-DEPLOYMENT"


def test_a_launch_is_good_once(house: House, noor: Student) -> None:
    browser = house.browser()
    asked = house.lms.log_in(browser)
    claims = house.lms.claims(
        asked["nonce"],
        house.clock(),
        {
            "sub": "teacher-1",
            CLAIM + "message_type": "LtiSubmissionReviewRequest",
            CLAIM + "roles": [INSTRUCTOR],
            CLAIM + "for_user": {"user_id": "student-1"},
        },
    )
    token = house.lms.sign(claims)
    assert house.lms.post(browser, asked["state"], token).status_code == 303
    assert house.lms.post(browser, asked["state"], token).status_code == 401


# --- the address -----------------------------------------------------------------------------------------------------


def test_the_address_is_the_lecturers_alone(house: House, noor: Student) -> None:
    location = house.lms.review(house.browser(), house.clock()).headers["Location"]
    colleague = house.browser()
    house.lms.review(colleague, house.clock(), {"sub": "teacher-2"})
    assert colleague.get(location, base_url=BASE_URL).status_code == 404
    assert noor.get(location).status_code == 404
    assert house.browser().get(location, base_url=BASE_URL).status_code == 401
    assert "student-1" not in location


def test_it_ends_after_eight_hours_and_when_the_lecturer_left(house: House, noor: Student) -> None:
    browser = house.browser()
    location = house.lms.review(browser, house.clock()).headers["Location"]
    with house.database.reading() as connection:
        course = connection.execute(select(Course.id)).scalar_one()
        teacher = connection.execute(select(Identity.id).where(Identity.sub == "teacher-1")).scalar_one()
    seal = Seal(house.settings.secret_key)
    sealed = seal_review(seal, Submission(course, "a", "groeten", "e"), teacher, house.clock())
    assert open_review(seal, sealed, teacher, house.clock()) is not None
    assert open_review(seal, sealed, teacher + 1, house.clock()) is None
    assert open_review(seal, sealed, teacher, house.clock.move(hours=8)) is None
    house.clock.move(hours=-8)
    with house.database.writing() as connection:
        connection.execute(
            RosterMember.__table__.insert(),
            {
                "course_id": course, "user_sub": "teacher-1", "identity_id": teacher, "roles": [],
                "is_learner": False, "seen_at": house.clock(), "left_at": house.clock(),
            },
        )  # fmt: skip
    assert browser.get(location, base_url=BASE_URL).status_code == 404


def test_it_ends_when_the_lecturer_comes_into_the_course_as_something_else(
    house: House, noor: Student
) -> None:
    """Whose role was taken away launches as a student: the page that was opened before is theirs no more."""
    browser = house.browser()
    location = house.lms.review(browser, house.clock()).headers["Location"]
    house.clock.move(minutes=1)
    elsewhere = {"sub": "teacher-1", CLAIM + "roles": [LEARNER], **ELSEWHERE}
    assert house.lms.open(browser, house.clock(), elsewhere).status_code == 303
    assert browser.get(location, base_url=BASE_URL).status_code == 200, (
        "what they are elsewhere is another matter"
    )
    house.lms.open(browser, house.clock(), {"sub": "teacher-1", CLAIM + "roles": [LEARNER]})
    assert browser.get(location, base_url=BASE_URL).status_code == 404
    house.clock.move(minutes=1)
    anew = house.lms.review(browser, house.clock()).headers["Location"]
    assert browser.get(anew, base_url=BASE_URL).status_code == 200


@pytest.mark.parametrize("made_up", ["x", "%00", "gAAAA", "é"])
def test_a_made_up_address_is_none(house: House, noor: Student, made_up: str) -> None:
    browser = house.browser()
    house.lms.review(browser, house.clock())
    assert browser.get(f"/teach/reviews/{made_up}", base_url=BASE_URL).status_code == 404


def test_what_is_sealed_for_one_use_is_good_for_no_other(house: House, noor: Student) -> None:
    browser = house.browser()
    review = house.lms.review(browser, house.clock()).headers["Location"].rpartition("/")[2]
    house.lms.open(browser, house.clock(), {"sub": "teacher-1", CLAIM + "roles": [INSTRUCTOR]})
    with house.database.reading() as connection:
        course = connection.execute(select(Course.public_id)).scalar_one()
    assert browser.get(f"/teach/courses/{course}/?after={review}", base_url=BASE_URL).status_code == 404
    cursor = Seal(house.settings.secret_key).close_for("learners", [0, "a", "b"])
    assert browser.get(f"/teach/reviews/{cursor}", base_url=BASE_URL).status_code == 404


# --- from the list of the course -------------------------------------------------------------------------------------


def listed(house: House, changes: dict[str, Any] | None = None) -> tuple[Any, str]:
    """A lecturer's browser, and the address of the course."""
    browser = house.browser()
    house.lms.open(
        browser, house.clock(), {"sub": "teacher-1", CLAIM + "roles": [INSTRUCTOR], **(changes or {})}
    )
    with house.database.reading() as connection:
        course = connection.execute(
            select(Course.public_id).where(Course.context_id == "course-1")
        ).scalar_one()
    return browser, f"/teach/courses/{course}/"


def test_the_list_leads_to_the_same_page(house: House, noor: Student) -> None:
    browser, course = listed(house)
    page = browser.get(course, base_url=BASE_URL).get_data(as_text=True)
    found = re.search(r'<a href="([^"]+)" class="state completed"', page)
    assert found
    answer = browser.get(found[1], base_url=BASE_URL)
    assert "0:05 van 0:05 bekeken." in text_of(answer)
    assert f'href="{course}"' in answer.get_data(as_text=True), "and back"


def test_a_lecturer_of_another_course_reads_nobody_here(house: House, noor: Student) -> None:
    browser, course = listed(house)
    path = re.search(
        r'<a href="([^"]+)" class="state', browser.get(course, base_url=BASE_URL).get_data(as_text=True)
    )
    assert path
    other, _ = listed(house, {"sub": "teacher-2", **ELSEWHERE})
    assert other.get(path[1], base_url=BASE_URL).status_code == 404
    with house.database.reading() as connection:
        theirs = connection.execute(
            select(Course.public_id).where(Course.context_id == "course-2")
        ).scalar_one()
    moved = re.sub(r"courses/\w+", f"courses/{theirs}", path[1])
    assert other.get(moved, base_url=BASE_URL).status_code == 404, "Noor is not in that course"


def test_scores_of_other_courses_are_not_told(house: House, noor: Student) -> None:
    arrive(house, name="Noor De Smet", **ELSEWHERE)
    assert "Andere cursus" not in opened(house).get_data(as_text=True)
    assert len(re.findall('data-evidence="score"', opened(house).get_data(as_text=True))) == 1


def test_what_was_done_at_another_institution_is_not_shown(house: House) -> None:
    """One platform, two institutions: a member of both did the module at the other one."""
    arrive(house, **ELSEWHERE)
    with house.database.writing() as connection:
        other = find_or_make_institution(connection, "Andere hogeschool", house.clock())
        connection.execute(
            Course.__table__.update().where(Course.context_id == "course-2").values(institution_id=other)
        )
    bare = {**BARE, CLAIM + "resource_link": {"id": "bare"}}
    house.lms.open(house.browser(), house.clock(), bare)
    browser, course = listed(house)
    with house.database.reading() as connection:
        noor = connection.execute(
            select(Buddy.public_id).join(Identity).where(Identity.sub == "student-1")
        ).scalar_one()
    page = browser.get(course, base_url=BASE_URL).get_data(as_text=True)
    assert "1 deelnemer" in page
    assert noor not in page
    assert browser.get(f"{course}learners/{noor}/groeten", base_url=BASE_URL).status_code == 404
