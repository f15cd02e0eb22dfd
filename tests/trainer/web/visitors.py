"""Browsers of everybody who may come by: each signed in by a real launch, with the token of a real page."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import delete, func, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.support.lms import CLAIM, INSTRUCTOR, Lms
from tests.trainer.conftest import BASE_URL, House
from trainer.catalogue.models import Media
from trainer.core.crypto import hash_token
from trainer.core.database import Base, Database
from trainer.courses.models import Course, Link
from trainer.institutions.actions import add_deployment
from trainer.learning.models import Enrolment
from trainer.people.actions import disable_identity
from trainer.people.models import BrowserSession, Buddy, Identity

#: what a link without a module of its own says
BARE = {CLAIM + "target_link_uri": f"{BASE_URL}/lti/launch"}
SAME_ORIGIN = {"Origin": BASE_URL}


@dataclass
class Visitor:
    """A browser, and the CSRF token of the page that it shows ("" where it shows none)."""

    browser: FlaskClient
    csrf: str = ""
    #: where the launch ended
    home: str = ""

    def get(self, path: str, **options: Any) -> TestResponse:
        """Ask for a page."""
        return self.browser.get(path, base_url=BASE_URL, **options)

    def post(
        self,
        path: str,
        *,
        form: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """Send a form, or JSON as a script does, from a page of ours."""
        sent = {**SAME_ORIGIN, **(headers or {})}
        if json is not None:
            return self.browser.post(
                path, json=json, headers={"X-CSRF-Token": self.csrf, **sent}, base_url=BASE_URL
            )
        return self.browser.post(
            path, data={"csrf_token": self.csrf, **(form or {})}, headers=sent, base_url=BASE_URL
        )

    @property
    def enrolment(self) -> str:
        """The enrolment that the launch opened."""
        return self.home.split("/")[2]


def visitor(
    house: House, lms: Lms | None = None, changes: Mapping[str, Any] | None = None, **options: str
) -> Visitor:
    """Somebody comes in by a launch and looks at the first page."""
    browser = house.browser()
    answer = (lms or house.lms).open(browser, house.clock(), changes, **options)
    assert answer.status_code in {200, 303}, answer.status_code
    home = answer.headers.get("Location", "")
    page = browser.get(home, base_url=BASE_URL) if home else answer
    found = re.search(r'<meta name="csrf-token" content="([^"]+)">', page.get_data(as_text=True))
    assert found, "the page carries no token"
    return Visitor(browser, found[1], home)


@dataclass
class Street:
    """The callers by name, and what they try to reach: the enrolment of `owner`, a link in the owner's course, a film."""

    house: House
    enrolment: str
    #: a link without a module, in the same course
    link: str
    course: str
    film: str
    #: the lecturer's request to place modules
    placing: str
    #: random id of the owner
    learner: str
    #: the owner's work, as the lecturer opened it from the gradebook
    review: str
    callers: dict[str, Visitor] = field(default_factory=dict)

    def fill(self, rule: str) -> str:
        """An address of a rule, with the objects above; `<step>` is for the caller to choose."""
        values = {
            "enrolment": self.enrolment, "link": self.link, "course": self.course, "sha256": self.film, "name": "film.mp4",
            "version": self.house.app.config["STATIC_VERSION"], "filename": "css/base.css", "key": "groeten",
            "request_id": self.placing, "learner": self.learner, "review": self.review, "module": "groeten",
            "number": "1", "lms": "moodle", "deployment": "1",
        }  # fmt: skip
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values[found[1]], rule)


