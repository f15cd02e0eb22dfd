"""From an empty service to the first launch: what it costs the operator in clicks, and the LMS's administrator in
addresses to paste.

What counts as a click: everything that is clicked in the hub after signing in.  Typing a name and choosing from a
list are done by keyboard.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from scripts.processes import ROOT
from tests.browser.axe import what_is_wrong_at
from tests.support.lms import CLAIM
from tests.support.registering import Answer, MoodleLms
from tests.support.service import RunningService
from trainer.core.database import Database
from trainer.people.accounts import make_account

EMAIL, PASSWORD = "ines@support.example", "een fiets in de regen"
SIZES = ((1280, 800), (390, 844), (1000, 450))
MOST_CLICKS = 3


class OpenMoodle(MoodleLms):
    """A Moodle in which a student signs in and opens the link of a module, in a browser."""

    def page(self, path: str) -> Answer | None:
        """The course page, the page that starts a launch, and the one that ends the login."""
        parts = urlsplit(path)
        if parts.path == "/course":
            return self._form("Open de module", f"{self.tool}/lti/login", {
                "iss": self.issuer, "client_id": self.client_id, "login_hint": "7",
                "target_link_uri": f"{self.tool}/lti/launch/{self.module}",
                "lti_deployment_id": str(self.deployment_id), "lti_message_hint": "4",
            })  # fmt: skip
        if parts.path == "/auth":
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            assert asked["redirect_uri"] in self.tools[self.client_id]["redirect_uris"]
            changes = {
                CLAIM + "deployment_id": self.deployment_id,
                CLAIM + "target_link_uri": f"{self.tool}/lti/launch/{self.module}",
            }
            token = self.sign(self.claims(asked["nonce"], self.clock(), changes))
            return self._form("Verder", asked["redirect_uri"], {"id_token": token, "state": asked["state"]})
        return None

    module = "afronden"

    def _form(self, label: str, action: str, fields: dict[str, str]) -> Answer:
        inputs = "".join(
            f'<input type="hidden" name="{name}" value="{value}">' for name, value in fields.items()
        )
        form = f'<form method="post" action="{action}">{inputs}<button>{label}</button></form>'
        return 200, "text/html; charset=utf-8", f'<!doctype html><html lang="nl"><title>Moodle</title>{form}'


class Operator:
    """Ines at the hub, whose clicks are counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks: list[str] = []

    def click(self, what: Locator) -> None:
        """Click, and count it."""
        self.clicks.append(what.inner_text())
        what.click()


@pytest.fixture
def service(start_service: Callable[..., RunningService], sqlite_url: str, tmp_path: Path) -> RunningService:
    """An empty service: modules and one account, and no institution."""
    service = start_service(sqlite_url, with_worker=False)
    service.command("modules", "publish", ROOT / "modules" / "library" / "afronden")
    database = Database(sqlite_url)
    with database.writing() as connection:
        make_account(connection, email=EMAIL, name="Ines", password=PASSWORD, now=datetime.now(UTC))
    database.dispose()
    return service


@pytest.fixture
def moodle(service: RunningService) -> Iterator[OpenMoodle]:
    """An LMS on another site."""
    lms = OpenMoodle(service.base_url, lambda: datetime.now(UTC))
    yield lms
    lms.close()


def signed_in(service: RunningService, context: BrowserContext) -> Operator:
    page = context.new_page()
    page.goto(f"{service.base_url}/hub/")
    page.get_by_label("E-mailadres").fill(EMAIL)
    page.get_by_label("Wachtwoord").fill(PASSWORD)
    page.get_by_label("Wachtwoord").press("Enter")
    expect(page.get_by_role("heading", name="Aansluitingen")).to_be_visible()
    return Operator(page)


def registers(moodle: OpenMoodle, browser: BrowserContext, pasted: str) -> None:
    """Moodle's administrator pastes one address, connects and activates the tool in Moodle."""
    page = browser.new_page()
    page.goto(f"{pasted}&{urlencode(moodle.additions())}")
    page.get_by_role("button", name="Aansluiten").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Buddy Trainer is aangesloten op Moodle")
    moodle.activates()


