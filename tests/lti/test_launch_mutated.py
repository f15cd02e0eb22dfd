"""Whatever a platform, a browser or an attacker sends, a launch ends in a message or in a coded refusal."""

from __future__ import annotations

import base64
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import RSAKey

import lti
from tests.lti.sides import BASE_URL, CLAIM, NOW, Browser, Lms, Tool

ANY_CASE = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NAMES = [
    "iss", "aud", "azp", "sub", "iat", "exp", "nbf", "nonce", "name", "given_name", "family_name", "email",
    *(CLAIM + name for name in (
        "message_type", "version", "deployment_id", "target_link_uri", "roles", "resource_link", "context", "custom",
        "launch_presentation", "tool_platform", "lis", "role_scope_mentor",
    )),
    "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint",
    "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice",
    "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings",
    *(CLAIM + name for name in ("for_user", "lti1p1", "lti11_legacy_user_id", "platformnotificationservice")),
]  # fmt: skip
INNER = ["id", "title", "label", "type", "locale", "return_url", "guid", "product_family_code", "scope", "lineitem",
         "lineitems", "context_memberships_url", "service_versions", "module",
         "user_id", "accept_types", "accept_multiple", "accept_lineitem", "deep_link_return_url", "data",
         "oauth_consumer_key", "oauth_consumer_key_sign", "platform_notification_service_url",
         "notice_types_supported", "link_history", "course_history"]  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=30),
    st.text(st.characters(min_codepoint=0, max_codepoint=0x10FFFF, exclude_categories=()), max_size=20),
    st.sampled_from(
        ["", "1.3.0", "LtiResourceLinkRequest", "moodle", "$X", "\0", "\ud800", "https://a@b/", "[", "//x"]
    ),
    st.integers(250, 300).map(lambda length: "x" * length),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(INNER), TEXTS), inner, max_size=4),
    ),
    max_leaves=8,
)


def refused_or_taken(tool: Tool, fields: Any, browser: Browser) -> None:
    try:
        message = tool.receive(fields, browser)
    except lti.LtiError as refusal:
        assert 400 <= refusal.status < 500
    else:
        # What was taken can be stored and shown
        shown = [message.sub, message.deployment_id, message.name, message.email, message.resource_link.id]
        shown += [message.resource_link.title, *message.roles, *message.custom, *message.custom.values()]
        if message.context is not None:
            shown += [message.context.id, message.context.title, message.context.label, *message.context.type]
        for text in shown:
            assert text is None or "\0" not in text.encode().decode()
        assert not message.is_lecturer


@ANY_CASE
@given(changes=st.dictionaries(st.sampled_from(NAMES), VALUES, min_size=1, max_size=4))
def test_claims_of_any_type(lms: Lms, tool: Tool, changes: dict[str, Any]) -> None:
    browser, request = Browser(), lms.begin()
    browser.follow(request)
    payload = json.dumps(lms.claims(request.nonce, changes)).encode()
    key = RSAKey.import_key(lms.key)
    token = jws.serialize_compact({"alg": "RS256", "kid": lms.kid}, payload, key, ["RS256"])
    refused_or_taken(tool, [("state", request.state), ("id_token", token)], browser)


MESSAGES = [
    "LtiDeepLinkingRequest",
    "LtiSubmissionReviewRequest",
    "DataPrivacyLaunchRequest",
    "LtiResourceLinkRequest",
]
GOOD = {
    "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings": {
        "deep_link_return_url": "https://lms.example/"
    },
    CLAIM + "for_user": {"user_id": "7"},
}


@ANY_CASE
@given(kind=st.sampled_from(MESSAGES), changes=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4))
def test_claims_of_any_type_in_any_message(lms: Lms, tool: Tool, kind: str, changes: dict[str, Any]) -> None:
    browser, request = Browser(), lms.begin()
    browser.follow(request)
    payload = lms.claims(request.nonce, GOOD | {CLAIM + "message_type": kind} | changes)
    key = RSAKey.import_key(lms.key)
    token = jws.serialize_compact(
        {"alg": "RS256", "kid": lms.kid}, json.dumps(payload).encode(), key, ["RS256"]
    )
    try:
        message = tool.receive_any([("state", request.state), ("id_token", token)], browser)
    except lti.LtiError as refusal:
        assert 400 <= refusal.status < 500
    else:
        for text in (message.sub, message.name, *message.link_history, *message.course_history):
            assert text is None or "\0" not in text.encode().decode()


@ANY_CASE
@given(data=st.data())
def test_forms_with_any_byte_changed(lms: Lms, tool: Tool, data: st.DataObject) -> None:
    browser, request = Browser(), lms.begin()
    browser.follow(request)
    form = [["state", request.state], ["id_token", lms.token(lms.claims(request.nonce))]]
    for _ in range(data.draw(st.integers(1, 3))):
        field = data.draw(st.integers(0, len(form) - 1))
        part = data.draw(st.integers(0, 1))
        text = form[field][part]
        start = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 5))
        form[field][part] = text[:start] + data.draw(TEXTS) + text[start + length :]
        if data.draw(st.booleans()):
            form.append(list(form[field]))
    refused_or_taken(tool, [tuple(pair) for pair in form], browser)


@ANY_CASE
@given(
    header=st.dictionaries(
        st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "zip"]), VALUES, max_size=4
    )
)
def test_headers_of_any_type(lms: Lms, tool: Tool, header: dict[str, Any]) -> None:
    browser, request = Browser(), lms.begin()
    browser.follow(request)
    head, payload, signature = lms.token(lms.claims(request.nonce)).split(".")
    changed = json.dumps({"alg": "RS256", "kid": lms.kid} | header).encode()
    head = base64.urlsafe_b64encode(changed).rstrip(b"=").decode()
    refused_or_taken(tool, [("state", request.state), ("id_token", f"{head}.{payload}.{signature}")], browser)


@ANY_CASE
@given(
    fields=st.lists(
        st.tuples(
            st.sampled_from(["iss", "login_hint", "target_link_uri", "lti_message_hint", "client_id", "x"]),
            st.one_of(TEXTS, st.just("https://trainer.example/lti/launch"), st.just("https://lms.example")),
        ),
        max_size=7,
    )
)
def test_login_initiations_of_any_kind(lms: Lms, fields: list[tuple[str, str]]) -> None:
    try:
        login = lti.read_login(fields, BASE_URL)
    except lti.LtiError as refusal:
        assert refusal.status == 400
        return
    request = lti.begin_login(
        login, lms.registration, redirect_uri=f"{BASE_URL}/lti/launch", state_keys=[b"k" * 32], now=NOW
    )
    assert request.redirect_url.startswith("https://lms.example/auth?")
    assert request.redirect_url.isascii()
    assert request.redirect_url.isprintable()
