"""Deployments that nobody knows wait in the operator's inbox: so many of one platform, and none that was adopted."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, insert, select
from werkzeug.test import TestResponse

from tests.support.lms import CLAIM, Lms
from tests.trainer.conftest import BASE_URL, House
from trainer.institutions import actions
from trainer.institutions.actions import MOST_WAITING, add_deployment, note_waiting_deployment
from trainer.institutions.models import WaitingDeployment


def opened(house: House, deployment: str, lms: Lms | None = None) -> TestResponse:
    return (lms or house.lms).open(house.browser(), house.clock(), {CLAIM + "deployment_id": deployment})


def code_of(answer: TestResponse) -> str:
    """The code in the reference that the page shows."""
    found = re.search(r"(LTI(?:-[A-Z]+)+)-\w{4}<", answer.get_data(as_text=True))
    assert found
    return found[1].lower().replace("-", "_")


def waiting(house: House, registration_id: int | None = None) -> dict[str, int]:
    """Deployment → how often it came."""
    with house.database.reading() as connection:
        rows = connection.execute(
            select(WaitingDeployment.deployment_id, WaitingDeployment.times).where(
                WaitingDeployment.registration_id == (registration_id or house.registration_id)
            )
        )
        return {row.deployment_id: row.times for row in rows}


def fill(house: House, number: int) -> None:
    """So many wait already."""
    row = {"registration_id": house.registration_id, "times": 1}
    row |= {"first_seen_at": house.clock(), "last_seen_at": house.clock()}
    with house.database.writing() as connection:
        connection.execute(
            insert(WaitingDeployment), [{**row, "deployment_id": f"d-{n}"} for n in range(number)]
        )


def test_one_platform_does_not_fill_the_inbox(house: House) -> None:
    fill(house, MOST_WAITING - 1)
    last, more = opened(house, "the last that fits"), opened(house, "one more")
    assert (last.status_code, more.status_code) == (403, 403)
    assert code_of(last) == "lti_deployment"
    assert code_of(more) == "lti_deployments_many"
    assert "nog niet met de training verbonden" in more.get_data(as_text=True)
    found = waiting(house)
    assert len(found) == MOST_WAITING
    assert "one more" not in found
    assert "the last that fits" in found


def test_who_waits_already_is_counted_on_and_told_so(house: House) -> None:
    fill(house, MOST_WAITING)
    assert code_of(opened(house, "d-7")) == "lti_deployment"
    assert waiting(house)["d-7"] == 2


def test_others_have_room_of_their_own(house: House) -> None:
    fill(house, MOST_WAITING)
    neighbour = Lms(BASE_URL, client_id="neighbour")
    try:
        number = neighbour.register(house.database, house.clock(), deployment_ids=[])
        assert opened(house, "theirs", neighbour).status_code == 403
        assert waiting(house, number) == {"theirs": 1}
    finally:
        neighbour.close()


def test_what_was_more_before_there_was_a_bound_waits_on(house: House) -> None:
    fill(house, MOST_WAITING + 5)
    opened(house, "one more")
    assert len(waiting(house)) == MOST_WAITING + 5


def test_who_is_adopted_makes_room(house: House) -> None:
    fill(house, MOST_WAITING)
    with house.database.writing() as connection:
        add_deployment(connection, house.registration_id, "d-7", house.clock())
    opened(house, "one more")
    assert "one more" in waiting(house)


def test_who_came_while_it_was_adopted_does_not_wait_on(house: House) -> None:
    """Given a launch that was refused as unknown, when an operator adopts the deployment before it is noted."""
    with house.database.writing() as connection:
        add_deployment(connection, house.registration_id, "new", house.clock())
    with house.database.writing() as connection:
        note_waiting_deployment(connection, house.registration_id, "new", house.clock())
    assert waiting(house) == {}


def test_of_many_at_once_no_more_get_in_than_fit(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MOST_WAITING", 3)
    gate = Barrier(6)

    def come(number: int) -> bool:
        gate.wait(timeout=10)
        with house.database.writing() as connection:
            return note_waiting_deployment(connection, house.registration_id, f"n-{number}", house.clock())

    for _ in range(5):
        with ThreadPoolExecutor(6) as threads:
            came = list(threads.map(come, range(6)))
        with house.database.writing() as connection:
            count = select(func.count()).select_from(WaitingDeployment)
            assert connection.execute(count).scalar_one() == sum(came) == 3
            connection.execute(WaitingDeployment.__table__.delete())
