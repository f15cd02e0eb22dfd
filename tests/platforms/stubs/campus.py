"""The service in this process, its worker, and the LMSs that are connected to it."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from typing import Any, TypeVar

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.platforms.stubs.base import StubLms
from tests.platforms.stubs.course import LINK, STUDENT, TEACHER, Person, Placed
from tests.support.house import BASE_URL, House, SetClock
from tests.trainer.desks.buddy.conftest import Student
from trainer.core.database import Database
from trainer.core.settings import Settings
from trainer.courses.models import Delivery, RosterMember
from trainer.institutions.models import Deployment, WaitingDeployment
from trainer.worker import Worker

_FULL = dict.fromkeys(
    ("worked", "different", "action", "notice"),
    "Ik begroet elke leerling bij naam aan de deur, elke dag opnieuw.",
)
L = TypeVar("L", bound=StubLms)


@dataclass
class LivelyClock(SetClock):
    """Goes on by itself, as the worker needs it, and can be moved too."""

    began: float = field(default_factory=time.monotonic)

    def __call__(self) -> datetime:
        return self.now + timedelta(seconds=time.monotonic() - self.began)


@dataclass
class Campus:
    """The service with the module `groeten`, and LMSs of any kind."""

    app: Flask
    database: Database
    settings: Settings
    clock: LivelyClock
    lmss: list[StubLms] = field(default_factory=list)

    def runs(self, kind: Callable[..., L]) -> L:
        """An LMS is there; the service does not know it yet."""
        lms = kind(BASE_URL, self.clock, self.tool_keys)
        self.lmss.append(lms)
        return lms

    def connects(self, kind: Callable[..., L], **details: Any) -> L:
        """An LMS is there, and typed over at the service."""
        lms = self.runs(kind)
        told = {"deployment_ids": [lms.deployment_id], **details}
        lms.registration_id = lms.register(self.database, self.clock(), **told)
        return lms

    def tool_keys(self) -> dict[str, Any]:
        """What the service publishes."""
        found: dict[str, Any] = self.app.test_client().get("/lti/jwks", base_url=BASE_URL).get_json()
        return found

    def browser(self) -> FlaskClient:
        """A browser with cookies of its own."""
        return self.app.test_client()

    def student(self, lms: StubLms, person: Person = STUDENT, link: Placed = LINK) -> Student:
        """Somebody opens the module from the LMS."""
        browser = self.browser()
        answer = lms.opens(browser, person, link)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return self.behind(browser, answer.headers["Location"], lms)

    def behind(self, browser: FlaskClient, home: str, lms: StubLms) -> Student:
        """Who stands before the module in this browser."""
        house = House(self.app, self.database, self.settings, self.clock, lms, lms.registration_id)
        return Student(house, browser, home)

    def completes(self, student: Student) -> None:
        """All of the module, as its pages have it."""
        complete(student)

    def works(self, **after: float) -> None:
        """The worker does all that is due; time may pass before: `works(minutes=5)`."""
        self.clock.move(**after)
        Worker(self.database, self.settings, clock=self.clock).run_once()

    def opened_and_completed(self, lms: StubLms, person: Person = STUDENT, link: Placed = LINK) -> Student:
        """A student opens the module and completes it, and the worker sends what there is to send."""
        student = self.student(lms, person, link)
        self.completes(student)
        self.works()
        return student

    def places(self, lms: StubLms, person: Person = TEACHER, module: str = "groeten") -> Placed:
        """A teacher comes with a request of the LMS, chooses a module with a grade, and hands the answer over."""
        browser = self.browser()
        asked = lms.asks_for_modules(browser, person)
        assert asked.status_code == 303, asked.get_data(as_text=True)
        address = asked.headers["Location"]
        page = browser.get(address, base_url=BASE_URL).get_data(as_text=True)
        token = _in_page(r'<meta name="csrf-token" content="([^"]+)">', page)
        chosen = {"csrf_token": token, "module": [module], "column": [module]}
        answer = browser.post(address, data=chosen, base_url=BASE_URL, headers={"Origin": BASE_URL})
        handed = _in_page(r'name="JWT" value="([^"]*)"', answer.get_data(as_text=True))
        [placed] = lms.takes_placed(unescape(handed))
        return placed

    def deliveries(self) -> list[Any]:
        """All scores on their way, oldest first."""
        with self.database.reading() as connection:
            return list(connection.execute(select(Delivery.__table__).order_by(Delivery.id)))

    def delivery(self) -> Any:
        """The only one."""
        [row] = self.deliveries()
        return row

    def present(self) -> set[str]:
        """Who is in a course, by the rosters that came."""
        with self.database.reading() as connection:
            rows = connection.execute(select(RosterMember.user_sub).where(RosterMember.left_at.is_(None)))
            return set(rows.scalars())

    def deployments(self, lms: StubLms) -> tuple[set[str], set[str]]:
        """Of an LMS, those in use and those that wait for the operator."""
        with self.database.reading() as connection:
            used = connection.execute(
                select(Deployment.deployment_id).where(Deployment.registration_id == lms.registration_id)
            ).scalars()
            waiting = connection.execute(
                select(WaitingDeployment.deployment_id).where(
                    WaitingDeployment.registration_id == lms.registration_id
                )
            ).scalars()
            return set(used), set(waiting)


def complete(student: Student) -> None:
    """All of the module, as its pages have it."""
    student.watch_all()
    student.submit("lezen/finished")
    student.answer_all()
    said = student.submit("vertaalslag/hand-in", **_FULL)
    assert said.status_code in {200, 302, 303}, said.get_data(as_text=True)


def _in_page(pattern: str, page: str) -> str:
    found = re.search(pattern, page)
    assert found, page
    return found[1]
