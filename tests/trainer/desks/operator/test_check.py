"""The connection check: what an operator reads of a connection, and whom to ask for what."""

import re
import time
from datetime import timedelta

import pytest
from sqlalchemy import update

from lti.http import Timeout
from tests.support.checked_lms import ALL, LINE_ITEM, LINE_ITEM_READ, ROSTER, SCORE, CheckedLms
from tests.trainer.conftest import BASE_URL, House
from tests.trainer.desks.operator.check_page import (
    CLOCK,
    KEYS,
    RIGHTS,
    TOKEN,
    hub_marks,
    read,
    set_family,
    tried,
)
from tests.trainer.desks.operator.conftest import Staff
from trainer.institutions.models import ConnectionTry, Registration


def test_a_connection_that_works_is_green_in_figures(operator: Staff, lms: CheckedLms, page: str) -> None:
    before = read(operator, page)
    assert KEYS not in before
    assert before["Laatst geopend"][0] == "unknown"
    lines = tried(operator, page)
    assert {lines[title][0] for title in (KEYS, TOKEN, CLOCK, *RIGHTS.values())} == {"good"}
    assert re.match(r"Eén bruikbare sleutel, in \d+ ms", lines[KEYS][1])
    assert re.match(r"Gekregen in \d+ ms", lines[TOKEN][1])
    assert lines[CLOCK][1].startswith("Gelijk met de onze, op 0,5 s na")
    assert lms.scopes == [set(ALL)]
    text = operator.get(page).get_data(as_text=True)
    assert "Geprobeerd om 14:00" in text
    assert "is in orde" in text


def test_loading_the_page_again_asks_the_lms_nothing(operator: Staff, lms: CheckedLms, page: str) -> None:
    first = tried(operator, page)
    asked = len(lms.asked)
    assert read(operator, page) == read(operator, page) == first
    assert len(lms.asked) == asked


def test_it_is_tried_once_in_ten_seconds(house: House, operator: Staff, lms: CheckedLms, page: str) -> None:
    tried(operator, page)
    asked = len(lms.asked)
    house.clock.move(seconds=9)
    answer = operator.post(page, page)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "10")
    text = answer.get_data(as_text=True)
    assert "Dit is daarnet geprobeerd" in text
    assert RIGHTS[SCORE] in text, "what was found stands there all the same"
    assert len(lms.asked) == asked
    house.clock.move(seconds=1)
    lms.granted = ()
    assert tried(operator, page)[RIGHTS[SCORE]][0] == "bad"


@pytest.mark.parametrize("way", ["all or nothing", "drop", "403"])
@pytest.mark.parametrize("refused", ALL)
def test_a_right_that_is_refused_is_named(
    operator: Staff, lms: CheckedLms, page: str, way: str, refused: str
) -> None:
    lms.token_way = way
    lms.granted = tuple(scope for scope in ALL if scope != refused)
    lines = tried(operator, page)
    assert lines[TOKEN][0] == "good"
    for scope, title in RIGHTS.items():
        if scope != refused:
            assert lines[title][0] == "good", title
    # columns may be read with the right to make them; without that one there are those that teachers place
    expected = {SCORE: "bad", ROSTER: "bad", LINE_ITEM: "look", LINE_ITEM_READ: "good"}[refused]
    mark, text = lines[RIGHTS[refused]]
    assert mark == expected
    if expected != "good":
        assert "Vraag de beheerder van het leerplatform bij Hogeschool X" in text
        assert "client-id checked" in text
        assert refused in text
    assert {refused} in lms.scopes


def test_each_lms_has_its_place_and_its_words(
    house: House, operator: Staff, lms: CheckedLms, page: str
) -> None:
    lms.granted = (SCORE, LINE_ITEM)
    tried(operator, page)
    for family, whom, place in (
        (
            "moodle",
            "de beheerder van Moodle bij Hogeschool X",
            "Site administration > Plugins > Activity modules",
        ),
        ("canvas", "de beheerder van Canvas", "Can retrieve user data associated with the context"),
        ("BlackboardLearn", "de beheerder van Blackboard", "Allow Membership Service Access: Yes"),
        ("desire2learn", "de beheerder van Brightspace", "Names and Role Provisioning Services"),
        ("chamilo", "de beheerder van Chamilo", "IMS/LTI client"),
        ("openedx", "de beheerder van Open edX", "Enable LTI NRPS: True"),
        ("sakai", "de beheerder van Sakai", "Provide Roster to External Tool"),
    ):
        set_family(house, family)
        lines = read(operator, page)
        mark, text = lines[RIGHTS[ROSTER]]
        assert mark == "bad"
        assert f"Vraag {whom}" in text
        assert place in text
        # only Moodle looks for the right to read by its name
        assert lines[RIGHTS[LINE_ITEM_READ]][0] == ("bad" if family == "moodle" else "good")


