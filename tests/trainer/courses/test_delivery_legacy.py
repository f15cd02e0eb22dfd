"""A completion reaches the gradebook of an LMS that speaks LTI 1.1 only."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from tests.crash.world import HastyHttpClient
from tests.support.cosnics import Cosnics
from tests.trainer.conftest import House
from trainer.courses.delivery_actions import retry_all_parked
from trainer.courses.models import Delivery
from trainer.errands.legacy_results import without_right
from trainer.institutions.actions import set_platform_active
from trainer.learning.models import Completion, Enrolment
from trainer.worker import Worker

RIGHT = 'ana-right-"a&b<c>"'


@pytest.fixture
def cosnics(house: House) -> Iterator[Cosnics]:
    """An LMS with LTI 1.1."""
    made = Cosnics(house)
    yield made
    made.close()


@pytest.fixture
def work(house: House) -> Callable[..., None]:
    """`work()` lets a worker do all that is due; `work(after=…)` lets time pass before."""

    def work(after: timedelta = timedelta()) -> None:
        began, start = time.monotonic(), house.clock() + after

        def clock() -> datetime:
            return start + timedelta(seconds=time.monotonic() - began)

        Worker(
            house.database, house.settings, clock=clock, http=HastyHttpClient(allow_insecure=True)
        ).run_once()
        house.clock.now = clock()

    return work


def complete(house: House) -> None:
    """Whoever has begun the module completes it."""
    now = house.clock()
    with house.database.writing() as connection:
        row = connection.execute(select(Enrolment.id, Enrolment.edition_id)).one()
        connection.execute(update(Enrolment).values(completed_at=now))
        connection.execute(
            insert(Completion),
            {
                "enrolment_id": row.id,
                "edition_id": row.edition_id,
                "completed_at": now,
                "via": "film",
                "evidence": {},
            },
        )


def delivery(house: House) -> Any:
    with house.database.reading() as connection:
        return connection.execute(select(Delivery)).one()


def test_it_works(house: House, cosnics: Cosnics, work: Callable[..., None]) -> None:
    """Given a learner who came by LTI 1.1, when they complete the module, then the gradebook holds 1.0."""
    cosnics.open(house.browser())
    complete(house)
    work()
    assert cosnics.gradebook == {RIGHT: 1.0}
    row = delivery(house)
    assert (row.state, row.reason, row.body) == ("delivered", None, None)


def test_one_that_fails_is_sent_again(house: House, cosnics: Cosnics, work: Callable[..., None]) -> None:
    """Given an LMS that is down and then in maintenance, when it is back, then the result arrives."""
    cosnics.open(house.browser())
    complete(house)
    cosnics.script = ["down", "maintenance"]
    work()
    assert (delivery(house).state, delivery(house).reason) == ("waiting", "server_error")
    work(timedelta(hours=1))
    assert (delivery(house).state, delivery(house).reason) == ("waiting", "protocol")
    work(timedelta(hours=1))
    assert delivery(house).state == "delivered"
    assert (cosnics.gradebook, cosnics.posts) == ({RIGHT: 1.0}, 3)


@pytest.mark.parametrize("code", ["failure", "unsupported"])
def test_a_refusal_with_http_200_is_one(
    house: House, cosnics: Cosnics, work: Callable[..., None], code: str
) -> None:
    """Given an LMS that says failure, then the result is parked with its words but not the right that they quote;
    when somebody tries again after it was repaired, then it arrives."""
    cosnics.open(house.browser())
    complete(house)
    cosnics.script = [code]
    work()
    row = delivery(house)
    assert (row.state, row.reason, row.detail) == ("parked", "refused", f"{code} no result for …")
    with house.database.writing() as connection:
        assert retry_all_parked(connection, house.clock()) == 1
    work()
    assert cosnics.gradebook == {RIGHT: 1.0}


def test_without_a_column_it_waits_for_a_launch_that_has_one(
    house: House, cosnics: Cosnics, work: Callable[..., None]
) -> None:
    browser = house.browser()
    cosnics.open(browser, {"lis_result_sourcedid": ""})
    complete(house)
    work()
    assert (delivery(house).state, delivery(house).reason) == ("parked", "no_column")
    cosnics.open(browser)
    work()
    assert cosnics.gradebook == {RIGHT: 1.0}


def test_the_right_of_the_last_launch_is_used_and_one_without_takes_none_away(
    house: House, cosnics: Cosnics, work: Callable[..., None]
) -> None:
    browser = house.browser()
    cosnics.open(browser)
    cosnics.open(browser, {"lis_result_sourcedid": "newer"})
    cosnics.open(browser, {"lis_result_sourcedid": "", "lis_outcome_service_url": ""})
    complete(house)
    work()
    assert cosnics.gradebook == {"newer": 1.0}


def test_lecturers_get_no_result(house: House, cosnics: Cosnics, work: Callable[..., None]) -> None:
    cosnics.open(house.browser(), {"roles": "Instructor"})
    complete(house)
    work()
    assert cosnics.posts == 0


def test_a_platform_that_is_off_gets_it_when_it_is_on_again(
    house: House, cosnics: Cosnics, work: Callable[..., None]
) -> None:
    cosnics.open(house.browser())
    complete(house)
    with house.database.writing() as connection:
        set_platform_active(connection, cosnics.registration_id, active=False)
    work()
    assert (delivery(house).state, delivery(house).reason) == ("parked", "platform_off")
    with house.database.writing() as connection:
        set_platform_active(connection, cosnics.registration_id, active=True)
    work()
    assert cosnics.gradebook == {RIGHT: 1.0}


def test_a_right_that_was_cut_off_in_the_lms_words_is_left_out_too() -> None:
    assert without_right("failure no result for abcdefghij", "abcdefghijklmnop") == "failure no result for …"
    assert without_right("failure abcdefghijklmnop here", "abcdefghijklmnop") == "failure … here"
    assert without_right("failure", "abcdefghijklmnop") == "failure"
