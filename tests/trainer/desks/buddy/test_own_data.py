"""Everybody sees what is kept about them, all of it, and nobody sees anybody else's: by the LMS's launch and by our own page."""

import json
import re
from typing import Any

import pytest
from sqlalchemy import Table, event, inspect, select

from tests.support.lms import ABSENT, CLAIM, INSTRUCTOR
from tests.trainer.conftest import BASE_URL, House
from tests.trainer.desks.buddy.conftest import ENOUGH, Student, arrive, text_of
from tests.trainer.web.visitors import PEOPLE, count, writes
from trainer.core.database import Base
from trainer.courses.models import Course, Delivery, Link, Placement, PlacingRequest, RosterMember
from trainer.learning.models import Completion, Enrolment
from trainer.people.models import Identity, IdentityJoin, SpentNonce

SPELLINGS = ("DataPrivacyLaunchRequest", "LtiDataPrivacyLaunchRequest")
#: the column, or table, that leads to a person: whatever names one of these is about somebody
PERSONS = {"buddy", "identity", "enrolment", "attempt", "completion"}
#: where the file tells of a table: path of keys, through lists
TOLD = {
    "buddy": ("person",),
    "identity": ("identities",),
    "browser_session": ("sessions",),
    "identity_join": ("joins",),
    "enrolment": ("enrolments",),
    "watch_clock": ("watch_clock",),
    "coverage": ("enrolments", "films"),
    "reading": ("enrolments", "texts"),
    "page_read": ("enrolments", "pages"),
    "attempt": ("enrolments", "checks"),
    "answer": ("enrolments", "checks", "answers"),
    "film_answer": ("enrolments", "film_answers"),
    "reflection": ("enrolments", "reflections"),
    "completion": ("enrolments", "completions"),
    "visit": ("visits",),
    "roster_member": ("rosters",),
    "delivery": ("scores",),
    "placement": ("placements",),
    "placing_request": ("placing_requests",),
}
#: columns that say nothing of the person: of the connection, of the worker, internal numbers
UNTOLD = {
    "browser_session": {"token_hash", "deployment_id", "again_url"},
    "enrolment": {"id", "module_id", "edition_id"},
    "coverage": {"bits"},
    "reading": {"bits"},
    "attempt": {"id"},
    "completion": {"id", "edition_id", "announced_at"},
    "visit": {"id", "link_id", "result_sourcedid"},
    "roster_member": {"course_id"},
    "delivery": {
        "id", "public_id", "link_id", "registration_id", "line_item_url", "gone_url", "tries", "trying_since",
        "outcome_unknown", "restamped", "token_renewed", "reported", "telling_until", "lease", "next_try_at",
    },
    "placement": {"id", "deployment_id", "context_id"},
    "placing_request": {"public_id", "registration_id", "deployment_id", "context_id", "settings"},
    "identity": {"id", "registration_id"},
    "identity_join": {"id", "enrolments"},
    "buddy": {"id"},
}  # fmt: skip
#: told under another name, or by where it stands
TOLD_AS = {"bits": "watched", "registration_id": "platform", "link_id": "link"}


def file_of(student: Student) -> dict[str, Any]:
    answer = student.get("/your-data/download")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="buddy-trainer.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    found: dict[str, Any] = json.loads(answer.get_data(as_text=True))
    return found


def code_of(answer: Any) -> str:
    found = re.search(r"translate=\"no\">([A-Z0-9-]+)-[A-Z0-9]{4}</b>", answer.get_data(as_text=True))
    return found[1] if found else ""


@pytest.fixture
def noor(house: House) -> Student:
    """A learner who did everything once."""
    student = arrive(house, name="Noor De Smet", email="noor@student.example")
    student.watch_all()
    student.post("film/film-answer", {"question": "even-denken", "chosen": ["naam"]})
    student.get("film/text")
    student.post("film/reading", {"language": "nl", "shown": [[0, 1]]})
    student.submit("lezen/finished")
    student.answer_all()
    texts = dict.fromkeys(("worked", "different", "action", "notice"), f"{ENOUGH} kanarie")
    student.post("vertaalslag/hand-in", {"texts": texts, "revision": None})
    return student


