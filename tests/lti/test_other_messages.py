"""Messages that open no module: a learner's work from the gradebook, and what is held of a person."""

from __future__ import annotations

from typing import Any

import pytest

import lti
from tests.lti.sides import CLAIM, DELETE, MEMBERSHIP, code_of
from tests.lti.test_deep_linking_request import Receive

AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
REVIEW = {
    CLAIM + "message_type": "LtiSubmissionReviewRequest",
    CLAIM + "roles": [f"{MEMBERSHIP}#Instructor"],
    CLAIM + "for_user": {"user_id": "7", "name": "Cem", "roles": [f"{MEMBERSHIP}#Learner"]},
    AGS: {"lineitem": "https://lms.example/lineitems/32", "scope": []},
}
PRIVACY = {
    CLAIM + "message_type": "DataPrivacyLaunchRequest",
    CLAIM + "context": DELETE,
    CLAIM + "resource_link": DELETE,
    CLAIM + "roles": DELETE,
    CLAIM + "for_user": {"user_id": "7"},
}


def test_a_lecturer_opens_a_learners_work(receive: Receive) -> None:
    message = receive(REVIEW)
    assert isinstance(message, lti.SubmissionReview)
    assert (message.sub, message.for_user, message.is_lecturer) == ("5", lti.ForUser("7"), True)
    assert message.resource_link == lti.ResourceLink("39", "Warme band")
    assert message.ags is not None
    assert message.ags.lineitem == "https://lms.example/lineitems/32"
    assert "Cem" not in repr(message), "names are not needed, so not kept"


def test_a_learner_opens_the_own_work(receive: Receive) -> None:
    message = receive(
        REVIEW | {CLAIM + "for_user": {"user_id": "5"}, CLAIM + "roles": [f"{MEMBERSHIP}#Learner"]}
    )
    assert isinstance(message, lti.SubmissionReview)
    assert (message.for_user.user_id == message.sub, message.is_lecturer) == (True, False)


def test_a_review_without_a_link_is_found_by_its_column(receive: Receive) -> None:
    message = receive(REVIEW | {CLAIM + "resource_link": DELETE})
    assert isinstance(message, lti.SubmissionReview)
    assert message.resource_link is None


@pytest.mark.parametrize(
    "for_user", [DELETE, None, {}, [], {"name": "x"}, {"user_id": 7}, {"user_id": "x" * 256}, "7"]
)
def test_a_review_of_nobody_is_refused(receive: Receive, for_user: Any) -> None:
    assert code_of(lambda: receive(REVIEW | {CLAIM + "for_user": for_user})) == "lti_claims"


@pytest.mark.parametrize("spelling", ["DataPrivacyLaunchRequest", "LtiDataPrivacyLaunchRequest"])
def test_a_question_about_personal_data_in_both_spellings(receive: Receive, spelling: str) -> None:
    message = receive(PRIVACY | {CLAIM + "message_type": spelling})
    assert isinstance(message, lti.DataPrivacyLaunch)
    assert (message.for_user, message.context, message.roles) == (lti.ForUser("7"), None, ())
    assert not message.is_lecturer


def test_who_names_nobody_asks_for_the_own_data(receive: Receive) -> None:
    message = receive(PRIVACY | {CLAIM + "for_user": DELETE, CLAIM + "roles": []})
    assert isinstance(message, lti.DataPrivacyLaunch)
    assert message.for_user is None


def test_even_a_question_about_data_says_who_asks(receive: Receive) -> None:
    assert code_of(lambda: receive(PRIVACY | {"sub": DELETE})) == "lti_user"


@pytest.mark.parametrize(
    "kind", ["LtiStartProctoring", "ltiresourcelinkrequest", "", None, 5, ["LtiDeepLinkingRequest"]]
)
def test_other_messages_are_refused(receive: Receive, kind: object) -> None:
    assert code_of(lambda: receive({CLAIM + "message_type": kind})) == "lti_message_type"
