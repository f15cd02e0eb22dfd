"""An operator enters what an LMS showed: no command line is needed, and what is wrong is told beside its field."""

import html
import re
from base64 import urlsafe_b64decode
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from sqlalchemy import select

from tests.support.lms import CLAIM, Lms
from tests.trainer.conftest import BASE_URL, House
from tests.trainer.desks.operator.conftest import Staff
from tests.trainer.desks.operator.test_hub import text_of
from trainer.desks.operator.guides import GUIDES
from trainer.institutions.models import Deployment, Registration

BY_HAND = [one.key for one in GUIDES if one.answers is not None]
VALUES = {
    "institution": "Hogeschool Y",
    "issuer": "https://lms.hogeschool-y.example",
    "client_id": "client-7",
    "authorization_endpoint": "https://lms.hogeschool-y.example/auth",
    "token_endpoint": "https://lms.hogeschool-y.example/token",
    "jwks_uri": "https://lms.hogeschool-y.example/jwks",
    "deployment_id": "",
}


def newest(house: House) -> dict[str, object]:
    with house.database.reading() as connection:
        statement = select(Registration.__table__).order_by(Registration.id.desc()).limit(1)
        return dict(connection.execute(statement).mappings().one())


def deployments(house: House, registration_id: object) -> list[str]:
    with house.database.reading() as connection:
        statement = select(Deployment.deployment_id).filter_by(registration_id=registration_id)
        return list(connection.execute(statement).scalars())


def given_by(operator: Staff, lms: str) -> dict[str, str]:
    """What the form already holds."""
    page = operator.get(f"/hub/guides/{lms}").get_data(as_text=True)
    form = page[page.index(f'action="/hub/guides/{lms}/connect"') :]
    return {
        name: html.unescape(value)
        for name, value in re.findall(r'<input id="\w+" name="(\w+)" type="\w+" value="([^"]*)"', form)
    }


@pytest.mark.parametrize("lms", BY_HAND)
def test_the_values_of_every_lms_are_taken_and_its_page_comes_next(
    house: House, operator: Staff, lms: str
) -> None:
    values = {**VALUES, "site": "https://y.instructure.com/courses/1"} if lms == "canvas" else VALUES
    answer = operator.post(f"/hub/guides/{lms}/connect", **values)
    made = newest(house)
    assert answer.headers["Location"] == f"/hub/platforms/{made['id']}"
    assert {name: made[name] for name in VALUES if name in made} == {
        name: value for name, value in VALUES.items() if name in made
    }
    assert made["active"] and not made["pending"]
    assert made["family"] == (None if lms == "other" else lms)
    assert made["frame_origins"] == (["https://y.instructure.com"] if lms == "canvas" else [])
    assert made["service_hosts"] == (["y.instructure.com"] if lms == "canvas" else [])
    assert "Hogeschool Y" in text_of(operator, "/hub/")


def test_somebody_comes_by_what_was_entered(house: House, operator: Staff) -> None:
    lms = Lms(BASE_URL)
    values = {
        "issuer": lms.issuer,
        "client_id": lms.client_id,
        "authorization_endpoint": f"{lms.issuer}/auth",
        "token_endpoint": f"{lms.issuer}/token",
        "jwks_uri": f"{lms.issuer}/jwks",
        "deployment_id": "17",
    }
    assert operator.post("/hub/guides/other/connect", **VALUES | values).status_code == 303
    assert lms.open(house.browser(), house.clock(), {CLAIM + "deployment_id": "17"}).status_code == 303
    lms.close()


def test_what_is_the_same_everywhere_is_there_already(house: House, operator: Staff) -> None:
    for lms in ("canvas", "blackboard"):
        held = given_by(operator, lms)
        mine = {"institution": "Hogeschool Y", "client_id": "abc-1", "site": "https://y.instructure.com"}
        assert operator.post(f"/hub/guides/{lms}/connect", **held | mine).status_code == 303
    made = newest(house)
    assert made["issuer"] == "https://blackboard.com"
    assert (
        made["jwks_uri"] == "https://developer.blackboard.com/api/v1/management/applications/abc-1/jwks.json"
    )
    assert given_by(operator, "openedx")["deployment_id"] == "1"


def test_addresses_that_follow_from_the_issuer_may_be_left_out(house: House, operator: Staff) -> None:
    short = {"institution": "Hogeschool Y", "client_id": "c", "issuer": "https://chamilo.y.example/"}
    assert operator.post("/hub/guides/chamilo/connect", **short).status_code == 303
    made = newest(house)
    assert made["issuer"] == "https://chamilo.y.example/", "the issuer stays as the LMS writes it"
    assert made["token_endpoint"] == "https://chamilo.y.example/plugin/ImsLti/token.php"
    assert made["jwks_uri"] == "https://chamilo.y.example/plugin/ImsLti/jwks.php"


