"""Tables of the catalogue.  An edition never changes once it is published."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trainer.core.database import Base, Id


class Module(Base):
    """A unit of training with a stable key."""

    __tablename__ = "module"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: as in URLs and in the LMS: "warme-band"
    key: Mapped[str] = mapped_column(String(100), unique=True)
    #: position in the learning path
    number: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    #: retired: new launches are told so
    retired_at: Mapped[datetime | None]
    #: key of the module that takes its place
    successor_key: Mapped[str | None] = mapped_column(String(100))


class Edition(Base):
    """One published version of a module: the XML document itself, immutable."""

    __tablename__ = "edition"
    __table_args__ = (UniqueConstraint("module_id", "number"), Index(None, "module_id", "line"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"))
    #: 1, 2, 3 …
    number: Mapped[int]
    #: number of the major edition that it continues; its own number when it is major.  A major edition leaves those
    #: under way on theirs; a minor one takes them along, because learning does the newest edition of a line
    line: Mapped[int]
    document: Mapped[str] = mapped_column(Text)
    #: of the document, hexadecimal: publishing the same again makes no new edition
    document_sha256: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime]


class Media(Base):
    """A file that an edition shows, stored under its hash below the media root."""

    __tablename__ = "media"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    mime: Mapped[str] = mapped_column(String(100))
    bytes: Mapped[int] = mapped_column(Id)
    added_at: Mapped[datetime]


class EditionMedia(Base):
    """Which files an edition shows, and under which path its document names them."""

    __tablename__ = "edition_media"
    __table_args__ = (Index(None, "media_sha256"),)

    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), primary_key=True)
    path: Mapped[str] = mapped_column(String(200), primary_key=True)
    media_sha256: Mapped[str] = mapped_column(ForeignKey("media.sha256"))
