"""Each class of bad launch over HTTP: its status, its public code, nothing of the claims in the page, no cookie, and who is signed in stays so.

That each check refuses what it should is told in tests/lti; here stands what a browser sees of it.
"""

import base64
import hmac
import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.support.lms import ABSENT, CLAIM, INSTRUCTOR, Lms
from tests.trainer.conftest import BASE_URL, House
from tests.trainer.web.visitors import PEOPLE, count, visitor
from trainer.institutions.actions import add_deployment
from trainer.institutions.models import Registration, WaitingDeployment

SECRETS = {
    "sub": "canary-sub",
    "name": "Canary Name",
    "email": "canary@example.be",
    CLAIM + "context": {"id": "canary-course", "title": "Canary course"},
}
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def other(house: House) -> Iterator[Lms]:
    """Another platform, registered too; it signs with another kid."""
    lms = Lms(BASE_URL, client_id="client-2")
    lms.kid = "kid-other"
    lms.register(house.database, house.clock(), name="Ander LMS")
    yield lms
    lms.close()


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def flip(token: str) -> str:
    head, body, signature = token.split(".")
    return f"{head}.{body}.{'A' if signature[9] != 'A' else 'B'}{signature[1:9]}{'A' if signature[0] != 'A' else 'B'}{signature[10:]}"


Make = Callable[[Lms, dict[str, Any]], str]


def claiming(**changes: Any) -> Make:
    """Well signed, with other claims; `_x` stands for the LTI claim x."""
    named = {CLAIM + name[1:] if name.startswith("_") else name: value for name, value in changes.items()}

    def make(lms: Lms, claims: dict[str, Any]) -> str:
        kept = {name: value for name, value in {**claims, **named}.items() if value is not ABSENT}
        return lms.sign({name: value(claims) if callable(value) else value for name, value in kept.items()})

    return make


def shifted(name: str, seconds: float) -> Callable[[dict[str, Any]], Any]:
    return lambda claims: claims["iat"] + seconds


def hmac_with_our_view_of_the_key(lms: Lms, claims: dict[str, Any]) -> str:
    public = lms.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = f"{part({'alg': 'HS256', 'kid': lms.kid})}.{part(claims)}"
    digest = base64.urlsafe_b64encode(hmac.digest(public, signed.encode(), "sha256")).rstrip(b"=").decode()
    return f"{signed}.{digest}"


def with_own_key(header: str) -> Make:
    def make(lms: Lms, claims: dict[str, Any]) -> str:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(STRANGER.public_key()))
        value = {
            "jwk": {**public, "kid": "x"},
            "jku": f"{lms.issuer}/attacker",
            "x5u": f"{lms.issuer}/attacker",
        }[header]
        return jwt.encode(claims, STRANGER, "RS256", headers={"kid": lms.kid, header: value})

    return make


UNKNOWN_KEY: Make = lambda lms, claims: lms.sign(claims, kid="imstester_66067")  # noqa: E731
BAD_SIGNATURE: Make = lambda lms, claims: flip(lms.sign(claims))  # noqa: E731

