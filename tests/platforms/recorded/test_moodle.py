"""The service hears what a real Moodle 4.1 said: connecting, each launch, placing, who is in the course, a score."""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest

from lti.grades import score_url
from lti.keysets import parse_key_set
from lti.lineitems import LineItem, NoLineItem, find_line_item
from lti.registration import SCOPES, TOOL_CONFIGURATION
from lti.roles import INSTRUCTOR, LEARNER
from lti.roster import fetch_roster
from tests.platforms.recorded.heard import Heard, in_page, page_at
from tests.platforms.recorded.replay import LAUNCHES, recorded, recorded_names
from tests.platforms.stubs.campus import complete
from tests.support.house import BASE_URL
from tests.support.lms import AGS, CLAIM, DL
from tests.trainer.desks.lti.registering import code_of
from trainer.courses.models import Course, Link, PlacingRequest, Visit
from trainer.people.models import Identity

README = Path(__file__).parent / "moodle" / "README.md"
NAMES = {"student": "Ana Älvarez", "teacher": "Tina Teacher", "ta1": "Tom Assistant", "admin": "Admin User"}
URL_SAFE = re.compile(r"[A-Za-z0-9._~-]+")


# --- connecting ------------------------------------------------------------------------------------------------------


def test_the_recorded_registration_ends_in_a_platform_that_waits_to_be_switched_on(heard: Heard) -> None:
    """What the answer grants, its deployment, and nothing of the other tool that stands in it."""
    done = heard.registers()

    assert done.status_code == 200
    assert "js/registered.js" in done.get_data(as_text=True)
    (row,) = heard.service.registrations()
    told, answer = heard.moodle.told("openid-configuration"), recorded("dynamic-registration")
    for endpoint in ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"):
        assert row[endpoint] == told[endpoint]
    assert row["client_id"] == answer["registration_response"]["client_id"]
    assert (row["family"], row["pending"], row["active"]) == ("moodle", True, False)
    assert (row["withheld_scopes"], row["service_hosts"], row["audience"]) == ([], [], None)
    assert heard.service.deployments() == ["30"]


def test_what_we_ask_for_is_what_the_recorded_moodle_was_asked_for(heard: Heard) -> None:
    """The same fields with the same kinds of values, scopes that it offers, and a `domain` with its port."""
    heard.registers()

    registration = recorded("dynamic-registration")
    (sent,) = heard.moodle.sent_to(heard.moodle.told("openid-configuration")["registration_endpoint"])
    assert sent.header("Authorization") == "Bearer token-1"
    taken, asked = registration["registration_request"], sent.json
    assert {name: type(value) for name, value in asked.items()} == {
        name: type(value) for name, value in taken.items() if name in asked
    }
    assert set(taken) - set(asked) <= {"logo_uri"}
    tool, taken_tool = asked[TOOL_CONFIGURATION], taken[TOOL_CONFIGURATION]
    assert {name: type(value) for name, value in tool.items()} == {
        name: type(value) for name, value in taken_tool.items()
    }
    assert tool["domain"] == urlsplit(BASE_URL).netloc
    assert set(asked["scope"].split()) == set(SCOPES)
    assert set(SCOPES) <= set(recorded("openid-configuration")["scopes_supported"])
    assert set(tool["claims"]) <= set(recorded("openid-configuration")["claims_supported"])
    (placing,) = (one for one in tool["messages"] if one["type"] == "LtiDeepLinkingRequest")
    assert placing["placements"] == ["ContentArea"]


def test_a_launch_before_it_is_switched_on_is_told_so(heard: Heard) -> None:
    heard.registers()
    form = {**heard.moodle.told("login-initiation")["form"], "target_link_uri": f"{BASE_URL}/lti/launch"}

    refused = heard.service.browser().post("/lti/login", data=form, base_url=BASE_URL)

    assert (refused.status_code, code_of(refused)) == (403, "lti_platform_inactive")


