"""What changes the catalogue: publishing an edition, retiring a module and taking it back.

Publishing goes in two deeds, so that no film is copied while a writer of the database waits: ``keep_media``
first, without a transaction, then ``publish_edition`` in one.  Media that were kept and never published are
only bytes on a disk.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

import modules.model as content
from modules.document import write_document
from modules.package import Package
from modules.problems import DocumentError, Problem
from trainer.catalogue.models import Edition, EditionMedia, Media, Module
from trainer.catalogue.queries import edition
from trainer.core.insert import insert_or_ignore
from trainer.core.media import MediaStore


class NoSuchModule(LookupError):
    """No module has this key."""


@dataclass(frozen=True, slots=True)
class Published:
    """What became of publishing."""

    key: str
    module_id: int
    edition_id: int
    #: number of the edition
    number: int
    is_major: bool
    #: false: the newest edition is this document already, nothing was written
    is_new: bool


def keep_media(store: MediaStore, package: Package) -> None:
    """Copy the files of a checked module into the store; those that are there already are left alone.

    Raises:
        modules.problems.DocumentError: a file is gone, or changed after it was checked.
        OSError: the store cannot be written.
    """
    for media in package.module.media:
        if media.sha256 not in store and store.put(package.file(media)) != media.sha256:
            message = "“%(path)s” changed while it was being published."
            raise DocumentError(
                [Problem("media_hash", message, {"path": media.path}, str(package.folder), media.line)]
            )


def publish_edition(
    connection: Connection, package: Package, *, is_major: bool | None = None, now: datetime
) -> Published:
    """Make a checked module the newest edition of its key; the first of a key makes the module too.

    The same document again makes no new edition (comments and layout are no difference).  A minor edition
    takes those under way along, a major one leaves them on theirs; when ``is_major`` is not said,
    ``changes_what_counts`` decides. Publishing a retired module again does not bring it back into use.

    Nobody's enrolment is touched here: learning does the newest edition of the line that an enrolment was
    started on, so a minor edition reaches everybody under way at the moment of this commit, in one row,
    however many they are.

    Raises:
        modules.problems.DocumentError: the first edition of a module cannot be minor.
    """
    module = package.module
    module_id = _module_row(connection, module, now)
    document = write_document(module).decode()
    document_sha256 = hashlib.sha256(document.encode()).hexdigest()
    newest = connection.execute(_NEWEST, {"module_id": module_id}).one_or_none()
    if newest is not None and newest.document_sha256 == document_sha256:
        return Published(module.key, module_id, newest.id, newest.number, newest.number == newest.line, False)
    if newest is None:
        if is_major is False:
            message = "The first edition of a module cannot be a minor one."
            raise DocumentError([Problem("first_is_major", message, {}, str(package.folder))])
        is_major = True
    elif is_major is None:
        is_major = changes_what_counts(edition(connection, newest.id).module, module)
    number = 1 if newest is None else newest.number + 1
    edition_id = connection.execute(
        insert(Edition).returning(Edition.id),
        {
            "module_id": module_id,
            "number": number,
            "line": number if is_major or newest is None else newest.line,
            "document": document,
            "document_sha256": document_sha256,
            "published_at": now,
        },
    ).scalar_one()
    _note_media(connection, package, edition_id, now)
    connection.execute(
        update(Module)
        .where(Module.id == module_id, Module.number != module.number)
        .values(number=module.number)
    )
    return Published(module.key, module_id, edition_id, number, is_major, True)


def changes_what_counts(before: content.Module, after: content.Module) -> bool:
    """Whether a buddy who is half-way would lose something or be asked something else.  Then it is major.

    What counts is the rule, how many goals there are, the steps, the films (another file is another film),
    the questions of a check with their right answers, and the fields of the vertaalslag.  Wording, captions,
    chapters, posters and the questions inside a film do not.
    """
    return _what_counts(before) != _what_counts(after)


def retire_module(connection: Connection, key: str, *, successor: str | None = None, now: datetime) -> None:
    """Take a module out of use: new launches are told so and shown the successor; those under way may finish.

    Doing it again changes the successor only.

    Raises:
        NoSuchModule: ``key`` is unknown; ``successor`` is unknown, retired itself, or the module itself.
    """
    if successor is not None:
        following = connection.execute(_MODULE, {"key": successor}).one_or_none()
        if successor == key or following is None or following.retired_at is not None:
            raise NoSuchModule(successor)
    row = connection.execute(_MODULE, {"key": key}).one_or_none()
    if row is None:
        raise NoSuchModule(key)
    connection.execute(
        update(Module)
        .where(Module.id == row.id)
        .values(retired_at=row.retired_at or now, successor_key=successor)
    )


def restore_module(connection: Connection, key: str) -> None:
    """Take a retired module into use again: its links open it as before. Nothing happens to one that is in use.

    Raises:
        NoSuchModule: ``key`` is unknown.
    """
    row = connection.execute(_MODULE, {"key": key}).one_or_none()
    if row is None:
        raise NoSuchModule(key)
    connection.execute(update(Module).where(Module.id == row.id).values(retired_at=None, successor_key=None))


_MODULE = select(Module.id, Module.retired_at).where(Module.key == bindparam("key"))
_NEWEST = (
    select(Edition.id, Edition.number, Edition.line, Edition.document_sha256)
    .where(Edition.module_id == bindparam("module_id"))
    .order_by(Edition.number.desc())
    .limit(1)
)


def _module_row(connection: Connection, module: content.Module, now: datetime) -> int:
    """The module's id; its row is locked, so that two who publish at once get numbers in turn."""
    connection.execute(
        insert_or_ignore(connection, Module).values(key=module.key, number=module.number, created_at=now)
    )
    locked = select(Module.id).where(Module.key == module.key).with_for_update(key_share=True)
    return int(connection.execute(locked).scalar_one())


def _note_media(connection: Connection, package: Package, edition_id: int, now: datetime) -> None:
    files = {media.path: media for media in package.module.media}
    if not files:
        return
    sizes = {media.sha256: package.file(media).stat().st_size for media in files.values()}
    connection.execute(
        insert_or_ignore(connection, Media),
        [
            {"sha256": media.sha256, "mime": media.mime, "bytes": sizes[media.sha256], "added_at": now}
            for media in files.values()
        ],
    )
    connection.execute(
        insert(EditionMedia),
        [
            {"edition_id": edition_id, "path": path, "media_sha256": media.sha256}
            for path, media in files.items()
        ],
    )


def _what_counts(module: content.Module) -> object:
    return module.kind, module.rule, len(module.goals), [_step(step) for step in module.steps]


def _step(step: content.Step) -> tuple[object, ...]:
    match step:
        case content.Webcast():
            return step.kind, step.key, step.film.media.sha256
        case content.KnowledgeCheck():
            questions = [
                (question.key, question.type, question.critical, _options(question))
                for question in step.questions
            ]
            return step.kind, step.key, tuple(questions)
        case content.Reflection():
            return step.kind, step.key, step.min_words, tuple(field.key for field in step.fields)
        case content.Reading():
            return step.kind, step.key


def _options(question: content.Question) -> tuple[tuple[str, bool], ...]:
    return tuple((option.key, option.right) for option in question.options)
