"""The stubs of Moodle say what the recorded Moodle said: the same names and forms, but for what is listed here."""

from collections.abc import Iterator
from dataclasses import replace
from email.message import Message
from typing import Any

import jwt
import pytest

from tests.platforms.recorded.replay import recorded
from tests.platforms.recorded.shapes import Shape, differences, shape_of
from tests.platforms.stubs.course import STUDENT, TEACHER, Placed
from tests.platforms.stubs.moodle import ASSISTANT, MoodleStub
from tests.platforms.stubs.wire import Asked
from tests.support.house import BASE_URL, SetClock
from tests.support.registering import SCOPES, MoodleLms

#: the recorded people and link
PEOPLE = {
    "student": replace(STUDENT, sub="5", name="Ana Älvarez"),
    "teacher": replace(TEACHER, sub="3", name="Tina Teacher"),
    "ta1": replace(ASSISTANT, sub="4", name="Tom Assistant"),
}
QUIZ = Placed("39", course="2", column="32", custom={"quiz": "q1"})

#: where a stub differs from the record on purpose, and why
_NO_MAIL = "the service does not ask for it, and Moodle sends what a registration lists and no more"
_OWN = "the service's own address, in place of the recorded tool's"
LAUNCH = {
    "without payload.email": _NO_MAIL,
    "payload.target_link_uri: address /lti/launch/groeten?": _OWN,
}
PLACING = {
    "without payload.email": _NO_MAIL,
    "payload.target_link_uri: address /lti/deep-linking?": _OWN,
    "payload.context.id: text": "the course of all stories, in words that make a failing one readable",
}
LOGIN = {"target_link_uri: address /lti/launch/groeten?": _OWN}
ROSTER = {"without members[].email": _NO_MAIL}
_OF_LINK = "only a roster that is asked for by link has it, and the service asks for the course's"
ROSTER_OF_LINK = ROSTER | {
    "without members[].message[].message_type": _OF_LINK,
    "without members[].message[].basicoutcome.lis_result_sourcedid": _OF_LINK,
    "without members[].message[].basicoutcome.lis_outcome_service_url": _OF_LINK,
}
_ITS_OWN = "taken as it is told; stubs of other LMSs share these"
CONFIGURATION = {
    "authorization_endpoint: address /auth?": _ITS_OWN,
    "token_endpoint: address /token?": _ITS_OWN,
    "jwks_uri: address /jwks?": _ITS_OWN,
    f"scopes_supported: {' '.join([*SCOPES, 'openid'])}": "those that the service could ask for",
    "without lti-platform-configuration.variables": "the service asks for its two whether or not they are listed",
}

_ORDER = "the same in another order, which means nothing"
REGISTERED = {
    "grant_types: implicit client_credentials": _ORDER,
    "lti-tool-configuration.claims: iss sub name given_name family_name email": _ORDER,
}


@pytest.fixture
def moodle() -> Iterator[MoodleStub]:
    """The stub with the recorded columns."""
    lms = MoodleStub(BASE_URL, SetClock(), lambda: {"keys": []})
    of_quiz = {"label": "Picked quiz A", "scoreMaximum": 20, "resourceLinkId": "39"}
    lms.items = {
        "32": {**of_quiz, "resourceId": "quiz-1", "tag": "grade"},
        "33": {"label": "In a window", "scoreMaximum": 100, "resourceLinkId": "40"},
        "34": {"label": "Extra column", "scoreMaximum": 50, "resourceId": "extra-1", "tag": "extra"},
    }
    yield lms
    lms.close()


def as_signed(lms: MoodleStub, claims: dict[str, Any]) -> Shape:
    """Header and claims of an id_token of the stub."""
    token = lms.sign(lms.claims("n" * 43, lms.clock(), claims))
    payload = jwt.decode(token, options={"verify_signature": False})
    return shape_of({"header": jwt.get_unverified_header(token), "payload": payload})


def of_record(name: str) -> Shape:
    return shape_of(recorded(name))


@pytest.mark.parametrize("who", PEOPLE)
def test_launches(moodle: MoodleStub, who: str) -> None:
    said = as_signed(moodle, moodle.launch_claims(PEOPLE[who], QUIZ))

    assert differences(said, of_record(f"launch-{who}")) == set(LAUNCH)


def test_a_request_to_place_modules(moodle: MoodleStub) -> None:
    claims = moodle.placing_claims(PEOPLE["teacher"], f"{BASE_URL}/lti/deep-linking")

    assert differences(as_signed(moodle, claims), of_record("deep-linking-request")) == set(PLACING)


def test_the_login_initiation(moodle: MoodleStub) -> None:
    said = shape_of(moodle.login_form(PEOPLE["student"], f"{BASE_URL}/lti/launch/groeten"))

    assert differences(said, shape_of(recorded("login-initiation")["form"])) == set(LOGIN)


def test_the_key_set(moodle: MoodleStub) -> None:
    assert differences(shape_of(moodle.key_set()), of_record("moodle-jwks")) == set()


def test_the_list_of_columns(moodle: MoodleStub) -> None:
    said = moodle.list_items(asked(moodle.items_url(QUIZ)))

    assert differences(shape_of(said.body), shape_of(recorded("ags-lineitems")["lineitems"])) == set()


def test_the_answer_to_a_score(moodle: MoodleStub) -> None:
    """And where it is taken."""
    moodle.gradable = {"5"}
    score = recorded("ags-score-post")
    said = moodle.take_score("32", score["body"])

    assert (said.status, said.content.decode()) == (score["response_status"], score["response_body"])


def test_who_is_in_the_course(moodle: MoodleStub) -> None:
    moodle.members = [
        {"user_id": "3", "roles": ["Instructor"], "name": "Tina Teacher"},
        {"user_id": "7", "roles": ["Learner"], "lis_person_sourcedid": ""},
    ]
    said, told = moodle.list_members(asked("/members/2")), recorded("nrps-response")["response"]
    of_link = recorded("nrps-response-rlid")["response"]

    assert differences(shape_of(said.body), shape_of(told["body"])) == set(ROSTER)
    assert differences(shape_of(said.body), shape_of(of_link["body"])) == set(ROSTER_OF_LINK)
    assert (said.status, said.headers["Content-Type"]) == (told["status"], told["headers"]["Content-Type"])


def asked(address: str) -> Asked:
    return Asked("GET", address, {}, Message())


def test_the_stub_that_registers_us() -> None:
    """Its configuration, and its answer to what the record asked for."""
    lms = MoodleLms(BASE_URL, SetClock())
    record = recorded("dynamic-registration")
    try:
        said, made = lms.configuration(), lms.make_tool(record["registration_request"])
    finally:
        lms.close()

    assert differences(shape_of(said), of_record("openid-configuration")) == set(CONFIGURATION)
    assert differences(shape_of(made), shape_of(record["registration_response"])) == set(REGISTERED)
