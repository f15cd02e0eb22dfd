"""One mutated request after the other, through the whole app in this process: what was sent and what came back.

Launches carry a valid signature most of the time, so that they get deep; logins, heartbeats and the other JSON posts are
mutated by structure, by type and by bytes.
"""

import base64
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from flask.testing import FlaskClient

from tests.fuzz.mutations import Mutator
from tests.support.house import BASE_URL, House
from tests.support.lms import LEARNER
from tests.trainer.web.visitors import Visitor, visitor

FORM = "application/x-www-form-urlencoded"
_TEXTS = {"worked": "een twee", "different": "", "action": "", "notice": ""}


class Broken(AssertionError):
    """The service answered with a 5xx, or an exception came out of it."""


@dataclass
class Fuzzer:
    """Sends case number n of a seed; the same n is the same case."""

    house: House
    seed: int = 1
    statuses: Counter[str] = field(default_factory=Counter)
    who: Visitor = field(init=False)
    film: str = field(init=False)

    def __post_init__(self) -> None:
        self.who = visitor(self.house)
        page = self.who.get(f"{self.who.home}film/").get_data(as_text=True)
        self.film = page.split('<source src="/media/')[1].split("/")[0]

    def run(self, kind: str, number: int) -> int:
        """Send a case and give its status.

        Raises:
            Broken: with the seed, kind and number, to send it again.
        """
        mutator = Mutator(hash((self.seed, number)) ^ len(kind))
        deeds: dict[str, Callable[[Mutator], int]] = {
            "launch": self.launch, "login": self.login, "heartbeat": self.heartbeat, "post": self.post,
        }  # fmt: skip
        try:
            status = deeds[kind](mutator)
        except Exception as problem:
            raise Broken(f"{kind} {number} of seed {self.seed}: {problem!r}") from problem
        if status >= 500:
            raise Broken(f"{kind} {number} of seed {self.seed}: {status}")
        self.statuses[f"{kind} {status}"] += 1
        return status

    # --- launches and logins

    def launch(self, mutator: Mutator) -> int:
        """A login, then a form of which claims, header, signature, fields or bytes are changed."""
        lms, browser, now = self.house.lms, self.house.browser(), self.house.clock()
        asked = lms.log_in(browser)
        deed = mutator.draw.random()
        claims = lms.claims(asked["nonce"], now, {"name": "An", "email": "an@example.be"})
        payload: bytes = json.dumps(claims).encode()
        header: Any = {"alg": "RS256", "kid": lms.kid, "typ": "JWT"}
        if deed < 0.65:
            payload = mutator.json(claims) if deed < 0.15 else json.dumps(mutator.structure(claims)).encode()
        elif deed < 0.75:
            header = mutator.structure(header)
        token = self.sign(header, payload)
        if 0.75 <= deed < 0.85:
            token = mutator.altered(token)
        form: dict[str, Any] = {"state": asked["state"], "id_token": token}
        if 0.85 <= deed < 0.9:
            form = mutator.structure(form)
        body = urlencode(_pairs(form), errors="replace").encode()
        if deed >= 0.9:
            body = mutator.bytes(body)
        path = mutator.draw.choice(("/lti/launch", "/lti/launch", "/lti/launch/groeten"))
        answer = browser.post(
            path, data=body, content_type=FORM, base_url=BASE_URL, headers={"Origin": lms.issuer}
        )
        if answer.status_code == 303:
            self.look(browser, answer.headers["Location"])
        return answer.status_code

    def look(self, browser: FlaskClient, path: str) -> None:
        """What was taken can be shown."""
        for page in (path, "/api/v1/me"):
            status = browser.get(page, base_url=BASE_URL).status_code
            if status != 200:
                raise Broken(f"{page}: {status}")

    def sign(self, header: Any, payload: bytes) -> str:
        """A token by hand: no library would write these."""
        signed = f"{_segment(json.dumps(header).encode())}.{_segment(payload)}"
        signature = self.house.lms.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_segment(signature)}"

    def login(self, mutator: Mutator) -> int:
        """A login initiation."""
        lms = self.house.lms
        fields: Any = mutator.structure(
            {
                "iss": lms.issuer, "client_id": lms.client_id, "login_hint": "h", "lti_message_hint": "0", "lti_deployment_id": "1",
                "target_link_uri": f"{BASE_URL}/lti/launch/groeten", "lti_storage_target": "_parent",
            }
        )  # fmt: skip
        query = urlencode(_pairs(fields), errors="replace").encode()
        query = mutator.bytes(query) if mutator.draw.random() < 0.3 else query
        browser = self.house.browser()
        if mutator.draw.random() < 0.5:
            return browser.get(
                "/lti/login", query_string=query.decode("latin-1"), base_url=BASE_URL
            ).status_code
        return browser.post("/lti/login", data=query, content_type=FORM, base_url=BASE_URL).status_code

    # --- what pages report

    def heartbeat(self, mutator: Mutator) -> int:
        """A report of what was played."""
        start = mutator.draw.randrange(5)
        body = {"film": self.film, "played": [[start, start + 1], [0, 1]], "position": start + 0.5}
        return self._send(f"{self.who.home}progress", mutator.json(body), mutator)

    def post(self, mutator: Mutator) -> int:
        """One of the other JSON posts."""
        bodies: dict[str, Any] = {
            "film/reading": {"language": "nl", "shown": [[0, 1]]},
            "film/film-answer": {"question": "even-denken", "chosen": ["naam"]},
            "check/answer": {"attempt": 1, "question": "v1", "chosen": ["a"]},
            "check/attempt": {},
            "vertaalslag/draft": {"texts": _TEXTS, "revision": None},
            "vertaalslag/hand-in": {"texts": _TEXTS, "revision": None},
        }
        step = mutator.draw.choice(sorted(bodies))
        path = (
            step if mutator.draw.random() < 0.95 else mutator.altered(step).replace("?", "").replace("#", "")
        )
        return self._send(self.who.home + path, mutator.json(bodies[step]), mutator)

    def _send(self, path: str, body: bytes, mutator: Mutator) -> int:
        self.house.clock.move(seconds=0.1)
        self._stay_signed_in()
        headers = {"Origin": BASE_URL}
        if mutator.draw.random() < 0.9:
            headers["X-CSRF-Token"] = self.who.csrf
        kind = (
            "application/json"
            if mutator.draw.random() < 0.95
            else mutator.draw.choice(("text/plain", FORM, "application/json;charset=x"))
        )
        address = path.encode("utf-8", "replace").decode()
        return self.who.browser.post(
            address, data=body, content_type=kind, base_url=BASE_URL, headers=headers
        ).status_code

    def _stay_signed_in(self) -> None:
        """Sessions end after eight hours, also this one's."""
        if self.statuses.total() % 5000 == 0:
            home = self.house.lms.open(self.who.browser, self.house.clock()).headers["Location"]
            assert home == self.who.home, LEARNER


def _segment(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _pairs(fields: Any) -> list[tuple[str, str]]:
    """A JSON object as a form; lists become fields that are given twice."""
    if not isinstance(fields, dict):
        return [("x", str(fields)[:100])]
    pairs = []
    for name, value in fields.items():
        values = value if isinstance(value, list) and len(value) < 5 else [value]
        pairs += [
            (_whole(name), _whole(one if isinstance(one, str) else repr(one)[:200])) for one in values or [""]
        ]
    return pairs


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
