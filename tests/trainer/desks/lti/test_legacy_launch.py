"""Somebody opens a module from an LMS that speaks LTI 1.1 only."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.support.cosnics import LAUNCH_URL, Cosnics
from tests.trainer.conftest import BASE_URL, House
from tests.trainer.web.visitors import writes
from trainer.courses.models import Course, Link, Visit
from trainer.institutions.actions import set_deployment_active, set_platform_active
from trainer.institutions.models import Registration
from trainer.people.models import BrowserSession, Identity


@pytest.fixture
def cosnics(house: House) -> Iterator[Cosnics]:
    """An LMS with LTI 1.1."""
    made = Cosnics(house)
    yield made
    made.close()


def who_is_in(browser: FlaskClient) -> str | None:
    """What the LMS calls the person who is signed in."""
    answer = browser.get("/api/v1/me", base_url=BASE_URL)
    return answer.get_json()["sub"] if answer.status_code == 200 else None


def code_of(answer: TestResponse) -> str:
    """The reference's words: `LTI-TOKEN`."""
    found = re.search(r"translate=\"no\">([A-Z0-9-]+)-[A-Z0-9]{4}</b>", answer.get_data(as_text=True))
    return found[1] if found else ""


def test_it_works(house: House, cosnics: Cosnics) -> None:
    browser = house.browser()

    answer = cosnics.open(browser)

    assert answer.status_code == 303
    page = browser.get(answer.headers["Location"], base_url=BASE_URL)
    assert page.status_code == 200
    assert '<html lang="nl-BE"' in page.get_data(as_text=True)
    assert f"frame-ancestors {cosnics.address}" in page.headers["Content-Security-Policy"]
    with house.database.reading() as connection:
        person = connection.execute(select(Identity.sub, Identity.name, Identity.registration_id)).one()
        assert person == ("0cc175b9c0f1b6a831c399e269772661", "Ana Älvarez", cosnics.registration_id)
        assert connection.execute(select(Course.label, Course.org_unit)).one() == ("LO2", None)
        assert connection.execute(
            select(Registration.family).where(Registration.version == "1.1")
        ).scalar_one() == ("cosnics")


def test_the_right_to_send_a_result_is_kept_sealed_and_shown_nowhere(house: House, cosnics: Cosnics) -> None:
    browser = house.browser()
    answer = cosnics.open(browser)
    page = browser.get(answer.headers["Location"], base_url=BASE_URL).get_data(as_text=True)
    with house.database.reading() as connection:
        kept = connection.execute(select(Visit.result_sourcedid)).scalar_one()
        assert connection.execute(select(Link.outcome_url)).scalar_one() == cosnics.outcome_url
    assert kept
    assert "ana-right" not in kept + page


def test_a_lecturer_brings_no_right_and_chooses_a_module_where_none_is_named(
    house: House, cosnics: Cosnics
) -> None:
    answer = cosnics.open(house.browser(), {"roles": "Instructor", "custom_module": None})
    assert "/teach/links/" in answer.headers["Location"]
    with house.database.reading() as connection:
        assert connection.execute(select(Visit.has_result, Visit.result_sourcedid)).one() == (False, None)


def test_the_module_may_stand_in_the_address(house: House, cosnics: Cosnics) -> None:
    named = cosnics.open(house.browser(), {"custom_module": None}, url=f"{LAUNCH_URL}/groeten")
    unknown = cosnics.open(house.browser(), {"custom_module": None}, url=f"{LAUNCH_URL}/nergens")
    assert "/m/" in named.headers["Location"]
    assert unknown.status_code == 404


def test_the_query_of_the_address_is_part_of_what_is_signed(house: House, cosnics: Cosnics) -> None:
    assert cosnics.open(house.browser(), url=f"{LAUNCH_URL}?a=1%202").status_code == 303
    form = cosnics.form(url=f"{LAUNCH_URL}?a=1")
    assert cosnics.post(house.browser(), form, f"{LAUNCH_URL}?a=2").status_code == 401


