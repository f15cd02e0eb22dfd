"""Tokens that are no launch, whatever they say: form, header, algorithm, signature."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

import lti
from tests.lti.sides import CLAIM, Browser, Lms, Tool, code_of

NESTED = b'{"a":' * 1200


def segment(value: object) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "..",
        "...",
        "a.b",
        "é.é.é",
        f"{segment([])}.{segment({})}.AAAA",
        f"{segment(None)}.{segment({})}.AAAA",
        f"{segment(b'x' * 10)}.{segment({})}.AAAA",
        f"{segment(b'[' * 20000)}.{segment({})}.AAAA",
        f"{segment(NESTED)}.{segment({})}.AAAA",
        f"{segment({'alg': 'RS256'})}.{segment({})}.AAAA",
        f"{segment({'alg': 'RS256', 'kid': ''})}.{segment({})}.AAAA",
        f"{segment({'alg': 'RS256', 'kid': 5})}.{segment({})}.AAAA",
        f"{segment({'alg': 'RS256', 'kid': ['kid-1']})}.{segment({})}.AAAA",
        f"{segment({'alg': ['RS256'], 'kid': 'kid-1'})}.{segment({})}.AAAA",
        f"{segment({'alg': 'RS256', 'kid': 'kid-1'})}.{segment({})}.A",
        f"{segment({'alg': 'RS256', 'kid': 'kid-1'})}.{segment({})}.%%%%",
        f"{segment({'alg': 'RS256', 'kid': 'kid-1'})}.{segment({})}.{'A' * 4000}",
        "=" * 100,
    ],
)
def test_a_token_that_is_no_signed_jwt(lms: Lms, tool: Tool, browser: Browser, token: str) -> None:
    request = lms.begin()
    browser.follow(request)
    assert (
        code_of(lambda: tool.receive([("state", request.state), ("id_token", token)], browser))
        == "lti_header"
    )


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"kid": None}, "lti_header"),
        ({"kid": "imstester_66067"}, "lti_key"),
        ({"crit": ["exp"], "exp": 1}, "lti_header"),
        ({"crit": []}, "lti_header"),
        ({"b64": False}, "lti_header"),
        ({"jku": "https://attacker.example/jwks"}, "lti_header"),
        ({"x5u": "https://attacker.example/cert"}, "lti_header"),
        ({"jwk": {"kty": "RSA"}}, "lti_header"),
        ({"x5c": ["MII"]}, "lti_header"),
    ],
)
def test_a_header_that_asks_for_more_than_it_gets(
    lms: Lms, tool: Tool, browser: Browser, headers: dict[str, Any], code: str
) -> None:
    request = lms.begin()
    browser.follow(request)
    # Signed by hand, since no library writes such headers
    head = {"alg": "RS256", "kid": "kid-1"} | headers
    token = sign_by_hand(
        lms, {name: value for name, value in head.items() if value is not None}, request.nonce
    )
    assert code_of(lambda: tool.receive([("state", request.state), ("id_token", token)], browser)) == code


def sign_by_hand(lms: Lms, header: dict[str, Any], nonce: str, payload: bytes | None = None) -> str:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    content = payload if payload is not None else json.dumps(lms.claims(nonce)).encode()
    signed = f"{segment(header)}.{segment(content)}"
    signature = lms.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{segment(signature)}"


@pytest.mark.parametrize("alg", ["none", "nOnE", "HS256", "RS384", "RS512", "PS256", "ES256", "EdDSA", ""])
def test_no_other_algorithm_is_taken(lms: Lms, tool: Tool, browser: Browser, alg: str) -> None:
    import hmac

    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    request = lms.begin()
    browser.follow(request)
    signed = f"{segment({'alg': alg, 'kid': 'kid-1'})}.{segment(lms.claims(request.nonce))}"
    public = lms.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for signature in (b"", hmac.digest(public, signed.encode(), "sha256")):
        form = [("state", request.state), ("id_token", f"{signed}.{segment(signature)}")]
        assert code_of(lambda form=form: tool.receive(form, browser)) == "lti_header"  # type: ignore[misc]


def test_a_signature_that_is_not_the_platforms(
    lms: Lms, other_key: Any, tool: Tool, browser: Browser
) -> None:
    request = lms.begin()
    browser.follow(request)
    good = lms.token(lms.claims(request.nonce))
    head, payload, signature = good.split(".")
    teacher = lms.claims(request.nonce, {CLAIM + "roles": ["Instructor"]})
    flipped = ("A" if signature[10] != "A" else "B").join((signature[:10], signature[11:]))
    forged = Lms(lms.registration, other_key).token(lms.claims(request.nonce))
    for token in (
        f"{head}.{payload}.",
        f"{head}.{segment(teacher)}.{signature}",
        f"{head}.{payload}.{flipped}",
        f"{head}.{payload}.{signature[:-8]}",
        forged,
    ):
        form = [("state", request.state), ("id_token", token)]
        assert code_of(lambda form=form: tool.receive(form, browser)) == "lti_signature"  # type: ignore[misc]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"[]",
        b'"x"',
        b"{",
        b"[" * 40000,
        b'{"exp": NaN}',
        b'{"exp": Infinity}',
        b'{"exp": ' + b"9" * 5000 + b"}",
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        '{"a": 1}'.encode("utf-16"),
    ],
)
def test_a_payload_that_is_no_json_object(lms: Lms, tool: Tool, browser: Browser, payload: bytes) -> None:
    request = lms.begin()
    browser.follow(request)
    token = sign_by_hand(lms, {"alg": "RS256", "kid": "kid-1"}, request.nonce, payload)
    assert (
        code_of(lambda: tool.receive([("state", request.state), ("id_token", token)], browser))
        == "lti_claims"
    )


def test_unknown_key_bad_signature_and_unknown_issuer_look_the_same_outside() -> None:
    codes = [lti.ERROR_CODES[code] for code in ("lti_key", "lti_signature", "lti_issuer")]
    assert {(row.public, row.status) for row in codes} == {("lti_token", 401)}
