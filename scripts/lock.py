"""Write the lock files: `make lock`, from pyproject.toml.

requirements.lock is what runs for real, requirements-demo.lock and requirements-dev.lock add what the demo
and the tests need; all three agree on every version. requirements-postgresql.lock and requirements-node.lock
hold one wheel each, for machines on which scripts/system_parts.py may install nothing. The foreign platforms
of tests/platforms have pins of their own, from the file beside each lock. No lock names a registry: each user's own
settings do that.
"""

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = "uv==0.13.9"
LOCKS = {
    "requirements-dev.lock": ["pyproject.toml", "--group", "dev", "--group", "bench"],
    "requirements-demo.lock": ["pyproject.toml", "--group", "demo", "--constraints", "requirements-dev.lock"],
    "requirements.lock": ["pyproject.toml", "--constraints", "requirements-dev.lock"],
    "requirements-postgresql.lock": ["--group", "postgresql", "--no-deps"],
    "requirements-node.lock": ["--group", "node", "--no-deps"],
    "tests/platforms/openedx/requirements.lock": ["tests/platforms/openedx/requirements.in"],
    "tests/platforms/lti1p3platform/requirements.lock": ["tests/platforms/lti1p3platform/requirements.in"],
}
COMPILE = (
    *("pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"),
    *("--no-emit-index-url", "--no-emit-find-links", "--no-header", "--no-annotate"),
)
HEADER = "# Written by `make lock` from {source}; do not edit.\n"


def main(arguments: list[str]) -> int:
    """Write every lock; with `--upgrade`, take the newest versions that pyproject.toml allows."""
    place = ROOT / ".cache" / "lock"
    uv = place / "bin" / "uv"
    if not uv.exists():
        venv.create(place, with_pip=True)
        subprocess.run([place / "bin" / "pip", "install", "--quiet", UV], check=True)
    for name, sources in LOCKS.items():
        print(name, flush=True)
        subprocess.run(
            [uv, *COMPILE, *sources, *arguments, "--output-file", name],
            cwd=ROOT,
            check=True,
        )
        lock = ROOT / name
        header = HEADER.format(
            source="pyproject.toml" if sources[0].startswith("--") else Path(sources[0]).name
        )
        lock.write_text(header + lock.read_text("utf-8").removeprefix(header), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
