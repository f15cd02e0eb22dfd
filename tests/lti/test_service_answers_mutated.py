"""Whatever a platform's services answer, a delivery ends in an outcome that the worker knows."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import lti
from lti.grades import Delivered, LineItemGone, TooOld
from tests.lti.sides import NOW, Server, SharedKeySets, SharedTokens, platform

JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(
                st.sampled_from(
                    ["access_token", "token_type", "expires_in", "scope", "error", "id", "keys", "kid"]
                ),
                st.sampled_from(
                    ["resourceLinkId", "scoreMaximum", "label", "tag", "n", "e", "kty", "alg", "use"]
                ),
                st.text(max_size=5),
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=8,
)
BODIES = st.one_of(st.binary(max_size=50), JSON.map(lambda value: json.dumps(value).encode()))
HEADERS = st.dictionaries(
    st.sampled_from(["Retry-After", "Link", "X-Rate-Limit-Remaining", "Cache-Control", "Location"]),
    st.one_of(
        st.text(max_size=40),
        st.sampled_from(['<https://lms.example/2>; rel="next"', "-1", "nan", "max-age=5"]),
    ),
)
ANSWERS = st.one_of(
    st.builds(lti.HttpResponse, st.integers(100, 599), HEADERS, BODIES),
    st.builds(lti.HttpResponse, st.just(200), HEADERS, BODIES),
    st.builds(
        lti.HttpFailure, st.sampled_from(["timeout", "reset", "refused", "certificate"]), st.booleans()
    ),
)
FAMILIES = st.sampled_from(
    [None, "moodle", "canvas", "openedx", "BlackboardLearn", "desire2learn", "chamilo", "x"]
)


@settings(deadline=None)
@given(answers=st.lists(ANSWERS, min_size=1, max_size=6), family=FAMILIES)
def test_any_answers(tool_key: lti.ToolKey, answers: list[Any], family: str | None) -> None:
    services = lti.PlatformServices(Server(*answers), SharedTokens(), lambda _now: tool_key, "x")
    body = lti.score_body(lti.Score("5", 1, 1, NOW))
    outcome = lti.deliver_score(services, platform(), "https://lms.example/1", body, NOW, family_code=family)
    assert isinstance(outcome, Delivered | TooOld | LineItemGone | lti.Retry | lti.RateLimited | lti.Refused)
    if isinstance(outcome, lti.Retry | lti.RateLimited) and outcome.after is not None:
        assert timedelta(0) <= outcome.after <= timedelta(hours=1)
    if isinstance(outcome, lti.Refused):
        assert outcome.reason in lti.REFUSALS
    found = lti.find_line_item(
        services,
        platform(),
        "https://lms.example/items",
        NOW + timedelta(minutes=1),
        scope=(lti.LINE_ITEM_READ,),
        resource_link_id="1",
        family_code=family,
    )
    assert isinstance(found, lti.LineItem | lti.NoLineItem | lti.Retry | lti.RateLimited | lti.Refused)


@settings(deadline=None)
@given(answers=st.lists(ANSWERS, min_size=1, max_size=4))
def test_any_key_set(answers: list[Any]) -> None:
    keys = lti.KeySets(SharedKeySets(), Server(*answers), "x", lambda _seconds: None)
    for second in range(0, 30, 10):
        try:
            keys.key_for(platform(), "kid-1", NOW + timedelta(seconds=second))
        except lti.LtiError as refusal:
            assert refusal.code in {"lti_key", "lti_keys_unavailable"}
