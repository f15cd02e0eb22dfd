"""Every address × every kind of caller: the status that the table says, and nothing written where it says no."""

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.support.lms import ABSENT, CLAIM, INSTRUCTOR, LEARNER
from tests.trainer.conftest import BASE_URL, House
from tests.trainer.web.authorization import CALLERS, TABLE, as_markdown, body_of
from tests.trainer.web.visitors import BARE, Street, rules, visitor, writes
from trainer.courses.models import Link

DOCS = Path(__file__).parents[3] / "docs"


def test_every_address_has_its_row_and_no_row_is_about_nothing(house: House) -> None:
    assert {(method, rule) for method, rule, _ in TABLE} == {
        (method, rule.rule) for method, rule in rules(house)
    }
    assert {len(cells) for cells in TABLE.values()} == {len(CALLERS)}


def test_the_table_holds(street: Street) -> None:
    assert set(street.callers) == set(CALLERS)
    found = {}
    for (method, rule, which), cells in TABLE.items():
        path = street.fill(rule.replace("<step>", which))
        row = []
        for name, expected in zip(CALLERS, cells, strict=True):
            caller = street.callers[name]
            with writes(street.house.database) as changed:
                if rule == "/lti/login":
                    fields = {
                        "iss": street.house.lms.issuer, "client_id": street.house.lms.client_id,
                        "login_hint": "h", "target_link_uri": f"{BASE_URL}/lti/launch/groeten",
                    }  # fmt: skip
                    answer = (
                        caller.get(path, query_string=fields)
                        if method == "GET"
                        else caller.post(path, form=fields)
                    )
                elif method == "GET":
                    answer = caller.get(path)
                else:
                    answer = caller.post(path, **body_of(rule, street.film))
            row.append(answer.status_code)
            if expected >= 400:
                assert not changed, f"{name}: {method} {path} wrote {changed}"
                assert "Set-Cookie" not in answer.headers
        found[method, rule, which] = tuple(row)
    assert found == TABLE


@pytest.mark.parametrize("name", ["classmate", "other platform", "lecturer"])
def test_what_is_somebody_elses_looks_like_what_does_not_exist(street: Street, name: str) -> None:
    caller = street.callers[name]

    def answer(path: str) -> str:
        text = caller.get(path).get_data(as_text=True)
        return re.sub(r"<b class=\"figures\".*?</b>|value=\"/m/[^\"]*\"", "", text)

    for page in ("", "status", "film/", "film/text", "check/"):
        assert answer(f"/m/{street.enrolment}/{page}") == answer(f"/m/{'0' * 32}/{page}")


def test_ids_in_addresses_cannot_be_guessed(street: Street) -> None:
    for value in (street.enrolment, street.link):
        assert len(value) >= 22, "128 random bits"
        assert not value.isdecimal()


def test_the_documentation_shows_this_table() -> None:
    assert as_markdown() in (DOCS / "authorization.md").read_text("utf-8")


def test_rights_in_one_course_are_none_in_another(house: House) -> None:
    """A mentor or learner of one course, who lectures in another, sees and places nothing in the first."""
    mentor = "http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor"
    for number, roles in enumerate(([mentor], [LEARNER], [])):
        first = {
            "sub": f"two-hats-{number}",
            CLAIM + "roles": roles,
            **BARE,
            CLAIM + "resource_link": {"id": "bare"},
        }
        house.lms.open(house.browser(), house.clock(), first)
        second = {CLAIM + "context": {"id": "c2"}, CLAIM + "resource_link": {"id": "l2"}}
        who = visitor(house, changes={"sub": f"two-hats-{number}", CLAIM + "roles": [INSTRUCTOR], **second})
        with house.database.reading() as connection:
            links = dict(connection.execute(select(Link.resource_link_id, Link.public_id)).all())  # type: ignore[arg-type]
        page = who.get("/teach/").get_data(as_text=True)
        assert links["bare"] not in page
        assert who.get(f"/teach/links/{links['bare']}/module").status_code == 404
        assert who.post(f"/teach/links/{links['bare']}/module", form={"module": "groeten"}).status_code == 404


def test_links_outside_any_course_are_their_own_lecturers_alone(house: House) -> None:
    """Without a context nothing says that two links belong together."""
    lone = {CLAIM + "context": ABSENT, **BARE}
    teachers = [
        visitor(
            house,
            changes={"sub": sub, CLAIM + "roles": [INSTRUCTOR], CLAIM + "resource_link": {"id": sub}, **lone},
        )
        for sub in ("t1", "t2")
    ]
    with house.database.reading() as connection:
        links = dict(connection.execute(select(Link.resource_link_id, Link.public_id)).all())  # type: ignore[arg-type]
    for who, mine, other in ((teachers[0], "t1", "t2"), (teachers[1], "t2", "t1")):
        assert who.get(f"/teach/links/{links[mine]}/module").status_code == 200
        assert who.get(f"/teach/links/{links[other]}/module").status_code == 404
