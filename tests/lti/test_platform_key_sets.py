"""Platforms' keys:

Kept, fetched again when needed, and served when the platform's endpoint is down.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

import lti
from lti.keysets import MAX_BYTES, NEEDED, WISHED, KeySets, lifetime, parse_key_set
from tests.lti.sides import DELETE, NOW, Server, SharedKeySets, answer, code_of, jwk, platform, rsa_key

LMS = platform()
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def pair() -> tuple[rsa.RSAPrivateKey, rsa.RSAPrivateKey]:
    return rsa_key(), rsa_key()


@pytest.fixture(scope="module")
def old(pair: Any) -> dict[str, Any]:
    return jwk(pair[0], "old")


@pytest.fixture(scope="module")
def new(pair: Any) -> dict[str, Any]:
    return jwk(pair[1], "new")


def served(*keys: dict[str, Any], **headers: str) -> lti.HttpResponse:
    return answer(200, {"keys": list(keys)}, **headers)


def process(server: Server, shared: SharedKeySets, pause: Callable[[float], None] | None = None) -> KeySets:
    """One of the service's processes."""
    return KeySets(shared, server, "BuddyTrainer/test", pause or (lambda _seconds: None))


# ---- reading


def test_usable_keys_are_read_and_others_passed_over(old: Any, pair: Any) -> None:
    weak = [jwk(rsa_key(bits), f"weak-{bits}") for bits in (1024, 2047)]
    document = {
        "keys": [
            old,
            jwk(pair[1], "open-edx", alg=DELETE, use=DELETE),
            jwk(pair[1], "enc", use="enc"),
            jwk(pair[1], "rs512", alg="RS512"),
            jwk(pair[1], "sign-only", key_ops=["sign"]),
            jwk(pair[1], "verify", key_ops=["verify"]),
            jwk(pair[1], "no-n", n=DELETE),
            jwk(pair[1], "bad-n", n="%%%"),
            jwk(pair[1], "even", e="AA"),
            jwk(pair[1], "", kty="RSA"),
            jwk(pair[1], "old"),
            *weak,
            {"kty": "oct", "kid": "oct", "k": "AAAA"},
            {"kty": "EC", "kid": "ec", "crv": "P-256", "x": "AA", "y": "AA"},
            {"kid": "bare"},
            {"kty": "RSA", "kid": ["list"], "n": "AA", "e": "AQAB"},
            "text",
            None,
        ]
    }
    keys = parse_key_set(json.dumps(document).encode())
    assert sorted(keys) == ["old", "open-edx", "verify"]
    assert keys["old"].as_dict()["n"] == old["n"], "the first of two with one kid counts"


def test_a_private_key_that_a_platform_publishes_is_not_kept(pair: Any) -> None:
    from jwt.algorithms import RSAAlgorithm

    private = json.loads(RSAAlgorithm.to_jwk(pair[0])) | {"kid": "p", "key_ops": ["verify"]}
    keys = parse_key_set(json.dumps({"keys": [private]}).encode())
    assert not keys["p"].is_private


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": []}',
        b"<html>",
        b"[" * 9000,
        b"\xff",
        b" " * MAX_BYTES + b"{}",
    ],
)
def test_what_is_no_key_set(text: bytes) -> None:
    with pytest.raises(ValueError):
        parse_key_set(text)


@pytest.mark.parametrize(
    ("header", "life"),
    [
        (None, timedelta(hours=1)),
        ("max-age=1800", timedelta(minutes=30)),
        ("public, Max-Age = 600", timedelta(minutes=10)),
        ("max-age=0", 5 * MINUTE),
        ("no-store", 5 * MINUTE),
        ("no-cache, max-age=7200", 5 * MINUTE),
        ("max-age=999999999", timedelta(hours=24)),
        ("s-maxage=60", timedelta(hours=1)),
        ("max-age=soon", timedelta(hours=1)),
    ],
)
def test_a_set_lives_as_long_as_the_platform_says_within_limits(header: str | None, life: timedelta) -> None:
    assert lifetime(header) == life


# ---- keeping


def test_twenty_launches_fetch_once(old: Any) -> None:
    server = Server(served(old))
    keys = process(server, SharedKeySets())
    found = {id(keys.key_for(LMS, "old", NOW)) for _ in range(20)}
    assert len(found) == 1, "the parsed key is kept too"
    assert [request["url"] for request in server.requests] == ["https://lms.example/jwks"]
    assert server.requests[0]["headers"]["User-Agent"] == "BuddyTrainer/test"
    assert server.requests[0]["timeout"] == NEEDED


