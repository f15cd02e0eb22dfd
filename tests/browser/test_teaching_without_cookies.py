"""A teacher whose browser keeps no cookie of ours chooses what a link opens, and places modules in the course."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

import jwt
from playwright.sync_api import Route, expect

import practice.keys
from practice.store import Store
from tests.browser.held_session import Opens, gives_way, page_in
from tests.browser.keepers import Keeper

LTI = "https://purl.imsglobal.org/spec/lti"


def test_a_lecturer_chooses_the_module_of_a_link(opens: Opens) -> None:
    teacher = opens("katrien")
    teacher.opens("stage-te-kiezen")
    page = page_in(teacher, "/module")
    page.get_by_label("Een warme band opbouwen met je leerling").check()
    page.get_by_role("button", name="Deze module plaatsen").click()
    gives_way(page)
    page = page_in(teacher, "/module")
    expect(page.get_by_role("main")).to_contain_text(
        "Studenten openen nu “Een warme band opbouwen met je leerling”."
    )

    page.get_by_role("link", name="Je cursussen").click()

    courses = page_in(teacher, "/teach/")
    courses.get_by_role("link", name="Wie zit er in de cursus").first.click()
    gives_way(courses)
    expect(page_in(teacher, "/").get_by_role("heading", level=2)).to_contain_text("deelnemers")


def test_a_teacher_places_modules(opens: Opens, keepers: dict[str, Keeper]) -> None:
    """The choice goes on to the LMS from the frame in the course, past the page that holds the session."""
    teacher, lms = opens("katrien"), keepers["_parent"]
    returned: list[str] = []

    def receive(route: Route) -> None:
        returned.append(route.request.post_data or "")
        route.fulfill(
            body="<!doctype html><title>Geplaatst</title><h1>Geplaatst</h1>", content_type="text/html"
        )

    teacher.page.route("**/lti/launch", lambda route: _asks_for_modules(route, lms))
    teacher.page.route(f"{lms.address}/placed", receive)
    teacher.opens()
    tool = teacher.page.frame_locator("#tool")
    catalogue = tool.frame_locator("iframe:not(.coming)")
    catalogue.get_by_label("Een warme band opbouwen met je leerling").first.check()
    catalogue.get_by_role("button", name="Bekijk als student").first.click()
    expect(catalogue.locator("#next")).to_be_visible()
    teacher.page.evaluate("history.back()")
    expect(catalogue.get_by_label("Een warme band opbouwen met je leerling").first).to_be_checked()

    catalogue.get_by_role("button", name="In de cursus plaatsen").click()

    expect(tool.get_by_role("heading", name="Geplaatst")).to_be_visible()
    answer = jwt.decode(dict(parse_qsl(returned[0]))["JWT"], options={"verify_signature": False})
    assert [item["title"] for item in answer[f"{LTI}-dl/claim/content_items"]] == [
        "Een warme band opbouwen met je leerling"
    ]


def _asks_for_modules(route: Route, lms: Keeper) -> None:
    """The LMS's launch on its way to us, as a deep linking request that it signed."""
    form = dict(parse_qsl(route.request.post_data or ""))
    claims: dict[str, Any] = jwt.decode(form["id_token"], options={"verify_signature": False})
    claims[f"{LTI}/claim/message_type"] = "LtiDeepLinkingRequest"
    claims[f"{LTI}-dl/claim/deep_linking_settings"] = {
        "deep_link_return_url": f"{lms.address}/placed",
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe"],
        "accept_multiple": True,
    }
    form["id_token"] = practice.keys.sign(Store(lms.folder), claims)
    route.continue_(post_data=urlencode(form))
