"""The whole of it, as an institution has it: service and worker as processes, and a practice LMS on another site.

Stories begin in a browser. Where one is about the end of a module, what came before may be set down at once: by the
same deeds that the pages call, on the same database.
"""

import json
import sys
import urllib.request
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select, update

import modules.model as content
from modules.coverage import Coverage
from modules.package import load_module
from practice.store import Store
from scripts.processes import ROOT, ChildProcess
from tests.support.ports import free_port, wait_until_open
from tests.support.service import RunningService
from trainer.core.database import Base, Database
from trainer.learning import actions
from trainer.learning.models import Coverage as CoverageRow
from trainer.learning.models import Enrolment, WatchClock
from trainer.people.models import BrowserSession

LIBRARY = ROOT / "modules" / "library"
#: What is published: enough for two modules at once and for a module placed in two courses. The others are
#: in the course too, and open on the page that says that there is no such module.
PUBLISHED = ("afronden", "warme-band", "feedback")
#: Rows that outlive a story: who is connected, and what is published.
LASTING = {
    "institution",
    "registration",
    "deployment",
    "platform_key_set",
    "tool_key",
    "service_token",
    "module",
    "edition",
    "media",
    "edition_media",
}
#: Who is there, beside that: kept when only what was done is forgotten.
PEOPLE = {"buddy", "identity", "browser_session", "course", "link", "visit", "enrolment"}
ENOUGH = "Elke sessie begint met dezelfde vraag, zodat iedereen weet wat er komt."