def test_a_second_process_takes_the_set_from_the_first(old: Any) -> None:
    server, shared = Server(served(old)), SharedKeySets()
    process(server, shared).key_for(LMS, "old", NOW)
    process(server, shared).key_for(LMS, "old", NOW + MINUTE)
    assert len(server.requests) == 1


def test_a_new_kid_is_found_at_once_by_all_processes(old: Any, new: Any) -> None:
    server, shared = Server(served(old), served(old, new)), SharedKeySets()
    one, two = process(server, shared), process(server, shared)
    one.key_for(LMS, "old", NOW)
    two.key_for(LMS, "old", NOW)
    one.key_for(LMS, "new", NOW + MINUTE)
    two.key_for(LMS, "new", NOW + MINUTE)
    assert len(server.requests) == 2


def test_a_flood_of_unknown_kids_fetches_once_in_ten_seconds(old: Any) -> None:
    server, shared = Server(served(old)), SharedKeySets()
    processes = [process(server, shared) for _ in range(4)]
    processes[0].key_for(LMS, "old", NOW)
    for second in range(20):
        at = NOW + MINUTE + timedelta(seconds=second)
        keys = processes[second % 4]
        assert code_of(lambda keys=keys, at=at: keys.key_for(LMS, "attacker", at)) == "lti_key"  # type: ignore[misc]
        keys.key_for(LMS, "old", at)
    assert len(server.requests) == 1 + 2


def test_a_withdrawn_key_is_refused_when_its_time_is_up(old: Any, new: Any) -> None:
    server = Server(served(old, Cache_Control="max-age=600"), served(new))
    keys = process(server, SharedKeySets())
    keys.key_for(LMS, "old", NOW)
    keys.key_for(LMS, "old", NOW + 9 * MINUTE)
    assert code_of(lambda: keys.key_for(LMS, "old", NOW + 10 * MINUTE)) == "lti_key"


@pytest.mark.parametrize(
    "trouble",
    [
        lti.HttpFailure("timeout", True),
        lti.HttpFailure("refused", False),
        lti.HttpFailure("certificate", False),
        lti.HttpFailure("too_big", True),
        answer(503, b"down"),
        answer(302, b"", Location="https://evil.example/jwks"),
        answer(404, b""),
        answer(200, b"<html>maintenance</html>"),
        answer(200, b"[]"),
        answer(200, {"keys": []}),
        answer(200, b"{" + b" " * 29_000_000),
    ],
    ids=str,
)
def test_the_last_good_set_is_served_while_the_endpoint_is_down(old: Any, trouble: Any) -> None:
    server, shared = Server(served(old), trouble), SharedKeySets()
    keys = process(server, shared)
    keys.key_for(LMS, "old", NOW)
    for hours in (2, 24):
        keys.key_for(LMS, "old", NOW + timedelta(hours=hours))
    # A process that starts meanwhile has it from the others
    process(server, shared).key_for(LMS, "old", NOW + timedelta(hours=24, seconds=1))
    later = NOW + timedelta(hours=25)
    assert code_of(lambda: keys.key_for(LMS, "unknown", later)) == "lti_key"
    assert len(server.requests) == 4


def test_nothing_is_believed_after_a_week_without_the_endpoint(old: Any) -> None:
    keys = process(Server(served(old), answer(503)), SharedKeySets())
    keys.key_for(LMS, "old", NOW)
    later = NOW + timedelta(days=8)
    assert code_of(lambda: keys.key_for(LMS, "old", later)) == "lti_keys_unavailable"


def test_a_platform_that_never_answered_is_unavailable_and_asked_again_later(old: Any) -> None:
    server = Server(lti.HttpFailure("timeout", True), served(old))
    keys = process(server, SharedKeySets())
    for second in range(5):
        at = NOW + timedelta(seconds=second)
        assert code_of(lambda at=at: keys.key_for(LMS, "old", at)) == "lti_keys_unavailable"  # type: ignore[misc]
    assert len(server.requests) == 1
    keys.key_for(LMS, "old", NOW + timedelta(seconds=10))


