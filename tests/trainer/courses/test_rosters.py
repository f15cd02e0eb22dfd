"""Who is in the course: fetched when a lecturer comes and nightly, whole or not at all, with who left marked."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select, update

from lti.keys import ToolKey
from tests.support.lms import ABSENT, CLAIM
from tests.trainer.conftest import BASE_URL, House
from tests.trainer.courses.roster_platform import NRPS, RosterLms, member
from trainer.courses.models import Course, RosterMember
from trainer.courses.rosters import Changes, store_roster, take_roster
from trainer.institutions.models import Registration
from trainer.people.models import BrowserSession, Identity
from trainer.worker import Worker


@dataclass
class Campus:
    """The service, and an LMS that tells who is in its courses."""

    house: House
    lms: RosterLms

    def comes(self, **changes: Any) -> None:
        """A lecturer opens the module."""
        answer = self.lms.open(self.house.browser(), self.house.clock(), {**self.lms.teaches(), **changes})
        assert answer.status_code == 303

    def works(self) -> None:
        """The worker does all that is due."""
        Worker(self.house.database, self.house.settings, clock=self.house.clock).run_once()

    def comes_and_works(self) -> None:
        self.comes()
        self.works()

    def course(self) -> Any:
        with self.house.database.reading() as connection:
            return connection.execute(select(Course.__table__)).one()

    def members(self) -> dict[str, Any]:
        with self.house.database.reading() as connection:
            return {row.user_sub: row for row in connection.execute(select(RosterMember.__table__))}

    def present(self) -> set[str]:
        return {sub for sub, row in self.members().items() if row.left_at is None}


@pytest.fixture
def campus(house: House, tool_key: ToolKey) -> Iterator[Campus]:
    lms = RosterLms(BASE_URL, tool_key)
    lms.register(house.database, house.clock(), name="Rooster-LMS", institution="Hogeschool met rooster")
    lms.members = [member(f"s{number}", f"Student {number:02}") for number in range(51)]
    yield Campus(house, lms)
    lms.close()


def test_a_lecturer_comes_and_all_fifty_one_are_known(campus: Campus) -> None:
    campus.comes_and_works()

    assert campus.present() == {f"s{number}" for number in range(51)}
    assert [path.split("page=")[1:] for path in campus.lms.asked] == [[], ["bookmark:Ab1"], ["bookmark:Ab2"]]
    first = campus.members()["s7"]
    assert (first.name, first.email, first.is_learner) == ("Student 07", "s7@school.example", True)
    course = campus.course()
    assert (course.roster_at, course.roster_problem) == (campus.house.clock(), None)


def test_a_students_launch_asks_for_nothing(campus: Campus) -> None:
    campus.lms.open(campus.house.browser(), campus.house.clock(), campus.lms.told())
    campus.works()
    assert campus.lms.asked == []
    assert campus.course().memberships_url == campus.lms.memberships()


def test_a_launch_without_the_claim_takes_nothing_away(campus: Campus) -> None:
    campus.comes()
    campus.comes(**{NRPS: ABSENT})
    assert campus.course().memberships_url == campus.lms.memberships()


def test_an_address_that_changed_is_noted(campus: Campus) -> None:
    campus.comes()
    elsewhere = campus.lms.memberships("elsewhere")
    campus.comes(**{NRPS: {"context_memberships_url": elsewhere, "service_versions": ["2.0"]}})
    assert campus.course().memberships_url == elsewhere


def test_a_lecturer_who_comes_again_at_once_asks_no_second_time(campus: Campus) -> None:
    campus.comes_and_works()
    campus.house.clock.move(minutes=5)
    campus.comes_and_works()
    assert len(campus.lms.asked) == 3

    campus.house.clock.move(minutes=6)
    campus.comes_and_works()
    assert len(campus.lms.asked) == 6


def test_it_is_fetched_again_the_next_night_and_not_before(campus: Campus) -> None:
    campus.comes_and_works()
    campus.house.clock.move(hours=19)
    campus.works()
    assert len(campus.lms.asked) == 3

    campus.house.clock.move(hours=2)
    campus.lms.members = campus.lms.members[:40]
    campus.works()
    assert len(campus.present()) == 40
    assert len(campus.members()) == 51, "who left is kept"


def test_a_course_into_which_nobody_came_for_a_year_is_left_alone(campus: Campus) -> None:
    campus.comes_and_works()
    campus.house.clock.move(days=401)
    campus.works()
    assert len(campus.lms.asked) == 3
    assert campus.course().roster_due_at is None

    campus.comes_and_works()
    assert len(campus.lms.asked) == 6


def test_an_error_on_a_later_page_leaves_the_roster_as_it_was(campus: Campus) -> None:
    campus.comes_and_works()
    before = campus.members()
    fetched_at = campus.course().roster_at
    campus.lms.members = [member("new", "Iemand nieuw"), *campus.lms.members[:45]]
    campus.lms.failing = {2: 500}

    campus.house.clock.move(hours=21)
    campus.works()

    assert campus.members() == before
    course = campus.course()
    assert (course.roster_at, course.roster_problem) == (fetched_at, "unreachable")

    campus.lms.failing = {}
    campus.house.clock.move(hours=1)
    campus.works()
    assert "new" in campus.present()
    assert "s50" not in campus.present()
    assert campus.course().roster_problem is None


@pytest.mark.parametrize(
    ("status", "problem"), [(403, "forbidden"), (404, "refused"), (503, "busy"), (429, "busy"), (401, "keys")]
)
def test_why_it_failed_is_said(campus: Campus, status: int, problem: str) -> None:
    campus.lms.failing = {0: status}
    campus.comes_and_works()
    assert campus.course().roster_problem == problem
    assert campus.members() == {}


def test_a_right_that_the_administrator_did_not_give_is_said(campus: Campus) -> None:
    campus.lms.grants = False
    campus.comes_and_works()
    assert campus.course().roster_problem == "no_scope"
    assert campus.lms.asked == []


def test_a_platform_that_is_gone_is_said(campus: Campus) -> None:
    campus.comes()
    campus.lms.close()
    campus.works()
    assert campus.course().roster_problem == "unreachable"


def test_an_empty_list_puts_nobody_out(campus: Campus) -> None:
    campus.comes_and_works()
    campus.lms.members = []
    campus.house.clock.move(hours=21)
    campus.works()
    assert len(campus.present()) == 51
    assert campus.course().roster_problem == "empty"


def test_names_that_are_missing_blank_none(campus: Campus) -> None:
    campus.comes_and_works()
    campus.lms.members = [member(f"s{number}") for number in range(51)]
    campus.house.clock.move(hours=21)
    campus.works()
    assert campus.members()["s3"].name == "Student 03"
    assert campus.members()["s3"].email == "s3@school.example"


def test_a_roster_that_says_the_same_again_writes_no_member(campus: Campus) -> None:
    campus.comes_and_works()
    first_at = campus.house.clock()
    campus.house.clock.move(hours=21)
    campus.works()
    assert {row.seen_at for row in campus.members().values()} == {first_at}
    assert campus.course().roster_at == campus.house.clock()


@pytest.mark.parametrize("status", ["Inactive", "Deleted"])
def test_who_is_inactive_is_signed_out_and_a_launch_of_theirs_wins(campus: Campus, status: str) -> None:
    """They keep what they reached; what they may open is for the LMS to say."""
    student = {**campus.lms.told(), "sub": "s5"}
    campus.lms.open(campus.house.browser(), campus.house.clock(), student)
    campus.comes_and_works()
    assert sessions(campus) == {"s5": 1, "teacher-1": 1}

    campus.lms.members = [
        member("s5", "Student 05", status=status) if one["user_id"] == "s5" else one
        for one in campus.lms.members
    ]
    campus.house.clock.move(minutes=11)
    campus.comes_and_works()
    assert campus.members()["s5"].left_at == campus.house.clock()
    assert sessions(campus) == {"teacher-1": 2}

    campus.lms.open(campus.house.browser(), campus.house.clock(), student)
    assert campus.members()["s5"].left_at is None
    assert sessions(campus) == {"s5": 1, "teacher-1": 2}


def test_who_left_one_course_stays_signed_in_for_another(campus: Campus) -> None:
    for course, link in (("course-1", "link-1"), ("course-2", "link-2")):
        told = {**campus.lms.told(course, link), "sub": "s5"}
        campus.lms.open(campus.house.browser(), campus.house.clock(), told)
    campus.comes_and_works()
    campus.lms.members = campus.lms.members[:3]
    campus.house.clock.move(hours=2)
    with campus.house.database.writing() as connection:
        connection.execute(update(BrowserSession).values(used_at=campus.house.clock()))
    with campus.house.database.writing() as connection:
        connection.execute(
            update(Course).where(Course.context_id == "course-1").values(roster_due_at=campus.house.clock())
        )
    campus.works()
    assert campus.members()["s5"].left_at is not None
    assert sessions(campus)["s5"] == 2


@pytest.mark.parametrize("status", [None, "Inactive"])
def test_who_comes_while_the_pages_are_fetched_is_in_the_course(
    campus: Campus, monkeypatch: pytest.MonkeyPatch, status: str | None
) -> None:
    """A page was told before they were let in again: the launch is the newer word."""
    student = {**campus.lms.told(), "sub": "s5"}
    campus.lms.open(campus.house.browser(), campus.house.clock(), student)
    campus.comes_and_works()
    everybody = list(campus.lms.members)
    without = [one for one in everybody if one["user_id"] != "s5"]
    campus.lms.members = [*without, member("s5", "Student 05", status=status)] if status else without
    campus.house.clock.move(minutes=11)
    campus.comes_and_works()
    assert campus.members()["s5"].left_at is not None
    assert "s5" not in sessions(campus)

    told = campus.lms.answer

    def lets_them_in_again(path: str) -> tuple[int, dict[str, str], Any]:
        page = told(path)
        if "Ab2" in path:
            campus.house.clock.move(seconds=30)
            campus.lms.open(campus.house.browser(), campus.house.clock(), student)
            campus.house.clock.move(seconds=30)
        return page

    monkeypatch.setattr(campus.lms, "answer", lets_them_in_again)
    campus.house.clock.move(minutes=11)
    campus.comes_and_works()

    assert campus.members()["s5"].left_at is None
    assert sessions(campus)["s5"] == 1


def sessions(campus: Campus) -> dict[str, int]:
    """How many browsers are signed in, by whom."""
    with campus.house.database.reading() as connection:
        subs = list(
            connection.execute(
                select(Identity.sub).join(BrowserSession, BrowserSession.identity_id == Identity.id)
            ).scalars()
        )
    return {sub: subs.count(sub) for sub in subs}


def test_a_person_is_known_by_whichever_comes_first(campus: Campus) -> None:
    """The roster, or the first launch."""
    campus.lms.open(campus.house.browser(), campus.house.clock(), {**campus.lms.told(), "sub": "s1"})
    campus.comes_and_works()
    campus.lms.open(campus.house.browser(), campus.house.clock(), {**campus.lms.told(), "sub": "s2"})

    with campus.house.database.reading() as connection:
        identities = dict(connection.execute(select(Identity.sub, Identity.id)).all())  # type: ignore[arg-type]
    members = campus.members()
    assert [members[sub].identity_id for sub in ("s1", "s2", "s3")] == [
        identities["s1"],
        identities["s2"],
        None,
    ]


def test_a_lecturer_in_the_roster_is_no_learner(campus: Campus) -> None:
    campus.lms.members = [member("t", "Docent", roles=["Instructor"]), member("s", "Student")]
    campus.comes_and_works()
    assert {sub: row.is_learner for sub, row in campus.members().items()} == {"t": False, "s": True}


def test_a_platform_that_is_switched_off_is_not_asked(campus: Campus) -> None:
    campus.comes()
    with campus.house.database.writing() as connection:
        connection.execute(
            update(Registration).where(Registration.name == "Rooster-LMS").values(active=False)
        )
    campus.works()
    assert campus.lms.asked == []


def test_two_workers_never_fetch_the_same_roster(campus: Campus) -> None:
    campus.comes()
    with campus.house.database.writing() as connection:
        taken = take_roster(connection, campus.house.clock())
    assert taken is not None
    with campus.house.database.writing() as connection:
        assert take_roster(connection, campus.house.clock()) is None
    # the first one died: its lease runs out
    campus.house.clock.move(minutes=11)
    campus.works()
    assert len(campus.present()) == 51


def test_whoever_is_late_writes_nothing(campus: Campus) -> None:
    """A worker that was stopped for long comes back after another one fetched the roster."""
    campus.comes()
    with campus.house.database.writing() as connection:
        late = take_roster(connection, campus.house.clock())
    assert late is not None
    campus.house.clock.move(minutes=11)
    campus.works()
    before = campus.members()
    with campus.house.database.writing() as connection:
        assert not store_roster(connection, late, Changes([], list(before)), campus.house.clock())
    assert campus.members() == before


def test_the_claims_of_a_link_outside_any_course_name_no_roster(campus: Campus) -> None:
    campus.comes(**{CLAIM + "context": ABSENT})
    assert campus.course().memberships_url is None
