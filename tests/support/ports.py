"""Free ports for servers that tests start."""

import os
import socket
import time
from itertools import cycle

#: Below those that the system gives to whoever asks for any, outgoing connections among them (32768 and up on Linux).
_FIRST, _EACH = 18_000, 1_000
#: Tests run in several processes at once (`gw0`, `gw1`, …), each with ports of its own: between finding a port and
#: listening on it, nobody else may take it. Runs at the same time begin at different places.
_OWN = _FIRST + _EACH * int(os.environ.get("PYTEST_XDIST_WORKER", "gw12").removeprefix("gw"))
_NEXT = cycle(_OWN + (os.getpid() + number) % _EACH for number in range(_EACH))


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody uses at this moment.

    Raises:
        OSError: a thousand were tried.
    """
    for _ in range(_EACH):
        port = next(_NEXT)
        with socket.socket() as candidate:
            try:
                candidate.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("No free port was found.")


def wait_until_open(port: int, seconds: float = 10.0, host: str = "127.0.0.1") -> None:
    """Return as soon as something listens there. Raises TimeoutError after that many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection((host, port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise TimeoutError(f"Nothing listens on {host}:{port} after {seconds} s.") from None
            time.sleep(0.02)
