"""A buddy on the example module, with a clock that tests move."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select

import modules.model as content
from modules.package import Package, load_module
from trainer.catalogue import actions as catalogue
from trainer.core.database import Database
from trainer.core.media import MediaStore
from trainer.institutions.models import Deployment, Institution, Registration
from trainer.learning import actions, queries
from trainer.learning.models import Completion
from trainer.learning.states import ModulePage
from trainer.people.models import BrowserSession, Buddy, Identity

EXAMPLE = Path(__file__).parents[2] / "modules" / "examples" / "groeten"
START = datetime(2026, 11, 3, 13, 0, tzinfo=UTC)
ENOUGH = "Ik kijk elke leerling aan en ik zeg rustig de naam."
TEXTS = {"worked": ENOUGH, "different": ENOUGH, "action": ENOUGH, "notice": ENOUGH}
RIGHT = {"v1": ["a"], "v2": ["a", "b"], "v3": ["false"], "v4": ["false"]}
WRONG = {"v1": ["b"], "v2": ["c"], "v3": ["true"], "v4": ["true"]}


class Classroom:
    """A database with the example module published and buddies who are signed in."""

    def __init__(self, database: Database, store: MediaStore) -> None:
        self.database = database
        self.store = store
        self.now = START
        self.package = load_module(EXAMPLE)
        with database.writing() as connection:
            self.registration_id, self.deployment_id = _platform(connection)
        self.published = self.publish(self.package)

    def later(self, **by: float) -> datetime:
        """Let time pass."""
        self.now += timedelta(**by)
        return self.now

    def publish(self, package: Package, *, is_major: bool | None = None) -> catalogue.Published:
        """Publish a version of the module."""
        catalogue.keep_media(self.store, package)
        with self.database.writing() as connection:
            return catalogue.publish_edition(connection, package, is_major=is_major, now=self.now)

    def publish_changed(self, *, is_major: bool | None = None, **changes: Any) -> catalogue.Published:
        """Publish the module with something changed."""
        self.package = replace(self.package, module=replace(self.package.module, **changes))
        return self.publish(self.package, is_major=is_major)

    @property
    def module(self) -> content.Module:
        return self.package.module

    def buddy(self, name: str = "noor") -> "BuddyAtWork":
        """A buddy who just came in: signed in and enrolled."""
        with self.database.writing() as connection:
            buddy_id = connection.execute(
                insert(Buddy).returning(Buddy.id), {"public_id": name, "created_at": self.now}
            ).scalar_one()
            identity_id = connection.execute(
                insert(Identity).returning(Identity.id),
                {
                    "buddy_id": buddy_id,
                    "registration_id": self.registration_id,
                    "sub": name,
                    "created_at": self.now,
                },
            ).scalar_one()
            connection.execute(
                insert(BrowserSession),
                {
                    "token_hash": name,
                    "identity_id": identity_id,
                    "buddy_id": buddy_id,
                    "registration_id": self.registration_id,
                    "deployment_id": self.deployment_id,
                    "roles": [],
                    "locale": "nl-BE",
                    "created_at": self.now,
                    "used_at": self.now,
                    "ends_at": self.now + timedelta(hours=8),
                },
            )
        return BuddyAtWork(self, buddy_id, name, self.enrol(buddy_id))

    def enrol(self, buddy_id: int) -> str:
        """Enrol on the newest edition; gives the enrolment's public id."""
        with self.database.writing() as connection:
            return actions.enrol(
                connection,
                buddy_id=buddy_id,
                module_id=self.published.module_id,
                edition_id=self.published.edition_id,
                period=queries.period_of(self.module, self.now),
                now=self.now,
            ).public_id


@dataclass
class BuddyAtWork:
    """A buddy on the module; each deed in a transaction of its own, at the classroom's moment."""

    room: Classroom
    buddy_id: int
    session: str
    enrolment: str
    film: str = ""

    def __post_init__(self) -> None:
        self.film = self.room.module.webcasts[0].film.media.sha256

    def do(self, deed: Any, *arguments: Any, **more: Any) -> Any:
        """Any deed of learning.actions on this enrolment."""
        with self.room.database.writing() as connection:
            return deed(connection, self.enrolment, self.buddy_id, *arguments, now=self.room.now, **more)

    def open_player(self) -> None:
        self.do(actions.open_player, "film")

    def report(self, *played: tuple[int, int], position: float = 0.0, film: str = "") -> actions.Watched:
        with self.room.database.writing() as connection:
            return actions.record_watching(
                connection,
                session=self.session,
                enrolment=self.enrolment,
                film=film or self.film,
                played=played,
                position=position,
                now=self.room.now,
            )

    def watch_all(self) -> actions.Watched:
        """Open the player and watch the film of five seconds."""
        self.open_player()
        self.room.later(seconds=5)
        return self.report((0, 5), position=4.8)

    def read_page(self) -> None:
        self.do(actions.finish_page, "lezen")

    def answer_all(self, answers: dict[str, list[str]]) -> actions.Answered:
        """One attempt at the check."""
        attempt = self.do(actions.start_attempt, "check")
        for question, chosen in answers.items():
            last = self.do(
                actions.answer_question, "check", attempt=attempt.number, question_key=question, chosen=chosen
            )
        return last

    def hand_in(self, texts: dict[str, str] = TEXTS, revision: int | None = None) -> actions.HandedIn:
        return self.do(actions.hand_in, "vertaalslag", texts=texts, revision=revision)

    def page(self) -> ModulePage:
        with self.room.database.reading() as connection:
            return queries.module_page(connection, self.enrolment, self.buddy_id)

    def completions(self) -> list[Any]:
        with self.room.database.reading() as connection:
            return list(connection.execute(select(Completion)).mappings())


@pytest.fixture
def room(database_url: str, tmp_path: Path) -> Iterator[Classroom]:
    """The module published, on each kind of database."""
    database = Database(database_url)
    yield Classroom(database, MediaStore(tmp_path / "media"))
    database.dispose()


@pytest.fixture
def noor(room: Classroom) -> BuddyAtWork:
    """A buddy who came in for the first time."""
    return room.buddy()


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The SQL that runs inside, without the words that begin and end a transaction."""
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if not re.match(r"BEGIN|COMMIT|ROLLBACK", statement):
            seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def _platform(connection: Connection) -> tuple[int, int]:
    institution_id = connection.execute(
        insert(Institution).returning(Institution.id), {"name": "Hogeschool", "created_at": START}
    ).scalar_one()
    registration_id = connection.execute(
        insert(Registration).returning(Registration.id),
        {
            "institution_id": institution_id,
            "name": "Leerplatform",
            "issuer": "https://lms.example",
            "client_id": "c1",
            "authorization_endpoint": "https://lms.example/auth",
            "token_endpoint": "https://lms.example/token",
            "jwks_uri": "https://lms.example/jwks",
            "active": True,
            "adopts_deployments": False,
            "frame_origins": [],
            "created_at": START,
        },
    ).scalar_one()
    deployment_id = connection.execute(
        insert(Deployment).returning(Deployment.id),
        {"registration_id": registration_id, "deployment_id": "1", "active": True, "created_at": START},
    ).scalar_one()
    return registration_id, deployment_id
