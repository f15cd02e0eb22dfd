"""Make this checkout runnable: `python3 -m scripts.bootstrap demo` or `... test`; the Makefile calls it.

1. A virtual environment in .venv.
2. The Python packages of requirements-demo.lock or requirements-dev.lock, each checked against its hash.
3. The project itself, editable.
4. For `test`: a PostgreSQL, a Chromium and a Node to steer it (scripts/system_parts.py says from where).

A stamp in .venv remembers what was installed, so a second start takes no time. Standard library only.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

from contextlib import contextmanager

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = (3, 11)
LOCKS = {"demo": "requirements-demo.lock", "test": "requirements-dev.lock"}
#: LTI platforms to test against, by their folder in tests/platforms: each has frameworks and pins of its own, so an
#: environment of its own too
PEERS = {
    "openedx": "Open edX's LTI platform, to test against",
    "lti1p3platform": "The platform of lti1p3platform, to test against",
}


class Failure(Exception):
    """Something that the person at the keyboard must do first; the message is one line."""


class Progress:
    """Numbered lines on the terminal, each with the seconds it took: `[2/6] Python packages … 14 s`."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.number = 0

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show that something goes on: counting seconds on a terminal, else a line at begin and end."""
        self.number += 1
        label = f"[{self.number}/{self.total}] {title} …"
        terminal = sys.stdout.isatty()
        started = time.monotonic()
        ended = threading.Event()

        def tick() -> None:
            while not ended.wait(1):
                print(f"\r{label} {time.monotonic() - started:.0f} s", end="", flush=True)

        print(label, end="" if terminal else "\n", flush=True)
        ticking = threading.Thread(target=tick, daemon=True) if terminal else None
        if ticking:
            ticking.start()
        outcome = "failed after"
        try:
            yield
            outcome = "done in"
        finally:
            ended.set()
            if ticking:
                ticking.join()
            print(
                f"{chr(13) if terminal else ''}{label} {outcome} {time.monotonic() - started:.0f} s",
                flush=True,
            )


def fingerprint(goal: str) -> str:
    """What the environment depends on: Python, this folder, the lock file, the project's own description."""
    digest = hashlib.sha256()
    digest.update(f"{sys.version_info[:2]} {ROOT}".encode())
    for name in (LOCKS[goal], "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def is_ready(venv: Path, goal: str) -> bool:
    """Whether the environment holds what the goal needs; the tests' needs include the demo's."""
    for larger in ("test", goal):
        stamp = venv / f"bootstrapped-{larger}"
        if stamp.is_file() and stamp.read_text("utf-8") == fingerprint(larger):
            return True
    return False


def make_venv(venv: Path, log: Path) -> None:
    """Create .venv with pip in it.

    Debian's python3 comes without ensurepip; then python3-venv or a pip that is there helps.
    """
    from scripts.system_parts import apt_command, apt_install

    for stamp in venv.glob("bootstrapped-*"):
        stamp.unlink()
    works = (venv / "bin" / "python").exists() and _run(
        [venv / "bin" / "python", "-m", "pip", "--version"], log
    ) == 0
    if works and f"version = {sys.version_info[0]}.{sys.version_info[1]}." in (venv / "pyvenv.cfg").read_text(
        "utf-8"
    ):
        return
    shutil.rmtree(venv, ignore_errors=True)
    if importlib.util.find_spec("ensurepip") is None:
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        apt = apt_command()
        if apt is None or not apt_install(apt, [version], log):
            if importlib.util.find_spec("pip") is None:
                raise Failure(
                    f"Python cannot make a virtual environment here: install {version}, then try again."
                )
            _check([sys.executable, "-m", "venv", "--without-pip", venv], log)
            _check(
                [
                    sys.executable,
                    "-m",
                    "pip",
                    "--python",
                    venv / "bin" / "python",
                    "install",
                    "--quiet",
                    "pip",
                ],
                log,
            )
            return
    _check([sys.executable, "-m", "venv", venv], log)


def install_packages(venv: Path, goal: str, log: Path) -> None:
    """Install the lock file's packages: exactly those files whose hashes it names."""
    _check([*_pip_install(venv), "--no-deps", "--require-hashes", "-r", ROOT / LOCKS[goal]], log)


def install_project(venv: Path, log: Path) -> None:
    """Install the checkout itself, editable: no package index is asked, its build backend is in the lock."""
    _check([*_pip_install(venv), "--no-deps", "--no-build-isolation", "--no-index", "--editable", ROOT], log)


def provide_system_parts(progress: Progress, log: Path) -> None:
    """See to a PostgreSQL, a Node and a Chromium: the machine's, else Debian's package, else one that is fetched."""
    from scripts import system_parts

    #: title, Debian package, where it is, how it is fetched; Node before Chromium, which it unpacks
    parts: tuple[tuple[str, str | None, Callable[[], object], Callable[[Path], None]], ...] = (
        ("PostgreSQL", "postgresql", system_parts.find_postgresql, system_parts.fetch_postgresql),
        ("Node, which steers Chromium", None, system_parts.find_node, system_parts.fetch_node),
        ("Chromium", "chromium", system_parts.find_chromium, system_parts.fetch_chromium),
    )
    for title, package, find, fetch in parts:
        if find() is not None:
            progress.number += 1
            continue
        with progress.step(title):
            apt = system_parts.apt_command() if package else None
            if apt and package and system_parts.apt_install(apt, [package], log) and find() is not None:
                continue
            try:
                fetch(log)
            except system_parts.MissingPart as missing:
                raise Failure(str(missing)) from missing
            except (OSError, subprocess.CalledProcessError) as error:
                hint = (
                    f"install it (Debian: {package})" if package else "the package registry did not give it"
                )
                raise Failure(f"{title} is missing and could not be fetched: {hint}.") from error


def provide_peer(name: str, title: str, progress: Progress, log: Path) -> None:
    """See to a platform that tests/platforms runs, in .cache/NAME-venv."""
    venv = ROOT / ".cache" / f"{name}-venv"
    lock = ROOT / "tests" / "platforms" / name / "requirements.lock"
    digest = hashlib.sha256(f"{sys.version_info[:2]} {ROOT}".encode())
    digest.update(lock.read_bytes())
    stamp = venv / f"bootstrapped-{name}"
    if stamp.is_file() and stamp.read_text("utf-8") == digest.hexdigest():
        progress.number += 1
        return
    with progress.step(title):
        make_venv(venv, log)
        _check([*_pip_install(venv), "--no-deps", "--require-hashes", "-r", lock], log)
    stamp.write_text(digest.hexdigest(), "utf-8")


def _pip_install(venv: Path) -> list[str | Path]:
    return [venv / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]


def _run(command: Sequence[str | Path], log: Path) -> int:
    with log.open("ab") as output:
        output.write(f"$ {' '.join(str(word) for word in command)}\n".encode())
        output.flush()
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
        ).returncode


