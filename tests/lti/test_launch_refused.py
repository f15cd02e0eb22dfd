"""Launches that must not succeed:

The certification's bad launches, the Security Framework's nine steps, attacks.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

import lti
from tests.lti.sides import BASE_URL, CLAIM, DELETE, NOW, TARGET, Browser, Lms, Tool, code_of, platform

Launch = Callable[..., lti.ResourceLinkLaunch]
T = int(NOW.timestamp())


# ---- the certification's list


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({CLAIM + "version": "11.3"}, "lti_version"),
        ({CLAIM + "version": "1.1.0"}, "lti_version"),
        ({CLAIM + "version": DELETE}, "lti_version"),
        ({CLAIM + "version": ["1.3.0"]}, "lti_version"),
        ({CLAIM + "message_type": DELETE}, "lti_message_type"),
        ({CLAIM + "message_type": "LtiDeepLinkingRequest"}, "lti_message_type"),
        ({CLAIM + "message_type": ["LtiResourceLinkRequest"]}, "lti_message_type"),
        ({CLAIM + "message_type": {}}, "lti_message_type"),
        ({CLAIM + "roles": DELETE}, "lti_roles"),
        ({CLAIM + "roles": None}, "lti_roles"),
        ({CLAIM + "roles": "Instructor"}, "lti_roles"),
        ({CLAIM + "roles": {"Instructor": 1}}, "lti_roles"),
        ({CLAIM + "roles": [["Instructor"]]}, "lti_roles"),
        ({CLAIM + "deployment_id": DELETE}, "lti_claims"),
        ({CLAIM + "deployment_id": ""}, "lti_claims"),
        ({CLAIM + "deployment_id": {"id": "30"}}, "lti_claims"),
        ({CLAIM + "deployment_id": 30}, "lti_claims"),
        ({CLAIM + "resource_link": DELETE}, "lti_resource_link"),
        ({CLAIM + "resource_link": {}}, "lti_resource_link"),
        ({CLAIM + "resource_link": {"title": "x"}}, "lti_resource_link"),
        ({CLAIM + "resource_link": {"id": None}}, "lti_resource_link"),
        ({CLAIM + "resource_link": {"id": ""}}, "lti_resource_link"),
        ({CLAIM + "resource_link": {"id": ["39"]}}, "lti_claims"),
        ({CLAIM + "resource_link": "39"}, "lti_claims"),
        ({"sub": DELETE}, "lti_user"),
        ({"sub": None}, "lti_user"),
        ({"sub": ""}, "lti_user"),
        ({"sub": 5}, "lti_claims"),
        ({"sub": "x" * 256}, "lti_claims"),
        ({"sub": "a\0b"}, "lti_claims"),
        ({"sub": "a\ud800b"}, "lti_claims"),
        ({"iat": 11111, "exp": 22222}, "lti_time"),
        ({CLAIM + "target_link_uri": DELETE}, "lti_target"),
        ({CLAIM + "target_link_uri": "https://evil.example/"}, "lti_target"),
        ({CLAIM + "target_link_uri": "//trainer.example/"}, "lti_target"),
        ({CLAIM + "target_link_uri": "https://trainer.example@evil.example/"}, "lti_target"),
        ({CLAIM + "target_link_uri": "https://trainer.example.evil.example/"}, "lti_target"),
        ({CLAIM + "target_link_uri": [TARGET]}, "lti_claims"),
        ({CLAIM + "context": "2"}, "lti_claims"),
        ({CLAIM + "context": {"label": "no id"}}, "lti_claims"),
        ({CLAIM + "context": {"id": 2}}, "lti_claims"),
        ({CLAIM + "custom": "x=y"}, "lti_claims"),
        ({"name": ["Ana"]}, "lti_claims"),
        ({"email": {"a": "b"}}, "lti_claims"),
        ({CLAIM + "launch_presentation": {"locale": 3}}, "lti_claims"),
    ],
)
def test_a_message_that_is_not_what_the_standard_says(
    launch: Launch, changes: dict[str, Any], code: str
) -> None:
    assert code_of(lambda: launch(changes)) == code
    assert lti.ERROR_CODES[code].status in (400, 401)


def test_a_signed_message_that_is_none(lms: Lms, tool: Tool, browser: Browser) -> None:
    request = lms.begin()
    browser.follow(request)
    form = [("state", request.state), ("id_token", lms.token({"name": "badltilaunch"}))]
    with pytest.raises(lti.LtiError) as refusal:
        tool.receive(form, browser)
    assert refusal.value.status == 401


# ---- who it is from and for


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iss": DELETE}, "lti_issuer"),
        ({"iss": "https://other.example"}, "lti_issuer"),
        ({"iss": "https://lms.example/"}, "lti_issuer"),
        ({"iss": "HTTPS://lms.example"}, "lti_issuer"),
        ({"aud": DELETE}, "lti_audience"),
        ({"aud": "other"}, "lti_audience"),
        ({"aud": []}, "lti_audience"),
        ({"aud": ["client-1", "other"]}, "lti_audience"),
        ({"aud": {"client-1": 1}}, "lti_audience"),
        ({"aud": [["client-1"]]}, "lti_audience"),
        ({"aud": None}, "lti_audience"),
        ({"azp": "other"}, "lti_azp"),
        ({"azp": ["client-1"]}, "lti_azp"),
    ],
)
def test_a_token_from_or_for_someone_else(
    lms: Lms, launch: Launch, changes: dict[str, Any], code: str
) -> None:
    # PyJWT refuses to write an iss that is not a text, so those are in the mutation test
    assert code_of(lambda: launch(changes)) == code
    assert lti.ERROR_CODES[code].status == 401


@pytest.mark.parametrize("changes", [{"aud": ["client-1"]}, {"azp": "client-1"}, {"azp": None}])
def test_an_audience_in_a_list_and_an_authorized_party_that_is_us_are_fine(
    launch: Launch, changes: dict[str, Any]
) -> None:
    assert launch(changes).sub == "5"


def test_a_token_of_one_platform_under_the_state_of_another(
    lms: Lms, other_key: Any, browser: Browser
) -> None:
    # Given two registered platforms, and a login at the first
    attacker = Lms(platform(issuer="https://attacker.example"), other_key)
    request = lms.begin()
    browser.follow(request)
    # When the second signs a token with that login's nonce, under either name
    for issuer in ("https://attacker.example", lms.registration.issuer):
        claims = attacker.claims(request.nonce, {"iss": issuer})
        form = [("state", request.state), ("id_token", attacker.token(claims))]
        # Then it is refused, and the outside cannot tell why
        with pytest.raises(lti.LtiError) as refusal:
            Tool(lms, attacker).receive(form, browser)
        assert (refusal.value.status, refusal.value.public_code) == (401, "lti_token")


def test_a_registration_that_was_removed_meanwhile(lms: Lms, browser: Browser) -> None:
    request = lms.begin()
    browser.follow(request)
    tool = Tool(lms)
    tool.platforms.clear()
    form = [("state", request.state), ("id_token", lms.token(lms.claims(request.nonce)))]
    assert code_of(lambda: tool.receive(form, browser)) == "lti_issuer"


# ---- times


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": DELETE},
        {"iat": DELETE},
        {"exp": None},
        {"exp": T - 60},
        {"exp": T - 3600},
        {"iat": T - 361},
        {"iat": T + 61},
        {"nbf": T + 61},
        {"exp": "soon"},
        {"exp": str(T + 60)},
        {"iat": True},
        {"exp": [T + 60]},
        {"exp": {}},
        {"exp": 1e300},
        {"exp": -1e300},
        {"nbf": "now"},
        {"nbf": True},
        {"exp": 10**400},
    ],
)
def test_a_token_that_is_not_of_now(launch: Launch, changes: dict[str, Any]) -> None:
    assert code_of(lambda: launch(changes)) == "lti_time"


@pytest.mark.parametrize(
    "changes",
    [
        {"iat": T + 20, "exp": T + 80},  # the platform's clock is ahead
        {"iat": T - 359},
        {"exp": T - 59},
        {"nbf": T + 59},
        {"iat": T + 0.5, "exp": T + 60.25},
        {"exp": T + 3600},
    ],
)
def test_a_clock_may_be_a_minute_off(launch: Launch, changes: dict[str, Any]) -> None:
    assert launch(changes).sub == "5"


# ---- once, and in the browser that asked


@pytest.mark.parametrize("nonce", [DELETE, None, "", "never-issued", ["x"], {"a": 1}, 5, "é\ud800"])
def test_a_nonce_that_is_not_this_logins(launch: Launch, nonce: object) -> None:
    assert code_of(lambda: launch({"nonce": nonce})) == "lti_nonce"


def test_the_nonce_of_another_pending_login(lms: Lms, tool: Tool, browser: Browser) -> None:
    first, second = lms.begin(), lms.begin()
    browser.follow(first)
    browser.follow(second)
    form = [("state", first.state), ("id_token", lms.token(lms.claims(second.nonce)))]
    assert code_of(lambda: tool.receive(form, browser)) == "lti_nonce"


def test_an_attackers_state_and_token_in_a_victims_browser(lms: Lms, tool: Tool, browser: Browser) -> None:
    # Given an attacker who logs in himself and keeps the form
    request = lms.begin()
    form = [("state", request.state), ("id_token", lms.token(lms.claims(request.nonce)))]
    # When a victim's browser posts it, with a login of its own under way or not
    browser.follow(lms.begin())
    # Then the browser does not hold the attacker's secret
    assert code_of(lambda: tool.receive(form, browser)) == "lti_binding_missing"
    browser.cookies[request.cookie_name] = "guessed"
    assert code_of(lambda: tool.receive(form, browser)) == "lti_state_browser"
    browser.cookies[request.cookie_name] = "é\ud800"
    assert code_of(lambda: tool.receive(form, browser)) == "lti_state_browser"


def test_a_browser_without_cookies_can_repeat_the_login_at_top_level(
    lms: Lms, tool: Tool, browser: Browser
) -> None:
    request = lms.begin(lti_message_hint="0")
    form = [("state", request.state), ("id_token", "not.even.read")]
    with pytest.raises(lti.BindingMissing) as refusal:
        tool.receive(form, browser)
    repeated = refusal.value.state.login_parameters()
    assert repeated is not None
    # When the new window repeats it, the launch works
    login = lti.read_login(repeated, BASE_URL)
    assert (login.lti_message_hint, login.target_link_uri) == ("0", TARGET)


def test_a_launch_after_eleven_minutes(launch: Launch) -> None:
    assert code_of(lambda: launch(later=timedelta(minutes=11))) == "lti_state"


# ---- the form


def test_a_form_that_repeats_or_lacks_a_field(lms: Lms, tool: Tool, browser: Browser) -> None:
    request = lms.begin()
    browser.follow(request)
    token = lms.token(lms.claims(request.nonce))
    state = request.state
    for form in (
        [],
        [("state", state)],
        [("id_token", token)],
        [("state", state), ("id_token", "")],
        [("state", ""), ("id_token", token)],
        [("state", state), ("state", state), ("id_token", token)],
        [("state", state), ("id_token", token), ("id_token", token)],
        {"state": [state, state], "id_token": [token]},
        [("state", state), ("id_token", token + "x" * 70000)],
        [("state", state), ("id_token", "a\0b")],
        [("state", "\ud800"), ("id_token", token)],
    ):
        assert code_of(lambda form=form: tool.receive(form, browser)) == "lti_form"  # type: ignore[misc]


def test_a_platform_that_posts_an_error(lms: Lms, tool: Tool, browser: Browser) -> None:
    request = lms.begin()
    browser.follow(request)
    form = [
        ("error", "login_required"),
        ("error_description", "No\0 <b>session</b>\n"),
        ("state", request.state),
    ]
    with pytest.raises(lti.PlatformRefused) as refusal:
        tool.receive(form, browser)
    assert refusal.value.error == "login_required"
    assert refusal.value.description == "No <b>session</b>"
    assert refusal.value.state is not None
    assert refusal.value.status == 401


@pytest.mark.parametrize("state", [[], [("state", "not ours")]])
def test_an_error_without_a_state_of_ours(tool: Tool, browser: Browser, state: list[tuple[str, str]]) -> None:
    with pytest.raises(lti.PlatformRefused) as refusal:
        tool.receive([("error", "invalid_request"), ("error", "twice"), *state], browser)
    assert refusal.value.state is None
