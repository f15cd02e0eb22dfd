"""An LMS as the standards have it, in parts that one LMS or another does otherwise.

It signs with PyJWT and fetches the service's key set, launches through a browser's requests, lets teachers place modules,
and has the services of `services.py`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.platforms.stubs.course import LINK, NRPS, ROSTER, STUDENT, TEACHER, Person, Placed
from tests.platforms.stubs.services import StubServices
from tests.support.lms import ABSENT, AGS, CLAIM, DL, LEARNER


class StubLms(StubServices):
    """One LMS."""

    # --- launches ------------------------------------------------------------------------------------------------

    def opens(
        self,
        browser: FlaskClient,
        person: Person = STUDENT,
        link: Placed = LINK,
        changes: Mapping[str, Any] | None = None,
    ) -> TestResponse:
        """Somebody clicks a link: login, authentication, and the form that the LMS's page posts."""
        return self.finish(browser, self.begin(browser, person, link), person, link, changes)

    def begin(self, browser: FlaskClient, person: Person = STUDENT, link: Placed = LINK) -> dict[str, str]:
        """The first half: the parameters with which the service sends the browser to us."""
        return self.starts(browser, person, self.target_of(link))

    def starts(self, browser: FlaskClient, person: Person, target: str) -> dict[str, str]:
        """The login initiation, and where it leads: a redirect, or a page that has us keep something first."""
        fields = self.login_form(person, target)
        answer = browser.post("/lti/login", data=fields, base_url=self.tool)
        if answer.status_code == 302:
            onward = answer.headers["Location"]
        else:
            page = answer.get_data(as_text=True)
            assert answer.status_code == 200, page
            self.kept = storage_page(page)
            onward = self.kept["next"]
        asked = {name: values[0] for name, values in parse_qs(urlsplit(onward).query).items()}
        hints = {name: fields[name] for name in ("login_hint", "lti_message_hint")}
        assert {name: asked[name] for name in hints} == hints, "hints go back as they came"
        return asked

    def finish(
        self,
        browser: FlaskClient,
        asked: Mapping[str, str],
        person: Person = STUDENT,
        link: Placed = LINK,
        changes: Mapping[str, Any] | None = None,
    ) -> TestResponse:
        """The second half: the id_token goes where this LMS posts it."""
        self.check_authentication(asked)
        claims = self.claims(
            asked["nonce"], self.clock(), {**self.launch_claims(person, link), **(changes or {})}
        )
        return self.hand_over(
            browser, self.posts_to(asked, link), {"state": asked["state"], "id_token": self.sign(claims)}
        )

    def hand_over(self, browser: FlaskClient, address: str, form: Mapping[str, str]) -> TestResponse:
        """The browser posts a form of ours."""
        assert address.startswith(self.tool)
        path = address.removeprefix(self.tool)
        return browser.post(path, data=dict(form), base_url=self.tool, headers={"Origin": self.address})

    def target_of(self, link: Placed) -> str:
        """What a link opens."""
        return f"{self.tool}/lti/launch/{link.module}"

    def login_form(self, person: Person, target: str) -> dict[str, str]:
        """The login initiation."""
        return {"iss": self.issuer, "client_id": self.client_id, **self.login_fields(person, target)}

    def login_fields(self, person: Person, target: str) -> dict[str, str]:
        """What the login initiation says beyond issuer and client."""
        return {
            "target_link_uri": target,
            "login_hint": person.sub,
            "lti_message_hint": "hint-1",
            "lti_deployment_id": self.deployment_id,
        }

    def check_authentication(self, asked: Mapping[str, str]) -> None:
        """Hold the request to what the standard fixes, and to the registered address, letter by letter."""
        fixed = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
        }
        assert {name: asked[name] for name in fixed} == fixed
        assert asked["redirect_uri"] == f"{self.tool}/lti/launch"
        assert asked["client_id"] == self.client_id

    def posts_to(self, asked: Mapping[str, str], link: Placed) -> str:
        """Where the id_token is posted."""
        return asked["redirect_uri"]

    def launch_claims(self, person: Person, link: Placed) -> dict[str, Any]:
        """What a launch says."""
        if LEARNER in person.roles:
            self._learners.add(person.sub)
        return {
            "sub": person.sub,
            "name": person.name if person.name else ABSENT,
            CLAIM + "deployment_id": self.deployment_id,
            CLAIM + "target_link_uri": self.target_of(link),
            CLAIM + "roles": list(person.roles),
            CLAIM + "resource_link": {"id": link.id, "title": "Groeten"},
            CLAIM + "context": self.context(link.course),
            CLAIM + "launch_presentation": {"locale": "nl-BE", "return_url": f"{self.address}/course"},
            CLAIM + "tool_platform": self.tool_platform() or ABSENT,
            CLAIM + "custom": self.custom(link) or ABSENT,
            AGS: self.ags(link),
            NRPS: self.nrps(person, link),
        }

    def custom(self, link: Placed) -> dict[str, Any]:
        """A link's parameters; a variable that the LMS does not know goes out as it is written."""
        return dict(link.custom)

    def tool_platform(self) -> dict[str, Any] | None:
        """What the LMS says of itself."""
        return {"guid": self.address, "product_family_code": self.family} if self.family else None

    def context(self, course: str) -> dict[str, Any]:
        """The course."""
        return {"id": course, "label": "LB", "title": "Leerbuddy", "type": ["CourseSection"]}

    def ags(self, link: Placed) -> Any:
        """Where columns and scores are."""
        told = {"scope": sorted(self.grants - {ROSTER}), "lineitems": self.items_url(link)}
        return told if link.column is None else {**told, "lineitem": self.item_url(link.column)}

    def nrps(self, person: Person, link: Placed) -> Any:
        """Where the roster is."""
        return {
            "context_memberships_url": f"{self.address}/members/{link.course}",
            "service_versions": ["2.0"],
        }

    # --- deep linking --------------------------------------------------------------------------------------------

    def asks_for_modules(
        self, browser: FlaskClient, person: Person = TEACHER, changes: Mapping[str, Any] | None = None
    ) -> TestResponse:
        """A teacher wants to place modules."""
        target = f"{self.tool}/lti/deep-linking"
        asked = self.starts(browser, person, target)
        self.check_authentication(asked)
        told = {**self.placing_claims(person, target), **(changes or {})}
        token = self.sign(self.claims(asked["nonce"], self.clock(), told))
        return self.hand_over(browser, asked["redirect_uri"], {"state": asked["state"], "id_token": token})

    def placing_claims(self, person: Person, target: str) -> dict[str, Any]:
        """What a request to place modules says."""
        return {
            **self.launch_claims(person, LINK),
            CLAIM + "message_type": "LtiDeepLinkingRequest",
            CLAIM + "target_link_uri": target,
            CLAIM + "resource_link": ABSENT,
            AGS: ABSENT,
            DL + "deep_linking_settings": self.deep_linking_settings(),
        }

    def deep_linking_settings(self) -> dict[str, Any]:
        """What may be placed, and where the answer goes."""
        return {
            "deep_link_return_url": f"{self.address}/placed?course=1",
            "accept_types": ["ltiResourceLink"],
            "accept_presentation_document_targets": ["iframe", "window"],
            "accept_multiple": True,
            "accept_lineitem": True,
        }

    def reads_placed(self, token: str) -> dict[str, Any]:
        """The claims of an answer, verified with the service's keys."""
        return self.read_signed(token, self.issuer)

    def takes_placed(self, token: str) -> list[Placed]:
        """Make the links that a teacher chose, and the columns that were asked for with them."""
        return [self.makes_link(item) for item in self.reads_placed(token)[DL + "content_items"]]

    def makes_link(self, item: Mapping[str, Any]) -> Placed:
        """One of them."""
        assert item["type"] == "ltiResourceLink"
        self._links += 1
        number, column = f"placed-{self._links}", None
        if "lineItem" in item:
            column = str(len(self.items) + 1)
            self.items[column] = {"label": item["title"], **item["lineItem"], "resourceLinkId": number}
        return Placed(number, module=item["url"].rpartition("/")[2], column=column, custom=item["custom"])

    def copies(self, link: Placed, course: str) -> Placed:
        """The link in a copy of its course: a new id and a new column, and what the tool said with it."""
        self._links += 1
        column = str(len(self.items) + 1)
        self.items[column] = {"label": "Groeten", "scoreMaximum": 1, "resourceLinkId": f"copy-{self._links}"}
        return replace(link, id=f"copy-{self._links}", course=course, column=column)


def storage_page(page: str) -> dict[str, Any]:
    """What a page of the service wants the LMS to keep, and where it goes on."""
    found = re.search(r'<script type="application/json" id="login">(.*?)</script>', page, re.DOTALL)
    assert found, page
    told: dict[str, Any] = json.loads(found[1])
    return told