BAD: dict[str, tuple[Make, int, str]] = {
    "no signature at all": (lambda lms, claims: f"{part({'alg': 'none', 'kid': lms.kid})}.{part(claims)}.", 401, "lti_header"),
    "alg none with a twist": (lambda lms, claims: f"{part({'alg': 'nOnE', 'kid': lms.kid})}.{part(claims)}.", 401, "lti_header"),
    "HMAC with the public key": (hmac_with_our_view_of_the_key, 401, "lti_header"),
    "no kid": (lambda lms, claims: jwt.encode(claims, lms.key, "RS256"), 401, "lti_header"),
    "crit": (lambda lms, claims: lms.sign(claims, crit=["x"], x=1), 401, "lti_header"),
    "its own key": (with_own_key("jwk"), 401, "lti_header"),
    "a key by address": (with_own_key("jku"), 401, "lti_header"),
    "a certificate by address": (with_own_key("x5u"), 401, "lti_header"),
    "unknown kid": (UNKNOWN_KEY, 401, "lti_token"),
    "bad signature": (BAD_SIGNATURE, 401, "lti_token"),
    "signed by a stranger": (lambda lms, claims: jwt.encode(claims, STRANGER, "RS256", headers={"kid": lms.kid}), 401, "lti_token"),
    "other claims under the signature": (
        lambda lms, claims: lms.sign(claims).split(".")[0] + "." + part({**claims, "sub": "x"}) + "." + lms.sign(claims).split(".")[2], 401, "lti_token",
    ),
    "unknown issuer": (claiming(iss="https://evil.example"), 401, "lti_token"),
    "issuer with a slash": (claiming(iss=lambda claims: claims["iss"] + "/"), 401, "lti_token"),
    "another audience": (claiming(aud="other"), 401, "lti_audience"),
    "no audience": (claiming(aud=[]), 401, "lti_audience"),
    "one audience too many": (claiming(aud=["client-1", "other"]), 401, "lti_audience"),
    "authorized party is another": (claiming(azp="other"), 401, "lti_azp"),
    "expired": (claiming(exp=shifted("exp", -3600)), 401, "lti_time"),
    "no exp": (claiming(exp=ABSENT), 401, "lti_time"),
    "old": (claiming(iat=shifted("iat", -400)), 401, "lti_time"),
    "from the future": (claiming(iat=shifted("iat", 120)), 401, "lti_time"),
    "not yet valid": (claiming(nbf=shifted("nbf", 120)), 401, "lti_time"),
    "times of the certification": (claiming(iat=11111, exp=22222), 401, "lti_time"),
    "no nonce": (claiming(nonce=ABSENT), 401, "lti_nonce"),
    "another nonce": (claiming(nonce="n" * 43), 401, "lti_nonce"),
    "no message": (lambda lms, claims: lms.sign({"name": "badltilaunch"}), 401, "lti_token"),
    "version 11.3": (claiming(_version="11.3"), 400, "lti_version"),
    "no version": (claiming(_version=ABSENT), 400, "lti_version"),
    "no message type": (claiming(_message_type=ABSENT), 400, "lti_message_type"),
    "no roles": (claiming(_roles=ABSENT), 400, "lti_roles"),
    "no deployment": (claiming(_deployment_id=ABSENT), 400, "lti_claims"),
    "a deployment that is an object": (claiming(_deployment_id={"id": "1"}), 400, "lti_claims"),
    "an unknown deployment": (claiming(_deployment_id="canary-deployment"), 403, "lti_deployment"),
    "no resource link": (claiming(_resource_link=ABSENT), 400, "lti_resource_link"),
    "no user": (claiming(sub=ABSENT), 400, "lti_user"),
    "an evil target": (claiming(_target_link_uri="https://evil.example/lti/launch"), 400, "lti_target"),
    "no JWT": (lambda lms, claims: "canary", 401, "lti_header"),
}  # fmt: skip


def words(answer: TestResponse) -> str:
    """The page without its reference."""
    text = answer.get_data(as_text=True)
    return re.sub(r'<b class="figures"[^>]*>.*?</b>', "", text)


def reference(answer: TestResponse) -> str:
    found = re.search(r'<b class="figures"[^>]*>(.*?)</b>', answer.get_data(as_text=True))
    assert found
    return found[1]


def test_each_is_refused(house: House) -> None:
    who = visitor(house, changes={"sub": "victim"})
    people = count(house.database, *PEOPLE)
    for bad, (make, status, code) in BAD.items():
        house.clock.move(seconds=11)  # so that each may fetch the key set, if it would
        fetches = house.lms.fetches
        asked = house.lms.log_in(who.browser)
        claims = house.lms.claims(asked["nonce"], house.clock(), SECRETS)
        answer = house.lms.post(who.browser, asked["state"], make(house.lms, claims))
        assert answer.status_code == status, bad
        assert reference(answer).startswith("-".join(code.upper().split("_"))), bad
        assert "Set-Cookie" not in answer.headers, bad
        assert "Location" not in answer.headers, bad
        page = answer.get_data(as_text=True)
        assert "canary" not in page.lower(), bad
        assert house.lms.issuer not in page, bad
        assert asked["state"] not in page, bad
        assert who.get("/api/v1/me").get_json()["sub"] == "victim", bad
        assert count(house.database, *PEOPLE) == people, bad
        assert house.lms.fetches - fetches <= (1 if bad == "unknown kid" else 0), (
            f"{bad}: keys come from the registration"
        )


def test_unknown_key_bad_signature_and_unknown_issuer_look_the_same(house: House) -> None:
    pages = []
    for make in (UNKNOWN_KEY, BAD_SIGNATURE, claiming(iss="https://evil.example")):
        browser = house.browser()
        asked = house.lms.log_in(browser)
        answer = house.lms.post(
            browser, asked["state"], make(house.lms, house.lms.claims(asked["nonce"], house.clock()))
        )
        pages.append(
            (words(answer), answer.status_code, reference(answer)[:9], sorted(answer.headers.keys()))
        )
    assert pages[0] == pages[1] == pages[2]