def test_the_recorded_key_set_holds_one_key_that_can_be_used() -> None:
    [kid] = parse_key_set(json.dumps(recorded("moodle-jwks")).encode())

    assert {recorded(f"launch-{who}")["header"]["kid"] for who in LAUNCHES} == {kid}


# --- launches --------------------------------------------------------------------------------------------------------


def test_the_recorded_login_initiation_begins_a_login(heard: Heard) -> None:
    """By POST; hints go back as they came, state and nonce hold nothing that Moodle would take out."""
    heard.connects()
    told = recorded("login-initiation")["form"]
    asked = heard.moodle.begins(heard.service.browser(), told["login_hint"], f"{BASE_URL}/lti/launch/groeten")

    for name in ("client_id", "login_hint", "lti_message_hint"):
        assert asked[name] == told[name]
    (registered,) = heard.moodle.sent_to(heard.moodle.told("openid-configuration")["registration_endpoint"])
    assert asked["redirect_uri"] in registered.json["redirect_uris"]
    assert (asked["scope"], asked["response_type"]) == ("openid", "id_token")
    assert (asked["response_mode"], asked["prompt"]) == ("form_post", "none")
    assert URL_SAFE.fullmatch(asked["state"]) and URL_SAFE.fullmatch(asked["nonce"])


@pytest.mark.parametrize("who", LAUNCHES)
def test_each_recorded_launch_opens_the_module_in_the_right_role(heard: Heard, who: str) -> None:
    """The student learns; the teacher, the assistant and the administrator oversee, and get no score."""
    browser, home = heard.connects().comes(who)
    learns = who == "student"

    page = page_at(browser, home)
    text = unescape(page.get_data(as_text=True))
    assert re.fullmatch(r"/m/[\w-]+/", home)
    assert "Greeting by name" in text, "the recorded launches are in English"
    assert ("Score in Moodle van Hogeschool X" in text) == learns
    told = heard.moodle.told(f"launch-{who}")["payload"]
    back = told[CLAIM + "launch_presentation"]["return_url"]
    assert f'href="{back}" target="_top"' in text
    assert heard.moodle.issuer in page.headers["Content-Security-Policy"]

    visit = heard.only(Visit)
    assert (visit.is_lecturer, visit.may_place, visit.has_result) == (not learns, not learns, learns)
    person = heard.only(Identity)
    assert (person.sub, person.name) == (told["sub"], NAMES[who])
    overview = browser.get("/teach/", base_url=BASE_URL)
    assert overview.status_code == (403 if learns else 200)
    if not learns:
        assert "LTI Lab Course" in overview.get_data(as_text=True)


def test_a_recorded_launch_tells_course_link_and_gradebook(heard: Heard) -> None:
    heard.connects().comes("student")

    course, link, grades = heard.only(Course), heard.only(Link), heard.moodle.told("ags-claim")
    assert (course.context_id, course.label, course.title) == ("2", "LTI101", "LTI Lab Course")
    assert course.org_unit == "SIS-LTI101"
    assert course.memberships_url == heard.moodle.told("nrps-response")["request"]["url"]
    assert (link.resource_link_id, link.title, link.named_key) == ("39", "Picked quiz A", "groeten")
    assert (link.line_item_url, link.line_items_url) == (grades["lineitem"], grades["lineitems"])
    assert link.ags_scopes == grades["scope"]


def test_the_claim_of_grade_services_is_that_of_every_launch() -> None:
    for who in LAUNCHES:
        assert recorded(f"launch-{who}")["payload"][AGS] == recorded("ags-claim")


# --- placing ---------------------------------------------------------------------------------------------------------


