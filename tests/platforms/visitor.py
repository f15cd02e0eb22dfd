"""A person with a browser that is no browser: cookies, redirects, and the forms that pages submit by themselves."""

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

_FORM = "application/x-www-form-urlencoded"
#: the answers that complete the module `groeten`
_RIGHT = {"v1": ["a"], "v2": ["a", "b"], "v3": ["false"], "v4": ["false"]}
_TEXT = "Ik begroet elke leerling bij naam aan de deur, elke dag opnieuw."


@dataclass(frozen=True)
class Answer:
    """Where one ended, and what was there."""

    status: int
    url: str
    text: str

    @property
    def json(self) -> dict[str, Any]:
        """The body, as an object."""
        found: dict[str, Any] = json.loads(self.text)
        return found


@dataclass(frozen=True)
class _Form:
    """Where a form goes, and its fields."""

    action: str
    fields: dict[str, str]


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append(_Form(given.get("action") or "", {}))
        elif tag == "input" and self.forms and given.get("name"):
            self.forms[-1].fields[str(given["name"])] = given.get("value") or ""


def _forms(page: str) -> list[_Form]:
    reader = _FormReader()
    reader.feed(page)
    return reader.forms


class Visitor:
    """One person at one machine."""

    def __init__(self) -> None:
        # as browsers do on loopback: Secure cookies although it is plain http
        cookies = CookieJar(DefaultCookiePolicy(secure_protocols=("http", "https")))
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
        self._token = ""

    def get(self, url: str) -> Answer:
        """Go there, and on to where it sends."""
        return self._ask(urllib.request.Request(url))

    def post(self, url: str, fields: Mapping[str, str], origin: str) -> Answer:
        """Send a form of a page of `origin`."""
        headers = {"Content-Type": _FORM, "Origin": origin}
        return self._ask(urllib.request.Request(url, urlencode(fields).encode(), headers))

    def tell(self, url: str, told: Mapping[str, Any]) -> Answer:
        """What a page's script reports to its own server."""
        headers = {"Content-Type": "application/json", "Origin": _origin(url), "X-CSRF-Token": self._token}
        return self._ask(urllib.request.Request(url, json.dumps(told).encode(), headers))

    def open(self, opening: str) -> Answer:
        """Click a link in the LMS: through login and authentication to where the launch ends."""
        return self.finish_launch(self.begin_launch(opening))

    def begin_launch(self, opening: str) -> Answer:
        """The first half: up to the LMS's page that would post itself."""
        page = self.get(opening)
        assert page.status == 200, (page.status, page.text[:2000])
        return page

    def finish_launch(self, page: Answer) -> Answer:
        """The second half: the page posts itself."""
        [form] = _forms(page.text)
        assert {"id_token", "state"} <= form.fields.keys(), page.text[:2000]
        return self.post(form.action, form.fields, _origin(page.url))

    def complete(self, module: str) -> None:
        """Do the whole module `groeten`: `module` is the address of its page."""
        self.watch(module)
        self.read(module)
        self.answer(module)
        assert self.write(module), "something is missing"

    def watch(self, module: str, seconds: int = 5) -> None:
        """Watch the film at double speed, reporting as the player does."""
        page = self.get(f"{module}film/")
        self._take_token(page)
        found = re.search(r"/media/([0-9a-f]{64})/[^\"]*\.mp4", page.text)
        assert found, page.text[:2000]
        queue = [[0, seconds]]
        deadline = time.monotonic() + 20
        while queue:
            assert time.monotonic() < deadline, "the seconds are never accepted"
            time.sleep(0.5)
            report = {"film": found[1], "played": queue, "position": seconds}
            said = self.tell(f"{module}progress", report)
            assert said.status == 200, said.text
            queue = said.json["again"]

    def read(self, module: str) -> None:
        """Say that the page to read is read."""
        page = self.get(f"{module}lezen/")
        form = next(form for form in _forms(page.text) if "lezen" in form.action)
        said = self.post(urljoin(page.url, form.action), form.fields, _origin(page.url))
        assert said.status == 200, said.text

    def answer(self, module: str) -> None:
        """All questions right."""
        self._take_token(self.get(f"{module}check/"))
        for question, chosen in _RIGHT.items():
            told = {"attempt": 1, "question": question, "chosen": chosen}
            said = self.tell(f"{module}check/answer", told)
            assert said.status == 200, said.text

    def write(self, module: str) -> bool:
        """Hand the vertaalslag in; gives whether that completed the module."""
        self._take_token(self.get(f"{module}vertaalslag/"))
        texts = dict.fromkeys(("worked", "different", "action", "notice"), _TEXT)
        said = self.tell(f"{module}vertaalslag/hand-in", {"texts": texts})
        assert said.status == 200, said.text
        return bool(said.json["complete"])

    def _take_token(self, page: Answer) -> None:
        found = re.search(r'<meta name="csrf-token" content="([^"]+)">', page.text)
        assert page.status == 200 and found, (page.status, page.text[:2000])
        self._token = found[1]

    def _ask(self, request: urllib.request.Request) -> Answer:
        try:
            with self._opener.open(request, timeout=30) as answer:
                return Answer(answer.status, answer.url, answer.read().decode())
        except urllib.error.HTTPError as refusal:
            with refusal:
                return Answer(refusal.code, refusal.url, refusal.read().decode("utf-8", "replace"))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
