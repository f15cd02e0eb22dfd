"""The browser libraries in the repository are the released files that their manifests name."""

import hashlib
import json
from pathlib import Path

import pytest

from scripts.vendor import LIBRARIES, ROOT, Library


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.target.name)
def test_committed_copies_are_the_ones_in_the_manifest(library: Library) -> None:
    manifest = json.loads((ROOT / library.target / "manifest.json").read_text("utf-8"))

    found = {
        path.relative_to(ROOT / library.target).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (ROOT / library.target).rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }

    assert found == manifest["files"]


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.target.name)
def test_manifest_names_the_version_that_package_json_pins(library: Library) -> None:
    package = json.loads((ROOT / "package.json").read_text("utf-8"))
    pins = package["dependencies"] | package["devDependencies"]

    manifest = json.loads((ROOT / library.target / "manifest.json").read_text("utf-8"))

    assert manifest["package"] == library.package
    assert manifest["version"] == pins[library.package]


def test_every_library_comes_with_its_licence() -> None:
    assert [
        library.package for library in LIBRARIES if not Path(ROOT / library.target / "LICENSE").is_file()
    ] == []