def test_three_clicks_and_one_address(
    service: RunningService, moodle: OpenMoodle, open_context: Callable[..., BrowserContext]
) -> None:
    ines = signed_in(service, open_context(locale="nl-BE", permissions=["clipboard-read", "clipboard-write"]))
    ines.page.get_by_role("combobox", name="Instelling").fill("Hogeschool X")
    ines.page.get_by_label("Leerplatform").select_option("Moodle")
    ines.click(ines.page.get_by_role("button", name="Aansluiten"))
    ines.click(ines.page.get_by_role("button", name="Kopieer het adres"))
    pasted = ines.page.evaluate("navigator.clipboard.readText()")

    registers(moodle, open_context(locale="nl-BE"), pasted)

    # the page that Ines left open tells it by itself
    activate = ines.page.get_by_role("button", name="Activeren")
    expect(activate).to_be_visible(timeout=15_000)
    expect(ines.page.locator("#now")).to_contain_text(moodle.issuer)
    ines.click(activate)
    expect(ines.page.get_by_text("in gebruik").first).to_be_visible()
    assert len(ines.clicks) <= MOST_CLICKS, ines.clicks

    student = open_context(locale="nl-BE").new_page()
    student.goto(f"{moodle.issuer}/course")
    student.get_by_role("button", name="Open de module").click()
    student.get_by_role("button", name="Verder").click()
    expect(student).to_have_url(re.compile(r"/m/[\w-]+/$"))
    expect(student.get_by_role("heading", level=1)).to_be_visible()


def test_the_pages_are_for_everyone(
    service: RunningService, moodle: OpenMoodle, open_context: Callable[..., BrowserContext]
) -> None:
    ines = signed_in(service, open_context(locale="nl-BE"))
    page, found = ines.page, []
    found += what_is_wrong_at(page, SIZES)
    page.get_by_role("combobox", name="Instelling").fill("Hogeschool X")
    page.get_by_label("Leerplatform").select_option("Moodle")
    page.get_by_role("button", name="Aansluiten").click()
    found += what_is_wrong_at(page, SIZES)
    registers(moodle, open_context(locale="nl-BE"), page.locator(".invitation code").inner_text())
    expect(page.get_by_role("button", name="Activeren")).to_be_visible(timeout=15_000)
    found += what_is_wrong_at(page, SIZES)
    page.goto(f"{service.base_url}/hub/")
    page.get_by_text("Eén eerdere uitnodiging").click()
    found += what_is_wrong_at(page, SIZES)
    assert not found, "\n".join(found)


def test_the_printed_sheet_is_for_the_lmss_administrator(
    service: RunningService, open_context: Callable[..., BrowserContext]
) -> None:
    ines = signed_in(service, open_context(locale="nl-BE"))
    ines.page.get_by_role("combobox", name="Instelling").fill("Hogeschool X")
    ines.page.get_by_label("Leerplatform").select_option("Moodle")
    ines.page.get_by_role("button", name="Aansluiten").click()
    address = ines.page.locator(".invitation code")
    ines.page.emulate_media(media="print")
    expect(address).to_be_visible()
    expect(ines.page.get_by_text("Add LTI Advantage")).to_be_visible()
    for ours in ("Jij activeert hier", "Wachten op het leerplatform", "Afmelden", "Kopieer"):
        expect(ines.page.get_by_text(ours).first).to_be_hidden()


def test_a_sheet_for_typing_asks_for_what_the_lms_shows(
    service: RunningService, open_context: Callable[..., BrowserContext]
) -> None:
    page = signed_in(service, open_context(locale="nl-BE")).page
    page.get_by_role("link", name="Chamilo").click()
    expect(page.get_by_role("button", name="Afdrukken")).to_be_visible()
    page.emulate_media(media="print")
    for theirs in (
        f"{service.base_url}/lti/login",
        "Stuur wat het leerplatform nu toont",
        "BEGIN PUBLIC KEY",
    ):
        expect(page.get_by_text(theirs).first).to_be_visible()
    for ours in ("Jij vult hier in", "Stappen met", "Afdrukken", "Client-id", "Aansluitingen"):
        expect(page.get_by_text(ours, exact=ours == "Client-id").first).to_be_hidden()


def test_key_and_secret_are_printed_with_their_last_day(
    service: RunningService, open_context: Callable[..., BrowserContext]
) -> None:
    page = signed_in(service, open_context(locale="nl-BE")).page
    page.get_by_role("link", name="Cosnics").click()
    page.get_by_role("combobox", name="Instelling").fill("HOGENT")
    page.get_by_label("Laatste dag").fill(datetime.now(UTC).date().isoformat())
    page.get_by_role("button", name="Maak een sleutel en een geheim").click()
    page.emulate_media(media="print")
    for theirs in ("Gedeeld geheim", "De laatste dag waarop modules opengaan", "/lti/1.1/launch"):
        expect(page.get_by_text(theirs).first).to_be_visible()
    for ours in ("Je ziet het geheim alleen nu", "Bekijk het leerplatform"):
        expect(page.get_by_text(ours)).to_be_hidden()
