"""Somebody comes again through a link that opens what it opened: the launch's shorter way, and when it is not taken."""

from datetime import timedelta

from sqlalchemy import insert, select, update

from tests.support.lms import CLAIM
from tests.trainer.conftest import House
from trainer.courses.actions import note_return
from trainer.courses.models import Course, Link, Visit
from trainer.institutions.models import Deployment
from trainer.learning.models import Enrolment
from trainer.people.actions import NewSession, new_session, spend_nonce
from trainer.people.models import BrowserSession, Buddy, Identity


def test_the_second_launch_is_noted_and_opens_the_same(house: House) -> None:
    browser = house.browser()
    first = house.lms.open(browser, house.clock())
    later = house.clock.move(minutes=5)

    again = house.lms.open(browser, later)

    assert again.headers["Location"] == first.headers["Location"]
    with house.database.reading() as connection:
        assert connection.execute(select(Visit.first_at, Visit.last_at)).one() == (
            later - timedelta(minutes=5),
            later,
        )
        assert len(connection.execute(select(BrowserSession.token_hash)).all()) == 2


def test_what_the_lms_says_anew_is_noted_at_a_second_launch_too(house: House) -> None:
    browser = house.browser()
    house.lms.open(browser, house.clock())

    house.lms.open(
        browser,
        house.clock(),
        {
            "name": "Noor De Smet",
            CLAIM + "context": {"id": "2", "title": "Een andere titel"},
            CLAIM + "resource_link": {"id": "link-1", "title": "Groeten!"},
        },
    )

    with house.database.reading() as connection:
        assert connection.execute(select(Identity.name)).scalar_one() == "Noor De Smet"
        assert "Een andere titel" in connection.execute(select(Course.title)).scalars().all()
        assert "Groeten!" in connection.execute(select(Link.title)).scalars().all()


def test_who_becomes_a_lecturer_is_one_from_that_launch_on(house: House) -> None:
    browser = house.browser()
    house.lms.open(browser, house.clock())

    house.lms.open(
        browser,
        house.clock(),
        {CLAIM + "roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"]},
    )

    with house.database.reading() as connection:
        assert connection.execute(select(Visit.may_place, Visit.has_result)).one() == (True, False)


def test_a_visit_that_opens_something_else_by_now_is_left_alone(house: House) -> None:
    house.lms.open(house.browser(), house.clock())
    assert not come_again(house, enrolment_id=4711)
    assert_nothing_was_written(house)


def test_a_deployment_that_was_switched_off_meanwhile_lets_nobody_in(house: House) -> None:
    house.lms.open(house.browser(), house.clock())
    with house.database.writing() as connection:
        connection.execute(update(Deployment).values(active=False))
    assert not come_again(house)
    assert_nothing_was_written(house)


def test_a_nonce_that_is_spent_opens_no_session(house: House) -> None:
    house.lms.open(house.browser(), house.clock())
    with house.database.writing() as connection:
        assert spend_nonce(connection, "n" * 43, house.clock())
    assert not come_again(house)
    with house.database.reading() as connection:
        assert len(connection.execute(select(BrowserSession.token_hash)).all()) == 1


def come_again(house: House, **changes: int) -> bool:
    with house.database.reading() as connection:
        visit = connection.execute(select(Visit)).mappings().one()
        opened = connection.execute(select(BrowserSession)).mappings().one()
    session = a_session(opened["identity_id"], opened["buddy_id"], opened["deployment_id"], house)
    named = {
        "visit_id": visit["id"],
        "enrolment_id": visit["enrolment_id"],
        "deployment_id": opened["deployment_id"],
        **changes,
    }
    with house.database.writing_once() as connection:
        return note_return(
            connection,
            session,
            nonce_hash="n" * 43,
            nonce_expires_at=house.clock(),
            now=house.clock.move(minutes=1),
            **named,
        )


def a_session(identity_id: int, buddy_id: int, deployment_id: int, house: House) -> NewSession:
    return new_session(
        identity_id=identity_id,
        buddy_id=buddy_id,
        registration_id=house.registration_id,
        deployment_id=deployment_id,
        roles=(),
        locale="nl-BE",
        return_url=None,
        login=None,
        now=house.clock(),
    )


def assert_nothing_was_written(house: House) -> None:
    with house.database.writing() as connection:
        assert connection.execute(select(Visit.last_at)).scalar_one() < house.clock()
        assert len(connection.execute(select(BrowserSession.token_hash)).all()) == 1
        assert spend_nonce(connection, "n" * 43, house.clock()), "spent although nobody came in"


def test_who_is_another_person_by_now_is_not_let_in_as_the_one_before(house: House) -> None:
    """A join was undone between the launch's question and what it writes: its enrolment went along with the identity."""
    house.lms.open(house.browser(), house.clock())
    with house.database.writing() as connection:
        now = house.clock()
        other = connection.execute(
            insert(Buddy).returning(Buddy.id), {"public_id": "b" * 32, "created_at": now}
        ).scalar_one()
        was = connection.execute(select(Identity.buddy_id)).scalar_one()
        connection.execute(update(Identity).values(buddy_id=other))
        connection.execute(update(Enrolment).values(buddy_id=other))
    assert not come_again(house)
    assert was != other
    assert_nothing_was_written(house)