def test_a_launch_is_good_once(house: House, cosnics: Cosnics) -> None:
    form = cosnics.form()
    assert cosnics.post(house.browser(), form).status_code == 303
    again = cosnics.post(house.browser(), form)
    assert (again.status_code, code_of(again)) == (401, "LTI11-NONCE-REPLAYED")


@pytest.mark.parametrize("off", [timedelta(seconds=301), timedelta(seconds=-301)])
def test_a_launch_is_good_for_five_minutes(house: House, cosnics: Cosnics, off: timedelta) -> None:
    late = cosnics.open(house.browser(), at=house.clock() + off)
    assert (late.status_code, code_of(late)) == (401, "LTI11-TIME")


def test_strangers_learn_nothing_of_keys_and_secrets(house: House, cosnics: Cosnics) -> None:
    """An unknown key and a wrong secret, also of a platform that is off, look the same; nothing is written."""
    off = Cosnics(house, name="Uit")
    with house.database.writing() as connection:
        set_platform_active(connection, off.registration_id, active=False)
    with writes(house.database) as changed:
        answers = [
            cosnics.open(house.browser(), {"oauth_consumer_key": "nobody"}),
            cosnics.open(house.browser(), secret="guessed"),
            off.open(house.browser(), secret="guessed"),
            cosnics.post(house.browser(), [*cosnics.form(), ("ext_more", "x")]),
        ]
    off.close()
    assert not changed
    assert {(one.status_code, code_of(one)) for one in answers} == {(401, "LTI-TOKEN")}
    pages = {re.sub(r"-[A-Z0-9]{4}</b>", "", one.get_data(as_text=True)) for one in answers}
    assert len(pages) == 1
    assert not any("Set-Cookie" in one.headers for one in answers)


def test_after_its_last_day_a_platform_is_told_so(house: House) -> None:
    lms = Cosnics(house, ends_on=date(2026, 11, 3))
    assert lms.open(house.browser()).status_code == 303, "the last day counts"
    house.clock.move(hours=10, minutes=1)  # one minute after midnight in Brussels
    over = lms.open(house.browser())
    lms.close()
    assert (over.status_code, code_of(over)) == (403, "LTI11-ENDED")
    assert "die tijd is voorbij" in over.get_data(as_text=True)


def test_a_platform_or_its_deployment_that_is_off_takes_no_launches(house: House, cosnics: Cosnics) -> None:
    with house.database.writing() as connection:
        set_platform_active(connection, cosnics.registration_id, active=False)
    answer = cosnics.open(house.browser())
    assert (answer.status_code, code_of(answer)) == (403, "LTI-PLATFORM-INACTIVE")
    with house.database.writing() as connection:
        set_platform_active(connection, cosnics.registration_id, active=True)
        set_deployment_active(connection, cosnics.registration_id, "1", active=False)
    assert cosnics.open(house.browser()).status_code == 403


def test_a_platform_of_lti_1_1_has_no_logins(house: House, cosnics: Cosnics) -> None:
    login = {
        "iss": "lti-1.1",
        "client_id": cosnics.key,
        "login_hint": "h",
        "target_link_uri": f"{BASE_URL}/lti/launch",
    }
    assert house.browser().post("/lti/login", data=login, base_url=BASE_URL).status_code == 401
    del login["client_id"]
    assert house.browser().post("/lti/login", data=login, base_url=BASE_URL).status_code == 401


def test_results_go_to_where_the_first_launch_came_from_and_nowhere_else(
    house: House, cosnics: Cosnics
) -> None:
    cosnics.open(house.browser())
    cosnics.open(house.browser(), {"user_id": "2", "lis_outcome_service_url": "http://elsewhere.example/"})
    with house.database.reading() as connection:
        rights = (
            connection.execute(select(Visit.result_sourcedid.is_(None)).order_by(Visit.id)).scalars().all()
        )
    assert [bool(lacks) for lacks in rights] == [False, True]


# --- somebody else is signed in ---------------------------------------------------------------------------------------

BEN = {"user_id": "ben", "lis_person_name_full": "Ben Baert"}


