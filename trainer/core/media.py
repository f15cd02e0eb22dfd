"""Files that are kept under their hash: what is stored once is never stored twice and never changes."""

import hashlib
import os
import re
import secrets
from pathlib import Path
from typing import BinaryIO

_HASH = re.compile(r"[0-9a-f]{64}")
_PIECE = 1024 * 1024


class NotInStore(LookupError):
    """The store has no file with this hash (or it is no hash at all)."""


class MediaStore:
    """A folder of files named after their SHA-256: ``root/ab/cdef…``.

    Nothing but 64 hexadecimal digits ever becomes a path, so no name leads outside the folder.

    Args:
        root: the folder; made when the first file is put.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = Path(root)

    def put(self, source: Path) -> str:
        """Copy a file into the store and give its SHA-256, hexadecimal.  Doing it again changes nothing.

        The copy is written beside its place, synced, and renamed: a reader sees the whole file or none, also after a
        power cut.  The hash is of the bytes that were copied, so a file that changes meanwhile is not misnamed.

        Raises:
            OSError: the file cannot be read, or the store cannot be written.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        passing = self.root / f".{secrets.token_hex(16)}"
        digest = hashlib.sha256()
        try:
            with source.open("rb") as original, passing.open("xb") as copy:
                while piece := original.read(_PIECE):
                    digest.update(piece)
                    copy.write(piece)
                copy.flush()
                os.fsync(copy.fileno())
            sha256 = digest.hexdigest()
            place = self._place(sha256)
            if not place.exists():
                place.parent.mkdir(exist_ok=True)
                passing.replace(place)
                _sync_folder(place.parent)
        finally:
            passing.unlink(missing_ok=True)
        return sha256

    def __contains__(self, sha256: str) -> bool:
        return bool(_HASH.fullmatch(sha256)) and self._place(sha256).is_file()

    def path(self, sha256: str) -> Path:
        """Where the file with this hash lies.

        Raises:
            NotInStore: it is not here.
        """
        if sha256 not in self:
            raise NotInStore(sha256)
        return self._place(sha256)

    def open(self, sha256: str) -> BinaryIO:
        """The file with this hash, open for reading; it can seek.

        Raises:
            NotInStore: it is not here.
        """
        if not _HASH.fullmatch(sha256):
            raise NotInStore(sha256)
        try:
            return self._place(sha256).open("rb")
        except FileNotFoundError:
            raise NotInStore(sha256) from None

    def _place(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256[2:]


def _sync_folder(folder: Path) -> None:
    """Make a rename inside the folder last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
