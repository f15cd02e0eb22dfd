"""An operator invites an institution's LMS, follows what becomes of it, and activates the connection."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.support.registering import MoodleLms
from tests.trainer.conftest import BASE_URL, House
from tests.trainer.desks.lti.registering import presses_connect
from tests.trainer.desks.operator.conftest import Staff
from tests.trainer.desks.operator.test_hub import text_of
from trainer.core.crypto import hash_token
from trainer.institutions.invitations import INVITATION_KEPT
from trainer.institutions.models import Institution, Invitation, Registration
from trainer.worker import Worker


@pytest.fixture
def moodle(house: House) -> Iterator[MoodleLms]:
    """An LMS that nobody connected yet."""
    lms = MoodleLms(BASE_URL, house.clock)
    yield lms
    lms.close()


def invites(operator: Staff, institution: str = "Hogeschool Y", lms: str = "moodle") -> TestResponse:
    return operator.post("/hub/invitations", institution=institution, lms=lms)


def address_in(page: TestResponse) -> str:
    found = re.search(r'data-copy="([^"]*/lti/register\?invitation=[^"]*)"', page.get_data(as_text=True))
    assert found, page.get_data(as_text=True)
    return html.unescape(found[1])


def number_of(house: House) -> int:
    with house.database.reading() as connection:
        return connection.execute(select(Invitation.id).order_by(Invitation.id.desc()).limit(1)).scalar_one()


def follows(operator: Staff, house: House) -> str:
    return text_of(operator, f"/hub/invitations/{number_of(house)}")


def test_the_address_and_the_lmss_steps_stand_on_one_page(house: House, operator: Staff) -> None:
    page = invites(operator)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.get_data(as_text=True)))
    assert "Moodle aansluiten" in text
    assert "Hogeschool Y" in text
    assert "uiterlijk om 15:00" in text
    assert "Add LTI Advantage" in text
    assert text.index("Add LTI Advantage") < text.index("Activeer op het kaartje")
    assert address_in(page).startswith(f"{BASE_URL}/lti/register?invitation=")


def test_the_address_is_shown_once_and_only_its_hash_is_kept(house: House, operator: Staff) -> None:
    token = address_in(invites(operator)).partition("=")[2]
    with house.database.reading() as connection:
        row = connection.execute(select(Invitation.__table__)).mappings().one()
    assert row["token_hash"] == hash_token(token)
    assert token not in str(dict(row))
    later = operator.get(f"/hub/invitations/{row['id']}").get_data(as_text=True)
    assert token not in later
    assert "één keer te zien" in later


def test_from_the_invitation_to_the_first_opening(house: House, operator: Staff, moodle: MoodleLms) -> None:
    address = address_in(invites(operator))
    assert "Wachten op het leerplatform" in follows(operator, house)
    administrator = house.browser()
    assert presses_connect(administrator, moodle.pastes(administrator, address)).status_code == 200
    moodle.activates()
    text = follows(operator, house)
    assert "Het leerplatform heeft zich geregistreerd" in text
    assert moodle.issuer in text
    assert "Is dat het leerplatform van Hogeschool Y?" in text
    page = operator.get(f"/hub/invitations/{number_of(house)}").get_data(as_text=True)
    form = re.search(r'action="(/hub/platforms/\d+/activate)"', page)
    assert form
    assert operator.post(form[1]).status_code == 303
    assert "Bekijk het leerplatform" in follows(operator, house)
    assert moodle.opens(house.browser()).status_code == 303


def test_an_institution_that_is_there_is_not_made_twice(house: House, operator: Staff) -> None:
    with house.database.reading() as connection:
        (name,) = connection.execute(select(Institution.name)).scalars()
    assert f'<option value="{name}">' in operator.get("/hub/").get_data(as_text=True)
    invites(operator, institution=f"  {name} ")
    with house.database.reading() as connection:
        assert list(connection.execute(select(Institution.name)).scalars()) == [name]


def test_each_invitation_is_listed_with_what_became_of_it(
    house: House, operator: Staff, moodle: MoodleLms
) -> None:
    used = address_in(invites(operator))
    presses_connect(house.browser(), moodle.pastes(house.browser(), used))
    invites(operator)
    operator.post(f"/hub/invitations/{number_of(house)}/withdraw")
    invites(operator)
    house.clock.move(minutes=61)
    operator.sign_in()
    invites(operator)
    text = text_of(operator, "/hub/")
    listed = text[text.index("Hogeschool Y") :]
    states = re.findall(r"Uitnodiging gemaakt om \d\d:\d\d (?:verloopt om \d\d:\d\d )?(\w+)", listed)
    assert states == ["open", "vervallen", "ingetrokken", "gebruikt"]
    assert "3 eerdere uitnodigingen" in listed


def test_a_withdrawn_invitation_connects_nothing(house: House, operator: Staff, moodle: MoodleLms) -> None:
    address = address_in(invites(operator))
    shown = moodle.pastes(house.browser(), address)
    operator.post(f"/hub/invitations/{number_of(house)}/withdraw")
    assert "Deze uitnodiging is ingetrokken" in follows(operator, house)
    assert moodle.pastes(house.browser(), address).status_code == 403
    assert presses_connect(house.browser(), shown).status_code == 403, "also where the page was open already"
    assert moodle.tools == {}


def test_what_was_used_is_not_withdrawn_any_more(house: House, operator: Staff, moodle: MoodleLms) -> None:
    address = address_in(invites(operator))
    presses_connect(house.browser(), moodle.pastes(house.browser(), address))
    operator.post(f"/hub/invitations/{number_of(house)}/withdraw")
    assert "Het leerplatform heeft zich geregistreerd" in follows(operator, house)


def test_one_of_which_nothing_came_says_so_and_offers_another(
    house: House, operator: Staff, moodle: MoodleLms
) -> None:
    address = address_in(invites(operator))
    moodle.instead = [None]
    presses_connect(house.browser(), moodle.pastes(house.browser(), address))
    # the LMS may be at it at this moment: the page goes on looking for a minute
    assert "registreert zich nu" in follows(operator, house)
    assert "data-awaits" in operator.get(f"/hub/invitations/{number_of(house)}").get_data(as_text=True)
    house.clock.move(minutes=1)
    assert "er kwam geen aansluiting van" in follows(operator, house)
    page = operator.get(f"/hub/invitations/{number_of(house)}").get_data(as_text=True)
    assert 'name="institution" value="Hogeschool Y"' in page
    assert 'name="lms" value="moodle"' in page


def test_what_was_not_used_in_time_is_forgotten_after_a_month(house: House, operator: Staff) -> None:
    invites(operator)
    house.clock.move(minutes=61)
    operator.sign_in()
    assert "niet op tijd gebruikt" in follows(operator, house)
    for days, left in ((INVITATION_KEPT - timedelta(hours=1), 1), (timedelta(hours=2), 0)):
        house.clock.move(hours=days.total_seconds() / 3600)
        Worker(house.database, house.settings, clock=house.clock).run_once()
        with house.database.reading() as connection:
            assert len(connection.execute(select(Invitation.id)).all()) == left


def test_forgetting_an_invitation_keeps_the_connection(
    house: House, operator: Staff, moodle: MoodleLms
) -> None:
    presses_connect(house.browser(), moodle.pastes(house.browser(), address_in(invites(operator))))
    house.clock.move(hours=24 * 32)
    Worker(house.database, house.settings, clock=house.clock).run_once()
    with house.database.reading() as connection:
        assert connection.execute(select(Invitation.id)).all() == []
        issuers = connection.execute(select(Registration.issuer)).scalars().all()
    assert moodle.issuer in issuers


def test_a_name_that_looks_the_same_is_the_same_institution(house: House, operator: Staff) -> None:
    """Given a name that was pasted with its accents apart, as macOS writes them, or with two blanks."""
    for name in ("Hogeschool Jos\u00e9", "Hogeschool Jose\u0301", "Hogeschool  Jos\u00e9 "):
        assert invites(operator, name).status_code == 200
    # Composing makes this one three times as long
    assert invites(operator, "\ufb2c" * 200).status_code == 200
    with house.database.reading() as connection:
        names = connection.execute(select(Institution.name).where(Institution.name.like("Hogeschool Jos%")))
        assert names.scalars().all() == ["Hogeschool Jos\u00e9"]


@pytest.mark.parametrize(
    ("typed", "code", "kept"),
    [
        ({"institution": "", "lms": "moodle"}, "institution_name", '<option value="moodle" selected>'),
        ({"institution": "x" * 201, "lms": "moodle"}, "institution_name", "x" * 201),
        ({"institution": "a\0b", "lms": "moodle"}, "institution_name", '<option value="moodle" selected>'),
        ({"institution": "Hogeschool Y", "lms": ""}, "lms_unknown", 'value="Hogeschool Y"'),
        ({"institution": '"><script>', "lms": "webct"}, "lms_unknown", "&#34;&gt;&lt;script&gt;"),
    ],
)
def test_what_cannot_be_is_told_beside_the_field_and_nothing_typed_is_lost(
    house: House, operator: Staff, typed: dict[str, str], code: str, kept: str
) -> None:
    answer = operator.post("/hub/invitations", **typed)
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert code in text
    assert 'role="alert"' in text
    assert kept in text
    with house.database.reading() as connection:
        assert connection.execute(select(Invitation.id)).all() == []


def test_an_lms_that_takes_no_invitation_leads_to_its_guide(operator: Staff) -> None:
    answer = invites(operator, lms="openedx")
    assert answer.headers["Location"] == "/hub/guides/openedx?institution=Hogeschool+Y"
    assert 'value="Hogeschool Y"' in operator.get(answer.headers["Location"]).get_data(as_text=True)


def test_an_invitation_that_is_not_there(operator: Staff) -> None:
    for number in ("99", "x", "9" * 40):
        assert operator.get(f"/hub/invitations/{number}").status_code == 404
        assert operator.post(f"/hub/invitations/{number}/withdraw").status_code == 404


def test_a_forged_form_makes_and_withdraws_nothing(house: House, operator: Staff) -> None:
    invites(operator)
    number = number_of(house)
    for path in ("/hub/invitations", f"/hub/invitations/{number}/withdraw"):
        forged = operator.send(path, origin="https://evil.example", institution="Y", lms="moodle")
        assert forged.status_code == 403
    assert number_of(house) == number
    assert "Wachten op het leerplatform" in follows(operator, house)
