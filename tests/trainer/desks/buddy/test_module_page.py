"""The module page: what it is, what is asked, where I am, and one thing to do next."""

import re
from dataclasses import replace
from decimal import Decimal

from modules.package import load_module
from tests.support.lms import CLAIM, INSTRUCTOR
from tests.trainer.conftest import EXAMPLE, House
from tests.trainer.desks.buddy.conftest import ENOUGH, Student, arrive, text_of
from tests.trainer.learning.conftest import statements
from trainer.catalogue.actions import publish_edition


def filled_buttons(page: str) -> list[str]:
    """The labels of the filled buttons that are shown."""
    found = re.findall(r'<(?:a|button) class="button"([^>]*)>([^<]*)<', page)
    return [label for attributes, label in found if " hidden" not in attributes]


def test_it_works(noor: Student) -> None:
    says = noor.words()

    assert "Module 99 · webcast · 10 minuten Groeten bij naam" in says
    assert "Je leert waarom een groet telt." in says
    assert "Je begroet elke leerling bij naam." in says
    assert "Bekijk minstens 90 % van de film, of lees de tekst." in says
    assert "Beantwoord 4 vragen, minstens 80 % juist." in says
    assert "0 van 5 seconden" in says
    assert "Punt in Oefen-LMS" in says


def test_there_is_one_thing_to_do_and_it_says_what(noor: Student) -> None:
    assert filled_buttons(noor.get().get_data(as_text=True)) == ["Begin te kijken"]

    noor.get("film/")
    noor.house.clock.move(seconds=5)
    noor.watch([0, 2], position=2.4)

    page = noor.get().get_data(as_text=True)
    assert filled_buttons(page) == ["Verder kijken vanaf 0:02"]
    assert f'href="{noor.home}film/#t=2"' in page
    assert "Je bekeek 2 van 5 seconden; er zijn nog 3 seconden nodig." in text_of(noor.get())


def test_each_gap_is_a_link_into_the_film(noor: Student) -> None:
    noor.get("film/")
    noor.house.clock.move(seconds=5)
    noor.watch([2, 3], position=3.0)

    page = noor.get().get_data(as_text=True)

    assert f'<a class="chip" href="{noor.home}film/#t=0">0:00 – 0:02</a>' in page
    assert f'<a class="chip" href="{noor.home}film/#t=3">0:03 – 0:05</a>' in page


def test_when_all_is_done_it_says_so_calmly(noor: Student) -> None:
    noor.watch_all()
    noor.submit("lezen/finished")
    noor.answer_all()
    fields = {"worked": ENOUGH, "different": ENOUGH, "action": ENOUGH, "notice": ENOUGH}
    noor.submit("vertaalslag/hand-in", **fields)

    says = noor.words()

    assert "Klaar Je voltooide deze module om 14:00." in says
    assert "Terug naar Oefen-LMS" in says
    assert "4 van 4 juist in je beste poging." in says
    assert "Wat bewaard is" in says


def test_it_speaks_english_to_who_asked_for_it(house: House) -> None:
    sam = arrive(house, **{CLAIM + "launch_presentation": {"locale": "en-GB"}})

    page = sam.get().get_data(as_text=True)

    assert '<html lang="en">' in page
    assert "Greeting by name" in page
    assert filled_buttons(page) == ["Start watching"]


def test_the_switch_changes_the_language_and_comes_back(noor: Student) -> None:
    answer = noor.submit("/language", locale="en", next=noor.home)

    assert (answer.status_code, answer.headers["Location"]) == (303, noor.home)
    assert "What is still missing?" in noor.words()


def test_a_lecturer_sees_no_score(house: House) -> None:
    lien = arrive(house, sub="teacher-1", **{CLAIM + "roles": [INSTRUCTOR]})

    assert "Punt in" not in lien.words()


def test_somebody_elses_module_does_not_exist(house: House, noor: Student) -> None:
    bram = arrive(house, sub="student-2")

    answer = bram.get(noor.home)

    assert answer.status_code == 404
    assert noor.enrolment not in text_of(answer)


def test_what_cannot_be_an_address_is_not_found(noor: Student) -> None:
    for path in ("/m/%00/", "/m/x%27%20or%201=1/", f"{noor.home}%00/", f"{noor.home}nowhere/"):
        assert noor.get(path).status_code == 404, path


def test_without_a_session_the_page_says_how_to_come_back(house: House, noor: Student) -> None:
    stranger = Student(house, house.browser(), noor.home)

    answer = stranger.get()

    assert answer.status_code == 401
    assert "Open de module opnieuw" in text_of(answer)


def test_the_status_page_shows_the_evidence(noor: Student) -> None:
    says = noor.words("status")

    assert "Wat ontbreekt nog?" in says
    assert "4 vragen, nog niet begonnen." in says


def test_a_newer_version_is_offered_and_the_begun_one_stays(noor: Student) -> None:
    noor.watch_all()
    assert "Nieuwe versie" not in noor.words()
    publish_major(noor.house)

    says = noor.words()

    assert "Je kunt gewoon afwerken waaraan je begon." in says
    assert "Overstappen naar de nieuwe versie" in says
    assert filled_buttons(noor.get().get_data(as_text=True)) == ["Lees de pagina"]
    assert "Beantwoord 4 vragen, minstens 80 % juist." in says


def test_who_switches_is_on_the_new_version_with_what_was_done(noor: Student) -> None:
    noor.watch_all()
    publish_major(noor.house)

    answer = noor.submit("switch")

    assert (answer.status_code, answer.headers["Location"]) == (303, noor.home)
    says = noor.words()
    assert "Beantwoord 4 vragen, minstens 100 % juist." in says
    assert "Je bekeek 5 van 5 seconden." in says
    assert "Nieuwe versie" not in says


def test_who_is_done_is_not_asked_to_switch(noor: Student) -> None:
    noor.watch_all()
    noor.submit("lezen/finished")
    noor.answer_all()
    noor.submit("vertaalslag/hand-in", worked=ENOUGH, different=ENOUGH, action=ENOUGH, notice=ENOUGH)
    publish_major(noor.house)

    assert "Nieuwe versie" not in noor.words()
    noor.submit("switch")
    assert "Je voltooide deze module" in noor.words()


def publish_major(house: House) -> None:
    """An edition that asks every answer to be right: nobody under way is held to it."""
    package = load_module(EXAMPLE)
    module = replace(package.module, rule=replace(package.module.rule, score=Decimal(1)))
    with house.database.writing() as connection:
        assert publish_edition(connection, replace(package, module=module), now=house.clock()).is_major


def test_it_takes_five_statements(noor: Student) -> None:
    noor.get()

    with statements(noor.house.database) as seen:
        noor.get()

    assert len(seen) == 5, seen  # session; enrolment, what was seen, attempts; scores
