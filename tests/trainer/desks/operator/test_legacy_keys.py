"""An operator makes the key and secret of an LMS that knows LTI 1.1 only, with the day on which it ends."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests.support.cosnics import Cosnics
from tests.trainer.conftest import BASE_URL, House
from tests.trainer.desks.operator.conftest import Staff
from tests.trainer.desks.operator.test_hub import text_of
from trainer.core.crypto import Seal
from trainer.core.i18n import ZONE
from trainer.institutions.models import LegacyConsumer


@pytest.fixture
def cosnics(house: House) -> Iterator[Cosnics]:
    """An LMS with LTI 1.1."""
    made = Cosnics(house)
    yield made
    made.close()


def today(house: House) -> date:
    return house.clock().astimezone(ZONE).date()


def makes(operator: Staff, day: str, institution: str = "HOGENT") -> tuple[int, str]:
    answer = operator.post("/hub/guides/cosnics/connect", institution=institution, last_day=day)
    return answer.status_code, answer.get_data(as_text=True)


def copied(page: str, what: str) -> str:
    found = re.search(rf'data-copy="([^"]*)"[^>]*aria-label="Kopieer: {what}"', page)
    assert found, page
    return found[1]


def kept(house: House) -> list[tuple[str, str, date]]:
    with house.database.reading() as connection:
        rows = connection.execute(
            select(LegacyConsumer.consumer_key, LegacyConsumer.secret, LegacyConsumer.ends_on)
        )
        return [tuple(row) for row in rows]


def test_key_and_secret_are_shown_once_with_what_is_done_in_cosnics(house: House, operator: Staff) -> None:
    status, page = makes(operator, (today(house) + timedelta(days=300)).isoformat())
    assert status == 200
    ((key, sealed, ends_on),) = kept(house)
    assert copied(page, "Consumer key") == key
    secret = copied(page, "Gedeeld geheim")
    assert Seal(house.settings.secret_key).open(sealed) == secret
    assert ends_on == today(house) + timedelta(days=300)
    assert f"{BASE_URL}/lti/1.1/launch" in page
    assert re.search(r"modules opengaan: \d+ \w+ \d{4}\.", page)
    number = re.search(r'href="(/hub/platforms/\d+)"', page)
    assert number
    for path in (number[1], "/hub/guides/cosnics", "/hub/"):
        assert secret not in operator.get(path).get_data(as_text=True)
    assert "Cosnics van HOGENT" in text_of(operator, "/hub/")


def test_a_module_opens_by_what_was_made(house: House, operator: Staff, cosnics: Cosnics) -> None:
    _, page = makes(operator, (today(house) + timedelta(days=30)).isoformat())
    cosnics.key, cosnics.secret = copied(page, "Consumer key"), copied(page, "Gedeeld geheim")
    assert cosnics.open(house.browser()).status_code == 303


def test_nobody_comes_by_lti_1_1_before_a_key_was_made(house: House, cosnics: Cosnics) -> None:
    cosnics.key = "bt-made-up"
    assert cosnics.open(house.browser()).status_code == 401


def test_the_last_day_is_moved_and_that_is_what_counts(
    house: House, operator: Staff, cosnics: Cosnics
) -> None:
    page = f"/hub/platforms/{cosnics.registration_id}"
    wanted = today(house) + timedelta(days=2)
    assert operator.post(f"{page}/last-day", page, last_day=wanted.isoformat()).headers["Location"] == page
    assert f'value="{wanted.isoformat()}"' in operator.get(page).get_data(as_text=True)
    assert cosnics.open(house.browser()).status_code == 303
    house.clock.move(hours=24 * 3)
    assert cosnics.open(house.browser()).status_code == 403
    operator.sign_in()
    longer = (today(house) + timedelta(days=1)).isoformat()
    assert operator.post(f"{page}/last-day", page, last_day=longer).status_code == 303
    assert cosnics.open(house.browser()).status_code == 303


@pytest.mark.parametrize("day", ["", "morgen", "2020-01-01", "9999-12-31", "2026-13-01", "\0"])
def test_a_day_that_cannot_be_is_told_beside_the_field(
    house: House, operator: Staff, cosnics: Cosnics, day: str
) -> None:
    before = kept(house)
    status, page = makes(operator, day)
    assert status == 422
    assert "last_day</span>" in page
    assert 'value="HOGENT"' in page
    refused = operator.post(f"/hub/platforms/{cosnics.registration_id}/last-day", last_day=day)
    assert refused.status_code == 422
    page = refused.get_data(as_text=True)
    assert "last_day</span>" in page
    assert "Chamilo van HOGENT" in page
    assert kept(house) == before


def test_only_lti_1_1_has_a_last_day(house: House, operator: Staff) -> None:
    page = f"/hub/platforms/{house.registration_id}"
    assert "laatste dag" not in text_of(operator, page).lower()
    wanted = today(house).isoformat()
    assert operator.post(f"{page}/last-day", last_day=wanted).status_code == 404
    assert operator.post("/hub/platforms/99/last-day", last_day=wanted).status_code == 404


def test_it_may_end_today_but_not_before(house: House, operator: Staff) -> None:
    assert makes(operator, today(house).isoformat())[0] == 200
    assert makes(operator, (today(house) - timedelta(days=1)).isoformat())[0] == 422


def test_the_switch_ends_it_at_once(house: House, operator: Staff, cosnics: Cosnics) -> None:
    operator.post(f"/hub/platforms/{cosnics.registration_id}/switch", to="off")
    assert cosnics.open(house.browser()).status_code == 403
    operator.post(f"/hub/platforms/{cosnics.registration_id}/switch", to="on")
    assert cosnics.open(house.browser()).status_code == 303
