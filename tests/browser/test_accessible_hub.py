"""Every page of the hub, in every state that an operator meets it: for everybody, and with one next step at most.

Each is looked at in Dutch at three sizes (a window, a phone, a low frame), some in English too.  A connection that
is in order is looked at in test_connection_check.py, rules that are saved in test_sharing_a_deployment.py.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Connection, insert

from scripts.processes import ROOT
from tests.browser.axe import what_is_wrong, what_is_wrong_at
from tests.support.service import RunningService
from tests.trainer.web.authorization import TABLE
from trainer.core.database import Database
from trainer.courses.models import Course
from trainer.desks.operator.guides import GUIDES
from trainer.institutions.actions import find_or_make_institution, note_waiting_deployment
from trainer.institutions.invitations import invite, withdraw_invitation
from trainer.institutions.models import Deployment, Registration
from trainer.people.accounts import make_account

EMAIL, PASSWORD = "ines@support.example", "een fiets in de regen"
SIZES = {"window": (1280, 800), "phone": (390, 844), "low frame": (1000, 450)}
#: no browser shows these
FILES = {"/hub/links.imscc", "/hub/guides/canvas.json"}
LONG = (
    "Hogeschool met een lange naam die op één regel van een telefoon niet past, departement Lerarenopleiding"
)
#: an address nobody answers
NOBODY = "https://lms.invalid"


@dataclass(frozen=True, slots=True)
class Hub:
    """A hub with work in it, and the numbers of what is there."""

    address: str
    in_use: int
    pending: int
    off: int
    one_owner: int
    shared: int
    open_invitation: int
    withdrawn_invitation: int


State = Callable[[Page, Hub], None]


def sign_in(page: Page, hub: Hub) -> None:
    """The way in."""
    page.context.clear_cookies()
    page.goto(hub.address)


def sign_in_wrong(page: Page, hub: Hub) -> None:
    """An address and a password that do not go together."""
    sign_in(page, hub)
    page.get_by_label("E-mailadres").fill("jan@support.example")
    page.get_by_label("Wachtwoord").fill("een fiets in de zon!")
    page.get_by_role("button", name="Aanmelden").click()
    expect(page.get_by_role("alert")).to_be_visible()


def connections(page: Page, hub: Hub) -> None:
    """The list, with work on top and what is over unfolded."""
    page.goto(hub.address)
    page.locator("summary").first.click()


def institution_wrong(page: Page, hub: Hub) -> None:
    """No institution was typed, and no LMS chosen."""
    page.goto(hub.address)
    send(page, "Aansluiten")
    expect(page.get_by_label("Leerplatform")).to_be_focused()


def invitation_made(page: Page, hub: Hub) -> None:
    """An invitation, with its address."""
    page.goto(f"{hub.address}guides/brightspace")
    page.get_by_role("combobox", name="Instelling").fill(LONG)
    page.get_by_role("button", name="Maak een uitnodiging").click()
    expect(page.get_by_role("heading", name="Wachten op het leerplatform")).to_be_visible()


def invitation_open(page: Page, hub: Hub) -> None:
    """The same later, without it."""
    page.goto(f"{hub.address}invitations/{hub.open_invitation}")


def invitation_withdrawn(page: Page, hub: Hub) -> None:
    """One that was withdrawn."""
    page.goto(f"{hub.address}invitations/{hub.withdrawn_invitation}")


def guide_of(lms: str) -> State:
    def guide(page: Page, hub: Hub) -> None:
        page.goto(f"{hub.address}guides/{lms}")

    guide.__name__ = f"guide_{lms}"
    return guide


def by_hand_wrong(page: Page, hub: Hub) -> None:
    """An address that is none: its field is in sight, with what is wrong below it."""
    page.goto(f"{hub.address}guides/chamilo")
    page.get_by_label("Instelling").fill(LONG)
    page.get_by_label("Client-id").fill("7")
    page.get_by_label("Issuer").fill("chamilo")
    send(page, "Aansluiten")
    expect(page.get_by_label("Issuer")).to_be_focused()
    expect(page.get_by_role("alert")).to_be_in_viewport()


def key_wrong(page: Page, hub: Hub) -> None:
    """A last day that is over."""
    page.goto(f"{hub.address}guides/cosnics")
    page.get_by_label("Instelling").fill("HOGENT")
    page.get_by_label("Laatste dag").fill("2020-01-01")
    send(page, "Maak een sleutel en een geheim")
    expect(page.get_by_label("Laatste dag")).to_be_focused()


def key_made(page: Page, hub: Hub) -> None:
    """A key and a secret."""
    page.goto(f"{hub.address}guides/cosnics")
    page.get_by_label("Instelling").fill("HOGENT")
    page.get_by_label("Laatste dag").fill((datetime.now(UTC) + timedelta(days=40)).date().isoformat())
    page.get_by_role("button", name="Maak een sleutel en een geheim").click()
    expect(page.get_by_role("heading", name="Sleutel en geheim voor HOGENT")).to_be_visible()


def platform(page: Page, hub: Hub) -> None:
    """In use, with deployments that wait, are in use, shared and off."""
    page.goto(f"{hub.address}platforms/{hub.in_use}")


def platform_pending(page: Page, hub: Hub) -> None:
    """Not activated yet."""
    page.goto(f"{hub.address}platforms/{hub.pending}")


def platform_off(page: Page, hub: Hub) -> None:
    """Switched off."""
    page.goto(f"{hub.address}platforms/{hub.off}")


def last_day_wrong(page: Page, hub: Hub) -> None:
    """A platform of LTI 1.1, and another last day that cannot be."""
    key_made(page, hub)
    page.get_by_role("link", name="Bekijk het leerplatform").click()
    page.get_by_label("Een andere laatste dag").fill("2020-01-01")
    send(page, "De laatste dag wijzigen")
    expect(page.get_by_label("Een andere laatste dag")).to_be_focused()


def check_untried(page: Page, hub: Hub) -> None:
    """A connection that nobody tried."""
    page.goto(f"{hub.address}platforms/{hub.off}/check")


def check_red(page: Page, hub: Hub) -> None:
    """One that does not work, tried twice in a row."""
    page.goto(f"{hub.address}platforms/{hub.in_use}/check")
    for _ in range(2):
        page.get_by_role("button", name="Probeer het nu").click()
    expect(page.get_by_text("Dit is daarnet geprobeerd")).to_be_visible()


def links(page: Page, hub: Hub) -> None:
    """The modules as files."""
    page.goto(f"{hub.address}links")
    expect(page.get_by_role("link", name="Downloaden: ")).to_have_count(1)


def waiting_courses(page: Page, hub: Hub) -> None:
    """Courses that wait, more than one part of them."""
    page.goto(f"{hub.address}courses/waiting")
    page.get_by_role("combobox").first.select_option(LONG)


def one_institution(page: Page, hub: Hub) -> None:
    """A deployment that is one institution's."""
    page.goto(f"{hub.address}deployments/{hub.one_owner}/courses")


