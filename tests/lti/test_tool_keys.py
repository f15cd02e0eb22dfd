"""Our own keys: strong, published without their private part, and rotated without a gap."""

from __future__ import annotations

import json
from datetime import timedelta

import jwt
import pytest

import lti
from lti.keys import KEEP_AFTER_USE, ROTATE_EVERY, ToolKey, sign
from tests.lti.sides import NOW, platform

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def keys() -> list[ToolKey]:
    """Three keys, made on days 0, 90 and 180."""
    return [lti.generate_key(NOW + index * ROTATE_EVERY) for index in range(3)]


def test_a_new_key_is_strong_and_named_by_its_thumbprint(keys: list[ToolKey]) -> None:
    import base64
    from hashlib import sha256

    public = keys[0].public_jwk()
    assert keys[0].key.public_key.key_size == 3072
    members = json.dumps(
        {"e": public["e"], "kty": "RSA", "n": public["n"]}, separators=(",", ":"), sort_keys=True
    )
    thumbprint = base64.urlsafe_b64encode(sha256(members.encode()).digest()).rstrip(b"=").decode()
    assert public["kid"] == keys[0].kid == thumbprint


def test_what_is_published_says_what_it_is_for_and_keeps_the_secret(keys: list[ToolKey]) -> None:
    for public in lti.published_key_set(keys, NOW)["keys"]:
        assert sorted(public) == ["alg", "e", "kid", "kty", "n", "use"]
        assert (public["alg"], public["use"], public["kty"]) == ("RS256", "sig", "RSA")


def test_a_key_survives_being_stored(keys: list[ToolKey]) -> None:
    restored = lti.load_key(keys[0].private_pem(), keys[0].created_at)
    assert restored.public_jwk() == keys[0].public_jwk()
    token = sign({"a": 1}, restored)
    public = jwt.PyJWK(keys[0].public_jwk()).key
    assert jwt.decode(token, public, ["RS256"]) == {"a": 1}
    with pytest.raises(ValueError):
        lti.load_key(keys[0].key.as_pem(private=False), NOW)


def test_the_first_key_signs_at_once(keys: list[ToolKey]) -> None:
    assert lti.signing_key(keys[:1], NOW) is keys[0]
    with pytest.raises(ValueError):
        lti.signing_key([], NOW)


def test_a_new_key_is_published_a_day_before_it_signs(keys: list[ToolKey]) -> None:
    made = keys[1].created_at
    for at, signer in ((made, keys[0]), (made + DAY - timedelta(seconds=1), keys[0]), (made + DAY, keys[1])):
        assert lti.signing_key(reversed(keys[:2]), at) is signer
        assert keys[1] in lti.published_keys(keys[:2], at)


def test_an_old_key_stays_a_week_after_its_last_use_and_then_goes(keys: list[ToolKey]) -> None:
    last_use = keys[1].created_at + DAY
    assert lti.published_keys(keys[:2], last_use + KEEP_AFTER_USE) == keys[:2]
    assert lti.expired_keys(keys[:2], last_use + KEEP_AFTER_USE) == []
    after = last_use + KEEP_AFTER_USE + timedelta(seconds=1)
    assert lti.published_keys(keys[:2], after) == keys[1:2]
    assert lti.expired_keys(keys[:2], after) == keys[:1]


def test_whatever_signed_in_the_last_week_is_still_published(keys: list[ToolKey]) -> None:
    for day in range(400):
        at = NOW + day * DAY
        present = [key for key in keys if key.created_at <= at]
        published = lti.published_keys(present, at)
        for ago in range(8):
            earlier = at - ago * DAY
            then = [key for key in keys if key.created_at <= earlier]
            if then:
                assert lti.signing_key(then, earlier) in published


def test_a_rotation_is_due_every_ninety_days(keys: list[ToolKey]) -> None:
    assert lti.rotation_is_due([], NOW)
    assert not lti.rotation_is_due(keys[:1], NOW + 89 * DAY)
    assert lti.rotation_is_due(keys[:1], NOW + 90 * DAY)


def test_two_rotations_in_a_hurry_leave_no_gap(keys: list[ToolKey]) -> None:
    hurried = [ToolKey(key.kid, NOW + timedelta(hours=hour), key.key) for hour, key in enumerate(keys)]
    assert lti.signing_key(hurried, NOW + timedelta(hours=3)) is hurried[0]
    assert lti.published_keys(hurried, NOW + timedelta(hours=3)) == hurried


def test_a_client_assertion_is_what_platforms_expect(keys: list[ToolKey]) -> None:
    token = lti.client_assertion(platform(), keys[0], NOW)
    header = jwt.get_unverified_header(token)
    assert header == {"alg": "RS256", "typ": "JWT", "kid": keys[0].kid}
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["iss"] == claims["sub"] == "client-1"
    assert claims["aud"] == "https://lms.example/token"
    assert claims["iat"] < NOW.timestamp(), "Moodle grants no leeway"
    assert claims["exp"] == claims["iat"] + 300
    other = jwt.decode(lti.client_assertion(platform(), keys[0], NOW), options={"verify_signature": False})
    assert len(claims["jti"]) >= 43
    assert claims["jti"] != other["jti"]


def test_an_audience_of_its_own(keys: list[ToolKey]) -> None:
    def audience(**registration: str) -> str:
        token = lti.client_assertion(platform(**registration), keys[0], NOW)
        return str(jwt.decode(token, options={"verify_signature": False})["aud"])

    assert audience(audience="https://aud.example") == "https://aud.example"
    brightspace = {"token_endpoint": "https://auth.brightspace.com/core/connect/token"}
    assert audience(family="desire2learn", **brightspace) == "https://api.brightspace.com/auth/token"
    assert audience(family="brightspace", audience="https://aud.example") == "https://aud.example"


def test_who_only_says_to_be_brightspace_gets_nothing_that_is_good_there(keys: list[ToolKey]) -> None:
    """Given an LMS that calls itself Brightspace, and its client as one of Brightspace's: what we sign for its own
    token endpoint could be handed in at Brightspace, and would open another school's gradebook."""
    strangers = platform(client_id="a-school-at-brightspace", family="desire2learn")
    token = lti.client_assertion(strangers, keys[0], NOW)
    assert jwt.decode(token, options={"verify_signature": False})["aud"] == strangers.token_endpoint
