"""A teacher places modules by deep linking: chooses from the catalogue, and the LMS gets a signed answer, once."""

import re
from typing import Any

import jwt
import pytest
from sqlalchemy import select, update

from lti.keys import ToolKey
from tests.support.house import count
from tests.support.lms import ABSENT, CLAIM, DL, INSTRUCTOR, LEARNER, MEMBERSHIP, Lms
from tests.trainer.conftest import BASE_URL, House
from tests.trainer.desks.lti.choosing import choose, claims, handed_over, items, second_module, teacher
from tests.trainer.web.visitors import Visitor
from trainer.catalogue.models import Module
from trainer.courses.models import Placement, PlacingRequest, Visit
from trainer.courses.placing import purge_placing
from trainer.institutions.models import WaitingDeployment
from trainer.learning.models import Enrolment

DEVELOPER = f"{MEMBERSHIP}#ContentDeveloper"


def test_it_works(house: House, tool_key: ToolKey) -> None:
    who = teacher(house)

    answer = choose(who, "groeten")

    address, token = handed_over(answer)
    assert address == f"{house.lms.issuer}/placed?course=1"
    assert jwt.get_unverified_header(token)["kid"] == tool_key.kid
    said = claims(house, answer)
    assert (said["iss"], said["aud"]) == (house.lms.client_id, house.lms.issuer)
    assert said["exp"] - said["iat"] <= 300
    assert said["iat"] <= house.clock().timestamp() < said["exp"]
    assert said["nonce"]
    assert said[CLAIM + "deployment_id"] == "1"
    assert said[CLAIM + "message_type"] == "LtiDeepLinkingResponse"
    assert said[CLAIM + "version"] == "1.3.0"
    assert said[DL + "data"] == "geheim=1&x='<", "goes back as it came"
    (item,) = said[DL + "content_items"]
    with house.database.reading() as connection:
        placed = connection.execute(select(Placement.public_id)).scalar_one()
    assert item["type"] == "ltiResourceLink"
    assert item["url"] == f"{BASE_URL}/lti/launch/groeten"
    assert item["custom"] == {
        "module": "groeten",
        "link": placed,
        "link_history": "$ResourceLink.id.history",
        "course_history": "$Context.id.history",
    }
    assert item["lineItem"] == {
        "scoreMaximum": 1, "label": item["title"], "resourceId": placed, "tag": "buddy-trainer",
        "submissionReview": {"reviewableStatus": ["Completed"]},
    }  # fmt: skip


def test_without_data_none_goes_back(house: House) -> None:
    assert DL + "data" not in claims(house, choose(teacher(house, data=ABSENT), "groeten"))


def test_the_page_hands_over_to_the_lms_alone(house: House) -> None:
    who = teacher(house)
    before = who.get(who.home).headers["Content-Security-Policy"]

    after = choose(who, "groeten").headers["Content-Security-Policy"]

    assert "form-action 'self';" in before
    assert f"form-action {house.lms.issuer};" in after
    for policy in (before, after):
        assert f"frame-ancestors {house.lms.issuer}" in policy


@pytest.mark.parametrize("address", ["javascript:alert(1)", "https://evil.example/placed", "", ABSENT])
def test_an_address_that_is_not_the_platforms_is_refused(house: House, address: Any) -> None:
    answer = house.lms.ask_for_modules(house.browser(), house.clock(), deep_link_return_url=address)

    assert answer.status_code == 400
    assert "LTI-RETURN-URL" in answer.get_data(as_text=True)
    assert count(house, PlacingRequest) == 0


def test_what_the_lms_writes_is_shown_as_text(house: House) -> None:
    said = f"{house.lms.issuer}/placed?a=1&quot;b='onclick='"
    title = {CLAIM + "context": {"id": "course-1", "title": "<script>alert(1)</script>"}}

    who = teacher(house, title, deep_link_return_url=said)
    page = who.get(who.home).get_data(as_text=True)

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    answer = choose(who, "groeten")
    assert handed_over(answer)[0] == said
    assert "&amp;quot;" in answer.get_data(as_text=True)


def test_several_at_once_in_the_order_of_the_learning_path(house: House) -> None:
    second_module(house)

    placed = items(house, choose(teacher(house), "afscheid", "groeten"))

    assert [item["custom"]["module"] for item in placed] == ["groeten", "afscheid"]
    assert len({item["custom"]["link"] for item in placed}) == 2


@pytest.mark.parametrize("says", [True, "true"])
def test_a_platform_that_says_true_in_words_takes_several_too(house: House, says: object) -> None:
    second_module(house)
    who = teacher(house, accept_multiple=says, accept_lineitem=says)

    placed = items(house, choose(who, "afscheid", "groeten"))

    assert len(placed) == 2
    assert all("lineItem" in item for item in placed)


