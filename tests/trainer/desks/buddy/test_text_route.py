"""The film's text, to read instead of watching."""

from pathlib import Path

from modules.package import load_module
from tests.trainer.conftest import EXAMPLE
from tests.trainer.desks.buddy.conftest import Student, text_of
from trainer.catalogue import queries as catalogue
from trainer.core.media import MediaStore


def test_it_works(noor: Student) -> None:
    page = noor.get("film/text")

    assert page.status_code == 200
    says = noor.words("film/text")
    assert "Lees de hele tekst op je eigen tempo: dat telt even goed als de film bekijken." in says
    assert "Op het scherm Bij naam" in says


def test_reading_it_all_counts_as_watching(noor: Student) -> None:
    noor.get("film/text")
    length = noor.post("film/reading", {"language": "nl", "shown": []}).get_json()["length"]
    noor.house.clock.move(seconds=60)

    answer = noor.post("film/reading", {"language": "nl", "shown": [[0, length]]}).get_json()

    assert (answer["finished"], answer["again"]) == (True, [])
    assert "Je las de hele tekst." in noor.words()
    assert "Dat telt als de film bekijken." in noor.words("film/text")


def test_nobody_reads_a_page_in_no_time(noor: Student) -> None:
    noor.get("film/text")

    answer = noor.post("film/reading", {"language": "nl", "shown": [[0, 100]]}).get_json()

    assert (answer["accepted"], answer["finished"]) == ([], False)
    assert answer["again"]


def test_nonsense_is_refused(noor: Student) -> None:
    for body in (None, {}, {"language": "fr", "shown": []}, {"language": "nl", "shown": [[1, 0]]}):
        assert noor.post("film/reading", body).status_code == 400, body


def test_a_text_that_is_gone_is_said_and_the_film_goes_on(noor: Student) -> None:
    _lose_captions(noor)

    page = noor.get("film/text")
    report = noor.post("film/reading", {"language": "nl", "shown": [[0, 1]]})

    assert page.status_code == report.status_code == 404
    assert "De tekst van deze film is nu niet te vinden." in text_of(page)
    assert f'href="{noor.home}film/"' in page.get_data(as_text=True)
    assert report.get_json()["error"]["code"] == "transcript_gone"
    assert "Lees de tekst" not in noor.words("film/")


def _lose_captions(noor: Student) -> None:
    """The files of the captions vanish from the store of a service that was started since."""
    store = MediaStore(Path(noor.house.settings.media_root))
    for captions in load_module(EXAMPLE).module.webcasts[0].captions:
        store.path(captions.media.sha256).unlink()
    catalogue._cues.clear()
