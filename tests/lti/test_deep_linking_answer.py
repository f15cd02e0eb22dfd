"""The chosen modules go back to the course (Deep Linking 2.0, 4.5; Security Framework 1.1, 5.2.1)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import jwt
import pytest

import lti
from tests.lti.sides import BASE_URL, CLAIM, NOW, TARGET
from tests.lti.test_deep_linking_request import Receive, with_settings

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
LINK = lti.PlacedLink("l-1", TARGET, "Warme band", "Twintig minuten", {"module": "warme-band"})


def answer(
    receive: Receive, key: lti.ToolKey, *links: lti.PlacedLink, note: str | None = None, **settings: Any
) -> dict[str, Any]:
    """What the platform reads, after it has verified it with our published key set."""
    request = receive(with_settings(**settings))
    assert isinstance(request, lti.DeepLinkingRequest)
    token = lti.answer_request(request, links, base_url=BASE_URL, key=key, now=NOW, message=note)
    published = jwt.PyJWKSet.from_dict(lti.published_key_set([key], NOW))[key.kid]
    assert jwt.get_unverified_header(token)["kid"] == key.kid
    read: dict[str, Any] = jwt.decode(
        token,
        published,
        ["RS256"],
        audience="https://lms.example",
        options={"verify_exp": False, "verify_iat": False},
    )
    return read


def item(receive: Receive, key: lti.ToolKey, link: lti.PlacedLink, **settings: Any) -> dict[str, Any]:
    read: dict[str, Any] = answer(receive, key, link, **settings)[DL + "content_items"][0]
    return read


def test_it_works(receive: Receive, tool_key: lti.ToolKey) -> None:
    read = answer(receive, tool_key, LINK, data="opaque")
    assert read.pop("exp") - read["iat"] <= 300
    assert read.pop("iat") <= NOW.timestamp()
    assert len(read.pop("nonce")) >= 22
    assert read == {
        "iss": "client-1",
        "aud": "https://lms.example",
        CLAIM + "deployment_id": "30",
        CLAIM + "message_type": "LtiDeepLinkingResponse",
        CLAIM + "version": "1.3.0",
        DL + "data": "opaque",
        DL + "content_items": [
            {
                "type": "ltiResourceLink",
                "url": TARGET,
                "title": "Warme band",
                "text": "Twintig minuten",
                "custom": {
                    "module": "warme-band",
                    "link": "l-1",
                    "link_history": "$ResourceLink.id.history",
                    "course_history": "$Context.id.history",
                },
            }
        ],
    }


def test_it_is_still_valid_when_the_browser_arrives(receive: Receive, tool_key: lti.ToolKey) -> None:
    read = answer(receive, tool_key, LINK)
    assert read["exp"] > (NOW + timedelta(minutes=4)).timestamp()
    assert NOW.tzinfo is UTC


@pytest.mark.parametrize("data", ["", "x", 'a"b\\c', "é\u2028\x00\ud800", " padded "])
def test_data_goes_back_exactly_as_it_came(receive: Receive, tool_key: lti.ToolKey, data: str) -> None:
    assert answer(receive, tool_key, LINK, data=data)[DL + "data"] == data


def test_no_data_goes_back_where_none_came(receive: Receive, tool_key: lti.ToolKey) -> None:
    assert DL + "data" not in answer(receive, tool_key, LINK)


def test_choosing_nothing_is_an_answer_too(receive: Receive, tool_key: lti.ToolKey) -> None:
    read = answer(receive, tool_key, note="Niets\ngekozen")
    assert read[DL + "content_items"] == []
    assert read[DL + "msg"] == "Niets gekozen"


def test_two_answers_have_two_nonces(receive: Receive, tool_key: lti.ToolKey) -> None:
    assert answer(receive, tool_key, LINK)["nonce"] != answer(receive, tool_key, LINK)["nonce"]


def test_several_links_where_the_platform_takes_several(receive: Receive, tool_key: lti.ToolKey) -> None:
    two = (LINK, replace(LINK, id="l-2"))
    read = answer(receive, tool_key, *two, accept_multiple="true")
    assert [item["custom"]["link"] for item in read[DL + "content_items"]] == ["l-1", "l-2"]
    with pytest.raises(ValueError, match="one link"):
        answer(receive, tool_key, *two, accept_multiple="false")
    assert len(answer(receive, tool_key, LINK, accept_multiple=False)[DL + "content_items"]) == 1


def test_no_link_where_the_platform_wants_files(receive: Receive, tool_key: lti.ToolKey) -> None:
    with pytest.raises(ValueError, match="no links"):
        answer(receive, tool_key, LINK, accept_types=["file"])


@pytest.mark.parametrize(
    "url", ["https://evil.example/", "javascript:alert(1)", "/lti/launch", "//trainer.example/"]
)
def test_a_placed_link_opens_this_service(receive: Receive, tool_key: lti.ToolKey, url: str) -> None:
    with pytest.raises(ValueError, match="this service"):
        answer(receive, tool_key, replace(LINK, url=url))


COLUMN = lti.GradeColumn(score_maximum=1, resource_id="warme-band", tag="buddy")


def test_a_column_is_asked_for_where_the_platform_takes_it(receive: Receive, tool_key: lti.ToolKey) -> None:
    link = replace(LINK, column=COLUMN)
    assert item(receive, tool_key, link, accept_lineitem=True)["lineItem"] == {
        "scoreMaximum": 1,
        "label": "Warme band",
        "resourceId": "warme-band",
        "tag": "buddy",
    }
    for refusal in (False, "false", None):
        assert "lineItem" not in item(receive, tool_key, link, accept_lineitem=refusal)


def test_a_column_says_when_its_work_can_be_looked_at(receive: Receive, tool_key: lti.ToolKey) -> None:
    link = replace(LINK, column=replace(COLUMN, is_reviewable=True))
    told = item(receive, tool_key, link, accept_lineitem=True)["lineItem"]
    assert told["submissionReview"] == {"reviewableStatus": ["Completed"]}


def test_a_link_without_a_grade_has_no_column(receive: Receive, tool_key: lti.ToolKey) -> None:
    assert "lineItem" not in item(receive, tool_key, LINK, accept_lineitem=True)


@pytest.mark.parametrize("maximum", [0, 101, -1, 1.5, "1", True])
def test_a_maximum_that_moodle_would_refuse_is_refused_here(maximum: Any) -> None:
    with pytest.raises(ValueError, match="maximum"):
        lti.GradeColumn(score_maximum=maximum)


@pytest.mark.parametrize(
    ("target", "offered", "asked"),
    [
        ("iframe", ["iframe", "window"], {"iframe"}),
        ("window", ["iframe"], set()),
        ("window", None, {"window"}),
        (None, ["iframe"], set()),
    ],
)
def test_where_it_opens(
    receive: Receive, tool_key: lti.ToolKey, target: Any, offered: Any, asked: set[str]
) -> None:
    made = item(receive, tool_key, replace(LINK, target=target), accept_presentation_document_targets=offered)
    assert {"iframe", "window"} & set(made) == asked


def test_titles_and_texts_are_plain_and_short(receive: Receive, tool_key: lti.ToolKey) -> None:
    nasty = "<b>A</b>\0\x1b\ud800\n" + "x" * 300
    made = item(receive, tool_key, replace(LINK, title=nasty, text=nasty))
    for text in (made["title"], made["text"]):
        assert text.startswith("<b>A</b> x"), "not ours to escape: it is text, and says what it says"
        assert len(text) == 255
        json.dumps(text).encode()


def test_a_custom_parameter_cannot_become_two(receive: Receive, tool_key: lti.ToolKey) -> None:
    with pytest.raises(ValueError, match="module"):
        item(receive, tool_key, replace(LINK, custom={"module": "a\nlink=l-9"}))


def test_a_link_has_its_own_id_and_cannot_be_given_anothers(receive: Receive, tool_key: lti.ToolKey) -> None:
    assert item(receive, tool_key, replace(LINK, custom={"link": "l-9"}))["custom"]["link"] == "l-1"
    assert len({lti.new_link_id() for _ in range(100)}) == 100
    assert len(lti.new_link_id()) >= 22
