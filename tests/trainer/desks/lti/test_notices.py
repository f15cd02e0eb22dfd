"""A platform tells that a course was copied, before anybody comes from the copy: signed, once, and never relied upon."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from tests.support.lms import ABSENT, CLAIM, INSTRUCTOR, Lms
from tests.trainer.conftest import BASE_URL, House
from tests.trainer.web.visitors import BARE, visitor, writes
from trainer.courses.belonging import save_rules
from trainer.courses.models import Course, Link
from trainer.institutions.actions import find_or_make_institution
from trainer.institutions.models import Deployment, Registration
from trainer.institutions.rules import Rule
from trainer.people.models import SpentNonce


@pytest.fixture
def house(house: House) -> House:
    """With last year's course, in which a teacher chose a module for a link that names none."""
    old = {CLAIM + "context": {"id": "2025"}, CLAIM + "resource_link": {"id": "old", "title": "Les 1"}}
    who = visitor(house, changes={"sub": "t", CLAIM + "roles": [INSTRUCTOR], **BARE, **old})
    assert who.post(who.home, form={"module": "groeten"}).status_code == 303
    return house


@pytest.fixture
def other(house: House) -> Iterator[Lms]:
    """Another platform, with a key of its own."""
    lms = Lms(BASE_URL, client_id="other")
    lms.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    lms.register(house.database, house.clock(), name="Ander LMS", institution="Andere hogeschool")
    yield lms
    lms.close()


def notice(
    house: House, lms: Lms | None = None, *, to: str = "2026", nonce: str = "n-1", **changes: Any
) -> dict[str, str]:
    """As Canvas writes it: no subject, an hour to live."""
    lms, now = lms or house.lms, int(house.clock().timestamp())
    claims: dict[str, Any] = {
        "iss": lms.issuer,
        "aud": lms.client_id,
        "azp": lms.client_id,
        "iat": now,
        "exp": now + 3600,
        "nonce": nonce,
        CLAIM + "version": "1.3.0",
        CLAIM + "deployment_id": "1",
        CLAIM + "notice": {"id": "x-1", "timestamp": "2026-11-03T13:00:00Z", "type": "LtiContextCopyNotice"},
        CLAIM + "context": {"id": to, "label": "LB", "title": "Leerbuddy 2026"},
        CLAIM + "origin_contexts": ["2025"],
        **changes,
    }
    return {"jwt": lms.sign({name: value for name, value in claims.items() if value is not ABSENT})}


def deliver(
    house: House, *notices: object, body: bytes | None = None, kind: str = "application/json"
) -> TestResponse:
    data = json.dumps({"notices": notices}).encode() if body is None else body
    return house.browser().post("/lti/notices", data=data, content_type=kind, base_url=BASE_URL)


def courses(house: House) -> dict[str, Any]:
    with house.database.reading() as connection:
        return {row.context_id: row for row in connection.execute(select(Course.__table__))}


def code_of(answer: TestResponse) -> str:
    return str(answer.get_json()["error"]["code"])


def test_the_copy_is_known_before_anybody_launches(house: House) -> None:
    answer = deliver(house, notice(house))

    assert (answer.status_code, answer.get_json()) == (200, {"taken": 1, "passed_over": 0, "refused": 0})
    found = courses(house)
    assert found["2026"].copied_from_id == found["2025"].id
    assert found["2026"].institution_id == found["2025"].institution_id


def test_its_links_are_known_as_copies_and_open_what_the_teacher_chose(house: House) -> None:
    deliver(house, notice(house))
    new = {CLAIM + "context": {"id": "2026"}, CLAIM + "resource_link": {"id": "new", "title": "Les 1"}}

    answer = house.lms.open(house.browser(), house.clock(), {**BARE, **new})

    assert answer.headers["Location"].startswith("/m/")
    with house.database.reading() as connection:
        links = {row.resource_link_id: row for row in connection.execute(select(Link.__table__))}
    assert links["new"].copied_from_id == links["old"].id


