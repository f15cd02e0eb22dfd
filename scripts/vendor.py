"""Copy the pinned browser libraries from node_modules into the repository: `make vendor`.

package.json pins the versions, package-lock.json their hashes; `npm ci` puts them into node_modules, and this
script copies the few files a browser needs, each with its licence, and writes a manifest beside them. The
copies are committed, so that neither a user's machine nor a server needs Node. A test compares them with it.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Library(NamedTuple):
    """One npm package and what is taken from it: `files` maps a path in the package to a copy's name."""

    package: str
    target: Path
    files: dict[str, str]


LIBRARIES = (
    Library(
        "video.js",
        Path("trainer/static/vendor/video.js"),
        {
            "dist/video.min.js": "video.min.js",
            "dist/video-js.min.css": "video-js.min.css",
            "dist/lang/nl.json": "lang/nl.json",
            "dist/lang/en.json": "lang/en.json",
            "LICENSE": "LICENSE",
        },
    ),
    Library(
        "@fontsource-variable/atkinson-hyperlegible-next",
        Path("trainer/static/vendor/atkinson-hyperlegible-next"),
        {
            "files/atkinson-hyperlegible-next-latin-wght-normal.woff2": "latin-wght-normal.woff2",
            "files/atkinson-hyperlegible-next-latin-wght-italic.woff2": "latin-wght-italic.woff2",
            "LICENSE": "LICENSE",
        },
    ),
    Library(
        "axe-core",
        Path("tests/browser/vendor/axe-core"),
        {"axe.min.js": "axe.min.js", "LICENSE": "LICENSE"},
    ),
)


def sha256(path: Path) -> str:
    """The file's SHA-256, as lowercase hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def manifest_of(library: Library, root: Path = ROOT) -> dict[str, object]:
    """What manifest.json beside the copies must say: package, version, licence, SHA-256 of each copy."""
    description = json.loads((root / "node_modules" / library.package / "package.json").read_text("utf-8"))
    return {
        "package": library.package,
        "version": description["version"],
        "licence": description["license"],
        "files": {name: sha256(root / library.target / name) for name in sorted(library.files.values())},
    }


def main() -> int:
    npm = shutil.which("npm")
    if npm is None:
        print(
            "make vendor needs npm (Debian package: npm). Only whoever updates a browser library needs it.",
            file=sys.stderr,
        )
        return 1
    subprocess.run([npm, "ci", "--silent"], cwd=ROOT, check=True)
    for library in LIBRARIES:
        target = ROOT / library.target
        shutil.rmtree(target, ignore_errors=True)
        for source, name in library.files.items():
            copy = target / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / "node_modules" / library.package / source, copy)
        manifest = manifest_of(library)
        (target / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
        print(f"{library.package} {manifest['version']} -> {library.target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