def test_chamilo_gets_the_key_that_signs_as_well_as_its_address(house: House, operator: Staff) -> None:
    page = html.unescape(operator.get("/hub/guides/chamilo").get_data(as_text=True))
    pem = re.search(r"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----\n", page, re.DOTALL)
    assert pem
    shown = load_pem_public_key(pem[0].encode()).public_numbers()  # type: ignore[union-attr]
    published = operator.get("/lti/jwks").get_json()["keys"][0]
    number = int.from_bytes(urlsafe_b64decode(published["n"] + "=="), "big")
    assert shown.n == number  # type: ignore[union-attr]
    assert "PRIVATE" not in page
    assert f"{BASE_URL}/lti/jwks" in page


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"institution": " "}, "institution_name", "institution"),
        ({"client_id": ""}, "lti_registration", "client_id"),
        ({"client_id": "a\0b"}, "lti_registration", "client_id"),
        ({"client_id": "c" * 256}, "lti_registration", "client_id"),
        ({"issuer": ""}, "url_not_allowed", "issuer"),
        ({"issuer": "lms.hogeschool-y.example"}, "url_not_allowed", "issuer"),
        ({"issuer": "https://lms.example/?a=1"}, "url_not_allowed", "issuer"),
        ({"issuer": "https://" + "a." * 130 + "example"}, "url_not_allowed", "issuer"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "url_not_allowed", "authorization_endpoint"),
        ({"token_endpoint": "https://user@lms.example/token"}, "url_not_allowed", "token_endpoint"),
        ({"token_endpoint": "https://lms.example/" + "t" * 1500}, "url_not_allowed", "token_endpoint"),
        ({"jwks_uri": "https://lms.example/jwks#x"}, "url_not_allowed", "jwks_uri"),
        ({"deployment_id": "d" * 256}, "lti_registration", "deployment_id"),
        ({"audience": "a\nb"}, "lti_registration", "audience"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_nothing_typed_is_lost(
    house: House, operator: Staff, change: dict[str, str], code: str, field: str
) -> None:
    answer = operator.post("/hub/guides/other/connect", **VALUES | {"audience": ""} | change)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    wrong = re.search(r'aria-describedby="wrong-(\w+)" aria-invalid="true"', page)
    assert wrong and wrong[1] == field
    assert f'<span class="soft small" translate="no">{code}</span>' in page
    for name, value in (VALUES | change).items():
        assert f'name="{name}" type="' in page
        if "\0" not in value:
            assert html.escape(value.strip(), quote=True) in page
    assert newest(house)["id"] == house.registration_id


def test_a_private_address_is_none_in_a_real_service(house: House, operator: Staff) -> None:
    house.app.extensions["trainer"] = _secured(house)
    for field in ("issuer", "token_endpoint", "jwks_uri", "authorization_endpoint"):
        for address in (
            "http://lms.example/",
            "https://127.0.0.1/",
            "https://10.0.0.7/",
            "https://lms.internal/",
        ):
            answer = operator.post("/hub/guides/other/connect", **VALUES | {field: address})
            assert answer.status_code == 422, (field, address)


def test_an_audience_of_another_site_is_told_beside_its_field(house: House, operator: Staff) -> None:
    """What we sign for an audience goes to the token endpoint: it could be handed in at the other site."""
    house.app.extensions["trainer"] = _secured(house)
    asked = VALUES | {"audience": "https://lms.hogeschool-z.example/token"}
    answer = operator.post("/hub/guides/other/connect", **asked)
    assert answer.status_code == 422
    assert 'aria-describedby="wrong-audience"' in answer.get_data(as_text=True)
    assert newest(house)["id"] == house.registration_id
    own = asked | {"audience": "https://auth.hogeschool-y.example"}
    assert operator.post("/hub/guides/other/connect", **own).status_code == 303
    assert newest(house)["audience"] == own["audience"]


def _secured(house: House) -> object:
    parts = house.app.extensions["trainer"]
    return replace(parts, settings=replace(parts.settings, allow_insecure_platforms=False))


def test_a_pair_that_is_connected_stays_as_it_is(house: House, operator: Staff) -> None:
    before = newest(house)
    taken = VALUES | {"issuer": house.lms.issuer, "client_id": house.lms.client_id}
    answer = operator.post("/hub/guides/other/connect", **taken)
    assert answer.status_code == 409
    assert "lti_registered" in answer.get_data(as_text=True)
    assert newest(house) == before


def test_guides_that_take_no_values_have_no_form(operator: Staff) -> None:
    for lms in ("moodle", "sakai", "brightspace", "webct"):
        assert operator.post(f"/hub/guides/{lms}/connect", **VALUES).status_code == 404


def test_a_forged_form_connects_nothing(house: House, operator: Staff) -> None:
    for origin in ("https://evil.example", None):
        answer = operator.send("/hub/guides/other/connect", origin=origin, **VALUES)
        assert answer.status_code == 403
    assert newest(house)["id"] == house.registration_id


def test_a_deployment_that_is_given_is_in_use_at_once(house: House, operator: Staff) -> None:
    operator.post("/hub/guides/other/connect", **VALUES | {"deployment_id": "9"})
    assert deployments(house, newest(house)["id"]) == ["9"]
    operator.post("/hub/guides/other/connect", **VALUES | {"client_id": "client-8"})
    assert deployments(house, newest(house)["id"]) == []