def test_in_plain_words(house: House, noor: Student) -> None:
    said = noor.words("/your-data/")
    for words in (
        "Oefen-LMS",
        "Noor De Smet",
        "noor@student.example",
        "student-1",
        "Groeten bij naam",
        "0:05 minuten bekeken, en welke stukken.",
        "5 antwoorden die je gaf.",
        "Je vertaalslag, ingediend om 14:00.",
        "Voltooid om 14:00.",
        "Leerbuddy",
        "Oefenhogeschool beslist daarover.",
    ):
        assert words in said, words


def test_the_file_tells_every_table_that_leads_to_a_person() -> None:
    """Found in the schema, so that a new table is told or this fails."""
    about: set[str] = set(PERSONS)
    while True:
        more = {table.name for table in Base.metadata.sorted_tables if _leads_to(table, about)}
        if more <= about:
            break
        about |= more
    assert about == set(TOLD)


def _leads_to(table: Table, about: set[str]) -> bool:
    keys = {key.column.table.name for key in table.foreign_keys}
    # Who placed a module is told; the links of others that came of it are not about them
    return (
        bool(keys & (about - {"placement"})) or "buddy_id" in table.columns or "identity_id" in table.columns
    )


def test_nothing_of_a_row_is_left_out_but_what_is_not_about_the_person(house: House, noor: Student) -> None:
    """Each table has a row about Noor, and each of its columns is told, or stands in the list above."""
    fill_the_rest(house)
    told = file_of(noor)
    for name, path in TOLD.items():
        rows: list[Any] = [told]
        for key in path:
            rows = [one for row in rows for one in (row[key] if isinstance(row[key], list) else [row[key]])]
        assert rows, f"{name}: no row"
        said = set().union(*rows)
        columns = {column.name for column in Base.metadata.tables[name].columns}
        parents = {column for column in columns if column.removesuffix("_id") in PERSONS}
        parents |= {"from_buddy_id", "to_buddy_id"}
        known_otherwise = {column for column in columns if TOLD_AS.get(column) in said}
        missing = columns - said - parents - known_otherwise - UNTOLD.get(name, set())
        assert not missing, f"{name}: {missing}"


def fill_the_rest(house: House) -> None:
    """Rows that a learner's day leaves behind only in time: a delivery, a roster, a placement, a join."""
    now = house.clock()
    with house.database.writing() as connection:
        identity, buddy = connection.execute(select(Identity.id, Identity.buddy_id)).one()
        completion = connection.execute(select(Completion.id)).scalar_one()
        link, course, deployment = connection.execute(
            select(Link.id, Link.course_id, Link.deployment_id)
        ).one()
        for table, row in (
            (RosterMember, {"course_id": course, "user_sub": "student-1", "name": "N", "roles": [], "is_learner": True, "seen_at": now}),
            (Delivery, {"public_id": "d", "completion_id": completion, "link_id": link, "identity_id": identity,
                        "registration_id": house.registration_id, "user_sub": "student-1", "state": "parked",
                        "detail": "kanarie", "next_try_at": now, "created_at": now}),
            (Placement, {"public_id": "p", "deployment_id": deployment, "context_id": "course-1", "module_key": "groeten",
                         "has_column": True, "identity_id": identity, "created_at": now}),
            (PlacingRequest, {"public_id": "r", "identity_id": identity, "registration_id": house.registration_id,
                              "deployment_id": deployment, "context_id": "course-1", "settings": {}, "created_at": now,
                              "expires_at": now}),
            (IdentityJoin, {"identity_id": identity, "from_buddy_id": buddy, "to_buddy_id": buddy, "proof": "lti1p1",
                            "enrolments": [], "joined_at": now}),
        ):  # fmt: skip
            connection.execute(inspect(table).local_table.insert(), row)


def test_a_roster_that_names_somebody_is_told_before_anybody_noted_who_it_is(
    house: House, noor: Student
) -> None:
    with house.database.writing() as connection:
        course = connection.execute(select(Course.id)).scalar_one()
        for sub in ("student-1", "student-2"):
            row = {
                "course_id": course,
                "user_sub": sub,
                "name": f"Lijst {sub}",
                "roles": [],
                "is_learner": True,
            }
            connection.execute(RosterMember.__table__.insert(), {**row, "seen_at": house.clock()})
    assert [one["name"] for one in file_of(noor)["rosters"]] == ["Lijst student-1"]


