"""A database as it may be in some years: 25 institutions, 12 modules, 200,000 buddies, 800,000 enrolments.

Written in bulk, with chosen ids, in an order that a random generator with a fixed seed decides: the same on both
databases.
"""

import random
import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

from sqlalchemy import Column, Connection, Table, func, select, text

from lti.platform import Platform
from trainer.catalogue.queries import edition, list_modules
from trainer.core.crypto import hash_token
from trainer.core.database import Database
from trainer.courses.models import Course, Link, Visit
from trainer.institutions.actions import register_platform
from trainer.institutions.models import Deployment
from trainer.learning.models import Attempt, Completion, Coverage, Enrolment, Reflection
from trainer.people.models import BrowserSession, Buddy, Identity

INSTITUTIONS = 25
BUDDIES = 200_000
#: enrolments of one buddy: most do a few modules, some do all
ENROLMENTS = (1, 2, 3, 3, 4, 4, 5, 6, 12, 0)
SIGNED_IN = 500
_WORDS = ["samen", "lezen", "rekenen", "luisteren", "vragen", "tijd", "groep", "blik", "taal", "rust", "doel"]

Rows = Iterator[tuple[Any, ...]]


def fill(database_url: str, *, buddies: int = BUDDIES) -> list[tuple[str, str]]:
    """Fill a migrated database in which the modules are published.

    Returns:
        (session token, public id of an enrolment) of some signed-in buddies.
    """
    database = Database(database_url)
    chance = random.Random(2026)
    try:
        with database.writing() as connection:
            sign_ins = _Seed(connection, chance, buddies).fill()
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    finally:
        database.dispose()
    return sign_ins


