"""A link to a retired or unknown module: the learner reads so and can go on, the lecturer puts another in its place."""

import re
from collections.abc import Mapping
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, insert, select, update
from werkzeug.test import TestResponse

from modules.model import Text
from modules.package import load_module
from tests.support.cosnics import Cosnics
from tests.support.house import count
from tests.support.lms import CLAIM, INSTRUCTOR
from tests.trainer.conftest import BASE_URL, EXAMPLE, House
from tests.trainer.web.visitors import BARE, Visitor, visitor
from trainer.catalogue.actions import publish_edition, restore_module, retire_module
from trainer.core import migrations
from trainer.courses.models import Course, Delivery, Link, Visit
from trainer.institutions.models import Deployment
from trainer.learning.models import Completion, Enrolment
from trainer.people.actions import disable_identity
from trainer.people.models import BrowserSession, Identity


@pytest.fixture
def house(house: House) -> House:
    """With a second module, which can take the first one's place."""
    package = load_module(EXAMPLE)
    module = replace(
        package.module, key="afscheid", number=2, title=Text(nl="Afscheid nemen", en="Saying goodbye")
    )
    with house.database.writing() as connection:
        publish_edition(connection, replace(package, module=module), now=house.clock())
    return house


def retire(house: House, key: str = "groeten", successor: str | None = "afscheid") -> None:
    with house.database.writing() as connection:
        retire_module(connection, key, successor=successor, now=house.clock())


def opens(
    house: House, sub: str = "student-1", browser: FlaskClient | None = None, **changes: Any
) -> TestResponse:
    return house.lms.open(browser or house.browser(), house.clock(), {"sub": sub, **changes})


def goes_on(page: TestResponse, browser: FlaskClient, origin: str = BASE_URL) -> TestResponse:
    """Press the page's one button."""
    found = re.search(r'name="launch" value="([^"]+)"', page.get_data(as_text=True))
    assert found, page.get_data(as_text=True)
    form = {"launch": unescape(found[1])}
    return browser.post("/lti/successor", data=form, base_url=BASE_URL, headers={"Origin": origin})


def completes(house: House) -> None:
    """Everybody who is enrolled did all that is asked."""
    with house.database.writing() as connection:
        for one in connection.execute(
            select(Enrolment.id, Enrolment.edition_id).where(Enrolment.completed_at.is_(None))
        ).all():
            values = {
                "edition_id": one.edition_id,
                "completed_at": house.clock(),
                "via": "film",
                "evidence": {},
            }
            connection.execute(insert(Completion), {"enrolment_id": one.id, **values})
        connection.execute(update(Enrolment).values(completed_at=house.clock(), progress=100))


def teacher(house: House, sub: str = "teacher-1", **changes: Any) -> Visitor:
    return visitor(house, changes={"sub": sub, CLAIM + "roles": [INSTRUCTOR], **changes})


def course_page(house: House, who: Visitor) -> str:
    with house.database.reading() as connection:
        course = connection.execute(select(Course.public_id)).scalar_one()
    return who.get(f"/teach/courses/{course}/").get_data(as_text=True)


# --- the learner


def test_a_learner_reads_what_takes_its_place_and_opens_it_with_one_click(house: House) -> None:
    retire(house)
    browser = house.browser()

    page = opens(house, browser=browser)
    text = unescape(page.get_data(as_text=True))
    assert page.status_code == 410
    assert "“Groeten bij naam” wordt niet meer aangeboden" in text
    assert "In de plaats is er “Afscheid nemen”." in text
    assert text.count("<button") == 1
    assert "Set-Cookie" not in page.headers
    assert (count(house, Enrolment), count(house, BrowserSession)) == (0, 0)

    opened = goes_on(page, browser)
    assert opened.status_code == 303
    shown = browser.get(opened.headers["Location"], base_url=BASE_URL)
    assert "Afscheid nemen" in shown.get_data(as_text=True)
    again = opens(house, browser=browser)
    assert again.headers["Location"] == opened.headers["Location"], "from then on the link opens it"


