"""The whole thing on one machine: the service, its worker and a practice LMS, with data in var/demo: `make demo`.

1. Ports: the ones of last time when they are free, because the LMS is registered under its address; else new ones.
2. The database to its newest schema, the starter library published; neither when no file changed.
3. `trainer serve` on http://127.0.0.1, the practice LMS on http://localhost: two sites, so that cookies are
   third-party as in real life. The LMS is registered. `trainer worker` delivers the scores.
4. Wait; on Ctrl-C, or when one of the three ends, stop the others.
"""

import hashlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

from scripts.bootstrap import Progress
from scripts.processes import BIN, ROOT, ChildProcess

#: Where everything is kept; a test takes another folder.
VAR = Path(os.environ.get("TRAINER_DEMO_FOLDER", ROOT / "var" / "demo"))
FIRST_PORTS = {"service": 8000, "lms": 8100}
TRAINER = BIN / "trainer"
LIBRARY = ROOT / "modules" / "library"
MIGRATIONS = ROOT / "trainer" / "migrations" / "versions"

WELCOME = """
Buddy Trainer draait. / Buddy Trainer is running.

    {url}

  1. Open dit adres en kies een student.            Open this address and choose a student.
  2. Open een module in de cursus.                  Open a module in the course.
  3. Kijk, antwoord en schrijf.                     Watch, answer and write.
  4. Kies de docent en open het puntenboek.         Choose the teacher and open the gradebook.
  5. Voeg als docent een module toe.                As the teacher, add a module to a course.

Wie leerplatformen aansluit, meldt zich hier aan. / Who connects platforms signs in here.

    {hub}
    {email}  {password}

Ctrl-C stopt alles; wat je deed, blijft bewaard.    Ctrl-C stops everything; what you did is kept.
"""


#: Who may sign in to the hub.
OPERATOR = "operator@demo.example"


class DemoFailure(Exception):
    """The demo cannot go on; the message says why, with the last words of what failed."""


class Ended(Exception):
    """The person at the keyboard has seen enough."""


#: Set by Ctrl-C and its like. No exception out of a signal: it could strike between starting a child and noting it.
_ending = threading.Event()


def _go_on() -> None:
    if _ending.is_set():
        raise Ended


def is_free(port: int) -> bool:
    """Whether nobody listens on this port, on IPv4 or IPv6: a browser may take either for `localhost`."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family) as candidate:
                candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                candidate.bind((host, port))
        except OSError as error:
            if (
                family == socket.AF_INET6
                and not isinstance(error, PermissionError)
                and "in use" not in str(error)
            ):
                continue  # a machine without IPv6
            return False
    return True


def choose_ports() -> dict[str, int]:
    """The ports of last time when both are free, else the first free ones; remembered in var/demo/ports.json."""
    remembered = VAR / "ports.json"
    ports: dict[str, int] = (
        json.loads(remembered.read_text("utf-8")) if remembered.is_file() else dict(FIRST_PORTS)
    )
    for name, first in FIRST_PORTS.items():
        port = ports[name] if is_free(ports[name]) else first
        while not is_free(port):
            port += 1
        ports[name] = port
    remembered.write_text(json.dumps(ports) + "\n", "utf-8")
    return ports


def settings(ports: dict[str, int]) -> dict[str, str]:
    """The service's settings; the secret is made once and kept."""
    secret = VAR / "secret-key"
    if not secret.is_file():
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_urlsafe(48), "utf-8")
    return {
        "TRAINER_DATABASE_URL": f"sqlite:///{VAR / 'trainer.db'}",
        "TRAINER_SECRET_KEY": secret.read_text("utf-8"),
        "TRAINER_BASE_URL": f"http://127.0.0.1:{ports['service']}",
        "TRAINER_MEDIA_ROOT": str(VAR / "media"),
        "TRAINER_ALLOW_INSECURE_PLATFORMS": "1",
    }


