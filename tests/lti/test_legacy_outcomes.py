"""A score on its way to an LMS that speaks LTI 1.1 only: what is sent, and what each answer means."""

from __future__ import annotations

import locale
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import lti
from lti.legacy import LegacyConsumer, LegacyOutcome, deliver_result, result_body, result_text
from tests.lti.legacy_side import CONSUMER, OUTCOME_URL, Cosnics, pox_answer, xml_reader
from tests.lti.sides import NOW, Server, answer

OUTCOME = LegacyOutcome(OUTCOME_URL, '{"data":"a&b<c>\'"}')
NAMESPACE = "{http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0}"


@pytest.fixture
def deliver(tmp_path: Path) -> Any:
    """Deliver one score; the answers are read by the service's own hardened reader."""

    def deliver(
        *answers: Any, consumer: LegacyConsumer = CONSUMER, outcome: LegacyOutcome = OUTCOME, **more: Any
    ) -> tuple[Any, Server]:
        server = Server(*answers)
        body = result_body(outcome, 1, "m-1")
        read = xml_reader(tmp_path)
        return deliver_result(
            server, consumer, outcome, body, NOW, read_xml=read, user_agent="x", **more
        ), server

    return deliver


def test_cosnics_takes_it(deliver: Any) -> None:
    cosnics = Cosnics()
    outcome, server = deliver(cosnics)
    assert outcome == lti.Delivered(200)
    asked = server.requests[0]
    assert (asked["method"], asked["url"]) == ("POST", OUTCOME_URL)
    assert asked["headers"]["Content-Type"] == "application/xml"
    assert re.match(r"OAuth \w", asked["headers"]["Authorization"]), "capital O, one blank"
    sent = ElementTree.fromstring(cosnics.bodies[0])
    assert sent.tag == f"{NAMESPACE}imsx_POXEnvelopeRequest"
    found = {name: sent.findtext(f".//{NAMESPACE}{name}") for name in ("sourcedId", "textString", "language")}
    assert found == {"sourcedId": OUTCOME.sourced_id, "textString": "1.0", "language": "en"}
    assert sent.findtext(f".//{NAMESPACE}imsx_messageIdentifier") == "m-1"
    assert (
        sent.find(f"./{NAMESPACE}imsx_POXBody/{NAMESPACE}replaceResultRequest/{NAMESPACE}resultRecord")
        is not None
    )


def test_open_edx_signs_without_the_query(deliver: Any) -> None:
    edx = replace(CONSUMER, family=None)
    outcome, _ = deliver(Cosnics(query_is_signed=False), consumer=edx, family_code="openedx")
    assert outcome == lti.Delivered(200)
    refused, _ = deliver(Cosnics(query_is_signed=False), consumer=edx)
    assert refused.reason == "refused"


def test_an_address_that_is_not_encoded_is_signed_all_the_same(deliver: Any) -> None:
    outcome = replace(OUTCOME, service_url="https://chamilo.example/x?application=A&go=B&[c]=d|e")
    # RFC 3986 has no | in a query, so such an address is none that we would send to
    assert deliver(Cosnics(), outcome=outcome)[0].reason == "foreign_host"
    brackets = replace(OUTCOME, service_url="https://chamilo.example/x?go=B&c[]=d")
    assert deliver(Cosnics(), outcome=brackets)[0] == lti.Delivered(200)
    percent = replace(OUTCOME, service_url="https://chamilo.example/x?go=B&c=100%&d=%zz")
    assert deliver(Cosnics(), outcome=percent)[0] == lti.Delivered(200)


def test_every_attempt_has_a_nonce_of_its_own(deliver: Any) -> None:
    headers = [deliver(Cosnics())[1].requests[0]["headers"]["Authorization"] for _ in range(2)]
    nonces = [re.findall(r'oauth_nonce="([^"]{16,})"', header) for header in headers]
    assert nonces[0] != nonces[1]