def test_what_was_done_in_another_window_meanwhile_is_told_all_the_same(house: House) -> None:
    """The page stands open; the link is made to name another module, which they do; then they press the button."""
    retire(house)
    with house.database.writing() as connection:
        package = load_module(EXAMPLE)
        module = replace(package.module, key="nieuw", number=3)
        publish_edition(connection, replace(package, module=module), now=house.clock())
    browser = house.browser()
    page = opens(house, browser=browser)
    assert house.lms.open(browser, house.clock(), module="nieuw").status_code == 303
    completes(house)
    goes_on(page, browser)
    assert count(house, Delivery) == 1


def test_the_successors_score_goes_to_the_links_column(house: House) -> None:
    retire(house)
    browser = house.browser()
    goes_on(opens(house, browser=browser), browser)

    completes(house)
    opens(house)

    with house.database.reading() as connection:
        told = connection.execute(select(Link.resource_link_id).join(Delivery)).scalars().all()
    assert told == ["link-1"]


def test_who_did_the_successor_elsewhere_has_it_counted_at_once(house: House) -> None:
    elsewhere = {CLAIM + "resource_link": {"id": "link-2"}, CLAIM + "custom": {"module": "afscheid"}}
    first = opens(house, **elsewhere)
    completes(house)
    retire(house)
    browser = house.browser()

    opened = goes_on(opens(house, browser=browser), browser)

    assert opened.headers["Location"] == first.headers["Location"]
    with house.database.reading() as connection:
        told = connection.execute(select(Link.resource_link_id).join(Delivery)).scalars().all()
    assert "link-1" in told


def test_a_chain_of_retired_modules_ends_at_the_one_in_use(house: House) -> None:
    package = load_module(EXAMPLE)
    with house.database.writing() as connection:
        for key in ("derde", "vierde"):
            publish_edition(
                connection, replace(package, module=replace(package.module, key=key)), now=house.clock()
            )
    retire(house)
    retire(house, "afscheid", "derde")
    retire(house, "derde", "vierde")
    browser = house.browser()

    opened = goes_on(opens(house, browser=browser), browser)

    with house.database.reading() as connection:
        enrolled = connection.execute(select(Enrolment.public_id)).scalars().all()
    assert opened.headers["Location"] == f"/m/{enrolled[0]}/"
    assert "/m/" in opens(house).headers["Location"]


def test_without_a_successor_the_lecturer_is_the_way_on(house: House) -> None:
    retire(house, successor=None)
    page = opens(house)
    text = page.get_data(as_text=True)
    assert page.status_code == 410
    assert "Meld het aan je docent" in text
    assert "<form" not in text
    assert f'href="{house.lms.issuer}/course"' in text


def test_an_unknown_module_is_a_page_with_the_way_back(house: House) -> None:
    page = opens(house, **{CLAIM + "custom": {"module": "nergens"}})
    text = page.get_data(as_text=True)
    assert page.status_code == 404
    assert "Achter deze link zit geen module" in text
    assert "Meld het aan je docent" in text
    assert f'href="{house.lms.issuer}/course"' in text


def test_in_the_language_of_the_launch(house: House) -> None:
    retire(house)
    page = opens(house, **{CLAIM + "launch_presentation": {"locale": "en"}})
    assert "is no longer offered" in page.get_data(as_text=True)


def test_who_was_under_way_finishes_and_who_completed_sees_that(house: House) -> None:
    before = opens(house).headers["Location"]
    retire(house)
    browser = house.browser()
    assert opens(house, browser=browser).headers["Location"] == before
    completes(house)
    assert opens(house, browser=browser).headers["Location"] == before
    assert 'class="card finished' in browser.get(before, base_url=BASE_URL).get_data(as_text=True)


def test_a_restored_module_opens_again(house: House) -> None:
    retire(house)
    browser = house.browser()
    page = opens(house, browser=browser)
    with house.database.writing() as connection:
        restore_module(connection, "groeten")

    opened = goes_on(page, browser)

    assert "Groeten bij naam" in browser.get(opened.headers["Location"], base_url=BASE_URL).get_data(
        as_text=True
    )
    assert opens(house, "student-2").status_code == 303


def test_by_lti_1_1_it_is_the_same(house: House) -> None:
    retire(house)
    cosnics = Cosnics(house)
    browser = house.browser()
    try:
        page = cosnics.open(browser)
        opened = goes_on(page, browser)
        again = cosnics.open(browser)
    finally:
        cosnics.close()
    assert (page.status_code, opened.status_code) == (410, 303)
    assert again.headers["Location"] == opened.headers["Location"]
    with house.database.reading() as connection:
        visit = connection.execute(select(Visit.enrolment_id, Visit.result_sourcedid)).one()
    assert None not in visit, "the result goes back by the right that this person's launch brought"


# --- the button


def test_the_way_on_is_good_once(house: House) -> None:
    retire(house)
    browser = house.browser()
    page = opens(house, browser=browser)
    assert goes_on(page, browser).status_code == 303
    assert goes_on(page, house.browser()).status_code == 401
    assert count(house, BrowserSession) == 1


def test_the_way_on_is_no_way_for_other_sites_nor_for_tomorrow(house: House) -> None:
    retire(house)
    page = opens(house)
    assert goes_on(page, house.browser(), origin="https://evil.example").status_code == 403
    house.clock.move(minutes=61)
    assert goes_on(page, house.browser()).status_code == 401
    for token in ("", "x", "é", "gAAAAA"):
        answer = house.browser().post(
            "/lti/successor", data={"launch": token}, base_url=BASE_URL, headers={"Origin": BASE_URL}
        )
        assert answer.status_code == 401
    assert count(house, BrowserSession) == 0


@pytest.mark.parametrize("which", ["person", "deployment", "platform", "visit"])
def test_who_is_kept_out_meanwhile_stays_out(house: House, which: str) -> None:
    retire(house)
    page = opens(house)
    with house.database.writing() as connection:
        if which == "person":
            identity = connection.execute(select(Identity.id)).scalar_one()
            disable_identity(connection, identity, house.clock())
        elif which == "deployment":
            connection.execute(update(Deployment).values(active=False))
        elif which == "visit":
            connection.execute(delete(Visit))
        else:
            house_table = Deployment.__table__.metadata.tables["registration"]
            connection.execute(update(house_table).values(active=False))
    answer = goes_on(page, house.browser())
    assert answer.status_code in {401, 403}
    assert "Set-Cookie" not in answer.headers
    assert (count(house, BrowserSession), count(house, Enrolment)) == (0, 0)


# --- the lecturer


@pytest.mark.parametrize("key", ["groeten", "nergens"])
def test_the_lecturer_reads_which_link_needs_another_module_and_who_met_it(house: House, key: str) -> None:
    named: Mapping[str, Any] = {CLAIM + "custom": {"module": key}}
    retire(house)
    for sub in ("student-1", "student-2", "student-2"):
        opens(house, sub, **named)
        house.clock.move(days=1)
    who = teacher(house, **named)

    for page in (who.get("/teach/").get_data(as_text=True), course_page(house, who)):
        text = unescape(page)
        what = (
            "“Groeten bij naam” wordt niet meer aangeboden."
            if key == "groeten"
            else "De module “nergens” bestaat niet."
        )
        assert what in text
        assert "Sinds 3 november 2026 wilden 2 deelnemers ze openen." in text
        assert ("Hier “Afscheid nemen” laten openen" in text) == (key == "groeten")


def test_what_a_link_names_is_shown_as_it_is_and_no_more(house: House) -> None:
    who = teacher(house, **{CLAIM + "custom": {"module": "<b>x</b>" + "y" * 400}})
    page = who.get("/teach/").get_data(as_text=True)
    assert "“&lt;b&gt;x&lt;/b&gt;yyy" in page
    assert "<b>x" not in page
    assert who.post(who.home, form={"module": "afscheid"}).status_code == 303
    assert opens(house, **{CLAIM + "custom": {"module": "<b>x</b>" + "y" * 400}}).status_code == 303


def test_a_course_without_such_links_says_nothing_of_it(house: House) -> None:
    opens(house)
    who = teacher(house)
    assert "andere module" not in course_page(house, who)
    retire(house)
    assert "Een link heeft een andere module nodig" in course_page(house, who), "nobody has met it yet"


def test_a_lecturer_who_opens_the_link_chooses_with_the_successor_ticked(house: House) -> None:
    teacher(house)
    retire(house)
    who = teacher(house)
    assert re.fullmatch("/teach/links/[0-9a-f]{32}/module", who.home), "also who tried the module before"
    page = unescape(who.get(who.home).get_data(as_text=True))
    assert "“Groeten bij naam” wordt niet meer aangeboden." in page
    assert re.search(r'value="afscheid" required checked', page)
    assert 'value="groeten"' not in page


