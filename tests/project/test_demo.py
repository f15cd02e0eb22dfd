"""`make demo`: comes up by itself, stops as one, and keeps what was there."""

import contextlib
import os
import re
import signal
import sys
import time
import urllib.request
from pathlib import Path

from scripts.processes import ChildProcess

ADDRESS = re.compile(r"http://localhost:\d+/")


def start_demo(folder: Path) -> tuple[ChildProcess, str]:
    """The demo with its data in the folder, and the address it tells people to open."""
    log = folder.with_suffix(".log")
    log.write_bytes(b"")
    demo = ChildProcess([sys.executable, "-m", "scripts.demo"], log, {"TRAINER_DEMO_FOLDER": str(folder)})
    deadline = time.monotonic() + 120
    while not (told := ADDRESS.search(log.read_text("utf-8"))):
        assert demo.is_running, demo.last_words()
        assert time.monotonic() < deadline, demo.last_words()
        time.sleep(0.1)
    return demo, told.group()


def processes_about(folder: Path) -> list[str]:
    """The running processes that name the folder in their command or their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # ended while we looked, or somebody else's
            command = (process / "cmdline").read_bytes()
            if os.fsencode(folder) in command + (process / "environ").read_bytes():
                found.append(command.replace(b"\0", b" ").decode())
    return found


def test_it_comes_up_stops_as_one_and_keeps_its_data(tmp_path: Path) -> None:
    folder = tmp_path / "demo"

    demo, address = start_demo(folder)
    with urllib.request.urlopen(address, timeout=10) as page:
        assert page.status == 200
    told = folder.with_suffix(".log").read_text("utf-8")
    assert (folder / "hub-password").read_text("utf-8") in told
    assert demo.stop(seconds=30, by=signal.SIGINT) == 0
    assert processes_about(folder) == []
    kept = {path.name for path in folder.iterdir()}
    assert {"trainer.db", "secret-key", "registration.json", "ports.json"} <= kept

    secret = (folder / "secret-key").read_bytes()
    again, same_address = start_demo(folder)
    assert same_address == address
    assert (folder / "secret-key").read_bytes() == secret
    assert again.stop(seconds=30, by=signal.SIGTERM) == 0
    assert processes_about(folder) == []


def test_stopping_it_halfway_leaves_nothing_running(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    demo = ChildProcess(
        [sys.executable, "-m", "scripts.demo"], tmp_path / "log", {"TRAINER_DEMO_FOLDER": str(folder)}
    )
    deadline = time.monotonic() + 120
    while not (folder / "practice.log").exists():
        assert demo.is_running and time.monotonic() < deadline, demo.last_words()
        time.sleep(0.02)

    assert demo.stop(seconds=30, by=signal.SIGINT) == 0

    assert processes_about(folder) == []
