"""A student opens a module in an LMS that speaks LTI 1.1 only."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lti
from lti.legacy import LegacyConsumer, LegacyLaunch, LegacyOutcome, verify_legacy_launch
from tests.lti.legacy_side import CONSUMER, FIELDS, LAUNCH_URL, OUTCOME_URL, SECRET, launch_form, signature
from tests.lti.sides import MEMBERSHIP, NOW, code_of

Changes = dict[str, str | None]


def receive(
    form: Any, *, url: str = LAUNCH_URL, now: datetime = NOW, consumer: LegacyConsumer | None = CONSUMER
) -> LegacyLaunch:
    known = {consumer.key: consumer} if consumer is not None else {}
    return verify_legacy_launch(form, url=url, consumers=known.get, now=now)


def launched(changes: Changes | None = None) -> LegacyLaunch:
    return receive(launch_form(changes))


def refused(changes: Changes, **signed: Any) -> str:
    return code_of(lambda: receive(launch_form(changes, **signed)))


def test_the_signer_of_these_stories_signs_as_the_standard_does() -> None:
    # OAuth Core 1.0, appendix A.5
    parameters = [
        ("oauth_consumer_key", "dpf43f3p2l4k3l03"),
        ("oauth_token", "nnch734d00sl2jdk"),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", "1191242096"),
        ("oauth_nonce", "kllo9940pd9333jh"),
        ("oauth_version", "1.0"),
    ]
    url = "http://photos.example.net/photos?file=vacation.jpg&size=original"
    made = signature("GET", url, parameters, "kd94hf93k423kf44", "pfkkdhi9sl3r4s00")
    assert made == "tR3+Ty81lMeYAr/Fid0kMTYa/WM="


def test_it_works() -> None:
    message = launched()
    assert message.consumer == CONSUMER
    assert (message.sub, message.roles) == ("0cc175b9c0f1b6a831c399e269772661", (f"{MEMBERSHIP}#Learner",))
    assert message.resource_link == lti.ResourceLink("3f1c", "Warme band")
    assert message.context == lti.Context("17", "LO2", "Leerlingbegeleiding & zorg", ())
    assert (message.name, message.given_name, message.family_name) == ("Ana Älvarez", "Ana", "Älvarez")
    assert message.email is None, "an empty field says nothing"
    assert message.locale == "nl_NL", "with an underscore"
    assert message.custom == {"module": "warme-band"}
    assert message.outcome == LegacyOutcome(OUTCOME_URL, '{"data":"a&b<c>"}')
    assert message.tool_platform == lti.ToolPlatform("https://chamilo.example/", "cosnics", None)
    assert message.return_url == "https://chamilo.example/index.php?go=Done"
    assert (message.has_learner_result, message.is_lecturer) == (True, False)


def test_neither_secret_nor_result_id_is_shown_by_accident() -> None:
    shown = repr(launched())
    assert SECRET not in shown
    assert "a&b<c>" not in shown
    assert "ana.alvarez" not in shown, "Cosnics's course id is the person's, and is not read"


def test_the_address_has_a_query_of_its_own() -> None:
    url = f"{LAUNCH_URL}?module=warme-band&empty=&twee%20woorden=a+b%2Bc"
    form = launch_form(url=url)
    assert receive(form, url=url).sub
    for other in (LAUNCH_URL, f"{LAUNCH_URL}?module=gesprek&empty=&twee%20woorden=a+b%2Bc"):
        assert code_of(lambda other=other: receive(form, url=other)) == "lti11_signature"  # type: ignore[misc]


@pytest.mark.parametrize(
    "value", ["", " ", "a b+c", "é€\U0001f600", "a&b=c%20", "~*'()!", "line\r\nbreak", "%", "+"]
)
def test_any_text_is_signed(value: str) -> None:
    assert launched({"custom_x": value, "resource_link_description": value}).sub


def test_fields_may_come_as_lists() -> None:
    form = launch_form()
    assert receive({name: [value] for name, value in form}) == receive(form)
    with pytest.raises(TypeError):
        receive(dict(form))


# ---- who may come in


def test_the_caller_learns_which_nonce_to_spend() -> None:
    form = launch_form()
    first, again = receive(form), receive(form)
    assert first.nonce_hash == again.nonce_hash, "a unique insert of it has one winner"
    assert first.nonce_expires_at == NOW + timedelta(minutes=5)
    other = replace(CONSUMER, key="other")
    same_nonce = receive(launch_form({"oauth_consumer_key": "other"}), consumer=other)
    assert same_nonce.nonce_hash != first.nonce_hash, "nonces are the consumer's own"


def test_a_nonce_is_kept_for_as_long_as_its_launch_could_be_taken() -> None:
    form = launch_form(at=NOW + timedelta(minutes=4))
    forgotten = receive(form).nonce_expires_at + timedelta(seconds=1)
    assert code_of(lambda: receive(form, now=forgotten)) == "lti11_time"


@pytest.mark.parametrize("seconds", [-300, -299, 0, 299, 300])
def test_a_clock_may_be_five_minutes_off(seconds: int) -> None:
    assert receive(launch_form(at=NOW + timedelta(seconds=seconds))).sub


@pytest.mark.parametrize("seconds", [-301, -3600, 301, 86400])
def test_no_clock_may_be_more_off(seconds: int) -> None:
    assert code_of(lambda: receive(launch_form(at=NOW + timedelta(seconds=seconds)))) == "lti11_time"


@pytest.mark.parametrize("stamp", ["now", "-5", "1e9", "٣", "9" * 20, "1.5"])
def test_a_timestamp_is_a_number(stamp: str) -> None:
    assert refused({"oauth_timestamp": stamp}) == "lti11_time"


def test_the_signature_comes_first() -> None:
    # A forger learns nothing of the clock, and an old launch with a bad signature is just a bad signature
    old = launch_form(at=NOW - timedelta(hours=1), secret="guessed")
    assert code_of(lambda: receive(old)) == "lti11_signature"


@pytest.mark.parametrize("field", [name for name in FIELDS if not name.startswith("oauth_")])
def test_no_field_can_be_changed_added_or_taken_away(field: str) -> None:
    form = launch_form()
    changed = [(name, value + "x" if name == field else value) for name, value in form]
    without = [(name, value) for name, value in form if name != field]
    for tampered in (changed, without, [*form, ("custom_new", "x")]):
        assert code_of(lambda tampered=tampered: receive(tampered)) == "lti11_signature"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (launch_form(secret="other"), "lti11_signature"),
        (launch_form(secret=""), "lti11_signature"),
        (launch_form(url="https://evil.example/lti/1.1/launch"), "lti11_signature"),
        (launch_form(url="http://trainer.example/lti/1.1/launch"), "lti11_signature"),
        (launch_form({"oauth_consumer_key": "unknown"}), "lti11_key"),
        (launch_form({"oauth_signature_method": "PLAINTEXT"}), "lti11_form"),
        (launch_form({"oauth_signature_method": "HMAC-SHA256"}), "lti11_form"),
        (launch_form({"oauth_signature_method": "RSA-SHA1"}), "lti11_form"),
        (launch_form({"oauth_version": "2.0"}), "lti11_form"),
        (launch_form({"oauth_nonce": None}), "lti11_form"),
        (launch_form({"oauth_nonce": ""}), "lti11_form"),
        (launch_form({"oauth_nonce": "x" * 256}), "lti11_form"),
        (launch_form({"oauth_timestamp": None}), "lti11_form"),
        (launch_form({"oauth_consumer_key": None}), "lti11_form"),
        (launch_form()[:-1], "lti11_form"),
        ([*launch_form(), ("user_id", "someone-else")], "lti11_form"),
        ([*launch_form(), ("oauth_signature", "x")], "lti11_form"),
        ([*launch_form()[:-1], ("oauth_signature", "é")], "lti11_signature"),
        ([*launch_form(), ("x", "\ud800")], "lti11_form"),
        ([*launch_form(), ("x", "y" * 70_000)], "lti11_form"),
        ([*launch_form(), *((f"x{number}", "") for number in range(300))], "lti11_form"),
        ([], "lti11_form"),
    ],
)
def test_a_launch_that_must_not_succeed(form: list[tuple[str, str]], code: str) -> None:
    assert code_of(lambda: receive(form)) == code


def test_an_empty_secret_opens_nothing() -> None:
    form = launch_form(secret="")
    assert code_of(lambda: receive(form, consumer=replace(CONSUMER, secret=""))) == "lti11_signature"


def test_an_unknown_key_and_a_wrong_secret_look_the_same_outside() -> None:
    for form in (launch_form({"oauth_consumer_key": "unknown"}), launch_form(secret="other")):
        with pytest.raises(lti.LtiError) as refusal:
            receive(form)
        assert (refusal.value.status, refusal.value.public_code) == (401, "lti_token")


def test_a_version_need_not_be_said() -> None:
    assert launched({"oauth_version": None, "oauth_callback": None}).sub


def test_after_its_end_date_it_is_over() -> None:
    ended = replace(CONSUMER, ends_at=NOW)
    assert code_of(lambda: receive(launch_form(), consumer=ended)) == "lti_platform_inactive"
    assert code_of(lambda: receive(launch_form(secret="x"), consumer=ended)) == "lti11_signature"


# ---- what it says


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"lti_version": "LTI-2p0"}, "lti_version"),
        ({"lti_version": None}, "lti_version"),
        ({"lti_message_type": "ContentItemSelectionRequest"}, "lti_message_type"),
        ({"lti_message_type": None}, "lti_message_type"),
        ({"user_id": None}, "lti_user"),
        ({"user_id": ""}, "lti_user"),
        ({"user_id": "x" * 256}, "lti_claims"),
        ({"user_id": "a\0b"}, "lti_claims"),
        ({"resource_link_id": None}, "lti_resource_link"),
        ({"resource_link_id": ""}, "lti_resource_link"),
        ({"context_id": "x" * 256}, "lti_claims"),
    ],
)
def test_a_message_that_is_not_what_the_standard_says(changes: Changes, code: str) -> None:
    assert refused(changes) == code


@pytest.mark.parametrize(
    ("roles", "read", "lecturer"),
    [
        ("Instructor", (f"{MEMBERSHIP}#Instructor",), True),
        ("urn:lti:role:ims/lis/Instructor", (f"{MEMBERSHIP}#Instructor",), True),
        ("Learner,Instructor", (f"{MEMBERSHIP}#Learner", f"{MEMBERSHIP}#Instructor"), True),
        (" Learner , Learner ", (f"{MEMBERSHIP}#Learner",), False),
        ("urn:lti:role:ims/lis/TeachingAssistant", (f"{MEMBERSHIP}/Instructor#TeachingAssistant",), True),
        ("Student", ("Student",), False),
        ("instructor", ("instructor",), False),
        ("urn:lti:instrole:ims/lis/Administrator", ("urn:lti:instrole:ims/lis/Administrator",), False),
        ("urn:lti:sysrole:ims/lis/SysAdmin", ("urn:lti:sysrole:ims/lis/SysAdmin",), False),
        ("urn:lti:role:ims/lis/Learner/Instructor", ("Learner/Instructor",), False),
        ("urn:lti:role:ims/lis/Mentor", (f"{MEMBERSHIP}#Mentor",), False),
        ("", (), False),
        (None, (), False),
        ("x" * 300 + ",a\0b,Learner", (f"{MEMBERSHIP}#Learner",), False),
    ],
)
def test_roles_are_those_of_today(roles: str | None, read: tuple[str, ...], lecturer: bool) -> None:
    message = launched({"roles": roles})
    assert (message.roles, message.is_lecturer) == (read, lecturer)


@pytest.mark.parametrize(
    "changes",
    [
        {"lis_outcome_service_url": None},
        {"lis_outcome_service_url": ""},
        {"lis_result_sourcedid": ""},
        {"lis_outcome_service_url": "https://evil.example/outcome"},
        {"lis_outcome_service_url": "http://chamilo.example/outcome"},
        {"lis_outcome_service_url": "https://chamilo.example@evil.example/"},
        {"lis_outcome_service_url": "https://chamilo.example/" + "x" * 2048},
        {"lis_result_sourcedid": "a\0b"},
        {"lis_result_sourcedid": "x" * 5000},
    ],
)
def test_without_a_good_place_for_a_score_one_still_learns(changes: Changes) -> None:
    assert launched(changes).outcome is None


def test_an_lms_may_take_scores_on_another_host() -> None:
    consumer = replace(CONSUMER, service_hosts=("api.chamilo.example:8443",))
    form = launch_form({"lis_outcome_service_url": "https://api.chamilo.example:8443/o"})
    assert receive(form, consumer=consumer).outcome is not None


def test_a_course_may_be_missing_and_a_return_address_useless() -> None:
    message = launched({"context_id": None, "launch_presentation_return_url": "javascript:alert(1)"})
    assert (message.context, message.return_url) == (None, None)


def test_copies_are_known_as_copies() -> None:
    message = launched(
        {"custom_link": "l-1", "custom_link_history": "b,a", "custom_course_history": "$Context.id.history"}
    )
    assert (message.custom["link"], message.link_history, message.course_history) == ("l-1", ("b", "a"), ())


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=30)


@settings(deadline=None)
@given(changes=st.dictionaries(st.one_of(st.sampled_from(sorted(FIELDS)), ANY_TEXT), ANY_TEXT, max_size=4))
def test_whatever_is_posted(changes: Changes) -> None:
    try:
        form = launch_form(changes)
    except UnicodeEncodeError:  # nothing that could be signed
        form = [*launch_form(), *((name, value or "") for name, value in changes.items())]
    try:
        message = receive(form)
    except lti.LtiError as refusal:
        assert 400 <= refusal.status < 500
    else:
        for text in (
            message.sub,
            message.resource_link.id,
            message.name,
            *message.roles,
            *message.custom.values(),
        ):
            assert text is None or "\0" not in text.encode().decode()
    assert NOW.tzinfo is UTC