def trainer(environment: dict[str, str], *arguments: str | Path, said: str = "") -> None:
    """Run one `trainer` command to its end, told ``said`` on its standard input.

    Raises DemoFailure with its words, Ended.
    """
    done = subprocess.run(
        [TRAINER, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        input=said,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    _go_on()
    if done.returncode:
        raise DemoFailure(f"`trainer {' '.join(map(str, arguments))}` failed:\n{done.stdout.strip()}")


def fingerprint() -> str:
    """What the database and the published library depend on: paths, sizes and times of their files."""
    digest = hashlib.sha256()
    for folder in (MIGRATIONS, LIBRARY):
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"):
            state = path.stat()
            digest.update(f"{path.relative_to(ROOT)} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def start_service(environment: dict[str, str], ports: dict[str, int]) -> ChildProcess:
    """Start the web processes."""
    address = ("--host", "127.0.0.1", "--port", str(ports["service"]))
    return ChildProcess([TRAINER, "serve", *address, "--workers", "2"], VAR / "service.log", environment)


def start_worker(environment: dict[str, str]) -> ChildProcess:
    """Start the worker, which sends the scores."""
    return ChildProcess([TRAINER, "worker"], VAR / "worker.log", environment)


def start_lms(ports: dict[str, int]) -> ChildProcess:
    """Start the practice LMS."""
    tool = f"http://127.0.0.1:{ports['service']}"
    options = ("--port", str(ports["lms"]), "--tool", tool, "--store", str(VAR / "practice"))
    return ChildProcess([BIN / "python", "-m", "practice", *options], VAR / "practice.log")


def wait_for(url: str, process: ChildProcess, seconds: float = 60.0) -> bytes:
    """What the URL answers, as soon as it does. Raises DemoFailure when the process ends or takes longer."""
    deadline = time.monotonic() + seconds
    while True:
        _go_on()
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return bytes(answer.read())
        except OSError as error:
            if not process.is_running or time.monotonic() > deadline:
                raise DemoFailure(f"{url} does not answer ({error}):\n{process.last_words(20)}") from error
            time.sleep(0.05)


def register(environment: dict[str, str], registration: bytes) -> None:
    """Connect the practice LMS to the service, unless it is connected under this address already."""
    registered = VAR / "registration.json"
    if registered.is_file() and registered.read_bytes() == registration:
        return
    asked = VAR / "registration.new.json"
    asked.write_bytes(registration)
    trainer(environment, "platforms", "add", "--json", asked)
    asked.rename(registered)


def hub_password(environment: dict[str, str]) -> str:
    """What opens the hub: made once, with the account, and kept beside the data."""
    kept, made = VAR / "hub-password", VAR / "hub-password.new"
    if not kept.is_file():
        if not made.is_file():
            made.touch(mode=0o600)
            made.write_text(secrets.token_urlsafe(12), "utf-8")
        account = ("--email", OPERATOR, "--name", "Operator", "--password-stdin")
        try:
            trainer(environment, "accounts", "add", *account, said=made.read_text("utf-8") + "\n")
        except DemoFailure as failure:  # stopped last time between the two
            if "has an account already" not in str(failure):
                raise
        made.rename(kept)
    return kept.read_text("utf-8")


def run(children: dict[str, ChildProcess]) -> None:
    """Bring everything up, say what to do, and wait until something ends. Raises DemoFailure, Ended."""
    VAR.mkdir(parents=True, exist_ok=True)
    for log in VAR.glob("*.log"):
        log.unlink()
    ports = choose_ports()
    environment = settings(ports)
    progress = Progress(3)
    prepared, now = VAR / "prepared", fingerprint()
    if prepared.is_file() and prepared.read_text("utf-8") == now:
        progress.number = 2
    else:
        with progress.step("Database / databank"):
            trainer(environment, "db", "upgrade")
        with progress.step("Starter library / twaalf modules"):
            trainer(environment, "modules", "publish", LIBRARY)
        prepared.write_text(now, "utf-8")
    with progress.step("Service, worker, practice LMS / oefen-LMS"):
        children["service"] = start_service(environment, ports)
        children["practice LMS"] = start_lms(ports)
        wait_for(f"http://127.0.0.1:{ports['service']}/healthz", children["service"])
        lms = f"http://localhost:{ports['lms']}"
        register(environment, wait_for(f"{lms}/registration.json", children["practice LMS"]))
        children["worker"] = start_worker(environment)
        password = hub_password(environment)
    hub = f"http://127.0.0.1:{ports['service']}/hub/"
    welcome = WELCOME.format(url=f"{lms}/", hub=hub, email=OPERATOR, password=password)
    print(welcome, flush=True)
    while True:
        for name, child in children.items():
            if not child.is_running:
                raise DemoFailure(f"The {name} has ended:\n{child.last_words(20)}")
        _ending.wait(0.5)
        _go_on()


def main() -> int:
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda _number, _frame: _ending.set())
    children: dict[str, ChildProcess] = {}
    try:
        run(children)
    except DemoFailure as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    except Ended:
        print("\nTot straks. / See you.", flush=True)
        return 0
    finally:
        for child in reversed(children.values()):
            child.stop(seconds=5)
    return 0


if __name__ == "__main__":
    sys.exit(main())
