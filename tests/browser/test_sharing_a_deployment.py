"""An operator says whose courses are whose, in a window, in a low one, and on a phone, without any script."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import insert, select

from tests.browser.axe import what_is_wrong
from tests.browser.school import School
from trainer.courses.models import Course
from trainer.institutions.actions import find_or_make_institution
from trainer.institutions.models import Deployment
from trainer.people.accounts import make_account

EMAIL, PASSWORD = "ines@support.example", "een fiets in de regen"
SIZES = {"window": (1280, 800), "low": (1000, 450), "phone": (390, 844)}


def toledo(school: School, name: str) -> int:
    """A deployment with courses of three schools that were seen already; gives its row."""
    now = datetime.now(UTC)
    with school.database.writing() as connection:
        make_account(connection, email=EMAIL, name="Ines", password=PASSWORD, now=now)
        for institution in ("KU Leuven", "VIVES"):
            find_or_make_institution(connection, institution, now)
        # deployments outlive a story
        connection.execute(
            insert(Deployment),
            {"registration_id": 1, "deployment_id": name, "active": True, "created_at": now},
        )
        row = connection.execute(select(Deployment.id).where(Deployment.deployment_id == name)).scalar_one()
        labels = [
            *((f"ULTRA-B-KUL-X{number}-2526", "Leren ondersteunen") for number in range(3)),
            *(
                (f"VIVES-LO-{number}", "Leerbuddy: begeleiden van leerlingen in het basisonderwijs")
                for number in range(60)
            ),
            ("LUCA-1", "Praktijk"),
        ]
        connection.execute(
            insert(Course),
            [
                {
                    "public_id": f"{number:032x}", "deployment_id": row, "context_id": label, "label": label,
                    "title": title, "org_unit": "ULTRA/2526", "traits": {}, "institution_id": 1, "created_at": now,
                }
                for number, (label, title) in enumerate(labels)
            ],
        )  # fmt: skip
    return row


@pytest.mark.parametrize("size", SIZES)
def test_from_one_institution_to_rules_and_the_last_course(
    school: School, open_context: Callable[..., BrowserContext], size: str
) -> None:
    number = toledo(school, f"toledo-{size}")
    width, height = SIZES[size]
    context = open_context(viewport={"width": width, "height": height}, locale="nl-BE")
    page = context.new_page()
    page.goto(f"{school.service.base_url}/hub/")
    page.get_by_label("E-mailadres").fill(EMAIL)
    page.get_by_label("Wachtwoord").fill(PASSWORD)
    page.get_by_role("button", name="Aanmelden").click()
    page.goto(f"{school.service.base_url}/hub/platforms/1")
    assert what_is_wrong(page) == []
    page.get_by_role("link", name=f"Wijzigen van wie de cursussen zijn: toledo-{size}").click()
    expect(page.get_by_role("heading", name="Eén instelling")).to_be_visible()
    assert what_is_wrong(page) == []
    page.get_by_role("link", name="Regels maken").click()
    assert what_is_wrong(page) == []

    new = page.get_by_role("group", name="Nog een regel")
    new.get_by_label("Waarmee").fill("ULTRA-B-KUL-")
    new.get_by_label("Van wie de cursus dan is").select_option("KU Leuven")
    # the Enter key tries out, whatever other buttons stand before it
    new.get_by_label("Waarmee").press("Enter")
    expect(page.get_by_text("past bij 3 cursussen")).to_be_visible()
    new.get_by_label("Waarmee").fill("vives-")
    new.get_by_label("Van wie de cursus dan is").select_option("VIVES")
    page.get_by_role("button", name="Uitproberen").click()
    expect(page.get_by_text("64 cursussen krijgen een andere instelling")).to_be_visible()
    assert what_is_wrong(page) == []
    page.get_by_role("button", name="Zonder regel die past").click()
    expect(page.get_by_text("LUCA-1")).to_be_visible()
    page.get_by_role("button", name="Regel 2 naar voren").click()
    expect(page.get_by_role("group", name="Regel 1").get_by_label("Waarmee")).to_have_value("vives-")
    page.get_by_text("Een instelling staat niet in de lijst").click()
    page.get_by_label("Naam van de instelling").fill("LUCA")
    page.get_by_role("button", name="Deze instelling toevoegen").click()
    page.get_by_role("button", name="Deze regels bewaren").click()
    expect(page.get_by_role("heading", name="De regels die nu gelden")).to_be_visible()
    assert what_is_wrong(page) == []

    page.get_by_role("link", name="Aansluitingen").click()
    assert what_is_wrong(page) == []
    page.get_by_role("link", name="Toewijzen").click()
    expect(page.get_by_text("code van de cursus begint met ‘LUCA-’")).to_be_visible()
    assert what_is_wrong(page) == []
    page.get_by_label("Instelling van Praktijk").select_option("LUCA")
    page.get_by_role("button", name="Toewijzen: Praktijk").click()
    expect(page.get_by_text("Er wacht geen cursus")).to_be_visible()
    assert what_is_wrong(page) == []
    page.goto(f"{school.service.base_url}/hub/deployments/{number}/courses")
    expect(page.get_by_text("Eén is met de hand toegewezen en blijft zo")).to_be_visible()
