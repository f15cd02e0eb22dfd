"""What goes wrong in our own house is tried again, and counts as perhaps arrived only when it left."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from lti.http import HttpResponse
from tests.crash.world import HastyHttpClient, HostileTenant, World
from trainer.core.crypto import Seal
from trainer.courses.delivery_actions import announce_completions
from trainer.courses.delivery_work import InHand, take_delivery
from trainer.errands.courier import Courier

Work = Callable[..., None]


def take(world: World, registration_id: int) -> InHand:
    with world.database.writing() as connection:
        announce_completions(connection, world.clock())
        taken = take_delivery(connection, registration_id, world.clock(), rate=1000)
    assert isinstance(taken, InHand)
    return taken


def test_a_score_that_never_left_has_not_arrived(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    """Given a secret key that our signing key was not sealed with, nothing is sent.  When it is put right and the
    platform says "too old", then that is a score of somebody else's: ours goes again with a new moment."""
    world.completed(*course, "ann")
    taken = take(world, course[0])
    stranger = Seal("another secret key that is long enough")
    Courier(world.database, stranger, HastyHttpClient(allow_insecure=True), world.clock).deliver(taken)
    (row,) = world.deliveries()
    assert (row.state, row.reason, row.outcome_unknown) == ("waiting", "internal", False)
    assert tenant.requests("score") == []

    tenant.tell(script={"score": ["409"]})
    work(after=timedelta(hours=1, seconds=1))
    (row,) = world.deliveries()
    assert (row.state, row.restamped) == ("delivered", True)


class Stumbling(HastyHttpClient):
    """Sends, and trips over the answer to a score."""

    def request(self, method: str, url: str, **options: Any) -> HttpResponse:
        answer = super().request(method, url, **options)
        if "/scores" in url:
            raise RuntimeError("a mistake of ours")
        return answer


def test_a_score_that_left_may_have_arrived(
    world: World, tenant: HostileTenant, course: tuple[int, int], work: Work
) -> None:
    """Given a mistake after the platform stored the score, when it says "too old", then it has ours."""
    world.completed(*course, "ann")
    taken = take(world, course[0])
    client = Stumbling(allow_insecure=True)
    Courier(world.database, world.seal, client, world.clock).deliver(taken)
    (row,) = world.deliveries()
    assert (row.state, row.reason, row.outcome_unknown) == ("waiting", "internal", True)
    work(after=timedelta(hours=1, seconds=1))
    (row,) = world.deliveries()
    assert (row.state, row.restamped) == ("delivered", False)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("{platform}/lineitems/" + "x" * 3000, "unreadable"),
        ("http://127.0.0.1:9/lineitems/1", "foreign_host"),
        ("{platform}/lineitems/\x00", "foreign_host"),
        ("javascript:alert(1)", "foreign_host"),
    ],
)
def test_a_column_with_an_address_that_cannot_be_one_is_not_kept(
    world: World, tenant: HostileTenant, work: Work, address: str, reason: str
) -> None:
    told = address.format(platform=tenant.url)
    tenant.tell(items=[{"id": "odd", "resourceLinkId": "link-7", "told_address": told}])
    registration_id = world.platform(tenant)
    link_id = world.link(registration_id, name="link-7", line_items=f"{tenant.url}/lineitems")
    world.completed(registration_id, link_id, "ann")
    work()
    (row,) = world.deliveries()
    assert (row.state, row.reason, row.line_item_url) == ("parked", reason, None)
    assert row.detail
    with world.database.reading() as connection:
        link = connection.exec_driver_sql("SELECT own_line_item_url, seeking_until FROM link").one()
    assert tuple(link) == (None, None), "the search has ended"
