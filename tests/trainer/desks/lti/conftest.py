"""One institution's LMS as it was, and as it is today."""

from collections.abc import Iterator

import pytest

from tests.support.cosnics import Cosnics
from tests.support.lms import Lms
from tests.trainer.conftest import BASE_URL, House


@pytest.fixture
def before(house: House) -> Iterator[Cosnics]:
    """The LMS as it was, with LTI 1.1."""
    made = Cosnics(house)
    yield made
    made.close()


@pytest.fixture
def after(house: House) -> Iterator[Lms]:
    """The same institution's LMS of today."""
    made = Lms(BASE_URL, client_id="client-2")
    made.register(house.database, house.clock(), name="Chamilo 2", institution="HOGENT")
    yield made
    made.close()