def test_the_recorded_request_opens_the_picker_and_the_answer_keeps_to_it(heard: Heard) -> None:
    browser, picker = heard.connects().asks_for_modules()
    page = page_at(browser, picker)
    assert "LTI Lab Course" in page.get_data(as_text=True)
    form = {
        "csrf_token": in_page(r'<meta name="csrf-token" content="([^"]+)">', page),
        "module": ["groeten"],
        "column": ["groeten"],
    }
    handed = browser.post(picker, data=form, base_url=BASE_URL, headers={"Origin": BASE_URL})

    asked = heard.moodle.told("deep-linking-request")["payload"]
    settings = asked[DL + "deep_linking_settings"]
    assert f'action="{settings["deep_link_return_url"]}"' in unescape(handed.get_data(as_text=True))
    answer = answered(heard, in_page(r'name="JWT" value="([^"]*)"', handed))
    assert (answer["iss"], answer["aud"]) == (asked["aud"], asked["iss"])
    assert answer[CLAIM + "deployment_id"] == asked[CLAIM + "deployment_id"]
    assert answer[CLAIM + "message_type"] == "LtiDeepLinkingResponse"
    assert DL + "data" not in answer, "the request has none"
    [item] = answer[DL + "content_items"]
    assert item["type"] in settings["accept_types"]
    assert {"iframe", "window"} & set(item) <= set(settings["accept_presentation_document_targets"])
    assert item["url"] == f"{BASE_URL}/lti/launch/groeten"
    maximum = item["lineItem"]["scoreMaximum"]
    assert type(maximum) is int and 1 <= maximum <= 100
    assert all("\n" not in value for value in item["custom"].values())


def test_the_recorded_request_takes_several_and_columns(heard: Heard) -> None:
    """It says the first, and not the second: that is known of Moodle."""
    heard.connects().asks_for_modules()

    kept = heard.only(PlacingRequest)
    assert (kept.context_id, kept.course_title) == ("2", "LTI Lab Course")
    assert (kept.settings["accept_multiple"], kept.settings["accept_line_item"]) == (True, True)
    assert heard.only(Identity).sub == "3"


def answered(heard: Heard, token: str) -> dict[str, Any]:
    """The claims of an answer, checked with the key set that the service publishes, at Moodle's own time."""
    keys = heard.service.browser().get("/lti/jwks", base_url=BASE_URL).get_json()["keys"]
    [key] = [one for one in keys if one["kid"] == jwt.get_unverified_header(token)["kid"]]
    assert key["alg"] == "RS256"
    told: dict[str, Any] = jwt.decode(
        token,
        jwt.PyJWK(key).key,
        ["RS256"],
        audience=heard.moodle.issuer,
        options={"verify_exp": False, "verify_iat": False},
    )
    assert told["iat"] <= heard.service.clock().timestamp() < told["exp"]
    return told


# --- who is in the course --------------------------------------------------------------------------------------------


def test_the_recorded_roster_comes_with_the_teachers_launch(heard: Heard) -> None:
    """Short roles become whole ones; names are kept as Moodle writes them."""
    browser, _ = heard.connects().comes("teacher")
    heard.works()

    asked = heard.moodle.told("nrps-response")["request"]
    [sent] = heard.moodle.sent_to(asked["url"])
    assert (sent.method, sent.header("Accept")) == (asked["method"], asked["headers"]["Accept"])
    members = heard.members()
    assert {sub: (row.name, row.roles, row.is_learner, row.left_at) for sub, row in members.items()} == {
        "3": ("Tina Teacher", [INSTRUCTOR], False, None),
        "4": ("Tom Assistant", [LEARNER], True, None),
        "5": ("Ana Älvarez", [LEARNER], True, None),
        "6": ("Bo O'Brien", [LEARNER], True, None),
        "7": ("Cem 陈", [LEARNER], True, None),
    }
    course = heard.only(Course)
    page = page_at(browser, f"/teach/courses/{course.public_id}/")
    text = unescape(page.get_data(as_text=True))
    assert all(name in text for name in ("Ana Älvarez", "Bo O'Brien", "Cem 陈"))


