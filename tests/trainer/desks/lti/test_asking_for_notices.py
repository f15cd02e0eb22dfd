"""A launch says that the platform has notices: the worker asks for those of copies, once for each deployment."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
from sqlalchemy import select, update

from lti.keys import ToolKey
from tests.support.lms import CLAIM, Lms
from tests.trainer.conftest import BASE_URL, House
from trainer.institutions.models import Deployment
from trainer.worker import Worker

SCOPE = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
SERVICE = CLAIM + "platformnotificationservice"


class NoticeLms(Lms):
    """Has a notification service; `asked` are its requests, `status` is its answer."""

    def __init__(self, tool: str, tool_key: ToolKey) -> None:
        self.asked: list[dict[str, Any]] = []
        self.status = 200
        self._tool_key = jwt.PyJWK(tool_key.public_jwk()).key
        super().__init__(tool, client_id="notices")

    def offers(self, *types: str, url: str | None = None) -> dict[str, Any]:
        """The claim of a launch."""
        return {
            SERVICE: {
                "service_versions": ["1.0"],
                "scope": [SCOPE],
                "platform_notification_service_url": url or f"{self.issuer}/notice-handlers",
                "notice_types_supported": list(types or ("LtiContextCopyNotice",)),
            }
        }

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        lms = self

        class Handler(super()._handler()):  # type: ignore[misc]
            def do_POST(self) -> None:
                form = parse_qs(self.body().decode())
                options = {"verify_exp": False, "verify_iat": False}
                jwt.decode(
                    form["client_assertion"][0],
                    lms._tool_key,
                    algorithms=["RS256"],
                    audience=f"{lms.issuer}/token",
                    options=options,
                )
                assert form["scope"] == [SCOPE]
                self.answer(200, {"access_token": "t", "token_type": "bearer", "expires_in": 3600})

            def do_PUT(self) -> None:
                assert self.headers["Authorization"] == "Bearer t"
                lms.asked.append({"path": self.path, **json.loads(self.body())})
                self.answer(lms.status, {})

            def body(self) -> bytes:
                return bytes(self.rfile.read(int(self.headers["Content-Length"])))

            def answer(self, status: int, content: object) -> None:
                body = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Handler


@pytest.fixture
def lms(house: House, tool_key: ToolKey) -> Iterator[NoticeLms]:
    lms = NoticeLms(BASE_URL, tool_key)
    lms.register(house.database, house.clock(), name="Meldend LMS", institution="Hogeschool met meldingen")
    yield lms
    lms.close()


def launched(house: House, lms: NoticeLms, sub: str = "s", **claims: Any) -> None:
    assert lms.open(house.browser(), house.clock(), {"sub": sub, **claims}).status_code == 303


def works(house: House) -> None:
    Worker(house.database, house.settings, clock=house.clock).run_once()


def test_the_first_launch_that_says_so_is_enough(house: House, lms: NoticeLms) -> None:
    for sub in ("s", "s", "other"):
        launched(house, lms, sub, **lms.offers())
        works(house)
    wanted = {"notice_type": "LtiContextCopyNotice", "handler": f"{BASE_URL}/lti/notices"}
    assert lms.asked == [{"path": "/notice-handlers", **wanted}]


def test_somebody_who_came_before_it_was_offered_is_heard_too(house: House, lms: NoticeLms) -> None:
    launched(house, lms)
    works(house)
    assert lms.asked == []
    launched(house, lms, **lms.offers())
    works(house)
    assert len(lms.asked) == 1


def test_other_notices_are_not_asked_for(house: House, lms: NoticeLms) -> None:
    launched(house, lms, **lms.offers("LtiHelloWorldNotice"))
    works(house)
    assert lms.asked == []


@pytest.mark.parametrize(("status", "hours"), [(500, 7), (403, 24 * 31)])
def test_when_it_fails_it_is_asked_again_later(house: House, lms: NoticeLms, status: int, hours: int) -> None:
    lms.status = status
    launched(house, lms, **lms.offers())
    works(house)
    tries = len(lms.asked)
    assert tries >= 1
    works(house)
    assert len(lms.asked) == tries, "not at once"
    lms.status = 200
    house.clock.move(hours=hours)
    works(house)
    assert len(lms.asked) == tries + 1
    house.clock.move(days=60)
    works(house)
    assert len(lms.asked) == tries + 1, "once it said yes, never again"


def test_our_token_goes_nowhere_else(house: House, lms: NoticeLms) -> None:
    launched(house, lms, **lms.offers(url="http://localhost:9/notice-handlers"))
    works(house)
    assert lms.asked == []


def test_nobody_asks_a_deployment_that_is_off(house: House, lms: NoticeLms) -> None:
    launched(house, lms, **lms.offers())
    with house.database.writing() as connection:
        connection.execute(update(Deployment).values(active=False))
    works(house)
    assert lms.asked == []
    with house.database.writing() as connection:
        connection.execute(update(Deployment).values(active=True))
    works(house)
    assert len(lms.asked) == 1


def test_of_two_workers_one_asks(house: House, lms: NoticeLms) -> None:
    launched(house, lms, **lms.offers())
    first = Worker(house.database, house.settings, clock=house.clock)
    taken = first._notices.take()
    assert taken is not None
    works(house)
    assert lms.asked == []
    house.clock.move(minutes=11)
    works(house)
    assert len(lms.asked) == 1, "the first one died with it"
    with house.database.reading() as connection:
        due = connection.execute(select(Deployment.notices_due_at)).scalars().all()
    assert set(due) == {None}
