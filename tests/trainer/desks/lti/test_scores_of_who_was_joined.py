"""Two identities become one person, or two again: which scores leave for which column then."""

from typing import Any

import pytest
from sqlalchemy import select, update

from tests.support.cosnics import Cosnics
from tests.support.lms import AGS, CLAIM, SCOPES, Lms
from tests.trainer.conftest import House
from tests.trainer.desks.lti.test_one_person_before_and_after import came, came_before, completes, undo
from trainer.core.crypto import Seal
from trainer.core.http import SafeHttpClient
from trainer.courses import reasons
from trainer.courses.delivery_actions import announce_completions, close_announcements
from trainer.courses.delivery_work import InHand, take_delivery
from trainer.courses.models import Delivery, Link
from trainer.errands.courier import Courier


def by_link(name: str) -> dict[str, Any]:
    """Another link of the course, with a column of its own."""
    return {
        CLAIM + "resource_link": {"id": name, "title": name},
        AGS: {"scope": SCOPES, "lineitem": f"http://localhost/items/{name}"},
    }


def announced(house: House) -> None:
    """The worker made what deliveries there are to make, and looks no more."""
    for minutes in (0, 20):
        now = house.clock.move(minutes=minutes)
        with house.database.writing() as connection:
            announce_completions(connection, now)
            close_announcements(connection, now)


def scores(house: House) -> set[tuple[str, str]]:
    """(who, which link) of every score."""
    with house.database.reading() as connection:
        found = connection.execute(
            select(Delivery.user_sub, Link.resource_link_id).join(Link, Link.id == Delivery.link_id)
        )
        return {(row.user_sub, row.resource_link_id) for row in found}


def test_a_score_goes_to_every_link_that_was_opened_today(house: House, before: Cosnics, after: Lms) -> None:
    """Ana opened two links before the LMS told who she was; what she did then counts for both."""
    completes(came_before(house, before))
    announced(house)
    came(house, after, changes=by_link("a"))
    came(house, after, changes=by_link("b"))
    came(house, after, before, changes=by_link("a"))
    announced(house)
    assert {("student-1", "a"), ("student-1", "b")} <= scores(house)


def test_undone_a_score_goes_to_the_link_that_was_opened_meanwhile(
    house: House, before: Cosnics, after: Lms
) -> None:
    """Both had completed the module; today's was the first, and the one that counted while they were one."""
    today = came(house, after)
    completes(today)
    house.clock.move(minutes=1)
    completes(came_before(house, before))
    announced(house)
    came(house, after, before)
    came_before(house, before, resource_link_id="other", lis_result_sourcedid="other-right")
    undo(house)
    announced(house)
    assert "other" in {link for _, link in scores(house)}


def test_undone_a_score_that_left_wrongly_does_not_leave_again(
    house: House, before: Cosnics, after: Lms
) -> None:
    """A teacher makes a new column: what the former one has is sent there too, but not what was another's."""
    completes(came_before(house, before))
    came(house, after, before, changes=by_link("a"))
    with house.database.writing() as connection:
        connection.execute(
            update(Delivery)
            .where(Delivery.user_sub == "student-1")
            .values(
                state=reasons.DELIVERED, line_item_url="http://localhost/items/a", delivered_at=house.clock()
            )
        )
    assert "1 of their scores had left already" in undo(house)
    new = {**by_link("a"), AGS: {"scope": SCOPES, "lineitem": "http://localhost/items/new"}}
    came(house, after, changes=new)
    with house.database.reading() as connection:
        states = connection.execute(select(Delivery.state).where(Delivery.user_sub == "student-1")).scalars()
        assert set(states) == {reasons.DELIVERED}


@pytest.mark.parametrize("what", ["in hand", "unknown"])
def test_a_score_that_may_have_left_is_told_too(house: House, before: Cosnics, after: Lms, what: str) -> None:
    completes(came_before(house, before))
    came(house, after, before, changes=by_link("a"))
    with house.database.writing() as connection:
        registration = connection.execute(
            select(Delivery.registration_id).where(Delivery.user_sub == "student-1")
        ).scalar_one()
        assert take_delivery(connection, registration, house.clock(), rate=5)
        if what == "unknown":
            connection.execute(update(Delivery).values(lease=None, outcome_unknown=True))
    assert "1 of their scores had left already" in undo(house)


def test_a_worker_that_has_such_a_score_in_hand_goes_on(house: House, before: Cosnics, after: Lms) -> None:
    """The platform does not take it, and meanwhile there is nothing any more to write that down in."""
    completes(came_before(house, before))
    came(house, after, before, changes=by_link("a"))
    with house.database.writing() as connection:
        registration = connection.execute(
            select(Delivery.registration_id).where(Delivery.user_sub == "student-1")
        ).scalar_one()
        in_hand = take_delivery(connection, registration, house.clock(), rate=5)
    assert isinstance(in_hand, InHand)
    undo(house)
    seal, http = Seal(house.settings.secret_key), SafeHttpClient(allow_insecure=True)
    Courier(house.database, seal, http, house.clock).deliver(in_hand)
    with house.database.reading() as connection:
        assert not connection.execute(select(Delivery.id).where(Delivery.user_sub == "student-1")).all()
