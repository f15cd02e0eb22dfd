"""What is asked about modules, editions and media.

An edition never changes, so what was read of it once is kept in the process: a page that shows a module asks
the database nothing about the module itself.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Dialect, bindparam, select
from sqlalchemy import func as sql

import modules.model as content
from modules.captions import Cue, read_captions
from modules.document import parse_document
from trainer.catalogue.models import Edition, Media, Module
from trainer.core.media import MediaStore

#: editions kept in a process; a parsed one takes some 100 kB
KEPT_EDITIONS = 128
KEPT_CAPTIONS = 128

#: Anything else is not even asked: these come from URLs and from LMSs, and PostgreSQL chokes on a NUL.
_KEY = re.compile("[a-z0-9-]{1,100}")
_SHA256 = re.compile("[0-9a-f]{64}")

K = TypeVar("K")
T = TypeVar("T")


class NoSuchEdition(LookupError):
    """No edition has this id."""


@dataclass(frozen=True, slots=True)
class CatalogueModule:
    """A module with its newest edition, which new enrolments start on."""

    id: int
    #: as in URLs and in the LMS: "warme-band"
    key: str
    #: position in the learning path
    number: int
    retired_at: datetime | None
    #: key of the module that takes its place, for a retired one
    successor_key: str | None
    edition_id: int
    edition_number: int
    published_at: datetime


@dataclass(frozen=True, slots=True)
class PublishedEdition:
    """One published version of a module, with its content."""

    id: int
    module_id: int
    #: 1, 2, 3 …
    number: int
    #: number of the major edition that it continues
    line: int
    published_at: datetime
    module: content.Module

    @property
    def is_major(self) -> bool:
        return self.line == self.number


@dataclass(frozen=True, slots=True)
class StoredMedia:
    """A file that some edition shows."""

    sha256: str
    mime: str
    #: size
    bytes: int


_NEWEST = (
    select(
        Module.id,
        Module.key,
        Module.number,
        Module.retired_at,
        Module.successor_key,
        Edition.id,
        Edition.number,
        Edition.published_at,
    )
    .join(Edition, Edition.module_id == Module.id)
    .where(
        Edition.number
        == select(sql.max(Edition.number))
        .where(Edition.module_id == Module.id)
        .correlate(Module)
        .scalar_subquery()
    )
)
_LIST = _NEWEST.order_by(Module.number, Module.key)
_LIST_PRESENT = _LIST.where(Module.retired_at.is_(None))
_FIND = _NEWEST.where(Module.key == bindparam("key"))
_FIND_BY_ID = _NEWEST.where(Module.id == bindparam("module_id"))
_EDITION = select(
    Edition.id, Edition.module_id, Edition.number, Edition.line, Edition.published_at, Edition.document
).where(Edition.id == bindparam("edition_id"))
_MEDIA = select(Media.sha256, Media.mime, Media.bytes).where(Media.sha256 == bindparam("sha256"))


def list_modules(connection: Connection, *, with_retired: bool = False) -> list[CatalogueModule]:
    """All modules in the order of the learning path; ``edition(connection, row.edition_id)`` has the content."""
    return [CatalogueModule(*row) for row in connection.execute(_LIST if with_retired else _LIST_PRESENT)]


def find_module(connection: Connection, key: str) -> CatalogueModule | None:
    """The module with this key, retired or not."""
    if not _KEY.fullmatch(key):
        return None
    row = connection.execute(_FIND, {"key": key}).one_or_none()
    return None if row is None else CatalogueModule(*row)


def find_module_by_id(connection: Connection, module_id: int) -> CatalogueModule | None:
    """The module with this id, retired or not."""
    row = connection.execute(_FIND_BY_ID, {"module_id": module_id}).one_or_none()
    return None if row is None else CatalogueModule(*row)


def successor_of(connection: Connection, module: CatalogueModule) -> CatalogueModule | None:
    """The module that takes the place of a retired one; where that is retired too, the one that takes its place."""
    passed: set[str] = set()
    following: CatalogueModule | None = module
    while following is not None and following.retired_at is not None:
        passed.add(following.key)
        key = following.successor_key
        following = find_module(connection, key) if key is not None and key not in passed else None
    return following if passed else None


#: Per dialect object, which stands for its database: tests and tools open several in one process, and an id means
#: nothing without its database.  (Not per engine: reading and writing have one each.)
_editions: WeakKeyDictionary[Dialect, OrderedDict[int, PublishedEdition]] = WeakKeyDictionary()
_cues: OrderedDict[str, tuple[Cue, ...]] = OrderedDict()


def edition(connection: Connection, edition_id: int) -> PublishedEdition:
    """An edition with its content; the database is asked the first time only.

    Raises:
        NoSuchEdition: no edition has this id.
    """
    kept = _editions.setdefault(connection.dialect, OrderedDict())
    found = kept.get(edition_id)
    if found is None:
        row = connection.execute(_EDITION, {"edition_id": edition_id}).one_or_none()
        if row is None:
            raise NoSuchEdition(edition_id)
        found = PublishedEdition(
            id=row.id,
            module_id=row.module_id,
            number=row.number,
            line=row.line,
            published_at=row.published_at,
            module=parse_document(row.document.encode(), name=f"edition {edition_id}"),
        )
        _keep(kept, edition_id, found, KEPT_EDITIONS)
    return found


def cues_of(store: MediaStore, captions: content.Track) -> tuple[Cue, ...]:
    """The cues of a film's captions, from the file in the store; read once per process.

    Raises:
        trainer.core.media.NotInStore: the file is gone from the store.
    """
    sha256 = captions.media.sha256
    found = _cues.get(sha256)
    if found is None:
        with store.open(sha256) as file:
            found = read_captions(file.read(), name=captions.media.path)
        _keep(_cues, sha256, found, KEPT_CAPTIONS)
    return found


def find_media(connection: Connection, sha256: str) -> StoredMedia | None:
    """The file with this hash, when some edition shows it."""
    if not _SHA256.fullmatch(sha256):
        return None
    row = connection.execute(_MEDIA, {"sha256": sha256}).one_or_none()
    return None if row is None else StoredMedia(*row)


def _keep(kept: OrderedDict[K, T], key: K, value: T, limit: int) -> None:
    """Add to what is kept; the one that was added first goes when it is full."""
    kept[key] = value
    while len(kept) > limit:
        kept.popitem(last=False)
