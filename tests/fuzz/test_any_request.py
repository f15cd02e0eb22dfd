"""The short form: two thousand mutated requests, and the service answers every one. `make fuzz` sends a hundred thousand."""

import pytest

from tests.fuzz.cases import Fuzzer
from tests.support.house import House

SHARES = {"launch": 350, "login": 150, "heartbeat": 350, "post": 150}


@pytest.mark.parametrize("kind", SHARES)
def test_nothing_ends_in_a_5xx(house: House, kind: str) -> None:
    fuzzer = Fuzzer(house)
    for number in range(SHARES[kind]):
        fuzzer.run(kind, number)
    assert fuzzer.who.get(fuzzer.who.home).status_code == 200
    taken = sum(n for what, n in fuzzer.statuses.items() if what.endswith((" 200", " 303", " 302")))
    assert taken > SHARES[kind] // 20, f"the mutations are too coarse to get deep: {fuzzer.statuses}"