def rule_wrong(page: Page, hub: Hub) -> None:
    """A rule that names no institution."""
    page.goto(f"{hub.address}deployments/{hub.shared}/courses")
    page.get_by_label("Waarmee").fill("LUCA-")
    page.get_by_role("button", name="Uitproberen").click()
    expect(
        page.get_by_role("group", name="Regel 1").get_by_label("Van wie de cursus dan is")
    ).to_have_attribute("aria-invalid", "true")


def institution_unnamed(page: Page, hub: Hub) -> None:
    """An institution without a name."""
    page.goto(f"{hub.address}deployments/{hub.shared}/courses")
    page.get_by_text("Een instelling staat niet in de lijst").click()
    page.get_by_role("button", name="Deze instelling toevoegen").click()
    expect(page.get_by_label("Naam van de instelling")).to_be_focused()


def rules_tried(page: Page, hub: Hub) -> None:
    """What rules would do."""
    page.goto(f"{hub.address}deployments/{hub.shared}/courses")
    page.get_by_label("Waarmee").fill("LUCA-")
    page.get_by_label("Van wie de cursus dan is").select_option(LONG)
    page.get_by_role("button", name="Uitproberen").click()
    expect(page.get_by_role("button", name="Deze regels bewaren")).to_be_visible()


def not_there(page: Page, hub: Hub) -> None:
    """A page that is not there."""
    page.goto(f"{hub.address}platforms/999999")


