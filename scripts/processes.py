"""Child processes that the demo and the tests start, and end by their own id."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


class ChildProcess:
    """One process in its own process group, its output in a file.

    Args:
        command: program and arguments.
        log: file that its output is added to.
        environment: what its environment has beside the usual.
        user: run it as this user (root only).
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        log: Path,
        environment: Mapping[str, str] | None = None,
        *,
        user: str | None = None,
        cwd: Path = ROOT,
    ) -> None:
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command,
                cwd=cwd,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                user=user,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id, which is its group's id too."""
        return self.process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended yet."""
        return self.process.poll() is None

    def stop(self, seconds: float = 10.0, by: signal.Signals = signal.SIGTERM) -> int:
        """Ask the process to end, and kill its group if it has not after that many seconds; the exit code."""
        if self.is_running:
            self.process.send_signal(by)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.process.wait()

    def kill(self) -> None:
        """`kill -9` for the process and all its children, as a power cut would."""
        if self.is_running:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def last_words(self, lines: int = 40) -> str:
        """The end of what it printed, for whoever asks why it ended."""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])
