"""Films and captions: in parts, kept by the browser, for who is signed in."""

from tests.trainer.conftest import EXAMPLE, House
from tests.trainer.desks.buddy.conftest import FILM, Student

URL = f"/media/{FILM}/groeten.mp4"
BYTES = (EXAMPLE / "groeten.mp4").read_bytes()


def test_it_works(noor: Student) -> None:
    answer = noor.get(URL)

    assert (answer.status_code, answer.mimetype, answer.data) == (200, "video/mp4", BYTES)
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Accept-Ranges"] == "bytes"


def test_the_end_of_a_film_comes_by_itself(noor: Student) -> None:
    answer = noor.get(URL, Range=f"bytes={len(BYTES) - 10}-")

    assert (answer.status_code, answer.data) == (206, BYTES[-10:])
    assert answer.headers["Content-Range"] == f"bytes {len(BYTES) - 10}-{len(BYTES) - 1}/{len(BYTES)}"


def test_a_part_that_is_not_there_is_said_so(noor: Student) -> None:
    assert noor.get(URL, Range="bytes=9999999-").status_code == 416


def test_what_the_browser_has_is_not_sent_again(noor: Student) -> None:
    assert noor.get(URL, **{"If-None-Match": f'"{FILM}"'}).status_code == 304


def test_captions_are_text(noor: Student) -> None:
    track = noor.get("film/").get_data(as_text=True).split('<track kind="captions" src="')[1].split('"')[0]

    assert noor.get(track).mimetype == "text/vtt"


def test_a_stranger_gets_nothing(house: House, noor: Student) -> None:
    stranger = Student(house, house.browser(), noor.home)

    assert stranger.get(URL).status_code == 401


def test_no_name_leads_out_of_the_store(noor: Student) -> None:
    for path in ("/media/" + "0" * 64 + "/x", "/media/..%2f..%2fetc/passwd", f"/media/{FILM[:63]}%00/x"):
        assert noor.get(path).status_code == 404, path


def test_a_name_that_no_header_can_hold_is_none(noor: Student) -> None:
    """It is offered to the browser as the file's name."""
    for name in ("a%0Ab.mp4", "a%0D%0ASet-Cookie:x=y.mp4", "%00.mp4", "a%7Fb.mp4"):
        assert noor.get(f"/media/{FILM}/{name}").status_code == 404, name
    assert noor.get(f"/media/{FILM}/één film.mp4").status_code == 200