def test_no_right_at_all(operator: Staff, lms: CheckedLms, page: str) -> None:
    lms.granted, lms.token_way = (), "drop"
    lines = tried(operator, page)
    assert lines[TOKEN][0] == "bad"
    assert "kent ons" in lines[TOKEN][1]
    assert {lines[title][0] for title in RIGHTS.values()} == {"bad"}


def test_an_answer_without_scopes_or_in_small_letters_is_good(
    operator: Staff, lms: CheckedLms, page: str
) -> None:
    lms.says_scopes, lms.token_type = False, "bearer"
    lines = tried(operator, page)
    assert {lines[title] for title in RIGHTS.values()} == {
        ("good", "Gekregen: het leerplatform noemt geen uitzondering.")
    }
    assert lms.scopes == [set(ALL)]


@pytest.mark.parametrize(
    ("way", "mark", "says"),
    [
        ("invalid_client", "bad", f"onze sleutels haalt bij {BASE_URL}/lti/jwks"),
        ("page", "bad", "het adres waar het leerplatform toegangstokens geeft"),
        ("500", "bad", "om in het logboek van het leerplatform te kijken"),
        ("busy", "look", "geen tijd"),
    ],
)
def test_no_token(operator: Staff, lms: CheckedLms, page: str, way: str, mark: str, says: str) -> None:
    lms.token_way = way
    lines = tried(operator, page)
    assert lines[TOKEN][0] == mark
    assert says in lines[TOKEN][1]
    assert lines[KEYS][0] == "good"
    assert {lines[title][0] for title in RIGHTS.values()} == {"unknown"}
    assert len(lms.scopes) == 1, "what is not about rights is not asked again for each"


def test_a_refusal_of_all_without_a_word_is_about_us(operator: Staff, lms: CheckedLms, page: str) -> None:
    lms.token_way, lms.granted = "403", ()
    lines = tried(operator, page)
    assert "herkent ons niet (status 403)" in lines[TOKEN][1]
    assert {lines[title][0] for title in RIGHTS.values()} == {"unknown"}


@pytest.mark.parametrize(
    ("way", "says"),
    [
        ("page", "misschien een pagina"),
        ("empty", "geen voor ons"),
        ("elliptic", "geen voor ons"),
        ("missing", "status 404"),
    ],
)
def test_no_key_set(operator: Staff, lms: CheckedLms, page: str, way: str, says: str) -> None:
    lms.key_set_way = way
    mark, text = tried(operator, page)[KEYS]
    assert mark == "bad"
    assert says in text
    assert f"{lms.issuer}/jwks geeft er geen die bruikbaar zijn" in text


def test_nobody_there(operator: Staff, lms: CheckedLms, page: str) -> None:
    lms.close()
    lines = tried(operator, page)
    for title in (KEYS, TOKEN):
        assert lines[title][0] == "bad"
        assert "neemt geen verbindingen aan" in lines[title][1]
        assert "bereikbaar te maken" in lines[title][1]
    assert lines[CLOCK][0] == "unknown"


