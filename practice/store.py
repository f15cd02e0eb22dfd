"""What the practice LMS keeps, in one SQLite file."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from practice.school import School

_SCHEMA = """
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS keys (            -- the newest signs, all are published
    position INTEGER PRIMARY KEY AUTOINCREMENT, kid TEXT NOT NULL UNIQUE, private_pem TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sessions (
    hash TEXT PRIMARY KEY, person_id TEXT NOT NULL, locale TEXT NOT NULL, made_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS seeded_links (    -- whose column was made once, so that a deleted one stays deleted
    link_id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS placed_links (    -- links that a teacher took from the tool, beside the school's own
    id TEXT PRIMARY KEY, course_id TEXT NOT NULL, title TEXT NOT NULL, target TEXT NOT NULL, custom TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS line_items (
    id INTEGER PRIMARY KEY AUTOINCREMENT, course_id TEXT NOT NULL, link_id TEXT, label TEXT NOT NULL,
    maximum REAL NOT NULL, resource_id TEXT, tag TEXT);
CREATE INDEX IF NOT EXISTS line_items_of_course ON line_items (course_id);
CREATE TABLE IF NOT EXISTS grades (
    line_item_id INTEGER NOT NULL REFERENCES line_items ON DELETE CASCADE, person_id TEXT NOT NULL,
    score REAL,                              -- on the column's scale; NULL: erased by the tool
    timestamp TEXT NOT NULL,                 -- as the tool sent it
    received_at TEXT NOT NULL, activity_progress TEXT NOT NULL, grading_progress TEXT NOT NULL, comment TEXT,
    PRIMARY KEY (line_item_id, person_id));
CREATE TABLE IF NOT EXISTS arrivals (        -- every score message of a known tool, taken or refused
    id INTEGER PRIMARY KEY AUTOINCREMENT, course_id TEXT NOT NULL, line_item_id INTEGER NOT NULL,
    label TEXT NOT NULL, person_id TEXT, received_at TEXT NOT NULL, status INTEGER NOT NULL,
    reason TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS spent_assertions (    -- of token requests and of answers to deep linking
    jti TEXT PRIMARY KEY, expires_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS access_tokens (
    hash TEXT PRIMARY KEY, scopes TEXT NOT NULL, expires_at TEXT NOT NULL);
"""


class Store:
    """The SQLite file in a folder, made when absent. Safe to use from many threads and processes."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = folder / "practice.sqlite3"
        with closing(self._connect()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(_SCHEMA)
        self._path.chmod(0o600)

    @staticmethod
    def reset(folder: Path) -> None:
        """Forget everything: grades, sessions and keys."""
        for name in ("practice.sqlite3", "practice.sqlite3-wal", "practice.sqlite3-shm"):
            (folder / name).unlink(missing_ok=True)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        with closing(self._connect()) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: committed at the end, rolled back by an exception."""
        with closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def secret(self, name: str) -> str:
        """A random text of this store, made at first use."""
        with self.writing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO secrets VALUES (?, ?)", (name, secrets.token_urlsafe(32))
            )
            row = connection.execute("SELECT value FROM secrets WHERE name = ?", (name,)).fetchone()
            return str(row["value"])

    def seed_columns(self, school: School) -> None:
        """Make the gradebook column of each link that was placed with one, once in the store's life."""
        with self.writing() as connection:
            for course in school.courses:
                for link in course.links:
                    seeded = connection.execute("INSERT OR IGNORE INTO seeded_links VALUES (?)", (link.id,))
                    if seeded.rowcount and link.has_column:
                        connection.execute(
                            "INSERT INTO line_items (course_id, link_id, label, maximum) VALUES (?, ?, ?, 1)",
                            (course.id, link.id, link.title),
                        )

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection
