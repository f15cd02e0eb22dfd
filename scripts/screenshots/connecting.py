"""Operators and administrators: from an empty hub to an LMS that registered, and whose courses are whose."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from playwright.sync_api import Page
from sqlalchemy import insert, select, update

from scripts.screenshots.photographer import TALL, WINDOW, Photographer
from tests.browser.school import School
from tests.support.registering import MoodleLms
from trainer.courses.models import Course
from trainer.desks.operator.guides import GUIDES
from trainer.institutions.actions import find_or_make_institution, note_waiting_deployment
from trainer.institutions.models import Deployment, Registration
from trainer.people.accounts import make_account

EMAIL, PASSWORD = "ines@support.example", "een fiets in de regen"
#: The shared deployment, and what launches said of its courses: (code, title).
SHARED = "toledo-ultra"
COURSES = (
    *((f"ULTRA-B-KUL-X0C5{number}A-2526", "Leren ondersteunen in de klas") for number in range(8)),
    *((f"VIVES-LO-{number}-2526", "Leerbuddy: begeleiden van leerlingen") for number in range(14)),
    ("LUCA-MUZ-12-2526", "Praktijk 2: muziek in de lagere school"),
    ("LUCA-BK-07-2526", "Buddywerking beeld"),
)


def signed_in(photographer: Photographer) -> Page:
    """Ines, at the hub."""
    with photographer.school.database.writing() as connection:
        make_account(connection, email=EMAIL, name="Ines", password=PASSWORD, now=datetime.now(UTC))
    page = photographer.context().new_page()
    page.goto(f"{photographer.school.service.base_url}/hub/")
    photographer.look(page, "sign-in")
    page.get_by_label("E-mailadres").fill(EMAIL)
    page.get_by_label("Wachtwoord").fill(PASSWORD)
    page.get_by_role("button", name="Aanmelden").click()
    page.get_by_role("heading", name="Aansluitingen").wait_for()
    return page


def invite(page: Page, hub: str, institution: str, lms: str) -> str:
    """Make an invitation; gives the address to paste."""
    page.goto(hub)
    page.get_by_role("combobox", name="Instelling").fill(institution)
    page.get_by_label("Leerplatform").select_option(lms)
    page.get_by_role("button", name="Aansluiten").click()
    page.get_by_role("heading", name=f"{lms} aansluiten").wait_for()
    return page.locator(".invitation code").inner_text()


def registering(photographer: Photographer) -> None:
    """An invitation is made, and the administrator of an LMS pastes its address."""
    school = photographer.school
    hub = f"{school.service.base_url}/hub/"
    page = signed_in(photographer)
    photographer.take_and_look(page, "hub")
    invitation = invite(page, hub, "Hogeschool X", "Moodle")
    page.set_viewport_size(TALL)
    photographer.take_and_look(page, "hub-invitation")
    moodle = MoodleLms(school.service.base_url, lambda: datetime.now(UTC))
    try:
        moodle.changes["token_endpoint"] = "https://tokens.hogeschool-x.example/token"
        administrator = photographer.context().new_page()
        administrator.goto(invitation)
        photographer.look(administrator, "register-where")
        administrator.goto(f"{invitation}&{urlencode(moodle.additions())}")
        photographer.take_and_look(administrator, "register")
        administrator.get_by_role("checkbox").check()
        administrator.get_by_role("button", name="Aansluiten").click()
        administrator.wait_for_url("**/lti/register")
        photographer.take_and_look(administrator, "registered")
        administrator.context.close()
        page.get_by_role("button", name="Activeren").wait_for()
        photographer.look(page, "invitation-registered")
        page.goto(hub)
        photographer.look(page, "hub-pending")
    finally:
        moodle.close()
    page.context.close()


def set_down(school: School) -> None:
    """What had happened: several institutions, a deployment that waits, an LMS that does not know us, courses seen."""
    now = datetime.now(UTC)
    with school.database.writing() as connection:
        for institution in ("KU Leuven", "VIVES", "LUCA"):
            find_or_make_institution(connection, institution, now)
        known = connection.execute(select(Registration).where(Registration.id == 1)).one()._asdict()
        del known["id"]
        connection.execute(
            update(Registration)
            .where(Registration.id == 1)
            .values(last_launch_at=now - timedelta(minutes=20))
        )
        stranger = connection.execute(
            insert(Registration).returning(Registration.id),
            {
                **known,
                "client_id": "10000000000042",
                "name": "Moodle van VIVES",
                "institution_id": find_or_make_institution(connection, "VIVES", now),
                "withheld_scopes": ["https://purl.imsglobal.org/spec/lti-ags/scope/score"],
                "last_launch_at": None,
            },
        ).scalar_one()
        note_waiting_deployment(connection, stranger, "faculteit-lerarenopleiding", now)
        shared = connection.execute(
            insert(Deployment).returning(Deployment.id),
            {"registration_id": 1, "deployment_id": SHARED, "active": True, "created_at": now},
        ).scalar_one()
        connection.execute(
            insert(Course),
            [
                {
                    "public_id": f"{number:032x}",
                    "deployment_id": shared,
                    "context_id": label,
                    "label": label,
                    "title": title,
                    "org_unit": None,
                    "traits": {},
                    "institution_id": 1,
                    "created_at": now,
                }
                for number, (label, title) in enumerate(COURSES)
            ],
        )


def hub(photographer: Photographer) -> None:
    """The hub with work waiting, a platform, the connection check, rules, and the pages of LMSs that do not invite."""
    school = photographer.school
    base = f"{school.service.base_url}/hub"
    school.begin_anew()
    page = signed_in(photographer)
    set_down(school)
    rules(photographer, page)
    for number, name in ((1, "check-green"), (stranger_of(school), "connection-check")):
        page.goto(f"{base}/platforms/{number}/check")
        photographer.look(page, f"{name}-before")
        page.get_by_role("button", name="Probeer het nu").click()
        page.get_by_text("Geprobeerd om").wait_for()
        photographer.look(page, name)
    page.goto(page.url)
    photographer.take(page, "connection-check")
    invite(page, f"{base}/", "Hogeschool X", "Canvas")
    page.goto(f"{base}/")
    photographer.take_and_look(page, "hub-work")
    page.goto(f"{base}/platforms/1")
    photographer.take_and_look(page, "platform")
    page.goto(f"{base}/platforms/{stranger_of(school)}")
    photographer.look(page, "platform-waiting")
    page.goto(f"{base}/courses/waiting")
    photographer.take_and_look(page, "courses-waiting")
    page.goto(f"{base}/links")
    photographer.look(page, "links")
    guides(photographer, page)
    page.context.close()


def stranger_of(school: School) -> int:
    """The number of the platform that does not know us."""
    with school.database.reading() as connection:
        found: int = connection.execute(
            select(Registration.id).where(Registration.client_id == "10000000000042")
        ).scalar_one()
    return found


def rules(photographer: Photographer, page: Page) -> None:
    """Rules for a shared deployment: tried out, then saved."""
    page.goto(f"{photographer.school.service.base_url}/hub/platforms/1")
    page.get_by_role("link", name=f"Wijzigen van wie de cursussen zijn: {SHARED}").click()
    photographer.look(page, "whose-courses")
    page.get_by_role("link", name="Regels maken").click()
    new = page.get_by_role("group", name="Nog een regel")
    for value, institution in (("ULTRA-B-KUL-", "KU Leuven"), ("VIVES-", "VIVES")):
        new.get_by_label("Waarmee").fill(value)
        new.get_by_label("Van wie de cursus dan is").select_option(institution)
        page.get_by_role("button", name="Uitproberen").click()
        page.get_by_text(f"Regel {1 if institution == 'KU Leuven' else 2}", exact=False).first.wait_for()
    page.evaluate("() => scrollTo(0, 0)")
    page.set_viewport_size(TALL)
    photographer.take_and_look(page, "rules")
    page.set_viewport_size(WINDOW)
    page.get_by_role("button", name="Deze regels bewaren").click()
    page.get_by_role("heading", name="De regels die nu gelden").wait_for()
    photographer.look(page, "rules-saved")


def guides(photographer: Photographer, page: Page) -> None:
    """What is done in which LMS; a form with a mistake, and a key of LTI 1.1."""
    base = f"{photographer.school.service.base_url}/hub"
    page.set_viewport_size(TALL)
    page.goto(f"{base}/guides/chamilo")
    photographer.take(page, "hub-guide")
    page.set_viewport_size(WINDOW)
    for guide in GUIDES:
        page.goto(f"{base}/guides/{guide.key}")
        photographer.look(page, f"guide-{guide.key}")
    page.goto(f"{base}/guides/other")
    form = page.locator("form[action$=connect]")
    for name, value in (
        ("institution", "Hogeschool X"),
        ("client_id", "oefen-lms-leerbuddy"),
        ("issuer", photographer.school.lms_url),
        ("authorization_endpoint", f"{photographer.school.lms_url}/auth"),
        ("token_endpoint", f"{photographer.school.lms_url}/token"),
        ("jwks_uri", f"{photographer.school.lms_url}/jwks"),
    ):
        form.locator(f"[name={name}]").fill(value)
    form.get_by_role("button", name="Aansluiten").click()
    page.locator("[aria-invalid]").wait_for()
    photographer.look(page, "form-wrong")
    page.goto(f"{base}/guides/cosnics")
    page.get_by_role("combobox", name="Instelling").fill("HOGENT")
    page.get_by_label("Laatste dag").fill((datetime.now(UTC).date() + timedelta(days=40)).isoformat())
    page.get_by_role("button", name="Maak een sleutel en een geheim").click()
    page.get_by_role("link", name="Bekijk het leerplatform").wait_for()
    photographer.look(page, "key-1.1")
    page.get_by_role("link", name="Bekijk het leerplatform").click()
    photographer.look(page, "platform-1.1")