def test_a_platform_that_hangs_holds_up_nobody_for_long(
    operator: Staff, lms: CheckedLms, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lti.checking.EACH", Timeout(0.3, 0.5))
    lms.key_set_way = lms.token_way = "hang"
    begun = time.monotonic()
    lines = tried(operator, page)
    assert time.monotonic() - begun < 3
    assert "antwoordde niet binnen" in lines[KEYS][1]
    assert "antwoordde niet binnen" in lines[TOKEN][1]


@pytest.mark.parametrize(
    ("seconds", "mark", "says"),
    [
        (3, "good", "Loopt 4 s voor"),
        (30, "look", "30 seconden voor"),
        (300, "bad", "300 seconden voor"),
        (-300, "bad", "300 seconden achter"),
    ],
)
def test_a_clock_that_is_off(
    operator: Staff, lms: CheckedLms, page: str, seconds: int, mark: str, says: str
) -> None:
    lms.skew = timedelta(seconds=seconds)
    found, text = tried(operator, page)[CLOCK]
    assert found == mark
    assert says in text
    assert ("met een tijdserver" in text) == (mark != "good")


def test_an_old_answer_from_a_cache_is_no_clock_that_is_off(
    operator: Staff, lms: CheckedLms, page: str
) -> None:
    lms.skew, lms.age = timedelta(seconds=-300), 300
    assert tried(operator, page)[CLOCK][0] == "good"


def test_a_date_that_no_clock_can_show_spoils_nothing_else(
    operator: Staff, lms: CheckedLms, page: str
) -> None:
    lms.dated = "Mon, 01 Jan 2024 00:00:00 +99999999999999999999"
    lines = tried(operator, page)
    assert (lines[KEYS][0], lines[TOKEN][0], lines[CLOCK][0]) == ("good", "good", "unknown")


def test_no_transaction_is_open_while_the_lms_is_asked(
    house: House, operator: Staff, lms: CheckedLms, page: str
) -> None:
    written: list[int] = []

    def meanwhile() -> None:
        # would wait for a transaction that has the row, and the LMS would be given up
        with house.database.writing() as connection:
            done = connection.execute(update(ConnectionTry).values(found=None))
            connection.execute(update(Registration).values(name="Moodle van X"))
            written.append(done.rowcount)

    lms.meanwhile = meanwhile
    assert tried(operator, page)[TOKEN][0] == "good"
    assert written == [1, 1]


def test_what_the_lms_says_stays_text(operator: Staff, lms: CheckedLms, page: str) -> None:
    lms.token_way = "invalid_client"
    tried(operator, page)
    answer = operator.get(page).get_data(as_text=True)
    assert "<b>Unknown" not in answer
    assert "client" in answer


def test_a_forged_request_tries_nothing(operator: Staff, lms: CheckedLms, page: str) -> None:
    for origin, token in ((BASE_URL, ""), ("https://evil.example", "A" * 43), (None, "A" * 43)):
        assert operator.send(page, origin=origin, csrf_token=token).status_code == 403
    assert lms.asked == []


@pytest.mark.parametrize("number", ["99", "x", "²", "9" * 40])
def test_what_is_not_there(operator: Staff, number: str) -> None:
    assert operator.get(f"/hub/platforms/{number}/check").status_code == 404
    assert operator.post(f"/hub/platforms/{number}/check").status_code == 404


def test_what_another_version_found_counts_as_nothing(
    house: House, operator: Staff, lms: CheckedLms, page: str
) -> None:
    tried(operator, page)
    for kept in ({}, {"token": {}, "key_set": {}, "clock": None}, {"token": None}):
        with house.database.writing() as connection:
            connection.execute(update(ConnectionTry).values(found=kept))
        assert KEYS not in read(operator, page)


def test_a_right_that_was_withheld_at_the_registration_until_a_try_gets_it(
    house: House, operator: Staff, lms: CheckedLms, page: str
) -> None:
    with house.database.writing() as connection:
        connection.execute(
            update(Registration)
            .where(Registration.client_id == "checked")
            .values(withheld_scopes=[SCORE, ROSTER], family="moodle")
        )
    mark, text = read(operator, page)["Rechten bij de registratie"]
    assert mark == "bad"
    assert "scores te sturen, te lezen wie in een cursus zit" in text
    assert "IMS LTI Assignment and Grade Services" in text
    assert "IMS LTI Names and Role Provisioning" in text
    lms.granted = (SCORE, LINE_ITEM, LINE_ITEM_READ)
    lines = tried(operator, page)
    assert "Rechten bij de registratie" not in lines, "what a try found says it, once"
    assert lines[RIGHTS[ROSTER]][0] == "bad"
    assert hub_marks(operator) == ["look"], "one of the two is still withheld"
    house.clock.move(seconds=10)
    lms.granted = ALL
    tried(operator, page)
    assert hub_marks(operator) == []
