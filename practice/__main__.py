"""`python -m practice`: the practice LMS from the command line."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from datetime import timedelta
from pathlib import Path

from practice import keys
from practice.app import create_app
from practice.serve import serve
from practice.settings import Settings
from practice.store import Store


def main() -> int:
    arguments = _parser().parse_args()
    settings = Settings(
        origin=f"http://localhost:{arguments.port}",
        tool=arguments.tool.rstrip("/"),
        store=arguments.store,
        login_method=arguments.login_method,
        access_token_life=timedelta(seconds=arguments.token_life),
        share_names=not arguments.anonymous,
        storage=arguments.storage,
        test_hooks=arguments.test_hooks,
    )
    if arguments.print_registration:
        print(json.dumps(settings.registration(), indent=2))
        return 0
    if arguments.reset:
        Store.reset(settings.store)
    if arguments.rotate_keys:
        print(f"signs with key {keys.rotate(Store(settings.store))} from now on")
        return 0
    return _run(settings, arguments.port)


def _run(settings: Settings, port: int) -> int:
    """Serve until SIGINT or SIGTERM."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stopped.set())
    try:
        with serve(create_app(settings), port):
            print(f"practice LMS: {settings.origin} (tool: {settings.tool})", flush=True)
            stopped.wait()
    except OSError as error:
        print(f"cannot serve on port {port}: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m practice",
        description="A practice LMS: an LTI 1.3 platform with a course, three students, a teacher and a gradebook.",
    )
    parser.add_argument("--port", type=int, default=8100, help="where to serve, on localhost (default: 8100)")
    parser.add_argument(
        "--tool",
        default="http://127.0.0.1:8000",
        metavar="URL",
        help="where the tool is (default: %(default)s)",
    )
    parser.add_argument(
        "--store",
        type=Path,
        default=Path("var/practice"),
        metavar="DIR",
        help="folder of grades and keys, kept between runs (default: %(default)s)",
    )
    parser.add_argument("--reset", action="store_true", help="forget all grades, sessions and keys first")
    parser.add_argument(
        "--login-method",
        choices=("post", "get"),
        default="post",
        help="how launches open the tool's login (default: %(default)s)",
    )
    parser.add_argument("--anonymous", action="store_true", help="send no names and no e-mail in launches")
    parser.add_argument(
        "--storage",
        choices=("_parent", "practice_storage"),
        help="keep things for the tool: in the course page, or in a frame of that name (default: nowhere)",
    )
    parser.add_argument(
        "--token-life",
        type=int,
        default=3600,
        metavar="SECONDS",
        help="life of access tokens (default: 3600)",
    )
    parser.add_argument(
        "--test-hooks", action="store_true", help="open /_test/ for rotation, faults and arrivals"
    )
    parser.add_argument(
        "--rotate-keys", action="store_true", help="sign with a new key, also when running; then exit"
    )
    parser.add_argument(
        "--print-registration",
        action="store_true",
        help="print the JSON for `trainer platforms add --json`, then exit",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
