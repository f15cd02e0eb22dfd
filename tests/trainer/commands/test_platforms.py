"""What an operator types about platforms and people, and what comes of it."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from tests.support.lms import CLAIM
from tests.trainer.conftest import BASE_URL, House
from trainer.cli import main
from trainer.institutions.models import Invitation

PLATFORM = {
    "name": "Canvas van Hogeschool X",
    "institution": "Hogeschool X",
    "issuer": "https://canvas.instructure.com",
    "client_id": "10000000000001",
    "deployment_ids": ["1:abc"],
    "authorization_endpoint": "https://sso.canvaslms.com/api/lti/authorize_redirect",
    "token_endpoint": "https://sso.canvaslms.com/login/oauth2/token",
    "jwks_uri": "https://sso.canvaslms.com/api/lti/security/jwks",
}


def trainer(house: House, *words: str, text: str | None = None) -> Result:
    environment = {
        "TRAINER_DATABASE_URL": str(house.database.url.render_as_string(hide_password=False)),
        "TRAINER_SECRET_KEY": house.settings.secret_key,
        "TRAINER_BASE_URL": "https://training.example.be",
        "TRAINER_MEDIA_ROOT": house.settings.media_root,
    }
    return CliRunner().invoke(main, list(words), env=environment, input=text)


def test_a_platform_is_connected_from_a_file(house: House, tmp_path: Path) -> None:
    path = tmp_path / "canvas.json"
    path.write_text(json.dumps(PLATFORM), encoding="utf-8")
    added = trainer(house, "platforms", "add", "--json", str(path))
    assert added.exit_code == 0, added.output
    listed = trainer(house, "platforms", "list").output
    assert "Hogeschool X · Canvas van Hogeschool X · https://canvas.instructure.com" in listed
    again = trainer(house, "platforms", "add", "--json", str(path))
    assert again.exit_code == 1
    assert "registered already" in again.output


def test_a_file_may_come_by_standard_input_and_arguments_win(house: House) -> None:
    added = trainer(house, "platforms", "add", "--json", "-", "--name", "Anders", text=json.dumps(PLATFORM))
    assert "Connected Anders" in added.output


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"jwks_uri": "http://canvas.example.be/jwks"}, "url_not_allowed"),
        ({"token_endpoint": "https://127.0.0.1/token"}, "url_not_allowed"),
        ({"token_endpoint": "https://169.254.169.254/latest"}, "url_not_allowed"),
        ({"frame_origins": ["*"]}, "url_not_allowed"),
        ({"frame_origins": ["https://*.edu"]}, "url_not_allowed"),
        ({"frame_origins": ["https://*.co.uk"]}, "url_not_allowed"),
        ({"frame_origins": ["https://a.com; script-src *"]}, "url_not_allowed"),
        ({"name": ""}, "name:"),
        ({"name": "a\0b"}, "lti_registration"),
        ({"institution": "Hogeschool\nY"}, "lti_registration"),
        ({"deployment_ids": ["a\0b"]}, "lti_registration"),
        ({"family": "a\0b"}, "lti_registration"),
        ({"audience": "urn:" + "a" * 1000}, "lti_registration"),
        ({"jwks_uri": "https://lms.example/" + "j" * 1000}, "url_not_allowed"),
        ({"client_id": None}, "client_id:"),
        ({"deployment_ids": [1]}, "deployment_ids:"),
    ],
)
def test_what_must_not_be_stored_is_refused_in_words(
    house: House, change: dict[str, object], says: str
) -> None:
    refused = trainer(house, "platforms", "add", "--json", "-", text=json.dumps({**PLATFORM, **change}))
    assert refused.exit_code == 1
    assert says in refused.output
    assert "Hogeschool X" not in trainer(house, "platforms", "list").output


def test_a_deployment_with_an_id_that_no_lms_has_is_refused_in_words(house: House) -> None:
    for wrong in ("", "d" * 256, "a\nb"):
        refused = trainer(house, "platforms", "deployments", str(house.registration_id), "--adopt", wrong)
        assert (refused.exit_code, "lti_registration" in refused.output) == (1, True), wrong


@pytest.mark.parametrize("text", ["", "no json", "[1]", "{" * 5000])
def test_a_file_that_is_none_is_refused_in_words(house: House, text: str) -> None:
    refused = trainer(house, "platforms", "add", "--json", "-", text=text)
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: ")


def test_a_waiting_deployment_is_adopted_disabled_and_enabled(house: House) -> None:
    number = str(house.registration_id)
    new = {CLAIM + "deployment_id": "second"}
    assert house.lms.open(house.browser(), house.clock(), new).status_code == 403
    assert "second  waits, launched 1 times" in trainer(house, "platforms", "deployments", number).output
    assert "second" not in trainer(house, "platforms", "deployments", number, "--forget", "second").output
    house.lms.open(house.browser(), house.clock(), {CLAIM + "deployment_id": "second"})
    assert "second  on" in trainer(house, "platforms", "deployments", number, "--adopt", "second").output
    browser = house.browser()
    assert house.lms.open(browser, house.clock(), new).status_code == 303
    trainer(house, "platforms", "deployments", number, "--disable", "second")
    assert browser.get("/api/v1/me", base_url=BASE_URL).status_code == 401
    assert house.lms.open(browser, house.clock(), new).status_code == 403
    trainer(house, "platforms", "deployments", number, "--enable", "second")
    assert house.lms.open(browser, house.clock(), new).status_code == 303


def test_a_disabled_platform_is_out_at_once_and_back_when_enabled(house: House) -> None:
    browser, number = house.browser(), str(house.registration_id)
    house.lms.open(browser, house.clock())
    assert "1 sessions ended" in trainer(house, "platforms", "disable", number).output
    assert browser.get("/api/v1/me", base_url=BASE_URL).status_code == 401
    login = {"iss": house.lms.issuer, "login_hint": "h", "target_link_uri": f"{BASE_URL}/lti/launch/groeten"}
    assert browser.post("/lti/login", data=login, base_url=BASE_URL).status_code == 403
    trainer(house, "platforms", "enable", number)
    assert house.lms.open(browser, house.clock()).status_code == 303


def test_only_a_platform_that_nobody_came_through_is_removed(house: House) -> None:
    number = str(house.registration_id)
    house.lms.open(house.browser(), house.clock())
    refused = trainer(house, "platforms", "remove", number)
    assert refused.exit_code == 1
    assert "Use `disable`" in refused.output
    trainer(house, "platforms", "add", "--json", "-", text=json.dumps(PLATFORM))
    listed = trainer(house, "platforms", "list").output
    other = next(line.split()[0] for line in listed.splitlines() if "Canvas" in line)
    assert trainer(house, "platforms", "remove", other).exit_code == 0
    assert "Canvas" not in trainer(house, "platforms", "list").output


def test_a_person_is_kept_out_and_let_in_again(house: House) -> None:
    browser, number = house.browser(), str(house.registration_id)
    house.lms.open(browser, house.clock())
    assert trainer(house, "people", "disable", "student-1", "--platform", number).exit_code == 0
    assert house.lms.open(browser, house.clock()).status_code == 403
    assert trainer(house, "people", "enable", "student-1", "--platform", number).exit_code == 0
    assert house.lms.open(browser, house.clock()).status_code == 303
    assert trainer(house, "people", "disable", "nobody", "--platform", number).exit_code == 1


def test_course_pages_on_another_host_may_frame_what_they_open(house: House) -> None:
    browser = house.browser()
    returns = {CLAIM + "launch_presentation": {"return_url": "https://canvas.hogeschool.be/courses/7"}}
    opened = house.lms.open(browser, house.clock(), returns)
    policy = browser.get(opened.headers["Location"], base_url=BASE_URL).headers["Content-Security-Policy"]
    assert f"frame-ancestors {house.lms.issuer} https://canvas.hogeschool.be" in policy
    number = str(house.registration_id)
    changed = trainer(house, "platforms", "change", number, "--frame-origin", "https://leho.hogeschool.be")
    assert changed.exit_code == 0, changed.output
    policy = browser.get(opened.headers["Location"], base_url=BASE_URL).headers["Content-Security-Policy"]
    assert policy.endswith("https://canvas.hogeschool.be https://leho.hogeschool.be")
    assert trainer(house, "platforms", "change", number, "--frame-origin", "*").exit_code == 1


def test_our_keys_rotate(house: House) -> None:
    before = house.browser().get("/lti/jwks", base_url=BASE_URL).get_json()["keys"]
    assert trainer(house, "keys", "rotate").exit_code == 0
    after = house.browser().get("/lti/jwks", base_url=BASE_URL).get_json()["keys"]
    assert len(after) == 2
    assert before[0] in after
    listed = trainer(house, "keys", "list").output
    assert listed.count("signs") == 1
    assert listed.count("published") == 1


def test_an_invitation_is_one_line_and_only_its_hash_is_kept(house: House) -> None:
    made = trainer(
        house, "platforms", "invite", "--institution", " Hogeschool Y ", "--issuer", "https://moodle.y.be"
    )
    assert made.exit_code == 0, made.output
    address = made.stdout.strip()
    assert address.startswith("https://training.example.be/lti/register?invitation=")
    token = address.rpartition("=")[2]
    assert len(token) == 43
    with house.database.reading() as connection:
        (row,) = connection.execute(select(Invitation.__table__)).mappings()
    assert token not in str(dict(row))
    assert row["expected_issuer"] == "https://moodle.y.be"
    assert row["expires_at"] - row["created_at"] == timedelta(hours=1)


@pytest.mark.parametrize(
    "words",
    [
        ("--institution", " "),
        ("--institution", "x" * 201),
        ("--institution", "a\nb"),
        ("--institution", "Hogeschool Y", "--issuer", "http://moodle.y.be"),
        ("--institution", "Hogeschool Y", "--issuer", "https://10.0.0.1"),
    ],
)
def test_an_invitation_that_makes_no_sense_is_not_made(house: House, words: tuple[str, ...]) -> None:
    refused = trainer(house, "platforms", "invite", *words)
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: ")