@pytest.mark.parametrize(
    ("score", "text"),
    [
        (0, "0.0"),
        (1, "1.0"),
        (1.0, "1.0"),
        (0.5, "0.5"),
        (0.92, "0.92"),
        (1 / 3, "0.333333"),
        (1e-9, "0.0"),
        (0.1 + 0.2, "0.3"),
    ],
)
def test_a_score_has_a_point(score: float, text: str) -> None:
    assert result_text(score) == text


def test_a_score_has_a_point_in_every_locale() -> None:
    before = locale.setlocale(locale.LC_ALL)
    try:
        for name in ("nl_BE.UTF-8", "de_DE.UTF-8", "C.UTF-8"):
            try:
                locale.setlocale(locale.LC_ALL, name)
            except locale.Error:
                continue  # not on this machine
            assert result_text(0.5) == "0.5"
    finally:
        locale.setlocale(locale.LC_ALL, before)


@pytest.mark.parametrize("score", [-0.1, 1.1, float("nan"), float("inf")])
def test_no_score_outside_0_and_1(score: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        result_text(score)


def test_what_xml_cannot_hold_is_not_sent() -> None:
    with pytest.raises(ValueError, match="control"):
        result_body(replace(OUTCOME, sourced_id="a\0"), 1, "m")


@pytest.mark.parametrize(
    ("given", "kind", "reason", "unknown"),
    [
        (pox_answer("failure", "User unknown"), lti.Refused, "refused", None),
        (pox_answer("Failure"), lti.Refused, "refused", None),
        (pox_answer("unsupported"), lti.Refused, "refused", None),
        (pox_answer("processing"), lti.Retry, "busy", True),
        (pox_answer(""), lti.Retry, "protocol", True),
        (pox_answer("success", status=400), lti.Refused, "refused", None),
        (pox_answer("failure", status=403), lti.Refused, "forbidden", None),
        (answer(200, b"<html><body>Sign in</body></html>"), lti.Retry, "protocol", True),
        (answer(200, b"<html><br></html>"), lti.Retry, "protocol", True),
        (answer(200, b""), lti.Retry, "protocol", True),
        (answer(302, b""), lti.Retry, "redirected", False),
        (answer(401, b""), lti.Retry, "token_refused", False),
        (answer(404, b""), lti.Refused, "refused", None),
        (answer(500, b""), lti.Retry, "server_error", True),
        (answer(503, b""), lti.Retry, "busy", False),
        (lti.HttpFailure("reset", True), lti.Retry, "reset", True),
        (lti.HttpFailure("refused", False), lti.Retry, "refused", False),
    ],
)
def test_what_an_answer_means(
    deliver: Any, given: Any, kind: type, reason: str, unknown: bool | None
) -> None:
    outcome, _ = deliver(given)
    assert isinstance(outcome, kind)
    assert outcome.reason == reason  # type: ignore[attr-defined]
    if unknown is not None:
        assert outcome.outcome_unknown is unknown  # type: ignore[attr-defined]


def test_the_lms_says_why(deliver: Any) -> None:
    refusal, _ = deliver(pox_answer("failure", "User\nunknown"))
    assert refusal.detail == "failure User unknown"


def test_a_throttled_lms_is_waited_for(deliver: Any) -> None:
    assert isinstance(deliver(answer(429))[0], lti.RateLimited)


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><imsx_codeMajor>&e;</imsx_codeMajor>',
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>',
        "<!DOCTYPE x><imsx_statusInfo><imsx_codeMajor>success</imsx_codeMajor></imsx_statusInfo>".encode(
            "utf-16"
        ),
        b"<a>" * 50_000,
        b'<x xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd"/></x>',
    ],
)
def test_a_hostile_answer_is_not_read(deliver: Any, body: bytes) -> None:
    outcome, _ = deliver(answer(200, body))
    assert (type(outcome), outcome.reason) == (lti.Retry, "protocol")


def test_a_score_goes_nowhere_else(deliver: Any) -> None:
    elsewhere = replace(OUTCOME, service_url="https://evil.example/outcome")
    outcome, server = deliver(pox_answer("success"), outcome=elsewhere)
    assert (outcome.reason, server.requests) == ("foreign_host", [])
