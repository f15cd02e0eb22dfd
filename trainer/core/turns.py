"""Writers of one SQLite database take turns, over threads and processes."""

import fcntl
import os
import threading
import time

#: between two looks whether the turn is free: far less than a commit takes
LOOK_AGAIN_SECONDS = 0.0005
#: in place of a file's descriptor
NOT_OPEN = -1


class TurnDidNotCome(Exception):
    """Somebody kept the turn for longer than the next was willing to wait."""


class Turns:
    """A turn is a lock on a file, which the kernel frees when the process that holds it dies.

    Of one process a single thread tries for it; the others wait for that thread.  SQLite's own way of waiting grows to
    a tenth of a second between two looks, in which one writer of four can be passed by for more than a second.  The
    kernel's own waiting for a lock knows no end: one process that is stopped, not killed, would stop all.

    Args:
        path: the file; made where it is not there.
        patience: seconds that `take` waits at most.
    """

    def __init__(self, path: str, *, patience: float) -> None:
        self._path = path
        self._patience = patience
        self._within_process = threading.Lock()
        self._descriptor = NOT_OPEN

    def take(self) -> None:
        """Wait for the turn and keep it until `give`.

        Raises:
            TurnDidNotCome: it was not free for as long as we wait.
        """
        until = time.monotonic() + self._patience
        if not self._within_process.acquire(timeout=self._patience):
            raise TurnDidNotCome
        try:
            while not self._free():
                if time.monotonic() >= until:
                    raise TurnDidNotCome
                time.sleep(LOOK_AGAIN_SECONDS)
        except BaseException:
            self._within_process.release()
            raise

    def give(self) -> None:
        """Let the next one write."""
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        self._within_process.release()

    def close(self) -> None:
        """Close the file; `take` opens it again."""
        if self._descriptor != NOT_OPEN:
            os.close(self._descriptor)
            self._descriptor = NOT_OPEN

    def _free(self) -> bool:
        if self._descriptor == NOT_OPEN:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