def test_one_click_puts_the_successor_there_for_the_whole_course(house: House) -> None:
    retire(house)
    who = teacher(house)

    assert who.post(who.home, form={"module": "afscheid"}).status_code == 303

    assert opens(house).status_code == 303
    with house.database.reading() as connection:
        keys = connection.execute(select(Enrolment.public_id, Enrolment.module_id)).all()
    assert len(keys) == 1
    assert "andere module" not in course_page(house, who)
    page = unescape(who.get(who.home).get_data(as_text=True))
    assert "Studenten openen nu “Afscheid nemen”." in page


def test_after_that_click_nobody_is_asked_again_what_was_begun_or_done(house: House) -> None:
    done = opens(house, "done").headers["Location"]
    completes(house)
    begun = opens(house, "begun").headers["Location"]
    retire(house)
    who = teacher(house)
    who.post(who.home, form={"module": "afscheid"})

    assert opens(house, "done").headers["Location"] == done
    assert opens(house, "begun").headers["Location"] == begun
    assert opens(house, "new").headers["Location"] not in {done, begun}


def test_the_same_for_a_link_whose_module_a_teacher_had_chosen(house: House) -> None:
    who = teacher(house, **BARE)
    who.post(who.home, form={"module": "groeten"})
    begun = opens(house, **BARE).headers["Location"]
    retire(house)
    assert opens(house, "late", **BARE).status_code == 410

    who = teacher(house, **BARE)
    who.post(who.home, form={"module": "afscheid"})

    assert opens(house, **BARE).headers["Location"] == begun
    assert opens(house, "late", **BARE).status_code == 303


def test_when_the_lms_names_another_module_that_counts_again(house: House) -> None:
    retire(house)
    who = teacher(house)
    who.post(who.home, form={"module": "afscheid"})
    assert opens(house, **{CLAIM + "custom": {"module": "nergens"}}).status_code == 404


def test_a_copy_of_the_link_opens_what_was_put_there(house: House) -> None:
    retire(house)
    who = teacher(house)
    who.post(who.home, form={"module": "afscheid"})
    copy = {
        CLAIM + "context": {"id": "2027"},
        CLAIM + "resource_link": {"id": "copy"},
        CLAIM + "custom": {"module": "groeten", "link_history": "link-1"},
    }
    assert opens(house, **copy).status_code == 303


def test_a_retired_module_cannot_be_chosen(house: House) -> None:
    who = teacher(house, **BARE)
    retire(house)
    answer = who.post(who.home, form={"module": "groeten"})
    assert answer.status_code == 410
    assert opens(house, **BARE).status_code == 200, "still no module here"


def test_who_places_modules_again_reads_which_were_placed_and_are_no_longer_offered(house: House) -> None:
    def begins() -> Visitor:
        browser = house.browser()
        home = house.lms.ask_for_modules(browser, house.clock()).headers["Location"]
        page = browser.get(home, base_url=BASE_URL).get_data(as_text=True)
        found = re.search(r'name="csrf-token" content="([^"]+)"', page)
        assert found
        return Visitor(browser, found[1], home)

    first = begins()
    first.post(first.home, form={"module": "groeten"})
    retire(house)
    again = begins()

    page = unescape(again.get(again.home).get_data(as_text=True))

    assert "nu niet meer aangeboden" in page
    assert "“Groeten bij naam”. In de plaats is er “Afscheid nemen”." in page
    assert 'value="groeten"' not in page


def test_what_links_name_is_known_of_those_that_were_there_before_it_was_kept(house: House) -> None:
    teacher(house, **BARE, **{CLAIM + "resource_link": {"id": "bare"}})
    opens(house)
    migrations.downgrade(house.database, "0003")
    migrations.upgrade(house.database)
    with house.database.reading() as connection:
        rows = connection.execute(select(Link.resource_link_id, Link.named_key))
        named = {row.resource_link_id: row.named_key for row in rows}
    assert named == {"bare": None, "link-1": "groeten"}
