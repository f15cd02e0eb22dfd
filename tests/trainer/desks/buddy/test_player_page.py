"""The player page brings what its script needs, and everything in words beside it."""

import re

from tests.trainer.desks.buddy.conftest import FILM, Student
from tests.trainer.learning.conftest import statements


def test_it_works(noor: Student) -> None:
    page = noor.get("film/").get_data(as_text=True)

    assert re.search(rf'<source src="/media/{FILM}/groeten.mp4" type="video/mp4">', page)
    assert 'srclang="nl" label="Nederlands" default' in page
    assert 'srclang="en" label="English"' in page
    assert "Ingesproken door een computerstem." in page
    assert f'<a href="{noor.home}film/text">Lees de tekst</a>' in page
    assert '<template id="film-question-even-denken"' in page


def test_it_goes_on_where_the_buddy_was_on_any_device(noor: Student) -> None:
    noor.get("film/")
    noor.house.clock.move(seconds=5)
    noor.watch([0, 3], position=3.2)

    data = noor.data("film/", "player-data")

    assert (data["position"], data["gaps"], data["enough"]) == (3.2, [[3, 5]], False)
    assert data["film"] == {"sha256": FILM, "duration": 4.8, "seconds": 5, "max_speed": 2.0}
    assert "Je bekeek 3 van 5 seconden" in noor.words("film/")
    assert "Verder kijken vanaf 0:03" in noor.words("film/")


def test_a_film_that_was_watched_leads_on(noor: Student) -> None:
    noor.watch_all()

    page = noor.get("film/").get_data(as_text=True)

    assert f'<a class="button" id="onward" href="{noor.home}lezen/">Naar de leespagina</a>' in page
    assert '<button type="button" class="button quiet" id="go-on">Opnieuw kijken</button>' in page


def test_an_answer_inside_the_film_is_marked_and_remembered(noor: Student) -> None:
    answer = noor.post("film/film-answer", {"question": "even-denken", "chosen": ["knik"]})

    assert answer.get_json()["right"] is False
    assert answer.get_json()["feedback"][0]["text"] == "Een naam zegt meer."
    assert noor.data("film/", "player-data")["questions"] == [
        {"key": "even-denken", "at": 2.5, "answered": True}
    ]


def test_nonsense_for_an_answer_is_refused(noor: Student) -> None:
    for body in ({}, [], {"question": "even-denken"}, {"question": "even-denken", "chosen": ["\x00"]}):
        assert noor.post("film/film-answer", body).status_code == 400, body
    assert noor.post("film/film-answer", {"question": "no\x00ne", "chosen": ["a"]}).status_code == 400
    assert noor.post("film/film-answer", {"question": "nowhere", "chosen": ["a"]}).status_code == 404


def test_it_takes_thirteen_statements_at_most(noor: Student) -> None:
    noor.get("film/")

    with statements(noor.house.database) as seen:
        noor.get("film/")

    assert len(seen) <= 13, seen


def test_who_reads_english_is_told_what_the_dutch_film_shows(noor: Student) -> None:
    assert "Op het scherm" not in noor.words("film/")

    noor.submit("/language", locale="en", next=noor.home)

    assert "On the screen By name" in noor.words("film/")
