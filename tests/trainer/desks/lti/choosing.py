"""What the stories about placing modules share: a teacher who chooses, and the LMS that reads the answer."""

import html
import re
from typing import Any

import jwt
from sqlalchemy import select

from tests.support.lms import DL
from tests.trainer.conftest import BASE_URL, House
from tests.trainer.web.visitors import Visitor
from trainer.catalogue.models import Edition, Module


def second_module(house: House) -> None:
    """The same module under another name."""
    now = house.clock()
    with house.database.writing() as connection:
        document = connection.execute(select(Edition.document)).scalar_one()
        text = document.replace('key="groeten"', 'key="afscheid"').replace(
            "Groeten bij naam", "Afscheid nemen"
        )
        module = connection.execute(
            Module.__table__.insert().returning(Module.id),
            {"key": "afscheid", "number": 100, "created_at": now},
        ).scalar_one()
        connection.execute(
            Edition.__table__.insert(),
            {
                "module_id": module, "number": 1, "line": 1, "document": text,
                "document_sha256": "0" * 64, "published_at": now,
            },
        )  # fmt: skip


def teacher(house: House, changes: dict[str, Any] | None = None, **settings: Any) -> Visitor:
    """A teacher comes to choose and looks at the catalogue."""
    browser = house.browser()
    answer = house.lms.ask_for_modules(browser, house.clock(), changes, **settings)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    home = answer.headers["Location"]
    page = browser.get(home, base_url=BASE_URL)
    assert page.status_code == 200
    found = re.search(r'<meta name="csrf-token" content="([^"]+)">', page.get_data(as_text=True))
    assert found
    return Visitor(browser, found[1], home)


def choose(who: Visitor, *modules: str, columns: tuple[str, ...] | None = None) -> Any:
    columns = modules if columns is None else columns
    return who.post(who.home, form={"module": list(modules), "column": list(columns)})


def handed_over(answer: Any) -> tuple[str, str]:
    """Where the form goes, and the token in it."""
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200, page
    action = re.search(r'id="hand-over" action="([^"]*)"', page)
    token = re.search(r'name="JWT" value="([^"]*)"', page)
    assert action and token
    return html.unescape(action[1]), token[1]


def claims(house: House, answer: Any) -> dict[str, Any]:
    """What the LMS reads, verified with the key set that it fetches from us."""
    keys = {
        key.key_id: key for key in jwt.PyJWKSet.from_dict(house.browser().get("/lti/jwks").get_json()).keys
    }
    token = handed_over(answer)[1]
    key = keys[jwt.get_unverified_header(token)["kid"]]
    return jwt.decode(
        token, key, ["RS256"], audience=house.lms.issuer, options={"verify_exp": False, "verify_iat": False}
    )


def items(house: House, answer: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = claims(house, answer)[DL + "content_items"]
    return found
