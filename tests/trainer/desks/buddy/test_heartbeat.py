"""The report of what was played: credited, offered again, refused without loss."""

import pytest

from tests.trainer.conftest import BASE_URL, House
from tests.trainer.desks.buddy.conftest import FILM, Student, arrive
from tests.trainer.learning.conftest import statements


def test_it_works(noor: Student) -> None:
    noor.get("film/")
    noor.house.clock.move(seconds=2)

    answer = noor.watch([0, 3], position=3.0)

    assert answer.get_json() == {
        "accepted": [[0, 3]],
        "again": [],
        "watched": 3,
        "length": 5,
        "gaps": [[3, 5]],
        "enough": False,
        "complete": False,
        "next_after": 12,
    }


def test_what_could_not_be_played_yet_is_offered_again(noor: Student) -> None:
    noor.get("film/")
    noor.house.clock.move(seconds=1)

    answer = noor.watch([0, 5]).get_json()
    assert (answer["accepted"], answer["again"]) == ([[0, 2]], [[2, 5]])

    noor.house.clock.move(seconds=2)
    assert noor.watch([2, 5]).get_json()["watched"] == 5


def test_it_is_one_look_and_one_write(noor: Student) -> None:
    noor.get("film/")
    token = noor.token()
    noor.house.clock.move(seconds=2)

    with statements(noor.house.database) as seen:
        noor.post("progress", {"film": FILM, "played": [[0, 1]], "position": 1}, token=token)

    writes = [one for one in seen if not one.startswith("SELECT")]
    assert len(seen) == (2 if noor.house.database.engine.dialect.name == "postgresql" else 3), seen
    assert len(seen) - len(writes) <= 1


def test_a_beacon_carries_its_token_in_the_body(noor: Student) -> None:
    noor.get("film/")
    noor.house.clock.move(seconds=2)
    body = {"film": FILM, "played": [[0, 1]], "position": 1, "csrf_token": noor.token()}

    answer = noor.browser.post(
        noor.home + "progress", json=body, base_url=BASE_URL, headers={"Origin": BASE_URL}
    )

    assert answer.get_json()["watched"] == 1


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"film": FILM},
        {"film": FILM, "played": [[2, 1]], "position": 0},
        {"film": FILM, "played": [[0, 1, 2]], "position": 0},
        {"film": FILM, "played": [[0.5, 1]], "position": 0},
        {"film": FILM, "played": [[True, 2]], "position": 0},
        {"film": FILM, "played": [["0", "1"]], "position": 0},
        {"film": FILM, "played": [[0, 1]], "position": "soon"},
        {"film": FILM, "played": [[0, 1]] * 201, "position": 0},
        {"film": "../../etc/passwd", "played": [], "position": 0},
        {"film": FILM, "played": [[0, 10**40]], "position": 0},
    ],
)
def test_nonsense_is_refused_and_loses_nothing(noor: Student, body: object) -> None:
    noor.get("film/")
    noor.house.clock.move(seconds=2)
    noor.watch([0, 2], position=2)

    answer = noor.post("progress", body)

    assert answer.status_code == 400
    assert answer.get_json()["error"]["code"] in {"bad_report", "bad_request"}
    assert noor.data("film/", "player-data")["gaps"] == [[2, 5]]


@pytest.mark.parametrize("raw", [b"", b"{", b'{"position": NaN}', b"\xff", b"[" * 5000])
def test_what_is_no_json_is_refused(noor: Student, raw: bytes) -> None:
    headers = {"Origin": BASE_URL, "X-CSRF-Token": noor.token(), "Content-Type": "application/json"}

    answer = noor.browser.post(noor.home + "progress", data=raw, base_url=BASE_URL, headers=headers)

    assert answer.status_code == 400


def test_after_the_session_the_player_is_told_to_keep_its_queue(noor: Student) -> None:
    token = noor.token()
    noor.house.clock.move(days=30)

    answer = noor.post("progress", {"film": FILM, "played": [[0, 1]], "position": 1}, token=token)

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "session_ended")


def test_another_buddys_film_cannot_be_reported(house: House, noor: Student) -> None:
    noor.get("film/")
    bram = arrive(house, sub="student-2")

    answer = bram.post(noor.home + "progress", {"film": FILM, "played": [[0, 1]], "position": 1})

    assert answer.status_code == 404


def test_a_film_of_no_module_is_unknown(noor: Student) -> None:
    assert noor.watch([0, 1], film="0" * 64).status_code == 404


def test_another_site_cannot_report(noor: Student) -> None:
    headers = {"Origin": "https://evil.example", "X-CSRF-Token": noor.token()}

    answer = noor.browser.post(noor.home + "progress", json={}, base_url=BASE_URL, headers=headers)

    assert answer.status_code == 403