def test_a_login_at_one_platform_takes_no_token_of_another(house: House, other: Lms) -> None:
    """Issuer mix-up (RFC 9700, 4.4): a valid token of B, with the nonce of a login at A."""
    browser = house.browser()
    asked = house.lms.log_in(browser)
    for changes in ({}, {"iss": house.lms.issuer}, {"iss": house.lms.issuer, "aud": house.lms.client_id}):
        token = other.sign(other.claims(asked["nonce"], house.clock(), changes))
        answer = house.lms.post(browser, asked["state"], token)
        assert answer.status_code == 401
        assert "Set-Cookie" not in answer.headers


def test_a_deployment_of_another_platform_is_unknown(house: House, other: Lms) -> None:
    with house.database.writing() as connection:
        number = connection.execute(
            select(Registration.id).where(Registration.client_id == "client-2")
        ).scalar_one()
        add_deployment(connection, number, "only-at-b", house.clock())
    assert (
        house.lms.open(house.browser(), house.clock(), {CLAIM + "deployment_id": "only-at-b"}).status_code
        == 403
    )


def test_the_platforms_client_of_another_name_is_unknown(house: House, other: Lms) -> None:
    fields = {
        "iss": house.lms.issuer,
        "client_id": other.client_id,
        "login_hint": "h",
        "target_link_uri": f"{BASE_URL}/lti/launch",
    }
    assert house.browser().post("/lti/login", data=fields, base_url=BASE_URL).status_code == 401


def test_a_good_launch_within_the_clocks_tolerance(house: House) -> None:
    for seconds in (-50, 20, 50):
        now = house.clock() + timedelta(seconds=seconds)
        assert house.lms.open(house.browser(), now).status_code == 303


def test_refused_launches_leave_nothing_behind(house: House) -> None:
    visitor(house)
    people = count(house.database, *PEOPLE)
    for make in (BAD_SIGNATURE, claiming(_deployment_id=""), claiming(_version="2")):
        browser = house.browser()
        asked = house.lms.log_in(browser)
        house.lms.post(
            browser, asked["state"], make(house.lms, house.lms.claims(asked["nonce"], house.clock(), SECRETS))
        )
    assert count(house.database, *PEOPLE, WaitingDeployment) == [*people, 0]


def test_an_email_of_a_teacher_makes_no_teacher(house: House, other: Lms) -> None:
    visitor(house, changes={"sub": "t", "email": "same@example.be", CLAIM + "roles": [INSTRUCTOR]})
    people = count(house.database, *PEOPLE)
    for lms in (house.lms, other):
        who = visitor(house, lms, {"sub": "learner", "email": "same@example.be"})
        assert who.get("/teach/").status_code == 403
    assert count(house.database, *PEOPLE) == [number + 2 for number in people]


# --- platforms' keys change


def test_a_new_key_is_taken_and_a_withdrawn_one_refused_when_its_time_is_over(house: House) -> None:
    visitor(house)
    old_key, old_kid = house.lms.key, house.lms.kid
    house.lms.key, house.lms.kid = STRANGER, "kid-2"
    house.clock.move(minutes=1)
    assert visitor(house).home, "a key that is not known is fetched at once"
    house.lms.key, house.lms.kid = old_key, "kid-3"
    house.clock.move(minutes=1)
    assert visitor(house).home
    # the platform withdrew STRANGER's key: while our copy is fresh nobody can know, then it is gone
    house.lms.key, house.lms.kid = STRANGER, "kid-2"
    published = house.lms.key_set
    house.lms.key_set = lambda: {"keys": [{**published()["keys"][0], "kid": old_kid}]}  # type: ignore[method-assign]
    house.clock.move(hours=25)
    assert house.lms.open(house.browser(), house.clock()).status_code == 401


def test_with_the_platforms_key_set_down_known_keys_go_on(house: House) -> None:
    visitor(house)
    house.lms.key_set = lambda: {"keys": []}  # type: ignore[method-assign]
    for hours in (2, 24, 48):
        house.clock.move(hours=hours)
        assert visitor(house).home
    house.lms.kid = "kid-unknown"
    assert house.lms.open(house.browser(), house.clock()).status_code == 401
    fetches = house.lms.fetches
    for number in range(20):
        house.lms.kid = f"kid-unknown-{number}"
        assert house.lms.open(house.browser(), house.clock()).status_code == 401
    assert house.lms.fetches == fetches, "no more than one fetch in ten seconds"


def test_keys_never_seen_and_not_to_be_had(house: House) -> None:
    house.lms.key_set = lambda: {"keys": "none"}  # type: ignore[method-assign,dict-item]
    answer = house.lms.open(house.browser(), house.clock())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
