"""A module as a folder: its document `module.xml`, and its media in the same folder or below it.

A library is a folder of such folders.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from modules.captions import MAX_BYTES as MAX_CAPTIONS
from modules.captions import read_captions
from modules.checks import find_problems
from modules.document import parse_document
from modules.model import Media, Module
from modules.problems import DocumentError, Problem
from modules.xml import MAX_BYTES as MAX_DOCUMENT

DOCUMENT = "module.xml"

_CHUNK = 1 << 20

#: How a file of a type begins: bytes, and where. A name or a claimed type is never trusted.
_MAGIC: dict[str, tuple[int, bytes]] = {
    "video/mp4": (4, b"ftyp"),
    "video/webm": (0, b"\x1aE\xdf\xa3"),
    "image/png": (0, b"\x89PNG\r\n\x1a\n"),
    "image/jpeg": (0, b"\xff\xd8\xff"),
    "image/webp": (8, b"WEBP"),
}


@dataclass(frozen=True, slots=True)
class Package:
    """A module that may be published, where it lies, and the warnings that its author was given."""

    module: Module
    folder: Path
    warnings: tuple[Problem, ...] = ()

    def file(self, media: Media) -> Path:
        """Where a media file lies. Raises DocumentError (`media_outside`, `media_missing`)."""
        return find_media(self.folder, media)


def check_module(folder: Path) -> list[Problem]:
    """Everything to mend in a module's folder, errors and warnings, by file and line. Raises nothing."""
    try:
        return list(load_module(folder).warnings)
    except DocumentError as error:
        return error.problems


def load_module(folder: Path) -> Package:
    """The module in a folder, its document and every file checked.

    Raises DocumentError with all that is wrong, the warnings among it.
    """
    document = folder / DOCUMENT
    name = str(document)
    module = parse_document(_document_bytes(document), name=name)
    problems = [problem.within(name) for problem in find_problems(module)]
    for media in {media.path: media for media in module.media}.values():
        problems += _media_problems(folder, media, name)
    problems += _caption_problems(folder, module, name)
    if any(problem.is_error for problem in problems):
        raise DocumentError(problems)
    return Package(module, folder, tuple(problems))


def load_library(folder: Path) -> list[Package]:
    """The modules in a folder's folders, by number.

    Raises DocumentError with the problems of all of them, and when two share a key or a number.
    """
    packages, problems = [], []
    for child in library_folders(folder):
        try:
            packages.append(load_module(child))
        except DocumentError as error:
            problems += error.problems
    problems += _shared(packages)
    if problems:
        raise DocumentError(problems)
    return sorted(packages, key=lambda package: (package.module.number, package.module.key))


def library_folders(folder: Path) -> list[Path]:
    """The folders of modules: the folder itself when it is one, else those right below it, by name."""
    if (folder / DOCUMENT).is_file():
        return [folder]
    if not folder.is_dir():
        return []
    return sorted(child for child in folder.iterdir() if (child / DOCUMENT).is_file())


def find_media(folder: Path, media: Media) -> Path:
    """The file of a module's media, links followed. It lies below the folder or it does not exist.

    Raises DocumentError: `media_outside` for a path or link that leaves the folder, `media_missing`.
    """
    home = folder.resolve()
    path = (home / media.path).resolve()
    if not path.is_relative_to(home):
        message = "“%(path)s” lies outside the module's folder."
        raise DocumentError(
            [Problem("media_outside", message, {"path": media.path}, str(folder), media.line)]
        )
    if not path.is_file():
        message = "“%(path)s” does not exist."
        raise DocumentError(
            [Problem("media_missing", message, {"path": media.path}, str(folder), media.line)]
        )
    return path


def hash_file(path: Path) -> str:
    """The SHA-256 of a file in lower-case hexadecimal, read a megabyte at a time."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _document_bytes(document: Path) -> bytes:
    try:
        with document.open("rb") as file:
            return file.read(MAX_DOCUMENT + 1)
    except OSError as error:
        message = "The document cannot be read: %(reason)s."
        params = {"reason": error.strerror}
        raise DocumentError([Problem("document_unreadable", message, params, str(document))]) from None


def _media_problems(folder: Path, media: Media, name: str) -> Iterator[Problem]:
    try:
        path = find_media(folder, media)
        size = path.stat().st_size
        actual = hash_file(path)
        with path.open("rb") as file:
            start = file.read(16)
    except DocumentError as error:
        yield from (problem.within(name) for problem in error.problems)
        return
    except OSError as error:
        message = "“%(path)s” cannot be read: %(reason)s."
        unreadable = {"path": media.path, "reason": error.strerror}
        yield Problem("media_unreadable", message, unreadable, name, media.line)
        return
    if actual != media.sha256:
        message = "“%(path)s” is another file than the document means: its SHA-256 is %(actual)s."
        yield Problem("media_hash", message, {"path": media.path, "actual": actual}, name, media.line)
    if media.size is not None and media.size != size:
        message = "“%(path)s” has %(actual)d bytes, the document says %(said)d."
        params = {"path": media.path, "actual": size, "said": media.size}
        yield Problem("media_size", message, params, name, media.line)
    if media.mime in _MAGIC:
        at, magic = _MAGIC[media.mime]
        if start[at : at + len(magic)] != magic:
            message = "“%(path)s” is no %(mime)s."
            yield Problem("media_type", message, {"path": media.path, "mime": media.mime}, name, media.line)


def _caption_problems(folder: Path, module: Module, name: str) -> Iterator[Problem]:
    for webcast in module.webcasts:
        for track in webcast.captions:
            try:
                path = find_media(folder, track.media)
                with path.open("rb") as file:
                    cues = read_captions(file.read(MAX_CAPTIONS + 1), name=str(path))
            except (DocumentError, OSError) as error:
                # A file that is not there was told already; one that is there but wrong was not.
                if isinstance(error, DocumentError) and error.problems[0].code.startswith("vtt_"):
                    yield from error.problems
                continue
            if cues[-1].start >= webcast.film.duration:
                message = "The captions go on after the film: %(start)s s of %(duration)s s."
                params = {"start": cues[-1].start, "duration": webcast.film.duration}
                yield Problem("vtt_outside", message, params, name, track.media.line)


def _shared(packages: list[Package]) -> Iterator[Problem]:
    keys = Counter(package.module.key for package in packages)
    numbers = Counter(package.module.number for package in packages)
    for package in packages:
        name, line = str(package.folder / DOCUMENT), package.module.line
        if keys[package.module.key] > 1:
            message = "Another module has the key “%(key)s” too."
            yield Problem("module_key_twice", message, {"key": package.module.key}, name, line)
        if numbers[package.module.number] > 1:
            message = "Another module has the number %(number)d too."
            yield Problem("module_number_twice", message, {"number": package.module.number}, name, line)
