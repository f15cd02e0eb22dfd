"""A film in a browser that keeps no cookie of ours: its address is good for a while, and nothing that was watched is lost."""

import time
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode, urlsplit

from playwright.sync_api import Route, expect

from tests.browser.held_session import Opens, opens_module, page_in, steps
from tests.browser.school import School
from tests.browser.student import enrolment_of, film_reaches, pauses, plays_from, until
from trainer.core.crypto import derive_key, keyed_hash


def test_the_film_goes_on_when_its_address_has_ended(opens: Opens, school: School) -> None:
    student = opens()
    module = opens_module(student)
    enrolment = enrolment_of(module)
    statuses: list[int] = []
    student.context.on(
        "response", lambda answer: statuses.append(answer.status) if ".mp4?" in answer.url else None
    )
    student.page.route("**/*.mp4?*", _ends_in_mid_film(school.service.environment["TRAINER_SECRET_KEY"]))
    module.get_by_role("link", name="Begin te kijken").click()
    film = page_in(student, "/film/")
    with student.page.expect_response("**/film-address"):
        plays_from(film, 0, speed=2)

    film_reaches(film, 24)

    assert 410 in statuses
    assert film.evaluate("document.querySelector('video').playbackRate") == 2
    expect(film.locator(".vjs-error-display")).to_be_hidden()
    pauses(film)
    until(lambda: school.coverage(enrolment).count >= 23, what="every second that was played")
    assert school.coverage(enrolment).spans[0].start == 0
    assert len(school.coverage(enrolment).spans) == 1


def test_who_leaves_the_film_by_a_link_loses_nothing(opens: Opens, school: School) -> None:
    student = opens()
    module = opens_module(student)
    enrolment = enrolment_of(module)
    module.get_by_role("link", name="Begin te kijken").click()
    film = page_in(student, "/film/")
    plays_from(film, 0, speed=2)
    film_reaches(film, 6)

    steps(film, "Checken").click()

    page_in(student, "/check/")
    until(lambda: school.coverage(enrolment).count >= 5, what="what was played before the link was followed")


def _ends_in_mid_film(secret_key: str) -> Callable[[Route], None]:
    """The browser gets the first part of the film; then it is as if an hour had passed: the address is over."""
    over: list[bool] = []

    def answer(route: Route) -> None:
        is_beginning = route.request.headers["range"] == "bytes=0-"
        if is_beginning and not over:
            route.continue_(headers={**route.request.headers, "range": "bytes=0-199999"})
        elif not over:
            over.append(True)
            parts = urlsplit(route.request.url)
            fields = dict(parse_qsl(parts.query))
            query = urlencode({"until": int(time.time()) - 1, "by": fields["by"]})
            signature = keyed_hash(derive_key(secret_key, "addresses"), f"{parts.path}?{query}")
            route.continue_(url=f"{parts.scheme}://{parts.netloc}{parts.path}?{query}&sig={signature}")
        else:
            route.continue_()

    return answer
