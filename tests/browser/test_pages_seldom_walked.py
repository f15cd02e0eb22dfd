"""Pages outside the usual way, each at three sizes: placing modules, messages about people, LTI 1.1, what is refused.

The practice LMS knows nothing but launches and deep linking: what other LMSs say is put into its messages on their way,
signed with its key.
"""

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

import practice.keys
from modules.package import load_module
from practice.store import Store
from tests.browser.axe import what_is_wrong, what_is_wrong_at
from tests.browser.keepers import Keeper
from tests.browser.no_cookies import Blocks
from tests.browser.school import LIBRARY, School
from tests.browser.student import Student, enrolment_of
from tests.support.cosnics import signature
from trainer.catalogue.actions import publish_edition, restore_module, retire_module
from trainer.core.crypto import Seal
from trainer.courses.models import Course, RosterMember
from trainer.institutions.legacy import add_legacy_platform

SIZES = ((1280, 800), (390, 844), (1000, 450))
LTI = "https://purl.imsglobal.org/spec/lti"
CLAIM = f"{LTI}/claim/"
NO_LINK = {CLAIM + "resource_link": None, CLAIM + "context": None, CLAIM + "roles": []}
NAMELESS = dict.fromkeys(("name", "given_name", "family_name", "email"))
PRIVACY = {CLAIM + "message_type": "DataPrivacyLaunchRequest", **NO_LINK, **NAMELESS}
REVIEW = {CLAIM + "message_type": "LtiSubmissionReviewRequest"}

#: a person with a browser of their own
Opens = Callable[..., Student]


def says(student: Student, page: Page, changes: dict[str, Any]) -> None:
    """From now on launches in this page say this besides; what is None they do not say."""

    def change(route: Route) -> None:
        form = dict(parse_qsl(route.request.post_data or ""))
        claims: dict[str, Any] = jwt.decode(form["id_token"], options={"verify_signature": False})
        claims = {name: value for name, value in (claims | changes).items() if value is not None}
        form["id_token"] = practice.keys.sign(Store(student.school.folder), claims)
        route.continue_(post_data=urlencode(form))

    page.unroute("**/lti/launch")
    page.route("**/lti/launch", change)


def launch(student: Student, changes: dict[str, Any] | None = None, link: str = "leerbuddy-afronden") -> Page:
    """Open a link in a window of its own, by a message that says this besides."""
    page = student.context.new_page()
    says(student, page, changes or {})
    page.goto(f"{student.school.lms_url}/launch/{link}?in=window")
    page.wait_for_url(f"{student.school.service.base_url}/**")
    return page


