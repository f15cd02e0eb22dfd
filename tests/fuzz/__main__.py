"""The long form: `make fuzz`.  Prints how many requests, which statuses, how long, and what it did to the memory."""

import argparse
import tempfile
import time
from pathlib import Path

from tests.fuzz.cases import Fuzzer
from tests.fuzz.houses import RemoteHouse, local_house, own_resident_kilobytes, served_house

#: of a hundred requests
SHARES = (("launch", 45), ("heartbeat", 45), ("login", 3), ("post", 7))
WARM = 0.2


def main() -> None:
    """Fuzz the app in this process, then the real server."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--requests", type=int, default=112_000, help="how many, to the app in this process")
    parser.add_argument(
        "--served", type=int, default=6_000, help="how many, over a connection to `trainer serve`"
    )
    parser.add_argument("--seed", type=int, default=1, help="another seed sends other requests")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with local_house(folder) as house:
            fuzz("in one process", Fuzzer(house, asked.seed), asked.requests)
        with served_house(folder) as served:
            fuzz("over `trainer serve`", Fuzzer(served, asked.seed + 1), asked.served)


def fuzz(where: str, fuzzer: Fuzzer, requests: int) -> None:
    """Send so many requests.

    Raises:
        Broken: a 5xx, or no answer at all.
        SystemExit: the memory grew by more than a quarter after the first fifth.
    """
    kinds = [kind for kind, share in SHARES for _ in range(share)]
    started, warm, slowest = time.monotonic(), 0, 0.0
    for number in range(requests):
        before = time.monotonic()
        fuzzer.run(kinds[number * 37 % 100], number)
        slowest = max(slowest, time.monotonic() - before)
        if number == int(requests * WARM):
            warm = _resident(fuzzer)
        if number % 5000 == 4999:
            print(
                f"  {number + 1} requests, {time.monotonic() - started:.0f} s, {_resident(fuzzer) // 1024} MB",
                flush=True,
            )
    now = _resident(fuzzer)
    print(
        f"{where}: {requests} requests in {time.monotonic() - started:.0f} s, no 5xx; slowest {slowest:.2f} s"
    )
    print(f"  memory {warm // 1024} MB after a fifth of them, {now // 1024} MB at the end")
    for what, times in sorted(fuzzer.statuses.items()):
        print(f"  {what}: {times}")
    if warm and now > warm * 1.25 + 10_000:
        raise SystemExit(f"The memory grew from {warm // 1024} to {now // 1024} MB.")


def _resident(fuzzer: Fuzzer) -> int:
    house = fuzzer.house
    return house.resident_kilobytes() if isinstance(house, RemoteHouse) else own_resident_kilobytes()


if __name__ == "__main__":
    main()