def test_nothing_of_anybody_else_is_in_it(house: House, noor: Student) -> None:
    other = arrive(house, "student-2", name="Bram Peeters", email="bram@student.example")
    other.post("vertaalslag/draft", {"texts": {"worked": "van Bram"}, "revision": None})
    for text in (json.dumps(file_of(noor)), noor.words("/your-data/")):
        assert "Bram" not in text
        assert "bram@" not in text
        assert "student-2" not in text
    assert "kanarie" not in json.dumps(file_of(other))


def test_no_token_no_right_and_no_hash_is_in_it(house: House, noor: Student) -> None:
    cookie = noor.browser.get_cookie("__Host-s", domain="127.0.0.1")
    assert cookie
    whole = json.dumps(file_of(noor))
    assert cookie.value.split(".")[0] not in whole
    assert "token" not in whole


def test_every_page_of_a_module_leads_there(noor: Student) -> None:
    for path in ("", "status", "film/", "check/", "vertaalslag/"):
        assert 'href="/your-data/"' in noor.get(path).get_data(as_text=True)


def test_looking_writes_nothing(house: House, noor: Student) -> None:
    with writes(house.database) as changed:
        noor.get("/your-data/")
        noor.get("/your-data/download")
    assert not changed


# --- by the LMS's own launch -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("of", ["student-1", None])
def test_the_launch_opens_the_own_page(house: House, noor: Student, spelling: str, of: str | None) -> None:
    browser = house.browser()
    changes = {CLAIM + "for_user": ABSENT} if of is None else {}
    answer = house.lms.ask_for_own_data(browser, house.clock(), changes, spelling=spelling)
    assert answer.headers["Location"] == "/your-data/"
    assert "Noor De Smet" in text_of(browser.get("/your-data/", base_url=BASE_URL))


@pytest.mark.parametrize(
    "roles",
    [
        [],
        [INSTRUCTOR],
        ["http://purl.imsglobal.org/vocab/lis/v2/membership#Administrator"],
        ["http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"],
    ],
)
def test_nobody_opens_anybody_elses(house: House, noor: Student, roles: list[str]) -> None:
    with writes(house.database) as changed:
        answer = house.lms.ask_for_own_data(
            house.browser(), house.clock(), {"sub": "boss", CLAIM + "roles": roles}
        )
    assert (answer.status_code, code_of(answer)) == (403, "PRIVACY-OF-ANOTHER")
    assert "Noor" not in answer.get_data(as_text=True)
    assert not changed


def test_who_is_not_known_is_told_so_and_not_begun_with(house: House, noor: Student) -> None:
    before = count(house.database, *PEOPLE)
    browser = house.browser()
    answer = house.lms.ask_for_own_data(browser, house.clock(), {"sub": "new"}, of="new")
    assert answer.status_code == 200
    assert "We bewaren niets over jou" in text_of(answer)
    assert "Set-Cookie" not in answer.headers
    assert count(house.database, *PEOPLE) == before
    assert count(house.database, SpentNonce)[0] > 0


def test_an_unknown_deployment_is_refused_for_the_unknown_too(house: House, noor: Student) -> None:
    for sub in ("student-1", "new"):
        changes = {"sub": sub, CLAIM + "deployment_id": "77"}
        answer = house.lms.ask_for_own_data(house.browser(), house.clock(), changes, of=sub)
        assert code_of(answer) == "LTI-DEPLOYMENT"


def test_it_gives_no_rights_in_a_course(house: House, noor: Student) -> None:
    browser = house.browser()
    house.lms.ask_for_own_data(browser, house.clock())
    assert browser.get("/teach/", base_url=BASE_URL).status_code == 403


def test_a_person_of_many_modules_costs_no_more_statements(house: House, noor: Student) -> None:
    asked: list[str] = []
    event.listen(house.database.engine, "before_cursor_execute", lambda *call: asked.append(str(call[2])))
    noor.get("/your-data/")
    first = len(asked)
    with house.database.writing() as connection:
        row = connection.execute(select(Enrolment)).mappings().one()
        more = {**row, "id": row["id"] + 1, "public_id": "second", "period": "2025-2026"}
        connection.execute(Enrolment.__table__.insert(), more)
    asked.clear()
    noor.get("/your-data/")
    assert len(asked) == first