class _Seed:
    def __init__(self, connection: Connection, chance: random.Random, buddies: int) -> None:
        self.connection = connection
        self.chance = chance
        self.buddies = buddies
        self.now = datetime.now(UTC)
        self.modules = [
            (module.id, module.edition_id, edition(connection, module.edition_id).module)
            for module in list_modules(connection)
        ]
        #: (id, registration id, deployment id)
        self.registrations: list[tuple[int, int]] = []
        self.first_link: dict[tuple[int, int], int] = {}

    def fill(self) -> list[tuple[str, str]]:
        self._institutions()
        base = self._highest(Buddy.id)
        self._insert(Buddy, ("id", "public_id", "created_at"), self._buddies(base))
        identities = ("id", "buddy_id", "registration_id", "sub", "name", "email", "created_at")
        self._insert(Identity, identities, self._identities(base))
        enrolments = list(self._enrolments(base))
        names = (
            "id",
            "public_id",
            "buddy_id",
            "module_id",
            "edition_id",
            "period",
            "started_at",
            "last_active_at",
        )
        self._insert(Enrolment, (*names, "progress", "completed_at"), (row for row, _ in enrolments))
        self._traces([(row, number) for row, number in enrolments])
        return self._sign_ins([row for row, _ in enrolments])

    def _institutions(self) -> None:
        for number in range(INSTITUTIONS):
            issuer = f"https://lms{number}.example.be"
            platform = Platform(
                issuer=issuer,
                client_id=f"client-{number}",
                authorization_endpoint=f"{issuer}/auth",
                token_endpoint=f"{issuer}/token",
                jwks_uri=f"{issuer}/jwks",
            )
            registration = register_platform(
                self.connection,
                platform,
                name=f"Moodle van hogeschool {number}",
                institution=f"Hogeschool {number}",
                deployment_ids=["1"],
                allow_insecure=False,
                now=self.now,
            )
            deployment = self.connection.execute(
                select(Deployment.id).where(Deployment.registration_id == registration)
            ).scalar_one()
            self.registrations.append((registration, deployment))
            self._course(number, deployment)

    def _course(self, number: int, deployment: int) -> None:
        institution = self.connection.execute(
            text("SELECT institution_id FROM registration WHERE id = :id"),
            {"id": self.registrations[number][0]},
        ).scalar_one()
        course = self._highest(Course.id) + 1
        columns = ("id", "public_id", "deployment_id", "institution_id", "context_id", "title", "created_at")
        row = (course, secrets.token_hex(16), deployment, institution, "1", "Leerbuddy worden", self.now)
        self._insert(Course, columns, iter([row]))
        link = self._highest(Link.id)
        rows = []
        for module, _, content in self.modules:
            link += 1
            self.first_link[number, module] = link
            resource = f"{number}-{module}"
            rows.append(
                (link, secrets.token_hex(16), deployment, course, resource, content.key, [], 0, self.now)
            )
        columns = ("id", "public_id", "deployment_id", "course_id", "resource_link_id", "title", "ags_scopes")
        self._insert(Link, (*columns, "columns_used", "created_at"), iter(rows))

    def _buddies(self, base: int) -> Rows:
        for number in range(1, self.buddies + 1):
            yield base + number, f"{self.chance.getrandbits(128):032x}", self._earlier(700)

    def _identities(self, base: int) -> Rows:
        first = self._highest(Identity.id)
        for number in range(1, self.buddies + 1):
            registration, _ = self.registrations[number % INSTITUTIONS]
            name = f"Student {number}"
            mail = f"s{number}@student.example.be"
            yield first + number, base + number, registration, f"u{number}", name, mail, self.now

    def _enrolments(self, base: int) -> Iterator[tuple[tuple[Any, ...], int]]:
        enrolment = self._highest(Enrolment.id)
        for number in range(1, self.buddies + 1):
            for module, edition_id, _ in self.chance.sample(self.modules, self.chance.choice(ENROLMENTS)):
                enrolment += 1
                started = self._earlier(600)
                completed = started + timedelta(hours=2) if self.chance.random() < 0.6 else None
                public_id = f"{self.chance.getrandbits(96):024x}"
                row = (enrolment, public_id, base + number, module, edition_id, "", started, started)
                yield (*row, 100 if completed else 40, completed), number

    def _traces(self, enrolments: Sequence[tuple[tuple[Any, ...], int]]) -> None:
        contents = {module: content for module, _, content in self.modules}
        films = ("enrolment_id", "film_sha256", "bits", "seconds", "length", "position", "updated_at")
        self._insert(Coverage, films, self._coverage(enrolments, contents))
        attempts = ("id", "enrolment_id", "step_key", "number", "seed", "started_at", "finished_at")
        self._insert(
            Attempt, (*attempts, "right", "asked", "critical_right"), self._attempts(enrolments, contents)
        )
        reflections = (
            "enrolment_id",
            "step_key",
            "draft",
            "revision",
            "saved_at",
            "handed_in",
            "handed_in_at",
        )
        self._insert(Reflection, reflections, self._reflections(enrolments, contents))
        completions = ("enrolment_id", "edition_id", "completed_at", "via", "evidence", "announced_at")
        done = ((row[0], row[4], row[9], "film", {"rule": "all"}, row[9]) for row, _ in enrolments if row[9])
        self._insert(Completion, completions, done)
        visits = ("link_id", "identity_id", "enrolment_id", "may_place", "has_result", "first_at", "last_at")
        self._insert(Visit, visits, self._visits(enrolments))

    def _coverage(self, enrolments: Sequence[tuple[tuple[Any, ...], int]], contents: dict[int, Any]) -> Rows:
        for row, _ in enrolments:
            for step in contents[row[3]].webcasts:
                length = step.film.seconds
                seen = length if row[9] else self.chance.randrange(length)
                bits = ((1 << seen) - 1).to_bytes((length + 7) // 8, "little")
                yield row[0], step.film.media.sha256, bits, seen, length, float(seen), row[7]

    def _attempts(self, enrolments: Sequence[tuple[tuple[Any, ...], int]], contents: dict[int, Any]) -> Rows:
        attempt = self._highest(Attempt.id)
        for row, _ in enrolments:
            for step in contents[row[3]].steps:
                if step.kind == "knowledge_check" and (row[9] or self.chance.random() < 0.3):
                    attempt += 1
                    asked = len(step.questions)
                    yield attempt, row[0], step.key, 1, "seed", row[6], row[7], asked, asked, True

    def _reflections(
        self, enrolments: Sequence[tuple[tuple[Any, ...], int]], contents: dict[int, Any]
    ) -> Rows:
        for row, _ in enrolments:
            for step in contents[row[3]].steps:
                if step.kind == "reflection" and row[9]:
                    texts = {field.key: " ".join(self.chance.choices(_WORDS, k=14)) for field in step.fields}
                    yield row[0], step.key, texts, 3, row[9], texts, row[9]

    def _visits(self, enrolments: Sequence[tuple[tuple[Any, ...], int]]) -> Rows:
        last = self._highest(Identity.id) - self.buddies
        for row, number in enrolments:
            link = self.first_link[number % INSTITUTIONS, row[3]]
            yield link, last + number, row[0], False, True, row[6], row[7]

    def _sign_ins(self, enrolments: Sequence[tuple[Any, ...]]) -> list[tuple[str, str]]:
        chosen = self.chance.sample(list(enrolments), min(SIGNED_IN, len(enrolments)))
        first_buddy = self._highest(Buddy.id) - self.buddies
        first_identity = self._highest(Identity.id) - self.buddies
        columns = (
            "token_hash",
            "identity_id",
            "buddy_id",
            "registration_id",
            "deployment_id",
            "roles",
            "locale",
        )
        rows, found = [], []
        for row in chosen:
            token = secrets.token_urlsafe(32)
            number = row[2] - first_buddy
            registration, deployment = self.registrations[number % INSTITUTIONS]
            who = (hash_token(token), first_identity + number, row[2], registration, deployment, [], "nl-BE")
            rows.append((*who, self.now, self.now, self.now + timedelta(hours=8)))
            found.append((token, row[1]))
        self._insert(BrowserSession, (*columns, "created_at", "used_at", "ends_at"), iter(rows))
        return found

    def _earlier(self, days: int) -> datetime:
        return self.now - timedelta(seconds=self.chance.randrange(days * 86_400))

    def _highest(self, column: Any) -> int:
        return self.connection.execute(select(func.max(column))).scalar_one() or 0

    def _insert(self, model: Any, columns: Sequence[str], rows: Rows) -> None:
        """Many rows as the driver takes them fastest: COPY on PostgreSQL, executemany on SQLite.

        Columns that are not named get their default, as by any other insert.
        """
        table: Table = model.__table__
        dialect = self.connection.dialect
        left = {one.name: _default(one) for one in table.columns if one.name not in columns and one.default}
        named = [*columns, *left]
        turn = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in named]
        ready: Rows = (
            tuple(convert(value) if convert else value for convert, value in zip(turn, row, strict=True))
            for row in ((*row, *left.values()) for row in rows)
        )
        # the first row asks the database for ids, which it cannot answer while it takes a COPY
        ready = chain([next(ready)], ready)
        names = ", ".join(f'"{name}"' for name in named)
        driver: Any = self.connection.connection.driver_connection
        if dialect.name == "postgresql":
            with driver.cursor().copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
                for row in ready:
                    copy.write_row(row)
            if "id" in columns:
                sequence = f"pg_get_serial_sequence('{table.name}', 'id')"
                self.connection.execute(
                    text(f"SELECT setval({sequence}, (SELECT max(id) FROM {table.name}))")
                )
            return
        marks = ", ".join("?" * len(named))
        driver.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", ready)


def _default(column: Column[Any]) -> Any:
    default: Any = column.default
    return default.arg(None) if default.is_callable else default.arg
