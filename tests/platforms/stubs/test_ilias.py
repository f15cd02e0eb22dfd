"""ILIAS: redirect addresses to the letter, and a roster that is cut where a limit is asked for."""

import pytest

from tests.platforms.stubs.campus import Campus
from tests.platforms.stubs.course import TEACHER, members
from tests.platforms.stubs.ilias import IliasStub


@pytest.fixture
def ilias(campus: Campus) -> IliasStub:
    return campus.connects(IliasStub)


def test_an_lms_that_names_no_product_gets_what_the_standards_say(campus: Campus, ilias: IliasStub) -> None:
    campus.opened_and_completed(ilias)

    assert ilias.grade() == 1.0


def test_no_limit_is_asked_for_so_nobody_is_missing(campus: Campus, ilias: IliasStub) -> None:
    ilias.members = members(120)

    ilias.opens(campus.browser(), TEACHER)
    campus.works()

    assert len(campus.present()) == 120
