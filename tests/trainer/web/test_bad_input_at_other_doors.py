"""LTI 1.1, invitations, the catalogue, the hub and the list of a course: whatever arrives is answered with a coded refusal.

On both databases: each minds other things.
"""

import json
from itertools import product
from urllib.parse import quote

import pytest

from tests.support.cosnics import LAUNCH_URL, Cosnics
from tests.support.databases import database_url  # noqa: F401  (both databases here)
from tests.support.lms import CLAIM, INSTRUCTOR
from tests.trainer.conftest import BASE_URL, House
from tests.trainer.desks.operator.conftest import Staff, operator, somebody  # noqa: F401
from tests.trainer.web.test_bad_input import checked
from tests.trainer.web.visitors import visitor
from trainer.core.crypto import Seal
from trainer.institutions.invitations import invite

ODD = ("\0", "a\0b", "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"), "\r\nSet-Cookie: a=b", "x" * 300,
       "é" * 300, "'\"><script>", "", "1" * 40, "-1", "nan")  # fmt: skip


def test_an_unsigned_form_of_lti_1_1_with_one_field_odd(house: House) -> None:
    cosnics = Cosnics(house)
    good = dict(cosnics.form())
    for field, value in product(good, ODD):
        answer = cosnics.post(house.browser(), [*{**good, field: value}.items()])
        checked(answer)
        assert "Set-Cookie" not in answer.headers or answer.status_code == 303
    cosnics.close()


def test_a_signed_form_of_lti_1_1_with_one_field_odd(house: House) -> None:
    """Who has the secret may still be careless."""
    cosnics = Cosnics(house)
    names = [name for name, _ in cosnics.form() if name != "oauth_signature"]
    for field, value in product((*names, "custom_link_history", "custom_course_history", "custom_link"), ODD):
        checked(cosnics.open(house.browser(), {field: value}))
    for query in ("a=%00", "a=%ff&%=&&", "é=ü", "a=1&a=2", "x=" + "y" * 3000):
        checked(cosnics.open(house.browser(), url=f"{LAUNCH_URL}?{query}"))
    for key in ("%00", "a%00b", "%ff", "%0d%0a", "x" * 1500):
        checked(cosnics.post(house.browser(), cosnics.form(), f"{LAUNCH_URL}/{key}"))
    cosnics.close()


def test_an_answer_to_continue_as_that_is_none(house: House) -> None:
    who = visitor(house)
    seal = Seal(house.settings.secret_key)
    for launch in (*ODD, "gAAAAA", seal.close("[]"), seal.close("{}"), seal.close(json.dumps([0, "a", "b"]))):
        assert checked(who.post("/lti/1.1/continue", form={"launch": launch})) in {400, 401}


def test_a_place_in_the_list_of_a_course_that_is_none(house: House) -> None:
    """What is sealed for something else opens, and is still no place in this list."""
    teacher = visitor(house, changes={"sub": "t", CLAIM + "roles": [INSTRUCTOR]})
    course = (
        teacher.get("/teach/")
        .get_data(as_text=True)
        .split('href="/teach/courses/')[1]
        .split('"')[0]
        .strip("/")
    )
    seal = Seal(house.settings.secret_key)
    sealed = (
        "not JSON",
        "[]",
        "{}",
        "7",
        json.dumps(["continue", ["2026", "x", "y", None, []]]),
        json.dumps([["a"], {}, None]),
    )
    for after in (*ODD[:-4], "gAAAAA", *map(seal.close, sealed)):
        assert checked(teacher.get(f"/teach/courses/{course}/?after={quote(after)}")) == 404, after
    for name in ("%00", "%ff", "x" * 3000, "é"):
        assert checked(teacher.get(f"/teach/courses/{name}/")) == 404


def test_odd_answers_to_a_request_to_place(house: House) -> None:
    browser = house.browser()
    place = house.lms.ask_for_modules(browser, house.clock()).headers["Location"]
    page = browser.get(place, base_url=BASE_URL).get_data(as_text=True)
    token = page.split('name="csrf-token" content="')[1].split('"')[0]
    for value in ODD:
        checked(
            browser.get(
                f"{place}?q={quote(value)}&module={quote(value)}&bare={quote(value)}", base_url=BASE_URL
            )
        )
        checked(browser.get(f"/place/{quote(value)}", base_url=BASE_URL))
        for path in (place, f"{place}/preview", f"/place/{quote(value)}"):
            form = {"csrf_token": token, "module": [value, value], "column": [value]}
            answer = browser.post(path, data=form, headers={"Origin": BASE_URL}, base_url=BASE_URL)
            assert checked(answer) >= 400
    assert browser.get(place, base_url=BASE_URL).status_code == 200


def test_odd_invitations(house: House) -> None:
    with house.database.writing() as connection:
        token = invite(connection, "Hogeschool X", issuer=None, allow_insecure=True, now=house.clock())
    for value in ODD:
        for query in (f"invitation={quote(value)}", f"invitation={token}&openid_configuration={quote(value)}",
                      f"invitation={token}&openid_configuration=http://127.0.0.1:9/&registration_token={quote(value)}"):  # fmt: skip
            answer = house.browser().get(f"/lti/register?{query}", base_url=BASE_URL)
            assert answer.status_code != 500
        answer = house.browser().post(
            "/lti/register",
            data={"intent": value, "elsewhere": value},
            headers={"Origin": BASE_URL},
            base_url=BASE_URL,
        )
        assert checked(answer) >= 400


@pytest.mark.usefixtures("operator")
def test_odd_requests_at_the_hub(house: House, operator: Staff) -> None:  # noqa: F811
    for value in ODD:
        named = quote(value, safe="")
        for path in (
            f"/hub/platforms/{named}",
            f"/hub/guides/{named}",
            f"/hub/sign-in?next={named}",
            f"/hub/{named}",
        ):
            checked(operator.get(path))
        for path in ("/hub/platforms/1/adopt", "/hub/platforms/1/deployment", "/hub/platforms/1/switch",
                     f"/hub/platforms/{named}/activate", "/hub/language"):  # fmt: skip
            checked(
                operator.post(
                    path, deployment=value, to="off" if path.endswith("deployment") else value, locale=value
                )
            )
