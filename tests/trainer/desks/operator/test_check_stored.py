"""What the connection check says of a connection without asking the LMS, on its page and in the hub's list."""

from datetime import date, timedelta

import pytest
from sqlalchemy import event, update

from tests.support.checked_lms import ROSTER, SCORE, CheckedLms
from tests.support.lms import CLAIM
from tests.trainer.conftest import House
from tests.trainer.desks.operator.check_page import (
    hub_marks,
    read,
    tried,
)
from tests.trainer.desks.operator.conftest import Staff
from tests.trainer.web.visitors import visitor
from trainer.core.crypto import Seal
from trainer.courses.models import Course
from trainer.institutions.actions import note_waiting_deployment
from trainer.institutions.legacy import add_legacy_platform
from trainer.institutions.models import Registration


def test_last_launch_last_score_and_last_roster(house: House, operator: Staff) -> None:
    page = f"/hub/platforms/{house.registration_id}/check"
    assert [read(operator, page)[title][0] for title in ("Laatst geopend", "Laatst aangenomen score")] == [
        "unknown",
        "unknown",
    ]
    visitor(house)
    with house.database.writing() as connection:
        connection.execute(
            update(Course).values(memberships_url="https://lms.example/m", roster_at=house.clock())
        )
    lines = read(operator, page)
    assert lines["Laatst geopend"] == ("good", "Iemand opende een module om 14:00.")
    assert lines["Laatste deelnemerslijst"] == ("good", "Opgehaald om 14:00.")
    with house.database.writing() as connection:
        connection.execute(update(Course).values(roster_problem="no_scope"))
        connection.execute(update(Registration).values(family="moodle"))
        note_waiting_deployment(connection, house.registration_id, "new", house.clock())
    lines = read(operator, page)
    mark, text = lines["Deelnemerslijsten die niet komen"]
    assert mark == "bad"
    assert "1 van de 1 cursussen." in text
    assert "IMS LTI Names and Role Provisioning" in text
    assert lines["Laatst geopend"][0] == "look"
    assert "look" in hub_marks(operator)


def test_the_marks_in_the_list_are_of_what_is_stored(
    house: House, operator: Staff, lms: CheckedLms, page: str
) -> None:
    assert hub_marks(operator) == []
    assert "er wacht niets op jou" in operator.get("/hub/").get_data(as_text=True)
    with house.database.writing() as connection:
        connection.execute(update(Registration).values(withheld_scopes=[ROSTER]))
    assert hub_marks(operator) == ["look", "look"]
    assert "er wacht niets op jou" not in operator.get("/hub/").get_data(as_text=True)
    with house.database.writing() as connection:
        connection.execute(update(Registration).values(withheld_scopes=[SCORE]))
    assert hub_marks(operator) == ["bad", "bad"]
    assert f'href="{page}"' in operator.get("/hub/").get_data(as_text=True)
    tried(operator, page)
    assert hub_marks(operator) == ["bad"], "the one that was tried has the right by now"
    asked = len(lms.asked)
    operator.get("/hub/")
    assert len(lms.asked) == asked


def test_a_platform_that_is_off_or_waits(house: House, operator: Staff) -> None:
    page = f"/hub/platforms/{house.registration_id}/check"
    for pending, says in ((False, "uitgeschakeld"), (True, "wacht hier op activering")):
        with house.database.writing() as connection:
            connection.execute(update(Registration).values(active=False, pending=pending))
        mark, text = read(operator, page)["Bij de aansluitingen"]
        assert mark == "look"
        assert says in text


@pytest.mark.parametrize(("days", "mark"), [(200, "good"), (40, "look"), (-1, "bad")])
def test_lti_1_1_has_a_last_day_and_nothing_to_try(
    house: House, operator: Staff, days: int, mark: str
) -> None:
    ends_on = date(2026, 11, 3) + timedelta(days=days)
    with house.database.writing() as connection:
        made = add_legacy_platform(
            connection,
            Seal(house.settings.secret_key),
            name="Cosnics",
            institution="Hogeschool Y",
            ends_on=ends_on,
            allow_insecure=True,
            now=house.clock() - timedelta(days=2),
        )
    page = f"/hub/platforms/{made.registration_id}/check"
    lines = read(operator, page)
    found, text = lines["LTI 1.1"]
    assert found == mark
    assert ("Vraag de beheerder van het leerplatform bij Hogeschool Y" in text) == (mark != "good")
    assert set(lines) == {"LTI 1.1", "Laatst geopend", "Laatst aangenomen score"}
    assert "Probeer het nu" not in operator.get(page).get_data(as_text=True)
    assert operator.post(page).status_code == 303
    assert hub_marks(operator) == ([] if mark == "good" else [mark])


def test_the_page_needs_the_same_few_statements_however_much_is_there(house: House, operator: Staff) -> None:
    page = f"/hub/platforms/{house.registration_id}/check"

    def statements() -> int:
        ran: list[str] = []
        event.listen(house.database.engine, "before_cursor_execute", lambda *seen: ran.append(seen[2]))
        read(operator, page)
        return len(ran)

    few = statements()
    for number in range(5):
        visitor(
            house,
            changes={CLAIM + "context": {"id": f"c{number}"}, CLAIM + "resource_link": {"id": f"l{number}"}},
        )
    with house.database.writing() as connection:
        connection.execute(
            update(Course).values(memberships_url="https://lms.example/m", roster_problem="empty")
        )
    assert "5 van de 5 cursussen" in read(operator, page)["Deelnemerslijsten die niet komen"][1]
    assert statements() == few == 8