def test_the_assistant_is_a_learner_in_the_roster_and_stays_a_lecturer_here(heard: Heard) -> None:
    browser, _ = heard.connects().comes("ta1")
    heard.works()

    assert heard.members()["4"].roles == [LEARNER]
    assert heard.only(Visit).is_lecturer
    assert browser.get("/teach/", base_url=BASE_URL).status_code == 200


def test_the_recorded_roster_of_a_link_tells_the_same_people(heard: Heard) -> None:
    """With `rlid` each member has a `message` too, which changes nothing."""
    heard.connects()
    url = heard.moodle.told("nrps-response")["request"]["url"]
    services, clock = heard.services(), heard.service.clock

    of_course = list(fetch_roster(services, heard.platform(), url, clock))
    of_link = list(fetch_roster(services, heard.platform(), url, clock, resource_link_id="39"))

    assert len(heard.moodle.sent_to(heard.moodle.told("nrps-response-rlid")["request"]["url"])) == 1
    assert [one.user_id for one in of_link] == ["4", "6", "3", "5", "7"]
    assert of_link == of_course
    ana = of_link[3]
    assert (ana.name, ana.given_name, ana.family_name) == ("Ana Älvarez", "Ana", "Älvarez")
    assert (ana.email, ana.status) == ("student1@example.com", "Active")


# --- columns and scores ----------------------------------------------------------------------------------------------


def test_the_recorded_columns_are_told_apart(heard: Heard) -> None:
    """By link; one without a link is nobody's, an empty `resourceId` or `tag` is none."""
    heard.connects()
    claim = heard.moodle.told("ags-claim")

    def column_of(link: str | None, resource: str | None = None) -> LineItem | NoLineItem | object:
        return find_line_item(
            heard.services(),
            heard.platform(),
            claim["lineitems"],
            heard.service.clock(),
            scope=tuple(claim["scope"]),
            resource_link_id=link,
            resource_id=resource,
        )

    own, bare, extra = (item["id"] for item in heard.moodle.told("ags-lineitems")["lineitems"])
    assert column_of("39") == LineItem(own, "Picked quiz A", 20, "39", "quiz-1", "grade")
    assert own == claim["lineitem"]
    assert column_of("40") == LineItem(bare, "In a window", 100, "40", None, None)
    assert column_of("41", "extra-1") == LineItem(extra, "Extra column", 50, None, "extra-1", "extra")
    assert column_of("41") == NoLineItem()


def test_scores_go_where_the_recorded_score_went() -> None:
    """Before the query."""
    assert score_url(recorded("ags-claim")["lineitem"]) == recorded("ags-score-post")["url"]


def test_a_score_of_ours_has_the_shape_of_the_recorded_one_and_is_taken(heard: Heard) -> None:
    """The recorded answer, 200 with nothing in it, is success."""
    complete(heard.connects().student())
    heard.works()

    taken = heard.moodle.told("ags-score-post")
    [sent] = heard.moodle.sent_to(taken["url"])
    assert (sent.method, sent.header("Content-Type")) == (taken["method"], taken["content_type"])
    body, example = sent.json, taken["body"]
    # A comment would take the place of one that a lecturer wrote
    assert set(body) == set(example) - {"comment"}
    for name in ("activityProgress", "gradingProgress", "userId"):
        assert body[name] == example[name]
    for score in ("scoreGiven", "scoreMaximum"):
        assert isinstance(body[score], int | float)
    moment = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00")
    assert moment.fullmatch(body["timestamp"]) and moment.fullmatch(example["timestamp"])
    assert heard.delivery().state == "delivered"


# --- the record ------------------------------------------------------------------------------------------------------


def test_the_list_of_what_was_recorded_names_every_file() -> None:
    listed = re.findall(r"`([\w-]+)\.json`", README.read_text("utf-8"))

    assert sorted(listed) == recorded_names()
