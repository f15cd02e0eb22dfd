"""Free ports for servers that tests start."""

import socket
import time


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody uses at this moment."""
    with socket.socket() as candidate:
        candidate.bind(("127.0.0.1", 0))
        port: int = candidate.getsockname()[1]
        return port


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