def test_a_known_key_waits_a_moment_for_a_renewal_an_unknown_one_longer(old: Any) -> None:
    server = Server(served(old), lti.HttpFailure("timeout", True))
    keys = process(server, SharedKeySets())
    keys.key_for(LMS, "old", NOW)
    keys.key_for(LMS, "old", NOW + timedelta(hours=2))
    code_of(lambda: keys.key_for(LMS, "unknown", NOW + timedelta(hours=3)))
    keys.key_for(LMS, "old", NOW + timedelta(hours=26))
    assert [request["timeout"] for request in server.requests] == [NEEDED, WISHED, NEEDED, NEEDED]


def test_a_hanging_fetch_holds_up_nobody_with_a_known_key(old: Any) -> None:
    # Given a platform whose endpoint hangs while one thread asks it for an unknown kid
    shared, hanging, released = SharedKeySets(), threading.Event(), threading.Event()

    def hang(_request: Any) -> lti.HttpResponse:
        hanging.set()
        released.wait(10)
        raise lti.HttpFailure("timeout", True)

    keys = process(Server(served(old), hang), shared)
    keys.key_for(LMS, "old", NOW)
    later = NOW + timedelta(hours=2)
    codes: list[str] = []
    waiting = threading.Thread(
        target=lambda: codes.append(code_of(lambda: keys.key_for(LMS, "unknown", later)))
    )
    waiting.start()
    assert hanging.wait(5)
    # Then launches with a known kid go on, in this process and in others, although the set's time is up
    keys.key_for(LMS, "old", later)
    process(Server(answer(503)), shared).key_for(LMS, "old", later)
    assert not released.is_set()
    released.set()
    waiting.join(5)
    assert codes == ["lti_key"]


def test_threads_that_need_the_same_new_key_share_one_fetch(old: Any, new: Any) -> None:
    arrived = threading.Barrier(8)
    server = Server(served(old), served(old, new))
    keys = process(server, SharedKeySets())
    keys.key_for(LMS, "old", NOW)
    found: list[object] = []

    def launch() -> None:
        arrived.wait(5)
        found.append(keys.key_for(LMS, "new", NOW + MINUTE))

    threads = [threading.Thread(target=launch) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert len(found) == 8
    assert len(server.requests) == 2


def test_a_process_waits_for_another_ones_fetch_but_not_again_and_again(old: Any, new: Any) -> None:
    server, shared, pauses = Server(served(old)), SharedKeySets(), []
    other = process(server, shared)
    other.key_for(LMS, "old", NOW)
    at = NOW + MINUTE

    def stored_meanwhile(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            text = json.dumps({"keys": [old, new]})
            shared.save(LMS, lti.StoredKeySet(text, at, at + timedelta(hours=1)))

    # Given another process that has claimed the fetch, and stores after the second look
    assert shared.claim_fetch(LMS, at, timedelta(seconds=10))
    process(server, shared, stored_meanwhile).key_for(LMS, "new", at)
    assert len(pauses) == 2
    # Given one that has claimed and never stores
    at, pauses = NOW + 2 * MINUTE, []
    assert shared.claim_fetch(LMS, at, timedelta(seconds=10))
    keys = process(server, shared, pauses.append)
    for _ in range(5):
        assert code_of(lambda: keys.key_for(LMS, "third", at)) == "lti_key"
    assert len(pauses) == 4


def test_a_changed_address_starts_anew(old: Any, new: Any) -> None:
    shared = SharedKeySets()
    keys = process(Server(served(old), served(new)), shared)
    keys.key_for(LMS, "old", NOW)
    moved = platform(jwks_uri="https://lms.example/other-jwks")
    keys.key_for(moved, "new", NOW + MINUTE)
    assert code_of(lambda: keys.key_for(moved, "old", NOW + MINUTE)) == "lti_key"


def test_a_spoilt_row_in_the_store_is_fetched_anew(old: Any) -> None:
    shared = SharedKeySets()
    shared.save(LMS, lti.StoredKeySet("spoilt", NOW, NOW + timedelta(hours=1)))
    process(Server(served(old)), shared).key_for(LMS, "old", NOW)


def test_platforms_have_nothing_of_each_other(old: Any, new: Any) -> None:
    keys = process(Server(served(old), served(new)), SharedKeySets())
    keys.key_for(LMS, "old", NOW)
    other = platform(issuer="https://other.example", jwks_uri="https://other.example/jwks")
    assert code_of(lambda: keys.key_for(other, "old", NOW)) == "lti_key"