def build_street(house: House) -> Street:
    """Everybody comes in: see `authorization.CALLERS`."""
    elsewhere = {
        CLAIM + "context": {"id": "course-2", "title": "Andere cursus"},
        CLAIM + "resource_link": {"id": "link-2"},
    }
    bare = {**BARE, CLAIM + "resource_link": {"id": "bare", "title": "Leeg"}}
    with house.database.writing() as connection:
        add_deployment(connection, house.registration_id, "2", house.clock())
    owner = visitor(house)
    callers = {
        "nobody": Visitor(house.browser()),
        "owner": owner,
        "classmate": visitor(house, changes={"sub": "student-2"}),
        "other course": visitor(house, changes={"sub": "student-3", **elsewhere}),
        "other deployment": visitor(house, changes={"sub": "student-4", CLAIM + "deployment_id": "2"}),
        "lecturer": visitor(house, changes={"sub": "teacher-1", CLAIM + "roles": [INSTRUCTOR], **bare}),
        "other lecturer": visitor(
            house, changes={"sub": "teacher-2", CLAIM + "roles": [INSTRUCTOR], **elsewhere}
        ),
    }
    other = Lms(BASE_URL, client_id="client-2")
    try:
        other.register(house.database, house.clock(), name="Ander LMS", institution="Andere hogeschool")
        # the same sub at another platform is another person
        callers["other platform"] = visitor(house, other)
    finally:
        other.close()
    ended, disabled = visitor(house), visitor(house, changes={"sub": "student-5"})
    end_session(house, ended)
    with house.database.writing() as connection:
        identity = connection.execute(select(Identity.id).where(Identity.sub == "student-5")).scalar_one()
        disable_identity(connection, identity, house.clock())
    callers |= {"ended session": ended, "disabled": disabled}
    asked = house.lms.ask_for_modules(callers["lecturer"].browser, house.clock())
    placing = asked.headers["Location"].rpartition("/")[2]
    review = (
        house.lms.review(callers["lecturer"].browser, house.clock()).headers["Location"].rpartition("/")[2]
    )
    with house.database.reading() as connection:
        learner = connection.execute(
            select(Buddy.public_id).join(Enrolment).where(Enrolment.public_id == owner.enrolment)
        ).scalar_one()
        link = connection.execute(select(Link.public_id).where(Link.resource_link_id == "bare")).scalar_one()
        course = connection.execute(
            select(Course.public_id).join(Link).where(Link.public_id == link)
        ).scalar_one()
        film = connection.execute(select(Media.sha256).where(Media.mime == "video/mp4")).scalar_one()
    return Street(house, owner.enrolment, link, course, film, placing, learner, review, callers)


def end_session(house: House, who: Visitor) -> None:
    """Take the session away that this browser carries; others of the same person stay."""
    cookie = who.browser.get_cookie("__Host-s", domain="127.0.0.1")
    assert cookie is not None
    with house.database.writing() as connection:
        gone = delete(BrowserSession).where(
            BrowserSession.token_hash == hash_token(cookie.value.split(".")[0])
        )
        assert connection.execute(gone).rowcount == 1


def rules(house: House) -> list[tuple[str, Rule]]:
    """Every (method, rule) of the app that a view answers."""
    found = [
        (method, rule)
        for rule in house.app.url_map.iter_rules()
        for method in sorted(rule.methods or ())
        if method in {"GET", "POST", "PUT", "PATCH", "DELETE"}
    ]
    assert len(found) > 20
    return found


def contents(database: Database) -> dict[str, str]:
    """Table → a hash of all its rows: what was written shows."""
    with database.reading() as connection:
        return {
            table.name: hashlib.sha256(
                repr(sorted(map(repr, connection.execute(select(table))))).encode()
            ).hexdigest()
            for table in Base.metadata.sorted_tables
        }


@contextmanager
def writes(database: Database) -> Iterator[set[str]]:
    """The names of the tables in which something changed meanwhile."""
    changed: set[str] = set()
    before = contents(database)
    yield changed
    after = contents(database)
    changed |= {name for name in after if after[name] != before[name]}


def count(database: Database, *tables: type) -> list[int]:
    """How many rows each table has."""
    with database.reading() as connection:
        return [connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]


PEOPLE = (Buddy, Identity, BrowserSession, Enrolment)