@pytest.mark.parametrize("says", [False, "false", ABSENT])
def test_a_platform_that_takes_one_gets_one(house: House, says: object) -> None:
    second_module(house)
    who = teacher(house, accept_multiple=says)
    assert 'type="radio"' in who.get(who.home).get_data(as_text=True)

    refused = choose(who, "afscheid", "groeten")

    assert refused.status_code == 400
    assert count(house, Placement) == 0
    assert len(items(house, choose(who, "afscheid"))) == 1, "nothing was spent by the refusal"


@pytest.mark.parametrize("says", [False, "false", ABSENT])
def test_a_column_is_asked_for_only_where_the_platform_takes_it(house: House, says: object) -> None:
    who = teacher(house, accept_lineitem=says)
    assert 'name="column"' not in who.get(who.home).get_data(as_text=True)

    assert "lineItem" not in items(house, choose(who, "groeten"))[0]


def test_each_module_gets_a_column_or_none(house: House) -> None:
    second_module(house)

    placed = items(house, choose(teacher(house), "afscheid", "groeten", columns=("afscheid",)))

    assert ["lineItem" in item for item in placed] == [False, True]


def test_a_platform_that_wants_something_else_than_links_is_told_so(house: House) -> None:
    answer = house.lms.ask_for_modules(house.browser(), house.clock(), accept_types=["file", "html"])

    assert answer.status_code == 400
    assert "LTI-MESSAGE-TYPE" in answer.get_data(as_text=True)


def test_who_designs_the_course_may_place_too(house: House) -> None:
    assert items(house, choose(teacher(house, {CLAIM + "roles": [DEVELOPER]}), "groeten"))


def test_where_no_cookie_holds_the_new_window_is_to_choose_in(house: House) -> None:
    asked = house.lms.log_in(house.browser(), target_link_uri=f"{BASE_URL}/lti/deep-linking")
    token = house.lms.sign(house.lms.claims(asked["nonce"], house.clock()))

    page = house.lms.post(house.browser(), asked["state"], token).get_data(as_text=True)

    assert "Modules kiezen in een nieuw venster" in page
    assert "Module openen" not in page


@pytest.mark.parametrize("roles", [[LEARNER], [], [f"{MEMBERSHIP}#Mentor"]])
def test_a_learner_may_not_place(house: House, roles: list[str]) -> None:
    browser = house.browser()

    answer = house.lms.ask_for_modules(browser, house.clock(), {CLAIM + "roles": roles})

    assert answer.status_code == 403
    assert "LTI-MAY-NOT" in answer.get_data(as_text=True)
    assert "<h1>Je kunt hier geen modules plaatsen</h1>" in answer.get_data(as_text=True)
    assert browser.get_cookie("__Host-s", domain="127.0.0.1") is None
    assert count(house, PlacingRequest) == 0


def test_an_unknown_deployment_waits_for_the_operator(house: House) -> None:
    answer = house.lms.ask_for_modules(house.browser(), house.clock(), {CLAIM + "deployment_id": "99"})

    assert answer.status_code == 403
    assert count(house, WaitingDeployment) == 1


def test_a_request_is_answered_once(house: House) -> None:
    who = teacher(house)
    assert choose(who, "groeten").status_code == 200

    for again in (choose(who, "groeten"), who.post(who.home, form={"cancel": "1"}), who.get(who.home)):
        assert again.status_code == 409
        assert "LTI-PLACED-ALREADY" in again.get_data(as_text=True)
    assert count(house, Placement) == 1


def test_a_request_is_open_for_an_hour(house: House) -> None:
    who = teacher(house)
    house.clock.move(minutes=40)
    assert who.get(who.home).status_code == 200, "still in use"
    house.clock.move(minutes=21)

    assert who.get(who.home).status_code == 410
    assert choose(who, "groeten").status_code == 410
    assert count(house, Placement) == 0
    with house.database.writing() as connection:
        purge_placing(connection, house.clock.move(days=2))
    assert count(house, PlacingRequest) == 0


def test_a_request_is_for_the_one_who_brought_it(house: House) -> None:
    who = teacher(house)
    other = teacher(house, {"sub": "teacher-2"})
    elsewhere = Lms(BASE_URL, client_id="client-2")
    try:
        elsewhere.register(house.database, house.clock(), name="Ander", institution="Andere hogeschool")
        # the same sub at another platform is another person
        same_name = house.browser()
        elsewhere.ask_for_modules(same_name, house.clock())
    finally:
        elsewhere.close()

    for stranger in (other, Visitor(same_name)):
        assert stranger.get(who.home).status_code == 404
    assert other.post(who.home, form={"module": "groeten"}).status_code == 404
    assert other.post(f"{who.home}/preview", form={"module": "groeten"}).status_code == 404
    assert other.get("/place/" + "0" * 32).status_code == 404
    assert other.get("/place/a%00b").status_code == 404
    assert choose(who, "groeten").status_code == 200


