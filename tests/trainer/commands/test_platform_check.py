"""The connection check at the keyboard."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result

from lti.keys import ToolKey
from tests.support.checked_lms import ALL, ROSTER, CheckedLms
from tests.trainer.conftest import BASE_URL, House
from trainer.cli import main


@pytest.fixture
def lms(tool_key: ToolKey) -> Iterator[CheckedLms]:
    made = CheckedLms(BASE_URL, tool_key, lambda: datetime.now(UTC), client_id="checked")
    yield made
    made.close()


def check(house: House, number: int | str, *, insecure: bool = True) -> Result:
    environment = {
        "TRAINER_DATABASE_URL": str(house.database.url.render_as_string(hide_password=False)),
        "TRAINER_SECRET_KEY": house.settings.secret_key,
        "TRAINER_BASE_URL": BASE_URL,
        "TRAINER_MEDIA_ROOT": house.settings.media_root,
        "TRAINER_ALLOW_INSECURE_PLATFORMS": "1" if insecure else "0",
    }
    return CliRunner().invoke(main, ["platforms", "check", str(number)], env=environment)


def test_a_connection_that_works_ends_well(house: House, lms: CheckedLms) -> None:
    number = lms.register(house.database, house.clock(), name="Moodle van X", institution="Hogeschool X")
    done = check(house, number)
    assert done.exit_code == 0, done.output
    assert "Hogeschool X · Moodle van X" in done.output
    assert "in order        Key set of the LMS: One usable key" in done.output
    assert "not known yet   Last launch: No module was opened yet." in done.output


def test_what_does_not_work_says_whom_to_ask_and_ends_with_1(house: House, lms: CheckedLms) -> None:
    number = lms.register(house.database, house.clock(), institution="Hogeschool X")
    lms.granted = tuple(scope for scope in ALL if scope != ROSTER)
    done = check(house, number)
    assert done.exit_code == 1
    assert "does not work   Right to read who is in a course: Asked for, and refused." in done.output
    assert "Ask the LMS administrator of Hogeschool X to allow the tool Buddy Trainer" in done.output
    # a moment later: the same lines, and the LMS is left in peace
    asked = len(lms.asked)
    again = check(house, number)
    assert again.exit_code == 1
    assert "It was tried a moment ago" in again.output
    assert done.output in again.output
    assert len(lms.asked) == asked


def test_an_address_that_is_not_public_is_not_asked(house: House, lms: CheckedLms) -> None:
    number = lms.register(house.database, house.clock())
    done = check(house, number, insecure=False)
    assert done.exit_code == 1
    assert "jwks broke off" not in done.output
    assert lms.asked == []


def test_a_platform_that_is_not_there(house: House) -> None:
    assert "There is no platform 99" in check(house, 99).output
    for number in ("0", "x", "9" * 40):
        assert check(house, number).exit_code == 2
