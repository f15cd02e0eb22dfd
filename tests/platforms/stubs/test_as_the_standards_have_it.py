"""The base of the stubs is an LMS that does nothing of its own: the way is whole before anybody makes it harder."""

from tests.platforms.stubs.base import StubLms
from tests.platforms.stubs.campus import Campus
from tests.platforms.stubs.course import TEACHER, members


def test_from_launch_to_gradebook(campus: Campus) -> None:
    lms = campus.connects(StubLms)

    campus.opened_and_completed(lms)

    assert lms.grade() == 1.0
    assert campus.delivery().state == "delivered"


def test_who_is_in_the_course(campus: Campus) -> None:
    lms = campus.connects(StubLms)
    lms.members = members(3)

    lms.opens(campus.browser(), TEACHER)
    campus.works()

    assert campus.present() == {"s0", "s1", "s2"}
