"""An operator at the hub, in a window and on a phone: all that is there can be read, reached and used."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.axe import what_is_wrong
from tests.browser.school import School
from trainer.institutions.actions import note_waiting_deployment
from trainer.people.accounts import make_account

EMAIL, PASSWORD = "ines@support.example", "een fiets in de regen"
SIZES = {"window": (1280, 800), "phone": (390, 844)}


@pytest.mark.parametrize("size", SIZES)
def test_from_signing_in_to_adopting_a_deployment(
    school: School, open_context: Callable[..., BrowserContext], size: str
) -> None:
    # deployments in use outlive a story
    now, deployment = datetime.now(UTC), f"faculteit-{size}"
    with school.database.writing() as connection:
        make_account(connection, email=EMAIL, name="Ines", password=PASSWORD, now=now)
        note_waiting_deployment(connection, 1, deployment, now)
    width, height = SIZES[size]
    page = open_context(viewport={"width": width, "height": height}, locale="nl-BE").new_page()

    page.goto(f"{school.service.base_url}/hub/")
    assert what_is_wrong(page) == []
    page.get_by_label("E-mailadres").fill(EMAIL)
    page.get_by_label("Wachtwoord").fill("een fiets in de zon!")
    page.get_by_role("button", name="Aanmelden").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert what_is_wrong(page) == []
    page.get_by_label("Wachtwoord").fill(PASSWORD)
    page.get_by_role("button", name="Aanmelden").click()

    expect(page.get_by_role("heading", name="Aansluitingen")).to_be_visible()
    assert what_is_wrong(page) == []
    page.get_by_role("link", name="Bekijken en in gebruik nemen").click()
    expect(page.get_by_text(deployment, exact=True)).to_be_visible()
    assert what_is_wrong(page) == []
    page.get_by_role("button", name="In gebruik nemen").click()
    expect(page.get_by_role("button", name=f"Uitschakelen: {deployment}")).to_be_visible()
    page.get_by_role("link", name="Aansluitingen").click()
    expect(page.get_by_text("er wacht niets op jou")).to_be_visible()

    for lms in ("Canvas", "Moodle"):
        page.get_by_role("link", name=lms, exact=True).click()
        expect(page.get_by_role("heading", name=f"{lms} aansluiten")).to_be_visible()
        assert what_is_wrong(page) == []
        page.get_by_role("link", name="Aansluitingen").click()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Connections")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Aanmelden bij Buddy Trainer")).to_be_visible()
