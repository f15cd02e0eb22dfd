"""A platform tells that a course was copied (Platform Notification Service 1.0)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

import lti
from lti.services import AccessToken, PlatformServices
from tests.lti.sides import (
    CLAIM,
    DELETE,
    NOW,
    HeldKeys,
    Lms,
    Server,
    SharedTokens,
    answer,
    code_of,
    jwk,
    platform,
)
from tests.lti.test_deep_linking_request import Receive

ENDPOINT = lti.NoticeEndpoint("https://lms.example/api/lti/notice-handlers/106", ("LtiContextCopyNotice",))
HANDLER = "https://trainer.example/lti/notices/7"


def notice(lms: Lms, changes: Mapping[str, Any] | None = None, signer: Lms | None = None) -> dict[str, str]:
    """As Canvas writes it: no subject, an hour to live."""
    claims: dict[str, Any] = {
        "iss": lms.registration.issuer,
        "aud": lms.registration.client_id,
        "azp": lms.registration.client_id,
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 3600,
        "nonce": "2d220edf-2f1c-4be4-b38e-ec80b1c6749d",
        CLAIM + "version": "1.3.0",
        CLAIM + "deployment_id": "106:8865aa05",
        CLAIM + "notice": {"id": "n-1", "timestamp": "2026-11-21T10:00:00Z", "type": "LtiContextCopyNotice"},
        CLAIM + "context": {"id": "c-2026", "label": "x", "title": "x"},
        CLAIM + "origin_contexts": ["c-2025"],
    } | dict(changes or {})
    claims = {name: value for name, value in claims.items() if value is not DELETE}
    return {"jwt": (signer or lms).token(claims)}


def read(lms: Lms, *notices: Any) -> lti.Notices:
    return lti.read_notices(json.dumps({"notices": notices}).encode(), only(lms), lms.keys, NOW)


def only(lms: Lms) -> Callable[[str, str], lti.Platform | None]:
    """This platform is the only one."""
    return lambda issuer, client_id: lms.registration if (issuer, client_id) == lms.registration.key else None


def test_it_works(lms: Lms) -> None:
    found = read(lms, notice(lms))
    assert found.refused == []
    copied = found.copies[0]
    assert (copied.notice_id, copied.deployment_id) == ("n-1", "106:8865aa05")
    assert (copied.origins, copied.context_id) == (("c-2025",), "c-2026")
    assert copied.nonce_expires_at > NOW + timedelta(hours=1)


def test_one_that_comes_twice_is_known_by_its_nonce(lms: Lms) -> None:
    first, again = read(lms, notice(lms)).copies[0], read(lms, notice(lms)).copies[0]
    assert first.nonce_hash == again.nonce_hash


def test_a_bad_notice_does_not_spoil_the_others(lms: Lms, other_key: Any) -> None:
    forger = Lms(lms.registration, other_key)
    good = notice(lms)
    tampered = {"jwt": good["jwt"][:-6] + "AAAAAA"}
    other = notice(lms, {CLAIM + "notice": {"id": "n", "type": "LtiHelloWorldNotice"}})
    found = read(
        lms, tampered, notice(lms, signer=forger), None, "x", {"jwt": 5}, {"jwt": "x" * 70_000}, other, good
    )
    assert [copied.notice_id for copied in found.copies] == ["n-1"]
    assert found.others == ["LtiHelloWorldNotice"]
    assert [refusal.code for refusal in found.refused] == ["lti_signature"] * 2 + ["lti_notice"] * 4


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iss": "https://other.example"}, "lti_platform_unknown"),
        ({"iss": DELETE}, "lti_issuer"),
        ({"aud": "other"}, "lti_platform_unknown"),
        ({"aud": []}, "lti_audience"),
        ({"aud": ["client-1", "other"]}, "lti_audience"),
        ({"azp": "other"}, "lti_azp"),
        ({"exp": int(NOW.timestamp()) - 61}, "lti_time"),
        ({"iat": int(NOW.timestamp()) - 3600}, "lti_time"),
        ({"nonce": DELETE}, "lti_nonce"),
        ({CLAIM + "version": "1.1.0"}, "lti_version"),
        ({CLAIM + "notice": DELETE}, "lti_claims"),
        ({CLAIM + "notice": {"id": "n"}}, "lti_claims"),
        ({CLAIM + "notice": {"type": "LtiContextCopyNotice"}}, "lti_claims"),
        ({CLAIM + "deployment_id": DELETE}, "lti_claims"),
        ({CLAIM + "context": DELETE}, "lti_claims"),
        ({CLAIM + "context": {"id": 5}}, "lti_claims"),
        ({CLAIM + "origin_contexts": "c-2025"}, "lti_claims"),
        ({CLAIM + "origin_contexts": [{"id": "c"}]}, "lti_claims"),
    ],
)
def test_a_notice_that_is_not_what_it_should_be(lms: Lms, changes: dict[str, Any], code: str) -> None:
    found = read(lms, notice(lms, changes))
    assert ([refusal.code for refusal in found.refused], found.copies) == ([code], [])


def test_a_notice_may_not_say_what_was_copied(lms: Lms) -> None:
    assert read(lms, notice(lms, {CLAIM + "origin_contexts": DELETE})).copies[0].origins == ()


def test_a_launch_is_no_notice(lms: Lms) -> None:
    found = read(lms, {"jwt": lms.token(lms.claims("n"))})
    assert [refusal.code for refusal in found.refused] == ["lti_claims"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"notices": {}}',
        b'{"notices": null}',
        b"\xff",
        b'{"notices": [' + b"1," * 200 + b"1]}",
    ],
)
def test_what_is_no_delivery_at_all(lms: Lms, body: bytes) -> None:
    assert code_of(lambda: lti.read_notices(body, only(lms), lms.keys, NOW)) == "lti_notice"


def test_a_platform_whose_keys_cannot_be_had_is_told_apart(lms: Lms) -> None:
    class Unreachable(HeldKeys):
        def key_for(self, _platform: lti.Platform, _kid: str, _now: Any) -> Any:
            raise lti.LtiError("lti_keys_unavailable")

    keys = Unreachable(json.dumps({"keys": [jwk(lms.key, "kid-1")]}).encode())
    body = json.dumps({"notices": [notice(lms)]}).encode()
    found = lti.read_notices(body, only(lms), keys, NOW)
    assert [refusal.code for refusal in found.refused] == ["lti_keys_unavailable"]


# ---- asking for them


def test_a_launch_says_where_to_ask(receive: Receive) -> None:
    claim = {
        "service_versions": ["1.0"],
        "platform_notification_service_url": ENDPOINT.url,
        "scope": [lti.NOTICE_HANDLERS],
        "notice_types_supported": ["LtiContextCopyNotice", 5, None],
    }
    message = receive({CLAIM + "platformnotificationservice": claim})
    assert isinstance(message, lti.ResourceLinkLaunch)
    assert message.notices == ENDPOINT
    bare = receive(
        {CLAIM + "platformnotificationservice": {"platform_notification_service_url": "javascript:x"}}
    )
    assert isinstance(bare, lti.ResourceLinkLaunch)
    assert bare.notices is None


def subscribe(
    tool_key: lti.ToolKey, given: Any, endpoint: lti.NoticeEndpoint = ENDPOINT
) -> tuple[Any, Server]:
    server, shared, scopes = Server(given), SharedTokens(), frozenset((lti.NOTICE_HANDLERS,))
    shared.save(platform(), scopes, AccessToken("t", scopes, NOW, NOW + timedelta(hours=1)))
    services = PlatformServices(server, shared, lambda _now: tool_key, "x")
    return lti.subscribe(services, platform(), endpoint, HANDLER, NOW), server


def test_we_ask_for_notices_of_copies(tool_key: lti.ToolKey) -> None:
    done, server = subscribe(
        tool_key, answer(200, {"notice_type": "LtiContextCopyNotice", "handler": HANDLER})
    )
    assert done is True
    asked = server.requests[0]
    assert (asked["method"], asked["url"]) == ("PUT", ENDPOINT.url)
    assert json.loads(asked["body"]) == {"notice_type": "LtiContextCopyNotice", "handler": HANDLER}


def test_who_has_none_to_give_is_not_asked(tool_key: lti.ToolKey) -> None:
    done, server = subscribe(
        tool_key, answer(200), lti.NoticeEndpoint(ENDPOINT.url, ("LtiHelloWorldNotice",))
    )
    assert (done, server.requests) == (False, [])


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (answer(403), lti.Refused),
        (answer(404), lti.Refused),
        (answer(429), lti.RateLimited),
        (answer(500), lti.Retry),
        (answer(302), lti.Retry),
        (lti.HttpFailure("timeout", True), lti.Retry),
    ],
)
def test_when_asking_fails(tool_key: lti.ToolKey, given: Any, kind: type) -> None:
    assert isinstance(subscribe(tool_key, given)[0], kind)


def test_our_token_goes_to_the_platform_only(tool_key: lti.ToolKey) -> None:
    elsewhere = lti.NoticeEndpoint("https://evil.example/handlers", ENDPOINT.types)
    done, server = subscribe(tool_key, answer(200), elsewhere)
    assert (done.reason, server.requests) == ("foreign_host", [])