@pytest.mark.parametrize("difference", ["another title", "no title", "two of that title", "names its module"])
def test_a_link_that_could_be_another_ones_copy_is_nobodys(house: House, difference: str) -> None:
    deliver(house, notice(house))
    if difference == "two of that title":
        old = {CLAIM + "context": {"id": "2025"}, CLAIM + "resource_link": {"id": "old-2", "title": "Les 1"}}
        house.lms.open(house.browser(), house.clock(), {**BARE, **old})
    title = {"another title": "Les 2", "no title": None}.get(difference, "Les 1")
    named = {} if difference == "names its module" else BARE
    new = {CLAIM + "context": {"id": "2026"}, CLAIM + "resource_link": {"id": "new", "title": title}}
    house.lms.open(house.browser(), house.clock(), {**named, **new})
    with house.database.reading() as connection:
        row = connection.execute(select(Link.copied_from_id).where(Link.resource_link_id == "new")).one()
    assert row.copied_from_id is None


def test_whose_the_copy_is_the_rules_say_and_not_its_original(house: House) -> None:
    """Given institutions that share a deployment, when the one copies a course of the other, and its launches say
    nothing that rules could look at: then it waits, as it would without the notice."""
    with house.database.writing() as connection:
        (deployment,) = connection.execute(select(Deployment.id)).scalars()
        theirs = find_or_make_institution(connection, "Hogeschool A", house.clock())
        save_rules(connection, deployment, [Rule("org_unit", "is", "school-a", theirs)], house.clock())
    of_a = {CLAIM + "context": {"id": "2025"}, CLAIM + "lis": {"course_section_sourcedid": "school-a"}}
    visitor(house, changes=of_a)
    assert courses(house)["2025"].institution_id == theirs
    assert deliver(house, notice(house)).status_code == 200
    visitor(house, changes={CLAIM + "context": {"id": "2026"}})
    assert courses(house)["2026"].copied_from_id == courses(house)["2025"].id
    assert courses(house)["2026"].institution_id is None


def test_a_course_that_was_launched_from_first_is_told_what_it_is_a_copy_of(house: House) -> None:
    house.lms.open(house.browser(), house.clock(), {CLAIM + "context": {"id": "2026", "title": "Nieuw"}})
    deliver(house, notice(house))
    found = courses(house)["2026"]
    assert (found.copied_from_id, found.title) == (courses(house)["2025"].id, "Nieuw")


def test_the_same_notice_again_changes_nothing(house: House) -> None:
    told = notice(house)
    deliver(house, told)
    with writes(house.database) as changed:
        again = deliver(house, told, told)
    assert (again.status_code, again.get_json()["taken"]) == (200, 2)
    assert not changed


def test_two_at_once_make_one_course(house: House) -> None:
    told = [notice(house, nonce=nonce) for nonce in ("n-1", "n-1", "n-2", "n-3")]
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda one=one: answers.append(deliver(house, one).status_code))
        for one in told
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 4
    assert set(courses(house)) == {"2025", "2026"}


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"aud": "somebody-else"}, 401, "lti_platform_unknown"),
        ({"aud": ["client-1", "somebody-else"]}, 401, "lti_audience"),
        ({"iss": "https://evil.example"}, 401, "lti_platform_unknown"),
        ({"iss": "\0"}, 401, "lti_platform_unknown"),
        ({"azp": "somebody-else"}, 401, "lti_azp"),
        ({"nonce": ABSENT}, 401, "lti_nonce"),
        ({"exp": 1}, 401, "lti_time"),
        ({CLAIM + "deployment_id": "unknown"}, 403, "lti_deployment"),
        ({CLAIM + "notice": ABSENT}, 400, "lti_claims"),
        ({CLAIM + "context": {"id": "a\0b"}}, 400, "lti_claims"),
        ({CLAIM + "origin_contexts": "2025"}, 400, "lti_claims"),
    ],
)
def test_what_is_not_good_is_refused_and_nothing_is_written(
    house: House, changes: dict[str, Any], status: int, code: str
) -> None:
    with writes(house.database) as changed:
        answer = deliver(house, notice(house, **changes))
    assert (answer.status_code, code_of(answer)) == (status, code)
    assert not changed - {"platform_key_set"}
    assert "Set-Cookie" not in answer.headers


