"""An operator tries a connection: what does not work can be read, told from the rest without its colour, and copied."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import delete, insert, select

from tests.browser.axe import what_is_wrong
from tests.browser.school import School
from trainer.institutions.models import ConnectionTry, Registration
from trainer.people.accounts import make_account

EMAIL, PASSWORD = "ines@support.example", "een fiets in de regen"
SIZES = {"window": (1280, 800), "phone": (390, 844)}


@pytest.fixture
def stranger(school: School) -> Iterator[int]:
    """The practice LMS once more, under a client id that it does not know; gives the registration's number."""
    with school.database.writing() as connection:
        make_account(connection, email=EMAIL, name="Ines", password=PASSWORD, now=datetime.now(UTC))
        row = connection.execute(select(Registration).where(Registration.id == 1)).one()._asdict()
        del row["id"]
        number = connection.execute(
            insert(Registration).returning(Registration.id), {**row, "client_id": "unknown", "name": "Vreemd"}
        ).scalar_one()
    yield number
    with school.database.writing() as connection:
        connection.execute(delete(Registration).where(Registration.id == number))
        connection.execute(delete(ConnectionTry))


@pytest.mark.parametrize("size", SIZES)
def test_trying_a_connection_and_copying_whom_to_ask(
    school: School, stranger: int, open_context: Callable[..., BrowserContext], size: str
) -> None:
    width, height = SIZES[size]
    context = open_context(viewport={"width": width, "height": height}, locale="nl-BE")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{school.service.base_url}/hub/platforms/1")
    page.get_by_label("E-mailadres").fill(EMAIL)
    page.get_by_label("Wachtwoord").fill(PASSWORD)
    page.get_by_role("button", name="Aanmelden").click()

    page.get_by_role("link", name="Aansluiting nakijken").click()
    expect(page.get_by_text("Nog niet geprobeerd")).to_be_visible()
    assert what_is_wrong(page) == []
    page.get_by_role("button", name="Probeer het nu").click()
    expect(page.get_by_text("is in orde")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Klok"))).to_contain_text(
        "Gelijk met de onze"
    )
    assert what_is_wrong(page) == []
    page.get_by_role("button", name="Probeer het nu").click()
    expect(page.get_by_text("Dit is daarnet geprobeerd")).to_be_visible()
    assert what_is_wrong(page) == []

    page.goto(f"{school.service.base_url}/hub/platforms/{stranger}/check")
    page.get_by_role("button", name="Probeer het nu").click()
    expect(page.get_by_text("Iets werkt niet")).to_be_visible()
    refused = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Token"))
    expect(refused).to_contain_text("werkt niet")
    assert what_is_wrong(page) == []
    refused.get_by_role("button").click()
    expect(refused.get_by_role("button")).to_have_text("Gekopieerd")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Vraag de beheerder van het leerplatform bij ")
    page.reload()
    expect(refused).to_be_visible()
