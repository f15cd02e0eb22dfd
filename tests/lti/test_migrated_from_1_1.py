"""The same person after the LMS moved from LTI 1.1 to 1.3 (LTI 1.3 Migration Guide)."""

from __future__ import annotations

import hmac
from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest

import lti
from lti.messages import MigrationClaim
from tests.lti.sides import CLAIM, NOW, Browser, Lms, Tool, platform

SECRET = "my-lti11-secret"


def launched(
    lms: Lms, claim: dict[str, Any] | None, secret: str = SECRET, **others: Any
) -> lti.ResourceLinkLaunch:
    """A launch of a platform that signs with the old secret what the guide says."""
    request, browser = lms.begin(), Browser()
    browser.follow(request)
    expires = int(NOW.timestamp()) + 60
    text = f"key-1&30&https://lms.example&client-1&{expires}&{request.nonce}"
    signature = b64encode(hmac.digest(secret.encode(), text.encode(), "sha256")).decode()
    changes = dict(others)
    if claim is not None:
        changes[CLAIM + "lti1p1"] = {
            "oauth_consumer_key": "key-1",
            "oauth_consumer_key_sign": signature,
        } | claim
    form = [("state", request.state), ("id_token", lms.token(lms.claims(request.nonce, changes)))]
    return Tool(lms).receive(form, browser)


SECRETS = {"key-1": SECRET, "empty": ""}.get


def test_it_works(lms: Lms) -> None:
    launch = launched(lms, {"user_id": "34212", "context_id": "c-old", "resource_link_id": "r-old"})
    assert lti.verify_migration(launch, SECRETS) == lti.Migration("key-1", "34212", "c-old", "r-old")


def test_the_example_of_the_guide(launch: Any) -> None:
    claim = MigrationClaim(
        consumer_key="179248902",
        signature="lWd54kFo5qU7xshAna6v8BwoBm6tmUjc6GTax6+12ps=",
        signed_text="179248902&689302&https://lmsvendor.com&PM48OJSfGDTAzAo&1551290856&172we8671fd8z",
        user_id="34212",
        context_id=None,
        resource_link_id=None,
    )
    found = lti.verify_migration(replace(launch(), migration=claim), {"179248902": SECRET}.get)
    assert found == lti.Migration("179248902", "34212", "2", "39")


def test_what_did_not_change_is_not_sent(lms: Lms) -> None:
    assert lti.verify_migration(launched(lms, {}), SECRETS) == lti.Migration("key-1", "5", "2", "39")


def test_brightspace_tells_the_user_in_a_claim_of_its_own(lms: Lms) -> None:
    launch = launched(lms, {}, **{CLAIM + "lti11_legacy_user_id": "u-old"})
    found = lti.verify_migration(launch, SECRETS)
    assert found is not None
    assert found.user_id == "u-old"


def test_a_legacy_id_that_nothing_proves_joins_nobody(lms: Lms) -> None:
    assert (
        lti.verify_migration(launched(lms, None, **{CLAIM + "lti11_legacy_user_id": "u-old"}), SECRETS)
        is None
    )


@pytest.mark.parametrize(
    "claim",
    [
        {"oauth_consumer_key_sign": "lWd54kFo5qU7xshAna6v8BwoBm6tmUjc6GTax6+12ps="},
        {"oauth_consumer_key_sign": "é"},
        {"oauth_consumer_key": "key-2"},
        {"oauth_consumer_key": "empty"},
    ],
)
def test_a_signature_that_does_not_fit_joins_nobody(lms: Lms, claim: dict[str, Any]) -> None:
    assert lti.verify_migration(launched(lms, {"user_id": "34212"} | claim), SECRETS) is None


def test_another_secret_joins_nobody(lms: Lms) -> None:
    assert lti.verify_migration(launched(lms, {"user_id": "1"}, secret="guessed"), SECRETS) is None


def test_a_signature_from_another_launch_joins_nobody(lms: Lms) -> None:
    stolen = launched(lms, {"user_id": "34212"}).migration
    assert stolen is not None
    later = launched(lms, {"user_id": "34212", "oauth_consumer_key_sign": stolen.signature})
    assert lti.verify_migration(later, SECRETS) is None, "the nonce is another one"


@pytest.mark.parametrize(
    "claim",
    [
        {"oauth_consumer_key_sign": None},
        {"oauth_consumer_key_sign": ["x"]},
        {"oauth_consumer_key": None},
        {"oauth_consumer_key": 5},
        {"user_id": ["x"]},
        {"user_id": "a\0"},
        {"context_id": "x" * 300},
    ],
)
def test_a_malformed_claim_keeps_nobody_from_the_course(lms: Lms, claim: dict[str, Any]) -> None:
    launch = launched(lms, claim)
    assert launch.migration is None
    assert lti.verify_migration(launch, SECRETS) is None


@pytest.mark.parametrize("claim", ["x", 5, [], {}, [1]])
def test_a_claim_that_is_no_object_neither(lms: Lms, launch: Any, claim: object) -> None:
    assert launch({CLAIM + "lti1p1": claim}).migration is None


def test_the_audience_may_be_a_list(launch: Any) -> None:
    claim = {"oauth_consumer_key": "k", "oauth_consumer_key_sign": "s"}
    read = launch({CLAIM + "lti1p1": claim, "aud": ["client-1"]}, registration=platform()).migration
    assert "&client-1&" in read.signed_text