def send(page: Page, label: str) -> None:
    """Send a form as a browser does that checks nothing itself."""
    page.evaluate("() => document.querySelectorAll('form').forEach((form) => { form.noValidate = true })")
    page.get_by_role("button", name=label).click()
    page.locator("[aria-invalid]").first.wait_for()


#: which address, and in what state
STATES: tuple[tuple[str, State], ...] = (
    ("/hub/", connections),
    ("/hub/invitations", institution_wrong),
    ("/hub/invitations", invitation_made),
    ("/hub/invitations/<number>", invitation_open),
    ("/hub/invitations/<number>", invitation_withdrawn),
    *(("/hub/guides/<lms>", guide_of(guide.key)) for guide in GUIDES),
    ("/hub/guides/<lms>/connect", by_hand_wrong),
    ("/hub/guides/<lms>/connect", key_wrong),
    ("/hub/guides/<lms>/connect", key_made),
    ("/hub/platforms/<number>", platform),
    ("/hub/platforms/<number>", platform_pending),
    ("/hub/platforms/<number>", platform_off),
    ("/hub/platforms/<number>/last-day", last_day_wrong),
    ("/hub/platforms/<number>/check", check_untried),
    ("/hub/platforms/<number>/check", check_red),
    ("/hub/links", links),
    ("/hub/courses/waiting", waiting_courses),
    ("/hub/deployments/<deployment>/courses", one_institution),
    ("/hub/deployments/<deployment>/courses", rule_wrong),
    ("/hub/deployments/<deployment>/courses", institution_unnamed),
    ("/hub/deployments/<deployment>/courses", rules_tried),
    ("/hub/platforms/<number>", not_there),
    # these sign out
    ("/hub/sign-in", sign_in),
    ("/hub/sign-in", sign_in_wrong),
)
IN_ENGLISH_TOO: tuple[State, ...] = (connections, platform, check_untried, guide_of("chamilo"))


def make_platform(connection: Connection, institution: str, name: str, **more: Any) -> int:
    """One that stands in the list; nobody answers at its addresses."""
    now = datetime.now(UTC)
    made: int = connection.execute(
        insert(Registration).returning(Registration.id),
        {
            "institution_id": find_or_make_institution(connection, institution, now),
            "name": f"{name} van {institution}",
            "issuer": NOBODY,
            "client_id": name + institution,
            "authorization_endpoint": f"{NOBODY}/auth",
            "token_endpoint": f"{NOBODY}/token",
            "jwks_uri": f"{NOBODY}/jwks",
            "active": True,
            "adopts_deployments": False,
            "service_hosts": [],
            "frame_origins": [],
            "created_at": now,
            **more,
        },
    ).scalar_one()
    return made


def make_deployment(connection: Connection, platform: int, name: str, **more: Any) -> int:
    values = {"registration_id": platform, "deployment_id": name, "active": True, **more}
    made: int = connection.execute(
        insert(Deployment).returning(Deployment.id), {**values, "created_at": datetime.now(UTC)}
    ).scalar_one()
    return made