def test_another_platforms_key_is_no_key(house: House, other: Lms) -> None:
    own, house.lms.key = house.lms.key, other.key
    try:
        forged = notice(house)
    finally:
        house.lms.key = own
    answer = deliver(house, forged)
    assert (answer.status_code, code_of(answer)) == (401, "lti_token")
    assert "2026" not in courses(house)


def test_another_platforms_courses_mean_nothing(house: House, other: Lms) -> None:
    answer = deliver(house, notice(house, other))
    assert (answer.status_code, answer.get_json()["taken"]) == (200, 1)
    assert set(courses(house)) == {"2025"}


def test_a_platform_cannot_use_up_anothers_nonces(house: House, other: Lms) -> None:
    deliver(house, notice(house, other, nonce="the same"))
    deliver(house, notice(house, nonce="the same"))
    assert "2026" in courses(house)


@pytest.mark.parametrize("table", [Registration, Deployment])
def test_who_is_switched_off_is_not_heard(house: House, table: type[Registration | Deployment]) -> None:
    told = notice(house)
    with house.database.writing() as connection:
        connection.execute(update(table).values(active=False))
    assert deliver(house, told).status_code == 403
    with house.database.writing() as connection:
        connection.execute(update(table).values(active=True))
    assert deliver(house, told).status_code == 200, "nothing was spent"
    assert "2026" in courses(house)


def test_a_bad_notice_does_not_spoil_the_others(house: House) -> None:
    unwanted = {CLAIM + "notice": {"id": "n", "type": "LtiAssetProcessorSubmissionNotice"}}
    answer = deliver(house, None, {"jwt": "x"}, notice(house, **unwanted), notice(house))
    assert (answer.status_code, answer.get_json()) == (200, {"taken": 1, "passed_over": 1, "refused": 2})
    assert "2026" in courses(house)


def test_what_we_did_not_ask_for_is_passed_over(house: House) -> None:
    with writes(house.database) as changed:
        answer = deliver(
            house, notice(house, **{CLAIM + "notice": {"id": "n", "type": "LtiHelloWorldNotice"}})
        )
    assert (answer.status_code, answer.get_json()["passed_over"]) == (200, 1)
    assert not changed - {"platform_key_set"}


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"[]", b"{}", b'{"notices": 5}', b'{"notices": [' + b"1," * 100 + b"1]}"]
)
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "text/plain"])
def test_what_is_no_delivery_is_refused_in_json(house: House, body: bytes, kind: str) -> None:
    answer = deliver(house, body=body, kind=kind)
    assert (answer.status_code, code_of(answer)) == (400, "lti_notice")


def test_a_delivery_has_a_size(house: House) -> None:
    answer = deliver(house, body=b'{"notices": ["' + b"x" * 300_000 + b'"]}')
    assert (answer.status_code, code_of(answer)) == (413, "too_large")


def test_where_keys_cannot_be_had_it_may_come_again(house: House) -> None:
    gone = Lms(BASE_URL, client_id="gone")
    gone.register(house.database, house.clock(), name="Weg", institution="Hogeschool die weg is")
    gone.close()
    answer = deliver(house, notice(house, gone), notice(house))
    assert (answer.status_code, code_of(answer), answer.headers["Retry-After"]) == (429, "notices_wait", "60")
    assert "2026" in courses(house), "what could be checked is taken"


def test_spent_notices_are_forgotten_in_time(house: House) -> None:
    deliver(house, notice(house, exp=int(house.clock().timestamp()) + 10**9))
    with house.database.reading() as connection:
        latest = connection.execute(select(func.max(SpentNonce.expires_at))).scalar_one()
    assert latest is not None
    assert (latest - house.clock()).days <= 1
