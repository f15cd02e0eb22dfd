"""A browser that keeps no cookies of ours: the LMS's page keeps the secret, and our page hands it over."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lti
from lti.storage import PlatformStorage, check_confirmation, read_confirmation, seal_launch
from tests.lti.sides import BASE_URL, NOW, STATE_KEYS, TARGET, Browser, Lms, Tool, code_of, platform

Form = list[tuple[str, str]]


def begun(lms: Lms, lti_storage_target: str | None = None) -> tuple[lti.AuthenticationRequest, Form]:
    named = {} if lti_storage_target is None else {"lti_storage_target": lti_storage_target}
    request = lms.begin(TARGET, NOW, **named)
    return request, [("state", request.state), ("id_token", lms.token(lms.claims(request.nonce)))]


def posted(request: lti.AuthenticationRequest, form: Form, **changes: Any) -> bytes:
    body = {"state": request.state, "secret": request.binding_secret, "token": seal_launch(form, STATE_KEYS)}
    return json.dumps(body | changes).encode()


def receive(lms: Lms, body: bytes, later: timedelta = timedelta(0)) -> lti.AnyMessage:
    confirmation = read_confirmation(body, STATE_KEYS, NOW + later)
    tool = Tool(lms)
    return lti.verify_message(
        confirmation.fields,
        state_keys=STATE_KEYS,
        cookie=confirmation.cookie,
        platforms=lambda issuer, client_id: tool.platforms.get((issuer, client_id)),
        keys=tool.keys,
        base_url=BASE_URL,
        now=NOW + later,
    )


# ---- where the secret is kept


def test_the_login_names_the_frame(lms: Lms) -> None:
    request, _ = begun(lms, lti_storage_target="_parent")
    assert request.storage == PlatformStorage(
        frame="_parent",
        origin="https://lms.example",
        key=request.storage.key if request.storage else "",
        put_subjects=("lti.put_data",),
        get_subjects=("lti.get_data",),
        as_text=False,
    )


def test_the_launch_knows_it_too(lms: Lms, tool: Tool) -> None:
    request, form = begun(lms, lti_storage_target="post_message_forwarding")
    with pytest.raises(lti.BindingMissing) as missing:
        tool.receive(form, Browser())
    assert lti.storage_of(lms.registration, missing.value.state) == request.storage
    assert request.storage is not None
    assert request.storage.frame == "post_message_forwarding"


@pytest.mark.parametrize(
    ("registration", "sent", "frame", "legacy", "text"),
    [
        (platform(), None, None, False, False),
        (platform(issuer="https://blackboard.com"), None, "lti_storage_frame", False, False),
        (platform(issuer="https://canvas.instructure.com"), "post_message_forwarding", "post_message_forwarding", True, False),
        (platform(family="sakai"), "_parent", "_parent", True, True),
        (platform(family="moodle"), None, None, False, False),
        (platform(family="brightspace"), "_parent", "_parent", False, False),
    ],
)  # fmt: skip
def test_each_lms_has_its_own_frame(
    lms: Lms, registration: lti.Platform, sent: str | None, frame: str | None, legacy: bool, text: bool
) -> None:
    request, _ = begun(Lms(registration, lms.key), sent)
    if frame is None:
        assert request.storage is None
        return
    assert request.storage is not None
    assert (request.storage.frame, request.storage.as_text) == (frame, text)
    assert ("org.imsglobal.lti.get_data" in request.storage.get_subjects) is legacy
    assert request.storage.get_subjects[0] == "lti.get_data", "the standard's name first"


@pytest.mark.parametrize("name", ["x'];alert(1)//", "<b>", "a b", "x" * 65, "é"])
def test_a_frame_that_is_none_is_not_looked_for(lms: Lms, name: str) -> None:
    assert begun(lms, lti_storage_target=name)[0].storage is None


def test_messages_go_to_the_origin_of_the_login_and_nowhere_else(lms: Lms) -> None:
    canvas = platform(
        issuer="https://canvas.instructure.com",
        authorization_endpoint="https://sso.canvaslms.com/api/lti/authorize_redirect",
    )
    request, _ = begun(Lms(canvas, lms.key), lti_storage_target="post_message_forwarding")
    assert request.storage is not None
    assert request.storage.origin == "https://sso.canvaslms.com"


def test_the_secret_is_neither_state_nor_nonce_and_each_login_has_its_own(lms: Lms) -> None:
    one, _ = begun(lms, lti_storage_target="_parent")
    two, _ = begun(lms, lti_storage_target="_parent")
    assert one.storage is not None
    assert two.storage is not None
    assert one.storage.key != two.storage.key
    assert one.binding_secret not in (one.state, one.nonce, one.storage.key)
    assert one.binding_secret not in one.redirect_url


# ---- how it comes back


def test_it_works(lms: Lms) -> None:
    message = receive(lms, posted(*begun(lms)))
    assert message.sub == "5"


def test_the_page_holds_nothing_of_the_launch(lms: Lms) -> None:
    _, form = begun(lms)
    token = seal_launch(form, STATE_KEYS)
    assert form[1][1] not in token
    assert token != seal_launch(form, STATE_KEYS)
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize(
    ("secret", "code"),
    [("guessed", "lti_state_browser"), ("", "lti_binding_missing"), (None, "lti_binding_missing")],
)
def test_a_wrong_or_missing_secret_opens_nothing_and_the_login_is_spent(
    lms: Lms, secret: Any, code: str
) -> None:
    request, form = begun(lms)
    body = posted(request, form, secret=secret)
    assert code_of(lambda: receive(lms, body)) == code
    # Then the caller knows what to spend, so that nobody may guess again
    confirmation = read_confirmation(body, STATE_KEYS, NOW)
    right = receive(lms, posted(request, form))
    assert confirmation.state.nonce_hash == right.nonce_hash
    assert request.binding_secret not in repr(confirmation)


def test_submitted_twice_it_is_one_login(lms: Lms) -> None:
    body = posted(*begun(lms))
    assert receive(lms, body).nonce_hash == receive(lms, body).nonce_hash, (
        "a unique insert of it has one winner"
    )


def test_a_token_of_another_login_is_refused(lms: Lms) -> None:
    mine, form = begun(lms)
    other, _ = begun(lms)
    assert code_of(lambda: receive(lms, posted(other, form))) == "lti_confirmation"
    assert code_of(lambda: receive(lms, posted(mine, form, state="x"))) == "lti_confirmation"


def test_too_late_is_too_late(lms: Lms) -> None:
    body = posted(*begun(lms))
    assert code_of(lambda: receive(lms, body, timedelta(minutes=11))) == "lti_state"


def test_keys_may_be_changed_under_way(lms: Lms) -> None:
    request, form = begun(lms)
    new_first = [b"n" * 32, *STATE_KEYS]
    assert read_confirmation(posted(request, form), new_first, NOW).secret == request.binding_secret
    assert code_of(lambda: read_confirmation(posted(request, form), [b"n" * 32], NOW)) == "lti_confirmation"


@pytest.mark.parametrize(
    "changes",
    [
        {"token": None}, {"token": 5}, {"token": ""}, {"token": "é"}, {"token": "AAAA"}, {"token": "%%%"},
        {"token": "A" * 5000}, {"secret": ["x"]}, {"secret": 5}, {"secret": "x" * 5000}, {"state": None},
    ],
)  # fmt: skip
def test_what_no_page_of_ours_would_post(lms: Lms, changes: dict[str, Any]) -> None:
    assert code_of(lambda: receive(lms, posted(*begun(lms), **changes))) == "lti_confirmation"


@given(st.one_of(st.binary(max_size=60), st.just(b"x" * 300_000), st.just(b"[]")))
def test_whatever_is_posted(body: bytes) -> None:
    with pytest.raises(lti.LtiError) as refusal:
        read_confirmation(body, STATE_KEYS, NOW)
    assert refusal.value.code == "lti_confirmation"


def test_an_altered_token_is_refused(lms: Lms) -> None:
    request, form = begun(lms)
    token = seal_launch(form, STATE_KEYS)
    for place in (0, 20, len(token) // 2):
        other = "A" if token[place] != "A" else "B"
        body = posted(request, form, token=token[:place] + other + token[place + 1 :])
        assert code_of(lambda body=body: receive(lms, body)) == "lti_confirmation"  # type: ignore[misc]


# ---- only a page of ours, in the same browser


def headers(**changes: str | None) -> Callable[[str], str | None]:
    sent = {"Origin": BASE_URL, "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
    named = {name.replace("_", "-"): value for name, value in changes.items()}
    return (sent | named).get


def test_our_own_page_may_confirm() -> None:
    check_confirmation(headers(), BASE_URL)
    check_confirmation(headers(Content_Type="application/json; charset=utf-8"), BASE_URL)


@pytest.mark.parametrize(
    "changes",
    [
        {"Origin": None},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "http://trainer.example"},
        {"Origin": "https://trainer.example.evil.example"},
        {"Origin": "https://trainer.example:8443"},
        {"Sec_Fetch_Site": None},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "none"},
        {"Content_Type": None},
        {"Content_Type": "text/plain"},
        {"Content_Type": "application/x-www-form-urlencoded"},
        {"Content_Type": "application/jsonp"},
    ],
)
def test_an_attackers_page_with_the_right_secret_may_not(changes: dict[str, str | None]) -> None:
    assert code_of(lambda: check_confirmation(headers(**changes), BASE_URL)) == "lti_confirmation"
    assert lti.ERROR_CODES["lti_confirmation"].status == 403
