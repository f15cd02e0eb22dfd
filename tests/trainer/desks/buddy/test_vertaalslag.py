"""The vertaalslag: saved as it is typed, handed in when every text says enough."""

import pytest

from tests.trainer.desks.buddy.conftest import ENOUGH, Student, text_of

FIELDS = ("worked", "different", "action", "notice")
FULL = dict.fromkeys(FIELDS, ENOUGH)


def test_it_works(noor: Student) -> None:
    says = noor.words("vertaalslag/")

    assert "Schrijf geen namen of herkenbare gegevens van leerlingen." in says
    assert "minstens 10 woorden" in says
    assert "Vertaalslag indienen" in says


def test_a_draft_is_saved_and_comes_back(noor: Student) -> None:
    answer = noor.post("vertaalslag/draft", {"revision": 0, "texts": {"worked": "Een begin"}}).get_json()

    assert (answer["revision"], answer["saved"]) == (1, "Bewaard om 14:00")
    assert ">Een begin</textarea>" in noor.get("vertaalslag/").get_data(as_text=True)


def test_a_text_that_seems_to_name_a_pupil_gets_a_soft_question(noor: Student) -> None:
    answer = noor.post(
        "vertaalslag/draft", {"revision": 0, "texts": {"worked": "Amina durfde te antwoorden."}}
    )

    assert "Amina" in answer.get_json()["hints"]["worked"]


def test_an_older_window_does_not_write_over_a_newer_text(noor: Student) -> None:
    noor.post("vertaalslag/draft", {"revision": 0, "texts": {"worked": "uit het ene venster"}})

    answer = noor.post("vertaalslag/draft", {"revision": 0, "texts": {"worked": "uit het andere venster"}})

    assert answer.status_code == 409
    assert answer.get_json()["texts"]["worked"] == "uit het ene venster"
    assert answer.get_json()["revision"] == 1


def test_a_page_is_no_other_window_to_itself(noor: Student) -> None:
    """It left while its save was under way, so its last text follows without knowing how that one fared."""
    noor.post("vertaalslag/draft", {"revision": 0, "texts": {"worked": "een begin"}})

    last = {"revision": 0, "texts": {"worked": "een begin en meer"}, "unheard": {"worked": "een begin"}}

    assert noor.post("vertaalslag/draft", last).get_json()["revision"] == 2


def test_what_the_page_did_not_send_itself_is_another_windows(noor: Student) -> None:
    noor.post("vertaalslag/draft", {"revision": 0, "texts": {"worked": "uit het andere venster"}})

    last = {"revision": 0, "texts": {"worked": "een begin en meer"}, "unheard": {"worked": "een begin"}}

    assert noor.post("vertaalslag/draft", last).status_code == 409


@pytest.mark.parametrize("address", ["vertaalslag/hand-in", "vertaalslag/draft"])
def test_without_script_too_an_older_window_writes_over_nothing(noor: Student, address: str) -> None:
    noor.post("vertaalslag/draft", {"revision": 0, "texts": {**FULL, "worked": "uit het andere venster"}})

    answer = noor.submit(address, revision="0", **FULL)

    assert answer.status_code == 409
    says = text_of(answer)
    assert "Nog niet bewaard: je schreef verder in een ander venster." in says
    assert "In het andere venster: uit het andere venster" in says
    page = answer.get_data(as_text=True)
    assert f">{ENOUGH}</textarea>" in page
    assert 'name="revision" value="1"' in page
    assert "uit het andere venster" in noor.words("vertaalslag/")


def test_sending_it_again_is_the_choice_for_this_text(noor: Student) -> None:
    noor.post("vertaalslag/draft", {"revision": 0, "texts": {"worked": "uit het andere venster"}})
    noor.submit("vertaalslag/hand-in", revision="0", **FULL)

    answer = noor.submit("vertaalslag/hand-in", revision="1", **FULL)

    assert answer.status_code == 303
    assert "Ingediend om 14:00." in noor.words("vertaalslag/")


def test_a_draft_is_saved_without_script(noor: Student) -> None:
    answer = noor.submit("vertaalslag/draft", revision="0", worked="Een begin")

    assert (answer.status_code, answer.headers["Location"]) == (303, noor.home + "vertaalslag/")
    assert ">Een begin</textarea>" in noor.get("vertaalslag/").get_data(as_text=True)


def test_it_is_handed_in_without_script(noor: Student) -> None:
    answer = noor.submit("vertaalslag/hand-in", **FULL)

    assert (answer.status_code, answer.headers["Location"]) == (303, noor.home)
    assert "Ingediend om 14:00." in noor.words("vertaalslag/")


def test_too_short_keeps_the_text_and_says_what_is_missing(noor: Student) -> None:
    answer = noor.submit("vertaalslag/hand-in", **{**FULL, "notice": "nog niets"})

    assert answer.status_code == 422
    assert "Hier zijn nog 8 woorden nodig." in text_of(answer)
    assert "nog niets" in noor.get("vertaalslag/").get_data(as_text=True)


def test_the_script_hears_where_to_go_or_what_is_missing(noor: Student) -> None:
    short = noor.post("vertaalslag/hand-in", {"revision": 0, "texts": {**FULL, "notice": "kort"}})
    assert short.status_code == 422
    assert list(short.get_json()["too_short"]) == ["notice"]

    done = noor.post("vertaalslag/hand-in", {"revision": short.get_json()["revision"], "texts": FULL})
    assert done.get_json() == {"next": noor.home, "complete": False}


def test_any_character_can_be_sent_and_none_breaks_it(noor: Student) -> None:
    odd = "nul\x00, half \ud83d, recht\r\nonder 🙂 <script>alert(1)</script>"

    answer = noor.post("vertaalslag/draft", {"revision": 0, "texts": {"worked": odd}})

    assert answer.status_code == 200
    page = noor.get("vertaalslag/").get_data(as_text=True)
    assert "nul, half ?, recht\nonder 🙂 &lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_nonsense_is_refused(noor: Student) -> None:
    for body in (
        None,
        {},
        {"texts": []},
        {"texts": {"worked": 3}},
        {"texts": {"nowhere": "x"}},
        {"texts": {}, "unheard": 3},
    ):
        assert noor.post("vertaalslag/draft", body).status_code == 400, body
    assert noor.post("vertaalslag/draft", {"texts": {"worked": "x" * 30_000}}).status_code == 400


def test_a_page_was_read(noor: Student) -> None:
    assert "Vraag hoe je de naam uitspreekt." in noor.words("lezen/")

    answer = noor.submit("lezen/finished")

    assert answer.headers["Location"] == noor.home + "check/"
    assert "Gelezen." in noor.words()