def set_down(connection: Connection, address: str) -> Hub:
    """What had happened before: names long and short, work of every kind."""
    now = datetime.now(UTC)
    make_account(connection, email=EMAIL, name="Ines", password=PASSWORD, now=now)
    in_use = make_platform(connection, LONG, "Toledo", last_launch_at=now - timedelta(days=3))
    for name in (
        "faculteit",
        "1:8865aa05b4b79b64a91a86042e43af5ea8ae79eb-1:8865aa05b4b79b64a91a86042e43af5ea8",
    ):
        note_waiting_deployment(connection, in_use, name, now)
    one_owner = make_deployment(connection, in_use, "algemeen")
    make_deployment(connection, in_use, "oud", active=False)
    shared = make_deployment(connection, in_use, "gedeeld", is_shared=True)
    connection.execute(
        insert(Course),
        [
            {
                "public_id": f"{number:032x}", "deployment_id": shared, "context_id": f"c{number}",
                "label": f"LUCA-{number}-2526-zonder-een-enkele-spatie", "traits": {"label": f"LUCA-{number}"},
                "title": "Praktijk 2: muziek in de lagere school, met leerlingen die anders leren",
                "org_unit": "ULTRA/2526", "institution_id": None, "created_at": now,
            }
            for number in range(60)
        ],
    )  # fmt: skip
    invitations = [
        invite(connection, "VIVES", issuer=None, lms="canvas", allow_insecure=True, now=now).id
        for _ in range(2)
    ]
    withdraw_invitation(connection, invitations[1], now)
    return Hub(
        address,
        in_use=in_use,
        pending=make_platform(connection, "Thomas More", "Canvas", pending=True, active=False),
        off=make_platform(connection, "Odisee", "Canvas", active=False),
        one_owner=one_owner,
        shared=shared,
        open_invitation=invitations[0],
        withdrawn_invitation=invitations[1],
    )


@pytest.fixture(scope="module")
def hub(migrated_sqlite_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A service of its own."""
    folder = tmp_path_factory.mktemp("hub")
    copyfile(migrated_sqlite_file, folder / "trainer.db")
    url = f"sqlite:///{folder / 'trainer.db'}"
    service = RunningService(url, folder / "service", with_worker=False)
    try:
        service.command("modules", "publish", ROOT / "modules" / "library" / "afronden")
        database = Database(url)
        with database.writing() as connection:
            made = set_down(connection, f"{service.base_url}/hub/")
        database.dispose()
        yield made
    finally:
        service.stop()


@pytest.fixture(scope="module")
def ines(browser: Browser, hub: Hub) -> Iterator[Page]:
    """An operator's window."""
    context = browser.new_context(locale="nl-BE", reduced_motion="reduce")
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto(hub.address)
    page.get_by_label("E-mailadres").fill(EMAIL)
    page.get_by_label("Wachtwoord").fill(PASSWORD)
    page.get_by_role("button", name="Aanmelden").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Aansluitingen")
    yield page
    context.close()


def next_steps(page: Page) -> list[str]:
    """What the filled buttons say."""
    return page.locator(".button:not(.quiet)").filter(visible=True).all_inner_texts()


def test_no_page_of_the_hub_is_left_out() -> None:
    pages = {rule for method, rule, _ in TABLE if method == "GET" and rule.startswith("/hub/")}
    assert pages - FILES <= {rule for rule, _ in STATES}


@pytest.mark.parametrize("state", IN_ENGLISH_TOO, ids=lambda state: state.__name__)
def test_in_english(state: State, ines: Page, hub: Hub) -> None:
    ines.set_viewport_size({"width": 390, "height": 844})
    ines.goto(hub.address)
    ines.get_by_role("button", name="English").click()
    state(ines, hub)

    found = what_is_wrong(ines, "phone")
    language = ines.locator("html").get_attribute("lang")
    ines.get_by_role("button", name="Nederlands").click()

    assert language == "en"
    assert not found, "\n".join(found)


@pytest.mark.parametrize("state", [state for _, state in STATES], ids=lambda state: state.__name__)
def test_a_page_of_the_hub_is_for_everybody(state: State, ines: Page, hub: Hub) -> None:
    ines.set_viewport_size({"width": 1280, "height": 800})
    state(ines, hub)

    found = what_is_wrong_at(ines, SIZES.values())

    assert ines.locator("html").get_attribute("lang") == "nl-BE"
    assert len(next_steps(ines)) <= 1, next_steps(ines)
    assert not found, "\n".join(found)
