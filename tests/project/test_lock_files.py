"""The lock files: complete, of one mind, and without a word about where packages come from."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LOCKS = sorted(
    str(path.relative_to(ROOT))
    for pattern in ("requirements*.lock", "tests/platforms/*/requirements.lock")
    for path in ROOT.glob(pattern)
)
PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)


def pins(lock: str) -> dict[str, str]:
    return dict(PINNED.findall((ROOT / lock).read_text("utf-8")))


def names(requirements: list[object]) -> set[str]:
    return {
        re.split(r"[\[<>=! ]", requirement)[0].lower().replace("_", "-")
        for requirement in requirements
        if isinstance(requirement, str)
    }


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_with_its_hashes(lock: str) -> None:
    blocks = re.split(r"\n(?=[a-z0-9])", (ROOT / lock).read_text("utf-8").split("\n", 1)[1])

    assert [block for block in blocks if "==" not in block or "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("name", [*LOCKS, "package-lock.json", ".npmrc"])
def test_no_registry_is_named(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")

    assert re.findall(r"(?:--)?(?:extra-)?index-url|find-links|\"resolved\"|registry\s*=", text) == []


def test_the_locks_agree_on_every_version() -> None:
    everything = pins("requirements-dev.lock")

    for lock in ("requirements.lock", "requirements-demo.lock"):
        assert {
            name: version for name, version in pins(lock).items() if everything.get(name) != version
        } == {}


def test_what_pyproject_asks_for_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = project["dependency-groups"]
    wanted = {
        "requirements.lock": names(project["project"]["dependencies"]),
        "requirements-demo.lock": names(groups["demo"]),
        "requirements-dev.lock": names(groups["dev"]) | names(groups["bench"]),
        "requirements-postgresql.lock": names(groups["postgresql"]),
        "requirements-node.lock": names(groups["node"]),
    }

    assert {lock: missing for lock, asked in wanted.items() if (missing := asked - pins(lock).keys())} == {}