def is_for_everybody(page: Page, heading: str) -> None:
    """That page, and nothing wrong with it at any size."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    assert what_is_wrong_at(page, SIZES) == []


# --- placing modules


def catalogue(teacher: Student) -> Page:
    page = teacher.context.new_page()
    page.goto(f"{teacher.school.lms_url}/courses/stage/place/start?in=window")
    page.wait_for_url("**/place/*")
    return page


def test_the_catalogue_in_its_states(student_opens_browser: Opens, school: School) -> None:
    teacher = student_opens_browser("katrien")
    page = catalogue(teacher)
    is_for_everybody(page, "Welke modules plaats je?")
    page.get_by_label("Evalueren en afronden", exact=True).check()
    page.locator(".offered summary").first.click()
    page.get_by_label("Zoeken").fill("hier past niets bij")
    expect(page.get_by_text("Geen enkele module past bij deze woorden.")).to_be_visible()
    expect(page.locator(".offered:visible")).to_have_count(1)
    is_for_everybody(page, "Welke modules plaats je?")
    page.get_by_label("Evalueren en afronden", exact=True).uncheck()
    page.get_by_role("button", name="In de cursus plaatsen").click()
    expect(page.get_by_role("alert")).to_have_text("Kies minstens één module.")
    is_for_everybody(page, "Welke modules plaats je?")

    page.route("**/hand_over.js", lambda route: route.abort())
    page.get_by_label("Evalueren en afronden", exact=True).check()
    page.get_by_role("button", name="In de cursus plaatsen").click()
    is_for_everybody(page, "Op weg naar je cursus")
    address = page.url
    page.goto(address)
    is_for_everybody(page, "Er is niets dubbel geplaatst")

    with school.database.writing() as connection:
        retire_module(connection, "afronden", successor="feedback", now=datetime.now(UTC))
    try:
        again = catalogue(teacher)
        expect(
            again.get_by_text("Eerder geplaatst in deze cursus, en nu niet meer aangeboden:")
        ).to_be_visible()
        is_for_everybody(again, "Welke modules plaats je?")
    finally:
        with school.database.writing() as connection:
            restore_module(connection, "afronden")


def test_one_module_without_a_column(student_opens_browser: Opens, school: School) -> None:
    settings = {
        "deep_link_return_url": f"{school.lms_url}/placed",
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe"],
        "accept_multiple": False,
    }
    asks = {
        CLAIM + "message_type": "LtiDeepLinkingRequest",
        f"{LTI}-dl/claim/deep_linking_settings": settings,
    }
    is_for_everybody(launch(student_opens_browser("katrien"), asks), "Welke module plaats je?")
    is_for_everybody(launch(student_opens_browser("jef"), asks), "Je kunt hier geen modules plaatsen")


# --- messages about people


def test_what_is_kept_about_people(student_opens_browser: Opens) -> None:
    student = student_opens_browser("lotte")
    is_for_everybody(launch(student, PRIVACY), "We bewaren niets over jou")
    others = {**PRIVACY, CLAIM + "for_user": {"user_id": "jef"}}
    is_for_everybody(launch(student, others), "Dit zijn gegevens van iemand anders")
    launch(student, NAMELESS)
    page = launch(student, PRIVACY)
    expect(page.get_by_text("niet gekregen van je leerplatform")).to_have_count(2)
    is_for_everybody(page, "Je gegevens")


def test_a_learners_work_from_the_gradebook(student_opens_browser: Opens) -> None:
    student, teacher = student_opens_browser("amina"), student_opens_browser("katrien")
    page = student.opens_window()
    student.school.has_watched(enrolment_of(page), (0, 20))
    asks = {**REVIEW, CLAIM + "for_user": {"user_id": "amina"}}
    is_for_everybody(launch(teacher, asks), "Amina Belkacem")
    is_for_everybody(launch(student_opens_browser("jef"), asks), "Dit mag je niet bekijken")
    nobody = {**REVIEW, CLAIM + "for_user": {"user_id": "lotte"}}
    is_for_everybody(launch(teacher, nobody), "Hier is nog niets te zien")


@pytest.fixture
def copies(school: School) -> Iterator[list[str]]:
    """Keys of six more modules: too many for their states to stand side by side as words."""
    package = load_module(LIBRARY / "afronden")
    keys = [f"afronden-{number}" for number in range(6)]
    with school.database.writing() as connection:
        for key in keys:
            another = replace(package, module=replace(package.module, key=key))
            publish_edition(connection, another, now=datetime.now(UTC))
            restore_module(connection, key)
    yield keys
    with school.database.writing() as connection:
        for key in keys:
            retire_module(connection, key, successor=None, now=datetime.now(UTC))


def test_a_course_with_many_people_and_modules(
    student_opens_browser: Opens, school: School, copies: list[str]
) -> None:
    """Names of every length and none, and more modules than fit beside each other."""
    teacher, title = student_opens_browser("katrien"), "Buddystage, alle groepen samen " * 3
    asks = {
        CLAIM + "context": {"id": "groot", "title": title},
        f"{LTI}-nrps/claim/namesroleservice": None,
    }
    for key in copies:
        link = {CLAIM + "resource_link": {"id": f"groot-{key}"}, CLAIM + "custom": {"module": key}}
        page = launch(teacher, {**asks, **link})
    expect(page.get_by_text("Je bekijkt dit als docent")).to_be_visible()
    page.get_by_role("link", name="Je cursussen").click()
    page.get_by_role("link", name="Wie zit er in de cursus").click()
    expect(page.get_by_text("Nog niemand.")).to_be_visible()
    is_for_everybody(page, title.strip())

    _fill(school, "groot")
    page.reload()

    expect(page.get_by_role("row")).to_have_count(51)
    expect(page.get_by_role("cell", name="0 van 6").first).to_be_visible()
    is_for_everybody(page, title.strip())
    page.set_viewport_size({"width": 1280, "height": 800})
    widest = page.locator(".learners tbody th").first.bounding_box()
    assert widest is not None
    assert widest["width"] > 140, "a name does not stand on its side"


def _fill(school: School, context: str) -> None:
    """Sixty people in a course, some without a name."""
    with school.database.writing() as connection:
        course = connection.execute(select(Course.id).filter_by(context_id=context)).scalar_one()
        for number in range(60):
            name = "Marie-Madeleine Vandenbroucke-Van den Bossche " * (number % 4) or None
            row = {"course_id": course, "user_sub": f"s{number}", "name": name, "roles": []}
            connection.execute(
                RosterMember.__table__.insert(), {**row, "is_learner": True, "seen_at": datetime.now(UTC)}
            )


# --- LTI 1.1


@pytest.mark.parametrize("name", ["Bram Peeters", None])
def test_continue_as_somebody_else(student_opens_browser: Opens, school: School, name: str | None) -> None:
    with school.database.writing() as connection:
        made = add_legacy_platform(
            connection,
            Seal(school.service.environment["TRAINER_SECRET_KEY"]),
            name=f"Chamilo {name}",
            institution="Hogeschool met Chamilo",
            allow_insecure=True,
            now=datetime.now(UTC),
            ends_on=datetime.now(UTC).date().replace(month=12, day=31),
        )
    student = student_opens_browser("amina")
    page = student.opens_window()
    fields = {
        "lti_message_type": "basic-lti-launch-request", "lti_version": "LTI-1p0", "resource_link_id": "1", "user_id": "bram",
        "roles": "Learner", "context_id": "17", "custom_module": "afronden", "launch_presentation_locale": "nl_NL",
        "launch_presentation_return_url": f"{school.lms_url}/courses", "oauth_consumer_key": made.key,
        "oauth_signature_method": "HMAC-SHA1", "oauth_version": "1.0", "oauth_nonce": f"nonce-{name}",
        "oauth_timestamp": str(int(datetime.now(UTC).timestamp())), **({"lis_person_name_full": name} if name else {}),
    }  # fmt: skip
    address = f"{school.service.base_url}/lti/1.1/launch"
    fields["oauth_signature"] = signature(address, list(fields.items()), made.secret)
    page.goto(f"{school.lms_url}/courses")
    page.evaluate(
        """([address, fields]) => {
            const form = Object.assign(document.createElement("form"), { method: "post", action: address });
            for (const [name, value] of Object.entries(fields)) {
                form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
            }
            document.body.append(form);
            form.submit();
        }""",
        [address, fields],
    )
    is_for_everybody(page, f"Doorgaan als {name or 'iemand anders'}?")

    page.get_by_role("button", name=f"Doorgaan als {name or 'iemand anders'}", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Evalueren en afronden")


# --- without cookies


def test_the_pages_on_the_way_without_a_cookie(
    school: School, keepers: dict[str, Keeper], open_without_cookies: Blocks
) -> None:
    """Seen for a moment, or for longer where something does not come."""
    there = copy(school)
    there.lms_url = keepers["_parent"].address
    student = Student(there, open_without_cookies(school.service.base_url))
    for held, step, heading in (
        ("**/keep_secret.js", "login", "De module gaat open"),
        ("**/confirm_launch.js", "launch", "De module gaat open"),
        ("**/lti/launch/confirm", "launch", "De module kon niet geopend worden"),
    ):
        page = student.context.new_page()
        page.route(held, lambda route: route.abort())
        page.goto(f"{there.lms_url}/courses/leerbuddy/items/leerbuddy-afronden")
        shown = page.frame_locator("#tool").get_by_role("heading", level=1)
        expect(shown).to_have_text(heading, timeout=10_000)
        frame = page.frame(name="tool")
        assert frame is not None
        frame.wait_for_url(lambda url, step=step: urlsplit(url).path == f"/lti/{step}")
        expect(shown).to_have_text(heading)
        assert what_is_wrong(frame) == []
        page.close()
