"""Films, captions and posters where the session is a bearer: by an address that is good for one file, one session and a while."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import delete, select, update

from tests.trainer.conftest import BASE_URL, EXAMPLE, House
from tests.trainer.desks.buddy.conftest import Student, arrive
from trainer.core.crypto import hash_token
from trainer.people.models import BrowserSession, Identity

BYTES = (EXAMPLE / "groeten.mp4").read_bytes()


class Keeper(Student):
    """A student whose page holds the session: no cookie goes along, and no header where a browser sends none."""

    @property
    def bearer(self) -> str:
        """What the page holds."""
        cookie = self.browser.get_cookie("__Host-s", domain="127.0.0.1")
        assert cookie is not None
        return str(cookie.value)

    def page(self, path: str) -> str:
        """A page, fetched with the session."""
        answer = self.ask(path)
        assert answer.status_code == 200
        return str(answer.get_data(as_text=True))

    def ask(self, path: str):  # type: ignore[no-untyped-def]
        """What the session's page fetches."""
        headers = {"Authorization": f"Bearer {self.bearer}"}
        return self.house.browser().get(self._url(path), base_url=BASE_URL, headers=headers)

    def fetch(self, address: str, **headers: str):  # type: ignore[no-untyped-def]
        """What a player fetches: the address, and nothing else."""
        return self.house.browser().get(address, base_url=BASE_URL, headers=headers)

    @property
    def addresses(self) -> list[str]:
        """Of the film, the poster and the captions, as the player page has them now."""
        found = re.findall(r'(?:src|poster)="(/media/[^"]+)"', self.page("film/"))
        return [unescape(one) for one in found]

    @property
    def film(self) -> str:
        """The film's address."""
        return next(one for one in self.addresses if ".mp4?" in one)


@pytest.fixture
def keeper(house: House) -> Keeper:
    student = arrive(house)
    return Keeper(house, student.browser, student.home)


def test_it_works(keeper: Keeper) -> None:
    answer = keeper.fetch(keeper.film)

    assert (answer.status_code, answer.mimetype, answer.data) == (200, "video/mp4", BYTES)
    assert len(keeper.addresses) >= 3
    assert {keeper.fetch(one).status_code for one in keeper.addresses} == {200}


def test_a_part_of_a_film_comes_by_itself(keeper: Keeper) -> None:
    answer = keeper.fetch(keeper.film, Range=f"bytes={len(BYTES) - 10}-")
    assert (answer.status_code, answer.data) == (206, BYTES[-10:])


def test_with_a_cookie_addresses_stay_plain(house: House) -> None:
    page = arrive(house).get("film/").get_data(as_text=True)
    assert "/media/" in page
    assert "sig=" not in page
    assert "film-address" not in page


def test_the_address_tells_nothing_by_which_one_could_come_in(keeper: Keeper) -> None:
    token, mark = keeper.bearer.split(".")
    assert token not in keeper.film
    assert mark not in keeper.film
    by = parse_qs(urlsplit(keeper.film).query)["by"][0]
    for value in (by, f"{by}.{mark}", f"{by[:43]}.{mark}"):
        headers = {"Authorization": f"Bearer {value}"}
        assert keeper.house.browser().get("/api/v1/me", base_url=BASE_URL, headers=headers).status_code == 401


def test_it_is_good_for_its_own_file_alone(keeper: Keeper) -> None:
    film, other = keeper.film, next(one for one in keeper.addresses if ".vtt?" in one)
    for path in (urlsplit(other).path, urlsplit(film).path.replace("groeten.mp4", "other.mp4"), "/frame"):
        assert keeper.fetch(f"{path}?{urlsplit(film).query}").status_code == 403, path


def test_no_part_of_it_can_be_changed(keeper: Keeper) -> None:
    film = keeper.film
    given = {name: values[0] for name, values in parse_qs(urlsplit(film).query).items()}
    path = urlsplit(film).path
    for forged in (
        film.replace(given["until"], str(int(given["until"]) + 3600)),
        film.replace(given["by"], hash_token("another session")),
        film[:-1] + ("A" if film[-1] != "A" else "B"),
        film.replace("sig=", "sig=x"),
        f"{film}&until=99999999999",
        f"{path}?until=99999999999&{urlsplit(film).query}",
        f"{path}?sig={given['sig']}",
        f"{path}?sig=",
        f"{path}?sig=%ff&sig=é",
    ):
        answer = keeper.fetch(forged)
        assert answer.status_code == 403, forged
        assert "Set-Cookie" not in answer.headers


def test_an_address_that_ends_is_replaced_by_a_fresh_one(house: House, keeper: Keeper) -> None:
    old = keeper.film
    house.clock.move(minutes=29)
    assert keeper.fetch(old).status_code == 200, "good for half an hour at least"
    keeper.page("")  # somebody is there
    house.clock.move(minutes=31)

    assert keeper.fetch(old).status_code == 410, "and for an hour at most"
    fresh = keeper.ask("film/film-address").get_json()["url"]
    assert fresh != old
    assert keeper.fetch(fresh).status_code == 200


def test_within_half_an_hour_the_browser_knows_the_file_again(house: House, keeper: Keeper) -> None:
    first = keeper.film
    house.clock.move(minutes=10)
    assert keeper.film == first


def test_it_is_over_when_the_session_is(house: House, keeper: Keeper) -> None:
    film = keeper.film
    with house.database.writing() as connection:
        connection.execute(delete(BrowserSession))
    assert keeper.fetch(film).status_code == 401


def test_it_is_over_when_the_person_is_locked_out(house: House, keeper: Keeper) -> None:
    film = keeper.film
    with house.database.writing() as connection:
        connection.execute(update(Identity).values(disabled_at=house.clock()))
    assert keeper.fetch(film).status_code == 401


def test_it_is_no_session_and_keeps_none_alive(house: House, keeper: Keeper) -> None:
    film = keeper.film
    query = urlsplit(film).query
    assert keeper.fetch(f"{keeper.home}?{query}").status_code == 401
    with house.database.reading() as connection:
        before = connection.execute(select(BrowserSession.used_at)).scalar_one()
    house.clock.move(minutes=20)
    assert keeper.fetch(film).status_code == 200
    with house.database.reading() as connection:
        assert connection.execute(select(BrowserSession.used_at)).scalar_one() == before


def test_somebody_elses_cookie_does_not_help_a_bad_address(house: House, keeper: Keeper) -> None:
    other = arrive(house, "student-2")
    assert other.get(keeper.film[:-1]).status_code == 403
