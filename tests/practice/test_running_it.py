"""`python -m practice`: it starts, keeps what it has, and stands on its own."""

from __future__ import annotations

import ast
import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from practice import Settings, create_app, serve
from practice.store import Store
from tests.practice.conftest import Browser
from tests.support.ports import free_port, wait_until_open

ROOT = Path(__file__).parents[2]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "practice", *arguments]


@contextmanager
def running(port: int, store: Path, *more: str) -> Iterator[None]:
    process = subprocess.Popen(
        command("--port", str(port), "--store", str(store), *more), cwd=ROOT, stdout=subprocess.PIPE
    )
    try:
        wait_until_open(port, seconds=30)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
        assert process.stdout is not None
        process.stdout.close()


def key_ids(port: int) -> list[str]:
    with urllib.request.urlopen(f"http://localhost:{port}/lti/jwks", timeout=10) as answer:
        return [key["kid"] for key in json.load(answer)["keys"]]


def test_it_starts_stops_and_keeps_its_keys(tmp_path: Path) -> None:
    port = free_port()
    with running(port, tmp_path):
        first = key_ids(port)
        # A key rotated from outside is used by the one that runs.
        subprocess.run(command("--store", str(tmp_path), "--rotate-keys"), cwd=ROOT, check=True, timeout=30)
        rotated = key_ids(port)
        assert rotated[1:] == first
    with running(port, tmp_path):
        assert key_ids(port) == rotated


def test_a_reset_forgets_everything(app: Flask, signed_in: Callable[[str], Browser], tmp_path: Path) -> None:
    browser = signed_in("amina")
    before = app.test_client().get("/lti/jwks", base_url="http://localhost:8100").get_json()

    Store.reset(tmp_path / "practice")
    settings = Settings(
        origin="http://localhost:8100", tool="http://127.0.0.1:1", store=tmp_path / "practice"
    )
    anew = create_app(settings)

    assert anew.test_client().get("/lti/jwks", base_url="http://localhost:8100").get_json() != before
    assert browser.get("/courses").status_code == 401


def test_a_taken_port_is_said_in_a_line(app: Flask) -> None:
    port = free_port()
    with serve(app, port), pytest.raises(OSError, match="in use"), serve(app, port):
        pass


def test_it_prints_what_the_tool_must_know() -> None:
    printed = subprocess.run(
        command("--port", "8123", "--print-registration"),
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=30,
    )
    assert json.loads(printed.stdout) == {
        "name": "Oefen-LMS",
        "issuer": "http://localhost:8123",
        "client_id": "oefen-lms-leerbuddy",
        "deployment_ids": ["1"],
        "authorization_endpoint": "http://localhost:8123/lti/authorize",
        "token_endpoint": "http://localhost:8123/lti/token",
        "jwks_uri": "http://localhost:8123/lti/jwks",
        "institution": "Oefenhogeschool",
    }


def test_it_shares_no_code_with_the_tool() -> None:
    """One side's mistake must not be cancelled by the same mistake on the other."""
    forbidden = {"lti", "trainer", "modules", "joserfc"}
    for file in sorted((ROOT / "practice").glob("**/*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not forbidden & {name.partition(".")[0] for name in names}, file