def answer_of(page: TestResponse) -> dict[str, str]:
    """The hidden fields of "continue as …?"."""
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.get_data(as_text=True)))


def go_on(browser: FlaskClient, fields: dict[str, str], origin: str = BASE_URL) -> TestResponse:
    return browser.post("/lti/1.1/continue", data=fields, base_url=BASE_URL, headers={"Origin": origin})


def test_another_persons_session_is_replaced_on_their_word_only(house: House, cosnics: Cosnics) -> None:
    browser = house.browser()
    cosnics.open(browser)

    asked = cosnics.open(browser, BEN)

    page = asked.get_data(as_text=True)
    assert asked.status_code == 200
    assert "Doorgaan als Ben Baert?" in page
    assert "Chamilo van HOGENT opende deze module voor iemand anders" in page
    assert "Set-Cookie" not in asked.headers
    assert "ana-right" not in page
    assert cosnics.address in asked.headers["Content-Security-Policy"]
    assert who_is_in(browser) == "0cc175b9c0f1b6a831c399e269772661"
    with house.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(Identity)).scalar_one() == 1

    gone_on = go_on(browser, answer_of(asked))
    assert gone_on.status_code == 303
    assert who_is_in(browser) == "ben"


def test_the_same_person_and_nobody_go_straight_through(house: House, cosnics: Cosnics) -> None:
    browser = house.browser()
    cosnics.open(browser)
    assert cosnics.open(browser).status_code == 303
    with house.database.writing() as connection:
        connection.execute(BrowserSession.__table__.delete())  # type: ignore[attr-defined]
    assert cosnics.open(browser, BEN).status_code == 303, "a session that ended is nobody's"


def test_a_launch_of_today_is_protected_too(house: House, cosnics: Cosnics) -> None:
    browser = house.browser()
    house.lms.open(browser, house.clock())
    asked = cosnics.open(browser)
    assert (asked.status_code, who_is_in(browser)) == (200, "student-1")
    assert "Doorgaan als Ana Älvarez?" in asked.get_data(as_text=True)


def test_the_answer_is_good_once_and_for_five_minutes(house: House, cosnics: Cosnics) -> None:
    browser, other = house.browser(), house.browser()
    cosnics.open(browser)
    fields = answer_of(cosnics.open(browser, BEN))
    late = answer_of(cosnics.open(browser, {"user_id": "cleo"}))
    assert go_on(browser, fields).status_code == 303
    cosnics.open(other)
    theirs = answer_of(cosnics.open(other, BEN))
    again = go_on(other, {**theirs, "launch": fields["launch"]})
    assert (again.status_code, code_of(again)) == (401, "LTI11-NONCE-REPLAYED")
    house.clock.move(minutes=5, seconds=1)
    too_late = go_on(other, {**theirs, "launch": late["launch"]})
    assert (too_late.status_code, code_of(too_late)) == (401, "LTI11-TIME")
    assert who_is_in(other) == "0cc175b9c0f1b6a831c399e269772661"


def test_the_answer_comes_from_our_page(house: House, cosnics: Cosnics) -> None:
    browser = house.browser()
    cosnics.open(browser)
    form = cosnics.form(BEN)
    fields = answer_of(cosnics.post(browser, form))
    assert go_on(browser, fields, origin="https://evil.example").status_code == 403
    assert go_on(browser, {"launch": fields["launch"]}).status_code == 403
    assert go_on(browser, {**fields, "launch": "gAAAA"}).status_code == 400
    assert who_is_in(browser) == "0cc175b9c0f1b6a831c399e269772661"
    assert cosnics.post(house.browser(), form).status_code == 401, (
        "the launch was spent when the question was put"
    )


def test_a_platform_that_was_switched_off_meanwhile_goes_no_further(house: House, cosnics: Cosnics) -> None:
    browser = house.browser()
    house.lms.open(browser, house.clock())
    fields = answer_of(cosnics.open(browser))
    with house.database.writing() as connection:
        set_platform_active(connection, cosnics.registration_id, active=False)
    assert go_on(browser, fields).status_code == 403
