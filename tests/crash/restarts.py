"""Launches under way while the web processes are replaced: none may be lost.

``python -m tests.crash.restarts --rate 50 --seconds 30 --restarts 3`` is the long form; a short one runs with the tests.
"""

import argparse
import http.client
import os
import signal
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from modules.package import load_module
from tests.support.databases import migrate
from tests.support.lms import Lms
from tests.support.service import RunningService
from trainer.catalogue.actions import publish_edition
from trainer.core.database import Database

EXAMPLE = Path(__file__).parent.parent / "modules" / "examples" / "groeten"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def launch_once(port: int, lms: Lms, student: int) -> str:
    """One whole launch over HTTP; gives "ok" or what went wrong."""
    try:
        login = {
            "iss": lms.issuer,
            "login_hint": "h",
            "client_id": lms.client_id,
            "target_link_uri": f"{lms.tool}/lti/launch/groeten",
        }
        status, headers = _post(port, "/lti/login", login, {})
        if status != 302:
            return f"login {status}"
        asked = {name: values[0] for name, values in parse_qs(urlsplit(headers["Location"]).query).items()}
        claims = lms.claims(asked["nonce"], datetime.now(UTC), {"sub": f"student-{student}"})
        cookie = {"Cookie": headers["Set-Cookie"].split(";")[0]}
        status, _ = _post(
            port, "/lti/launch", {"state": asked["state"], "id_token": lms.sign(claims)}, cookie
        )
        return "ok" if status == 303 else f"launch {status}"
    except (OSError, http.client.HTTPException) as problem:
        return type(problem).__name__


def _post(
    port: int, path: str, fields: dict[str, str], headers: dict[str, str]
) -> tuple[int, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("POST", path, urlencode(fields), {**FORM, **headers})
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers
    finally:
        connection.close()


def run(database_url: str, folder: Path, *, rate: int, seconds: int, restarts: int) -> Counter[str]:
    """Launch ``rate`` times a second while the web processes are replaced ``restarts`` times; what became of them."""
    database = Database(database_url)
    with database.writing() as connection:
        publish_edition(connection, load_module(EXAMPLE), now=datetime.now(UTC))
    service = RunningService(database_url, folder, web_processes=2, with_worker=False, log_level="WARNING")
    lms = Lms(service.base_url)
    lms.register(database, datetime.now(UTC))
    results: Counter[str] = Counter()
    assert service.web is not None
    try:
        results_of = []
        with ThreadPoolExecutor(32) as threads:
            started = time.monotonic()
            moments = [seconds * (index + 1) / (restarts + 1) for index in range(restarts)]
            restarter = threading.Thread(target=_restart, args=(service.web.pid, started, moments))
            restarter.start()
            for index in range(rate * seconds):
                time.sleep(max(0.0, started + index / rate - time.monotonic()))
                results_of.append(threads.submit(launch_once, service.port, lms, index % 200))
            restarter.join()
        results.update(future.result() for future in results_of)
    finally:
        service.stop()
        lms.close()
        database.dispose()
    return results


def _restart(pid: int, started: float, moments: list[float]) -> None:
    for moment in moments:
        time.sleep(max(0.0, started + moment - time.monotonic()))
        os.kill(pid, signal.SIGHUP)


def main() -> None:
    """The long form, from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=50, help="launches a second")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--restarts", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/trainer.db"
        migrate(url)
        print(dict(run(url, Path(folder), rate=given.rate, seconds=given.seconds, restarts=given.restarts)))


if __name__ == "__main__":
    main()
