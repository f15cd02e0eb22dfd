"""Sessions and their cookies: few and small, one a person, ended at once when the person, course or platform is switched off."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from tests.support.lms import CLAIM, INSTRUCTOR
from tests.trainer.conftest import BASE_URL, House
from tests.trainer.web.visitors import Visitor, count, visitor
from trainer.cli import main
from trainer.courses.models import Delivery, Visit
from trainer.institutions.models import Deployment, Registration
from trainer.learning.models import Completion, Enrolment
from trainer.people.actions import disable_identity, end_sessions
from trainer.people.models import BrowserSession, Identity


def cookies(who: Visitor) -> dict[str, str]:
    return {cookie.key: cookie.value for cookie in who.browser._cookies.values()}  # type: ignore[attr-defined]


def environment(house: House) -> dict[str, str]:
    return {
        "TRAINER_DATABASE_URL": house.database.url.render_as_string(hide_password=False),
        "TRAINER_SECRET_KEY": house.settings.secret_key,
        "TRAINER_BASE_URL": BASE_URL,
        "TRAINER_ALLOW_INSECURE_PLATFORMS": "1",
    }


def test_fifteen_launches_in_one_browser_fit_in_its_cookie_jar(house: House) -> None:
    who = visitor(house)
    for _ in range(15):  # begun, and never finished
        house.lms.log_in(who.browser)
    pending = cookies(who)
    for _ in range(15):
        house.lms.open(who.browser, house.clock())
    assert cookies(who).keys() == pending.keys(), "a finished login takes its cookie along"
    header = "; ".join(f"{name}={value}" for name, value in cookies(who).items())
    assert len(cookies(who)) <= 50
    assert len(header) <= 4096
    assert all(name.startswith("__Host-") for name in cookies(who))


def test_each_launch_makes_a_new_session_and_a_failed_one_none(house: House) -> None:
    who = visitor(house)
    first = cookies(who)["__Host-s"]
    house.lms.open(who.browser, house.clock())
    second = cookies(who)["__Host-s"]
    assert first.split(".")[0] != second.split(".")[0], "no session is carried over a launch"
    house.lms.open(who.browser, house.clock(), {CLAIM + "version": "1"})
    assert cookies(who)["__Host-s"] == second


def test_a_session_given_by_an_attacker_is_no_session(house: House) -> None:
    browser = house.browser()
    browser.set_cookie("__Host-s", "a" * 43 + "." + "b" * 43, domain="127.0.0.1", secure=True)
    assert browser.get("/api/v1/me", base_url=BASE_URL).status_code == 401
    house.lms.open(browser, house.clock())
    assert "a" * 43 not in str(browser.get_cookie("__Host-s", domain="127.0.0.1"))


def test_the_database_holds_no_token(house: House) -> None:
    token = cookies(visitor(house))["__Host-s"].split(".")[0]
    with house.database.reading() as connection:
        assert token not in repr(connection.execute(select(BrowserSession)).all())


def test_a_teacher_and_a_student_in_two_browsers_of_one_person_keep_apart(house: House) -> None:
    """Roles belong to the launch: who teaches one course is a learner in the other browser, in the other course."""
    student = visitor(house)
    teacher = visitor(
        house,
        changes={
            CLAIM + "roles": [INSTRUCTOR],
            CLAIM + "context": {"id": "c2"},
            CLAIM + "resource_link": {"id": "l2"},
        },
    )
    assert (student.get("/teach/").status_code, teacher.get("/teach/").status_code) == (403, 200)
    assert count(house.database, BrowserSession, Identity) == [2, 1]


# --- switched off while a film plays


def platform_off(house: House) -> None:
    done = CliRunner().invoke(
        main, ["platforms", "disable", str(house.registration_id)], env=environment(house)
    )
    assert done.exit_code == 0, done.output


def deployment_off(house: House) -> None:
    with house.database.writing() as connection:
        number = connection.execute(select(Deployment.id)).scalar_one()
        connection.execute(update(Deployment).values(active=False))
        end_sessions(connection, deployment_id=number)


def person_off(house: House) -> None:
    with house.database.writing() as connection:
        disable_identity(connection, connection.execute(select(Identity.id)).scalar_one(), house.clock())


@pytest.mark.parametrize("switch", [platform_off, deployment_off, person_off])
def test_who_is_switched_off_is_out_at_the_next_report(house: House, switch: Callable[[House], None]) -> None:
    who = visitor(house)
    film = who.get(f"{who.home}film/").get_data(as_text=True).split('<source src="/media/')[1].split("/")[0]
    house.clock.move(seconds=12)
    report = {"film": film, "played": [[0, 2]], "position": 2}
    assert who.post(f"{who.home}progress", json=report).get_json()["watched"] == 2
    asked = house.lms.log_in(who.browser)
    switch(house)
    assert who.post(f"{who.home}progress", json=report).status_code == 401
    for path in (who.home, f"{who.home}film/", "/api/v1/me", "/media/" + film + "/film.mp4"):
        assert who.get(path).status_code == 401
    # also a login that was under way
    token = house.lms.sign(house.lms.claims(asked["nonce"], house.clock()))
    late = house.lms.post(who.browser, asked["state"], token)
    assert late.status_code == 403
    assert "Set-Cookie" not in late.headers
    assert count(house.database, BrowserSession, Enrolment) == [0, 1], "what was done is kept"


@pytest.mark.parametrize(
    ("table", "off"),
    [
        (Registration, {"active": False}),
        (Deployment, {"active": False}),
        (Identity, {"disabled_at": datetime(2026, 11, 3, 13, tzinfo=UTC)}),
    ],
)
def test_who_came_in_at_the_very_moment_of_the_switch_is_out_within_a_minute(
    house: House, table: type, off: dict[str, object]
) -> None:
    """The launch read "on", the switch ended all sessions that were there, then the launch wrote its own."""
    who = visitor(house)
    film = who.get(f"{who.home}film/").get_data(as_text=True).split('<source src="/media/')[1].split("/")[0]
    with house.database.writing() as connection:
        connection.execute(update(table).values(off))
    house.clock.move(seconds=61)
    report = {"film": film, "played": [[0, 2]], "position": 2}
    assert who.post(f"{who.home}progress", json=report).status_code == 401
    for path in (who.home, f"{who.home}film/", "/api/v1/me"):
        assert who.get(path).status_code == 401


def test_scores_of_a_platform_that_is_off_are_parked_and_not_deleted(house: House) -> None:
    who = visitor(house)
    with house.database.writing() as connection:
        enrolment = connection.execute(select(Enrolment)).one()
        connection.execute(update(Enrolment).values(completed_at=house.clock()))
        connection.execute(
            Completion.__table__.insert().values(
                enrolment_id=enrolment.id,
                edition_id=enrolment.edition_id,
                completed_at=house.clock(),
                via="film",
                evidence={},
            )
        )
    house.lms.open(who.browser, house.clock())
    assert count(house.database, Visit, Delivery) == [1, 1]
    platform_off(house)
    with house.database.reading() as connection:
        assert connection.execute(select(Delivery.state, Delivery.reason)).one() == ("parked", "platform_off")


def test_a_platform_that_is_on_again_takes_its_people_back(house: House) -> None:
    who = visitor(house)
    platform_off(house)
    login = {
        "iss": house.lms.issuer,
        "client_id": house.lms.client_id,
        "login_hint": "h",
        "target_link_uri": f"{BASE_URL}/lti/launch/groeten",
    }
    house.clock.move(seconds=11)  # a login knows the platform as it was ten seconds ago; a launch, as it is
    assert who.browser.post("/lti/login", data=login, base_url=BASE_URL).status_code == 403
    CliRunner().invoke(main, ["platforms", "enable", str(house.registration_id)], env=environment(house))
    assert who.get(who.home).status_code == 401, "an ended session does not wake"
    assert visitor(house).home == who.home


# --- our own keys


def test_after_a_rotation_both_keys_are_shown_and_the_old_one_signs_for_a_day(house: House) -> None:
    before = {key["kid"] for key in house.browser().get("/lti/jwks", base_url=BASE_URL).get_json()["keys"]}
    done = CliRunner().invoke(main, ["keys", "rotate"], env=environment(house))
    assert done.exit_code == 0, done.output
    shown = house.browser().get("/lti/jwks", base_url=BASE_URL).get_json()["keys"]
    assert before < {key["kid"] for key in shown}
    assert all(set(key) == {"kty", "use", "alg", "kid", "n", "e"} for key in shown)
    listed = CliRunner().invoke(main, ["keys", "list"], env=environment(house)).output
    assert len([line for line in listed.splitlines() if line]) == len(shown)


# --- who may frame


@pytest.mark.parametrize(
    "origin",
    ["a.com; script-src *", "*", "https://*", "https://*.edu", "https://*.co.uk", "https://a.*.be", "https://lms.example/path", "javascript:x",
     "https://a@b.example", "https://a.example https://b.example", "https://a.example\r\nX: y", "'none'", "http://lms.example"],
)  # fmt: skip
def test_an_origin_that_would_let_others_frame_is_refused(
    house: House, origin: str, tmp_path: object
) -> None:
    import json

    platform = {
        "name": "X", "issuer": "https://x.example.org", "client_id": "c", "authorization_endpoint": "https://x.example.org/a",
        "token_endpoint": "https://x.example.org/t", "jwks_uri": "https://x.example.org/j", "frame_origins": [origin],
    }  # fmt: skip
    settings = {**environment(house), "TRAINER_ALLOW_INSECURE_PLATFORMS": "0"}
    done = CliRunner().invoke(
        main, ["platforms", "add", "--json", "-"], input=json.dumps(platform), env=settings
    )
    assert done.exit_code == 1, done.output
    assert "url_not_allowed" in done.output
    assert count(house.database, Registration) == [1]


def test_vanity_hosts_of_an_lms_may_be_named(house: House) -> None:
    import json

    platform = {
        "name": "X", "issuer": "https://x.example.org", "client_id": "c", "authorization_endpoint": "https://x.example.org/a",
        "token_endpoint": "https://x.example.org/t", "jwks_uri": "https://x.example.org/j",
        "frame_origins": ["https://canvas.hogeschool.be", "https://*.instructure.com", "https://lms.hogeschool.be:8443"],
    }  # fmt: skip
    done = CliRunner().invoke(
        main, ["platforms", "add", "--json", "-"], input=json.dumps(platform), env=environment(house)
    )
    assert done.exit_code == 0, done.output


def test_a_session_is_over_after_eight_hours_also_for_a_player_that_reports_all_the_time(
    house: House,
) -> None:
    who = visitor(house)
    film = who.get(f"{who.home}film/").get_data(as_text=True).split('<source src="/media/')[1].split("/")[0]
    report = {"film": film, "played": [], "position": 0}
    begin = house.clock()
    while house.clock() < begin + timedelta(hours=8):
        assert who.post(f"{who.home}progress", json=report).status_code == 200
        house.clock.move(minutes=20)
    assert who.post(f"{who.home}progress", json=report).status_code == 401