def test_the_nonce_is_spent(house: House) -> None:
    browser = house.browser()
    asked = house.lms.log_in(browser)
    told = {"deep_link_return_url": f"{house.lms.issuer}/placed", "accept_types": ["ltiResourceLink"]}
    changes = {
        CLAIM + "message_type": "LtiDeepLinkingRequest",
        CLAIM + "roles": [INSTRUCTOR],
        DL + "deep_linking_settings": told,
    }
    token = house.lms.sign(house.lms.claims(asked["nonce"], house.clock(), changes))
    cookies = dict(browser._cookies)  # type: ignore[attr-defined]

    assert house.lms.post(browser, asked["state"], token).status_code == 303, (
        "the launch address takes it too"
    )
    browser._cookies.update(cookies)  # type: ignore[attr-defined]
    assert house.lms.post(browser, asked["state"], token).status_code == 401
    assert count(house, PlacingRequest) == 1


def test_cancelling_sends_an_empty_answer(house: House) -> None:
    who = teacher(house)

    answer = who.post(who.home, form={"module": "groeten", "cancel": "1"})

    assert items(house, answer) == []
    assert count(house, Placement) == 0


def test_choosing_nothing_says_so_and_spends_nothing(house: House) -> None:
    who = teacher(house)

    answer = who.post(who.home)

    assert answer.status_code == 422
    assert "Kies minstens één module." in answer.get_data(as_text=True)
    assert choose(who, "groeten").status_code == 200


def test_a_module_that_is_not_offered_cannot_be_placed(house: House) -> None:
    second_module(house)
    who = teacher(house)
    with house.database.writing() as connection:
        connection.execute(update(Module).where(Module.key == "afscheid").values(retired_at=house.clock()))

    assert "Afscheid" not in who.get(who.home).get_data(as_text=True)
    for keys in (["nergens"], ["afscheid"], ["groeten", "afscheid"], ["\0"], [""]):
        assert choose(who, *keys).status_code == 404
    assert count(house, Placement) == 0


def test_what_was_placed_in_this_course_is_shown(house: House) -> None:
    choose(teacher(house), "groeten")
    house.clock.move(days=1)

    again = teacher(house)
    elsewhere = teacher(house, {CLAIM + "context": {"id": "course-2"}})
    nowhere = teacher(house, {CLAIM + "context": ABSENT})

    assert "Al geplaatst op 3 november om 14:00" in again.get(again.home).get_data(as_text=True)
    for other in (elsewhere, nowhere):
        assert "Al geplaatst" not in other.get(other.home).get_data(as_text=True)


@pytest.mark.parametrize(
    ("words", "is_shown"), [("groeten", True), ("GROÉTEN  naam", True), ("wiskunde", False), ("", True)]
)
def test_searching_without_a_script(house: House, words: str, is_shown: bool) -> None:
    who = teacher(house)

    page = who.get(who.home, query_string={"q": words}).get_data(as_text=True)

    card = re.search(r'<li class="offered"[^>]*>', page)
    assert card
    assert ("hidden" not in card[0]) == is_shown


def test_a_module_is_found_by_its_key_too(house: House) -> None:
    """Teachers know `rekenen-lager` by that name as well, from links and from older courses."""
    second_module(house)
    who = teacher(house)

    page = who.get(who.home, query_string={"q": "afscheid"}).get_data(as_text=True)

    hidden = {
        key: "hidden" in card
        for card, key in re.findall(r'(<li class="offered"[^>]*>).*?id="pick-([^"]*)"', page, re.DOTALL)
    }
    assert hidden == {"groeten": True, "afscheid": False}


def test_what_was_chosen_is_still_chosen_after_a_look_around(house: House) -> None:
    who = teacher(house)

    page = who.get(who.home, query_string={"module": "groeten", "bare": "groeten", "q": "zzz"}).get_data(
        as_text=True
    )

    assert re.search(r'name="module"[^>]* checked', page)
    assert not re.search(r'name="column"[^>]* checked', page)
    assert "hidden" not in re.findall(r'<li class="offered"[^>]*>', page)[0], (
        "what would be placed is in sight"
    )
    (said,) = re.findall(r'<p class="note" id="nothing"[^>]*>', page)
    assert "hidden" not in said, "what was chosen before is no answer to what is sought now"


def test_a_look_as_a_student_is_a_try_that_sends_no_score(house: House) -> None:
    who = teacher(house)

    look = who.post(f"{who.home}/preview", form={"module": "groeten"})

    assert look.status_code == 303
    assert who.get(look.headers["Location"]).status_code == 200
    assert who.post(f"{who.home}/preview", form={"module": "nergens"}).status_code == 404
    assert (count(house, Enrolment), count(house, Visit)) == (1, 0)


def test_a_preview_opens_a_window_only_where_the_session_comes_along(house: House) -> None:
    who = teacher(house)

    def page(where: str) -> str:
        return who.get(who.home, headers={"Sec-Fetch-Dest": where}).get_data(as_text=True)

    assert 'target="_blank"' in page("document")
    assert 'target="_blank"' not in page("iframe")
