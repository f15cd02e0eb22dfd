"""The state binds a launch to its login and survives the way through the platform."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

import lti
from lti.state import State
from tests.lti.sides import NOW, STATE_KEYS, TARGET, Lms, code_of


def test_a_state_comes_back_as_it_was_sent(lms: Lms) -> None:
    request = lms.begin(lti_message_hint="0", lti_deployment_id="30")
    state = lti.open_state(request.state, STATE_KEYS, NOW + timedelta(minutes=9))
    assert (state.issuer, state.client_id) == lms.registration.key
    assert state.target_link_uri == TARGET
    assert state.cookie_name == request.cookie_name
    assert state.expires_at == NOW + timedelta(minutes=10)


def test_the_login_can_be_repeated_at_top_level_with_the_very_same_fields(lms: Lms) -> None:
    fields = {"login_hint": '{"x": "é"}', "lti_message_hint": "0", "lti_deployment_id": "30"}
    state = lti.open_state(lms.begin(TARGET, NOW, **fields).state, STATE_KEYS, NOW)
    repeated = state.login_parameters()
    assert repeated is not None
    assert dict(repeated) == fields | {
        "iss": lms.registration.issuer,
        "client_id": lms.registration.client_id,
        "target_link_uri": TARGET,
    }


def test_a_state_is_made_of_what_platforms_leave_alone(lms: Lms) -> None:
    state = lms.begin(login_hint="<b>é</b>", lti_message_hint="&lt;").state
    assert re.fullmatch(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", state)


def test_a_state_lives_ten_minutes(lms: Lms) -> None:
    state = lms.begin().state
    assert (
        code_of(lambda: lti.open_state(state, STATE_KEYS, NOW + timedelta(minutes=10, seconds=1)))
        == "lti_state"
    )
    assert code_of(lambda: lti.open_state(state, STATE_KEYS, NOW - timedelta(minutes=10))) == "lti_state"
    lti.open_state(state, STATE_KEYS, NOW - timedelta(seconds=30))  # the clock was set back a little


def test_no_character_of_a_state_can_be_changed(lms: Lms) -> None:
    state = lms.begin().state
    for place in range(0, len(state), 3):
        other = "A" if state[place] != "A" else "B"
        altered = state[:place] + other + state[place + 1 :]
        assert code_of(lambda altered=altered: lti.open_state(altered, STATE_KEYS, NOW)) == "lti_state"  # type: ignore[misc]


@pytest.mark.parametrize(
    "value", ["", ".", "a.b", "é.é", "\ud800.x", "x" * 20000, "[" * 5000 + ".x", "a.b.c", "\0"]
)
def test_what_is_no_state_is_refused(value: str) -> None:
    assert code_of(lambda: lti.open_state(value, STATE_KEYS, NOW)) == "lti_state"


def test_a_state_of_another_service_is_refused(lms: Lms) -> None:
    assert code_of(lambda: lti.open_state(lms.begin().state, [b"x" * 32], NOW)) == "lti_state"


def test_the_key_can_be_changed_while_logins_are_under_way(lms: Lms) -> None:
    state = lms.begin().state
    assert lti.open_state(state, [b"n" * 32, *STATE_KEYS], NOW).issuer == lms.registration.issuer


def test_a_state_says_nothing_of_the_secrets_but_their_hashes(lms: Lms) -> None:
    request = lms.begin()
    opened: State = lti.open_state(request.state, STATE_KEYS, NOW)
    shown = repr(opened)
    assert request.nonce not in shown
    assert request.binding_secret not in shown
