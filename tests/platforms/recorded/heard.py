"""The service and the recorded Moodle, and what people do between them."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti.platform import Platform
from lti.services import PlatformServices
from tests.platforms.recorded.replay import RecordedMoodle, moment_of
from tests.support.house import BASE_URL, House
from tests.trainer.desks.buddy.conftest import Student
from tests.trainer.desks.lti.registering import EmptyHouse, presses_connect
from trainer.core.crypto import Seal
from trainer.core.database import Base
from trainer.core.http import SafeHttpClient
from trainer.courses.models import Delivery, RosterMember
from trainer.errands.access import services_of
from trainer.institutions.queries import platform_by_id
from trainer.worker import Worker


@dataclass
class Heard:
    """The service, and what it made of what Moodle said."""

    service: EmptyHouse
    moodle: RecordedMoodle
    #: of the recorded registration, once it is there
    registration_id: int = 0

    # --- connecting ----------------------------------------------------------------------------------------------

    def registers(self) -> TestResponse:
        """The administrator pastes an invitation and presses the button; the tool is pending then."""
        administrator = self.service.browser()
        page = self.moodle.pastes(administrator, self.service.invitation())
        assert page.status_code == 200, page.get_data(as_text=True)
        done = presses_connect(administrator, page)
        (row,) = self.service.registrations()
        self.registration_id = row["id"]
        self.moodle.client_id = row["client_id"]
        return done

    def connects(self) -> "Heard":
        """Registered, and switched on by the operator."""
        self.registers()
        self.service.trainer("platforms", "enable", str(self.registration_id))
        return self

    def platform(self) -> Platform:
        """The registered platform."""
        with self.service.database.reading() as connection:
            found = platform_by_id(connection, self.registration_id)
        assert found is not None
        return found.platform

    # --- launches ------------------------------------------------------------------------------------------------

    def comes(self, who: str) -> tuple[FlaskClient, str]:
        """A recorded launch at its own time; gives the browser, and the page on which it ends."""
        self.turns_to(f"launch-{who}")
        browser = self.service.browser()
        answer = self.moodle.launches(browser, who)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return browser, answer.headers["Location"]

    def student(self) -> Student:
        """The recorded student, before the module."""
        browser, home = self.comes("student")
        service = self.service
        house = House(
            service.app, service.database, service.settings, service.clock, self.moodle, self.registration_id
        )
        return Student(house, browser, home)

    def asks_for_modules(self) -> tuple[FlaskClient, str]:
        """The recorded deep linking request; gives the browser, and the address of the picker."""
        self.turns_to("deep-linking-request")
        browser = self.service.browser()
        answer = self.moodle.asks_for_modules(browser)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return browser, answer.headers["Location"]

    def turns_to(self, name: str) -> None:
        """It is a second after that message was signed."""
        clock = self.service.clock
        clock.now += moment_of(name) + timedelta(seconds=1) - clock()

    # --- afterwards ----------------------------------------------------------------------------------------------

    def services(self) -> PlatformServices:
        """Moodle's services, asked in our name."""
        seal = Seal(self.service.settings.secret_key)
        return services_of(self.service.database, seal, SafeHttpClient(allow_insecure=True))

    def works(self) -> None:
        """The worker does all that is due."""
        service = self.service
        Worker(service.database, service.settings, clock=service.clock).run_once()

    def only(self, table: type[Base]) -> Any:
        """The only row of a table."""
        with self.service.database.reading() as connection:
            return connection.execute(select(table.__table__)).one()

    def delivery(self) -> Any:
        """The only score on its way."""
        return self.only(Delivery)

    def members(self) -> dict[str, Any]:
        """Who is in the course, by the `sub` of their launches."""
        with self.service.database.reading() as connection:
            return {row.user_sub: row for row in connection.execute(select(RosterMember.__table__))}


def in_page(pattern: str, page: TestResponse) -> str:
    """What a page has at that place."""
    found = re.search(pattern, page.get_data(as_text=True))
    assert found, page.get_data(as_text=True)
    return found[1]


def page_at(browser: FlaskClient, address: str) -> TestResponse:
    """A page of the service."""
    answer = browser.get(address, base_url=BASE_URL)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer
