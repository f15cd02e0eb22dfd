"""A student clicks in the course:

The LMS asks us to begin a login, and we send the browser to it.
"""

from __future__ import annotations

from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

import lti
from lti.login import begin_login, read_login
from tests.lti.sides import BASE_URL, NOW, REDIRECT_URI, STATE_KEYS, TARGET, code_of, platform

FORM = {"iss": "https://lms.example", "login_hint": "5", "target_link_uri": TARGET, "client_id": "client-1"}


def answer_to(form: dict[str, str], **registration: str) -> lti.AuthenticationRequest:
    login = read_login(list(form.items()), BASE_URL)
    return begin_login(
        login, platform(**registration), redirect_uri=REDIRECT_URI, state_keys=STATE_KEYS, now=NOW
    )


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query, keep_blank_values=True).items()}


def test_the_browser_is_sent_to_the_platform_with_the_fixed_parameters() -> None:
    request = answer_to(FORM)
    assert request.redirect_url.startswith("https://lms.example/auth?")
    sent = query_of(request.redirect_url)
    assert sent["scope"] == "openid"
    assert sent["response_type"] == "id_token"
    assert sent["response_mode"] == "form_post"
    assert sent["prompt"] == "none"
    assert sent["client_id"] == "client-1"
    assert sent["redirect_uri"] == REDIRECT_URI
    assert sent["login_hint"] == "5"
    assert "lti_message_hint" not in sent
    assert (sent["state"], sent["nonce"]) == (request.state, request.nonce)


def test_moodles_login_is_understood_whether_it_comes_by_get_or_post() -> None:
    moodles = FORM | {"lti_message_hint": "40", "lti_deployment_id": "30"}
    by_pairs = read_login(list(moodles.items()), BASE_URL)
    by_multidict = read_login({name: [value] for name, value in moodles.items()}, BASE_URL)
    assert by_pairs == by_multidict
    assert by_pairs.lti_message_hint == "40"
    assert by_pairs.deployment_id == "30"


def test_client_id_may_be_left_out_and_the_deployment_has_two_names() -> None:
    login = read_login([*list(FORM.items())[:3], ("deployment_id", "7")], BASE_URL)
    assert login.client_id is None
    assert login.deployment_id == "7"


@pytest.mark.parametrize("hint", ["0", '{"cmid":40,"x":"é&=+ %20"}', "a b+c/d==", "%7B%22", "x" * 2000, ""])
def test_hints_come_back_to_the_platform_unaltered(hint: str) -> None:
    request = answer_to(FORM | {"lti_message_hint": hint, "login_hint": hint or "5"})
    sent = query_of(request.redirect_url)
    assert sent["lti_message_hint"] == hint
    assert sent["login_hint"] == (hint or "5")


def test_an_authorization_endpoint_may_have_a_query_of_its_own() -> None:
    request = answer_to(FORM, authorization_endpoint="https://lms.example/auth?tenant=a%20b")
    pairs = parse_qsl(urlsplit(request.redirect_url).query)
    assert pairs[0] == ("tenant", "a b")
    assert dict(pairs)["scope"] == "openid"


def test_every_login_has_its_own_state_nonce_cookie_and_secret() -> None:
    first, second = answer_to(FORM), answer_to(FORM)
    for part in ("state", "nonce", "cookie_name", "binding_secret"):
        assert getattr(first, part) != getattr(second, part)
    assert first.cookie_name.startswith("__Host-l")
    for secret in (first.nonce, first.binding_secret):
        assert len(secret) >= 43  # 256 bits
        assert secret not in first.state


def test_the_redirect_stays_short_enough_for_servers_even_with_endless_hints() -> None:
    request = answer_to(FORM | {"login_hint": "h" * 2000, "lti_message_hint": "m" * 2000})
    assert len(request.redirect_url) < 8000
    longest = answer_to(FORM | {"login_hint": "h" * 3000, "lti_message_hint": "m" * 3000})
    state = lti.open_state(longest.state, STATE_KEYS, NOW)
    assert state.login_parameters() is None, "a login too long to carry cannot be repeated, but it works"
    assert query_of(longest.redirect_url)["lti_message_hint"] == "m" * 3000


@pytest.mark.parametrize("missing", ["iss", "login_hint"])
def test_a_login_without_a_required_field_is_refused(missing: str) -> None:
    form = [(name, value) for name, value in FORM.items() if name != missing]
    assert code_of(lambda: read_login(form, BASE_URL)) == "lti_login"


@pytest.mark.parametrize("name", ["iss", "login_hint", "target_link_uri", "client_id", "lti_message_hint"])
def test_a_field_given_twice_is_refused(name: str) -> None:
    twice = [*FORM.items(), ("lti_message_hint", "1"), (name, "https://trainer.example/")]
    assert code_of(lambda: read_login(twice, BASE_URL)) == "lti_login"
    lists = {key: [value] for key, value in FORM.items()} | {name: [TARGET, TARGET]}
    assert code_of(lambda: read_login(lists, BASE_URL)) == "lti_login"


@pytest.mark.parametrize("text", ["a\0b", "a\r\nSet-Cookie: x", "a\x7f", "a\ud800", "x" * 5000])
@pytest.mark.parametrize("name", ["iss", "login_hint", "lti_message_hint", "client_id", "lti_deployment_id"])
def test_control_characters_and_endless_fields_are_refused(name: str, text: str) -> None:
    assert code_of(lambda: read_login((FORM | {name: text}).items(), BASE_URL)) == "lti_login"


@pytest.mark.parametrize(
    "target",
    [
        "",
        "//evil.example",
        "/lti/launch",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "https:/evil.example",
        "https:///evil.example",
        "https://trainer.example@evil.example/",
        "https://user@trainer.example/",
        "https://user:pw@trainer.example/",
        "https://trainer.example.evil.example/",
        "https://trainer.example\\@evil.example/",
        "https://trainer.example:444/",
        "https://evil.example/?https://trainer.example/",
        "http://trainer.example/",
        "https://trainer.example /",
        " https://trainer.example/",
        "https://trainer.example/a b",
        "https://trainer.example:x/",
        "https://[trainer.example/",
        "https://trainer.examplе/",
        "javascript:alert(1)//https://trainer.example/",
        "data:text/html,x",
        "ftp://trainer.example/",
    ],
)
def test_a_target_off_our_origin_is_refused(target: str) -> None:
    assert code_of(lambda: read_login((FORM | {"target_link_uri": target}).items(), BASE_URL)) == "lti_target"


@pytest.mark.parametrize("target", ["\t//evil.example", "https://trainer.example/\n", "java\0script:x"])
def test_a_target_with_control_characters_is_refused(target: str) -> None:
    assert code_of(lambda: read_login((FORM | {"target_link_uri": target}).items(), BASE_URL)) == "lti_login"


@pytest.mark.parametrize(
    "target",
    [
        TARGET,
        "https://trainer.example",
        "https://trainer.example:443/lti/launch",
        "HTTPS://Trainer.Example/lti/launch",
        "https://trainer.example/lti/launch?module=a%20b&x=(1)",
    ],
)
def test_a_target_on_our_origin_is_taken_as_it_is(target: str) -> None:
    assert read_login((FORM | {"target_link_uri": target}).items(), BASE_URL).target_link_uri == target