def _check(command: Sequence[str | Path], log: Path) -> None:
    if _run(command, log) != 0:
        lines = log.read_text("utf-8", "replace").splitlines()
        raise Failure(
            "\n".join([f"This did not work ({log.relative_to(ROOT)} has the whole story):", *lines[-8:]])
        )


def bootstrap(goal: str) -> None:
    """Do what is still to do for `demo` or `test`. Raises Failure."""
    venv = ROOT / ".venv"
    log = ROOT / ".cache" / "bootstrap.log"
    log.parent.mkdir(exist_ok=True)
    log.write_bytes(b"")
    progress = Progress(3 if goal == "demo" else 6 + len(PEERS))
    if is_ready(venv, goal):
        progress.number = 3
    else:
        with progress.step("Virtual environment in .venv"):
            make_venv(venv, log)
        with progress.step("Python packages (a minute or so the first time)"):
            install_packages(venv, goal, log)
        with progress.step("Buddy Trainer itself"):
            install_project(venv, log)
        (venv / f"bootstrapped-{goal}").write_text(fingerprint(goal), "utf-8")
    if goal == "test":
        provide_system_parts(progress, log)
        for name, title in PEERS.items():
            provide_peer(name, title, progress, log)


def main(arguments: list[str]) -> int:
    if sys.version_info < OLDEST_PYTHON:  # a wrong Python must get this sentence, not a traceback
        print(
            "Buddy Trainer needs Python 3.11 or newer; `make PYTHON=python3.12 ...` chooses another one.",
            file=sys.stderr,
        )
        return 1
    if len(arguments) != 1 or arguments[0] not in LOCKS:
        print("usage: python3 -m scripts.bootstrap demo|test", file=sys.stderr)
        return 2
    os.chdir(ROOT)
    try:
        bootstrap(arguments[0])
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Start again whenever you like; what was done stays done.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
