"""Who comes is held from before the launch reads what is known of them; on SQLite writers come one by one as it is."""

from typing import Any

import pytest
from sqlalchemy import select

from tests.trainer.conftest import House
from trainer.desks.lti import admission
from trainer.people.actions import hold_identity
from trainer.people.models import Identity


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    return postgresql_url


def test_who_became_known_in_another_window_meanwhile_is_held_too(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first launch finds nobody to hold; before it asks what is known, the second has come and gone."""
    windows = ["another"]
    free: list[int] = []

    def hold(*args: Any) -> object:
        found = hold_identity(*args)
        if windows:
            windows.pop()
            house.lms.open(house.browser(), house.clock())
        return found

    know = admission.know_person

    def know_person(*args: Any) -> tuple[int, int]:
        with house.database.writing() as connection:
            free.extend(connection.execute(select(Identity.id).with_for_update(skip_locked=True)).scalars())
        return know(*args)

    monkeypatch.setattr("trainer.desks.lti.admission.hold_identity", hold)
    monkeypatch.setattr("trainer.desks.lti.arrival.know_person", know_person)
    assert house.lms.open(house.browser(), house.clock()).status_code == 303
    assert not free