class School:
    """One service, one practice LMS, and what stands in their databases.

    Args:
        database_url: a migrated database.
        published: keys of the library's modules that are in the catalogue.
    """

    def __init__(self, database_url: str, folder: Path, published: Iterable[str] = PUBLISHED) -> None:
        self.service = RunningService(database_url, folder / "service", with_worker=False)
        self.folder = folder / "lms"
        self.folder.mkdir(parents=True)
        self.lms_port = free_port()
        self.lms_url = f"http://localhost:{self.lms_port}"
        self.modules = {key: load_module(LIBRARY / key).module for key in published}
        command = [sys.executable, "-m", "practice", "--test-hooks", "--port", str(self.lms_port)]
        self.lms = ChildProcess(
            [*command, "--tool", self.service.base_url, "--store", self.folder], self.folder / "log"
        )
        try:
            self.service.command("modules", "publish", *(LIBRARY / key for key in published))
            wait_until_open(self.lms_port, 20)
            registration = folder / "registration.json"
            registration.write_text(self._get("/registration.json"), "utf-8")
            self.service.command("platforms", "add", "--json", registration)
            self.service.start_worker()
        except BaseException:
            self.stop()
            raise
        self.database = Database(database_url)

    def stop(self) -> None:
        """End everything."""
        self.lms.stop()
        self.service.stop()

    def begin_anew(self) -> None:
        """Forget every person and what they did, on both sides; keep what is connected and published."""
        self._forget(LASTING)
        with Store(self.folder).writing() as lms:
            lms.execute("DELETE FROM line_items WHERE link_id IN (SELECT id FROM placed_links)")
            for name in ("grades", "arrivals", "sessions", "placed_links"):
                lms.execute(f"DELETE FROM {name}")

    def end_sessions(self) -> None:
        """Everybody has to open their module again."""
        with self.database.writing() as connection:
            connection.execute(delete(BrowserSession))

    def forget_deeds(self) -> None:
        """Forget what was watched, answered and written; who is signed in stays so."""
        self._forget(LASTING | PEOPLE)
        with self.database.writing() as connection:
            connection.execute(update(Enrolment).values(completed_at=None, progress=0))

    def _forget(self, kept: set[str]) -> None:
        with self.database.writing() as connection:
            for table in reversed(Base.metadata.sorted_tables):
                if table.name not in kept:
                    connection.execute(delete(table))

    # --- what the LMS says ---------------------------------------------------------------------------------------

    def _get(self, path: str) -> str:
        with urllib.request.urlopen(self.lms_url + path, timeout=10) as answer:
            return str(answer.read().decode())

    def arrivals(self) -> list[dict[str, Any]]:
        """Every score message that reached the LMS, oldest first."""
        found: list[dict[str, Any]] = json.loads(self._get("/_test/arrivals"))
        return found

    # --- what the service holds ----------------------------------------------------------------------------------

    def coverage(self, enrolment: str) -> Coverage:
        """What the service has of the film of an enrolment."""
        statement = (
            select(CoverageRow.bits, CoverageRow.length)
            .join(Enrolment, Enrolment.id == CoverageRow.enrolment_id)
            .where(Enrolment.public_id == enrolment)
        )
        with self.database.reading() as connection:
            row = connection.execute(statement).one()
        return Coverage.from_bytes(row.bits, row.length)

    # --- what came before ----------------------------------------------------------------------------------------

    def has_watched(self, enrolment: str, *ranges: tuple[int, int], module: str = "afronden") -> None:
        """These seconds of the film were watched, all of it unless said; the player stood at the end of the last."""
        film = self.modules[module].webcasts[0].film
        with self.database.writing() as connection:
            row = connection.execute(
                select(Enrolment.id, Enrolment.buddy_id).filter_by(public_id=enrolment)
            ).one()
            actions.open_player(
                connection,
                enrolment,
                row.buddy_id,
                self.modules[module].webcasts[0].key,
                now=datetime.now(UTC),
            )
            watched = Coverage.from_ranges(ranges or [(0, film.seconds)], film.seconds)
            connection.execute(
                update(CoverageRow)
                .filter_by(enrolment_id=row.id, film_sha256=film.media.sha256)
                .values(
                    bits=watched.to_bytes(),
                    seconds=watched.count,
                    position=float((ranges or [(0, 0)])[-1][1]),
                )
            )

    def earned(self, enrolment: str, reported_at: datetime) -> None:
        """The buddy's clock last stood at this moment: what passed since then may be claimed."""
        with self.database.writing() as connection:
            buddy = connection.execute(select(Enrolment.buddy_id).filter_by(public_id=enrolment)).scalar_one()
            connection.execute(update(WatchClock).filter_by(buddy_id=buddy).values(reported_at=reported_at))

    def has_answered(
        self, enrolment: str, *, wrong: int = 0, first: int | None = None, module: str = "afronden"
    ) -> None:
        """The check was answered: so many questions wrong, the others right; or only its ``first`` questions."""
        check = next(step for step in self.modules[module].steps if isinstance(step, content.KnowledgeCheck))
        now = datetime.now(UTC)
        with self.database.writing() as connection:
            buddy = connection.execute(select(Enrolment.buddy_id).filter_by(public_id=enrolment)).scalar_one()
            attempt = actions.start_attempt(connection, enrolment, buddy, check.key, now=now)
            for number, question in enumerate(check.questions[:first]):
                actions.answer_question(
                    connection,
                    enrolment,
                    buddy,
                    check.key,
                    attempt=attempt.number,
                    question_key=question.key,
                    chosen=chosen(question, right=number >= wrong),
                    now=now,
                )

    def has_written(self, enrolment: str, *, module: str = "afronden") -> None:
        """The vertaalslag was handed in."""
        step = next(step for step in self.modules[module].steps if isinstance(step, content.Reflection))
        with self.database.writing() as connection:
            buddy = connection.execute(select(Enrolment.buddy_id).filter_by(public_id=enrolment)).scalar_one()
            actions.hand_in(
                connection,
                enrolment,
                buddy,
                step.key,
                texts={field.key: ENOUGH for field in step.fields},
                revision=None,
                now=datetime.now(UTC),
            )


def chosen(question: content.Question, *, right: bool) -> list[str]:
    """The options that make an answer right, or one that makes it wrong."""
    good = [option.key for option in question.options if option.right]
    return good if right else [next(option.key for option in question.options if not option.right)]
