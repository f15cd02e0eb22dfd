"""A Moodle on loopback that says what a real one said, word for word: the files of `moodle/`.

Put right is what cannot be as it was, and nothing else:

- Moodle's address: a free port in place of 8101, wherever it stands.
- the signature and `kid`: by a key of our own, which the key set names beside the recorded one;
- `nonce`: the one that the service asked for;
- `target_link_uri`: the service's address of a module (or for placing) in place of the other tool's;
- in the login initiation that same address, and as `login_hint` the person who comes.

Client id, deployment, people, course, link, columns and times (`iat`, `exp`) are the recorded ones: the service gets the
first two from the recorded answer to its registration, and its clock stands at the recorded minute.

One thing is made up, since it was not recorded: the answer of the token endpoint, which says no more than it has to.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.platforms.stubs.wire import Answer, Asked, handler
from tests.support.lms import CLAIM, DL, Lms

_FOLDER = Path(__file__).parent / "moodle"
#: where the recorded Moodle was
_RECORDED_AT = "http://localhost:8101"
LAUNCHES = ("student", "teacher", "ta1", "admin")


@cache
def _text(name: str) -> str:
    return (_FOLDER / f"{name}.json").read_text("utf-8")


def recorded(name: str) -> Any:
    """A file, as it is."""
    return json.loads(_text(name))


def recorded_names() -> list[str]:
    """All files, without their ending."""
    return sorted(path.stem for path in _FOLDER.glob("*.json"))


def moment_of(name: str) -> datetime:
    """When a launch was signed."""
    return datetime.fromtimestamp(recorded(name)["payload"]["iat"], UTC)


class RecordedMoodle(Lms):
    """The recorded Moodle again.

    Args:
        tool: base URL of the service.
    """

    def __init__(self, tool: str) -> None:
        #: every request to a service, oldest first
        self.asked: list[Asked] = []
        super().__init__(tool)

    def told(self, name: str) -> Any:
        """A recorded message, at this address."""
        return json.loads(_text(name).replace(_RECORDED_AT, self.issuer))

    # --- in the browser ------------------------------------------------------------------------------------------

    def pastes(self, browser: FlaskClient, invitation: str) -> TestResponse:
        """The administrator pastes the invitation; Moodle adds where its configuration is, and a token."""
        parts = urlsplit(invitation)
        query = [
            *parse_qsl(parts.query),
            ("openid_configuration", self.told("dynamic-registration")["openid_configuration_url"]),
            ("registration_token", "token-1"),
        ]
        return browser.get(f"{parts.path}?{urlencode(query)}", base_url=self.tool)

    def begins(self, browser: FlaskClient, sub: str, target: str) -> dict[str, str]:
        """The recorded login initiation; gives the parameters with which the service sends the browser back."""
        initiation = self.told("login-initiation")
        form = {**initiation["form"], "login_hint": sub, "target_link_uri": target}
        answer = browser.open("/lti/login", method=initiation["method"], data=form, base_url=self.tool)
        assert answer.status_code == 302, answer.get_data(as_text=True)
        address, _, query = answer.headers["Location"].partition("?")
        assert address == self.told("openid-configuration")["authorization_endpoint"]
        return {name: values[0] for name, values in parse_qs(query, strict_parsing=True).items()}

    def launches(self, browser: FlaskClient, who: str, module: str = "groeten") -> TestResponse:
        """The recorded launch of the student, the teacher, the assistant or the administrator."""
        return self._says(browser, f"launch-{who}", f"{self.tool}/lti/launch/{module}")

    def asks_for_modules(self, browser: FlaskClient) -> TestResponse:
        """The recorded deep linking request."""
        return self._says(browser, "deep-linking-request", f"{self.tool}/lti/deep-linking")

    def _says(self, browser: FlaskClient, name: str, target: str) -> TestResponse:
        message = self.told(name)
        asked = self.begins(browser, message["payload"]["sub"], target)
        claims = {
            **message["payload"],
            "nonce": asked["nonce"],
            CLAIM + "target_link_uri": target,
        }
        form = {
            "state": asked["state"],
            "id_token": self.sign(claims, **message["header"] | {"kid": self.kid}),
        }
        address = asked["redirect_uri"].removeprefix(self.tool)
        return browser.post(address, data=form, base_url=self.tool, headers={"Origin": self.issuer})

    def return_url(self) -> str:
        """Where the recorded request wants its answer."""
        settings = self.told("deep-linking-request")["payload"][DL + "deep_linking_settings"]
        return str(settings["deep_link_return_url"])

    # --- on the wire ---------------------------------------------------------------------------------------------

    def key_set(self) -> dict[str, Any]:
        """The recorded key first, then ours."""
        return {"keys": [*recorded("moodle-jwks")["keys"], *super().key_set()["keys"]]}

    def sent_to(self, address: str) -> list[Asked]:
        """The requests to one address, query and all."""
        parts = urlsplit(address)
        return [
            one for one in self.asked if (one.path, one.query) == (parts.path, dict(parse_qsl(parts.query)))
        ]

    def _handler(self) -> Any:
        return handler(self._answer)

    def _answer(self, asked: Asked) -> Answer:
        """The recorded answer, to exactly the recorded address (columns may be asked for by link)."""
        self.asked.append(asked)
        query = {name: value for name, value in asked.query.items() if name != "resource_link_id"}
        for method, address, answer in self._answers():
            parts = urlsplit(address)
            if (method, parts.path, dict(parse_qsl(parts.query))) == (asked.method, asked.path, query):
                return answer
        return Answer(404)

    def _answers(self) -> Iterator[tuple[str, str, Answer]]:
        registration, endpoints = self.told("dynamic-registration"), self.told("openid-configuration")
        yield "GET", registration["openid_configuration_url"], Answer(200, endpoints)
        answer = Answer(registration["registration_status"], registration["registration_response"])
        yield "POST", endpoints["registration_endpoint"], answer
        yield "GET", endpoints["jwks_uri"], Answer(200, self.key_set())
        token = json.dumps({"access_token": "token-1", "token_type": "Bearer", "expires_in": 3600})
        yield "POST", endpoints["token_endpoint"], Answer(200, token, {"Content-Type": "text/html"})
        for name in ("nrps-response", "nrps-response-rlid"):
            said = self.told(name)
            of_type = {"Content-Type": said["response"]["headers"]["Content-Type"]}
            answer = Answer(said["response"]["status"], said["response"]["body"], of_type)
            yield said["request"]["method"], said["request"]["url"], answer
        yield "GET", self.told("ags-claim")["lineitems"], Answer(200, self.told("ags-lineitems")["lineitems"])
        score = self.told("ags-score-post")
        yield score["method"], score["url"], Answer(score["response_status"], score["response_body"])
