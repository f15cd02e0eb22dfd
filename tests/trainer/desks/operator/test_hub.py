"""The hub: what an operator sees of each institution, and does about it."""

import html
import json
import re

import pytest
from sqlalchemy import event, insert, select, update

from tests.support.lms import CLAIM
from tests.trainer.conftest import BASE_URL, House
from tests.trainer.desks.operator.conftest import Staff
from tests.trainer.web.visitors import visitor
from trainer.core.i18n import DUTCH, ENGLISH, in_locale
from trainer.desks.operator.guides import GUIDES
from trainer.institutions.actions import MOST_WAITING, note_waiting_deployment
from trainer.institutions.models import Deployment, Registration, WaitingDeployment
from trainer.people.models import BrowserSession


def text_of(staff: Staff, path: str) -> str:
    """What a reader reads, without tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", staff.get(path).get_data(as_text=True)))


def page(house: House) -> str:
    return f"/hub/platforms/{house.registration_id}"


def set_pending(house: House) -> None:
    """As dynamic registration leaves it."""
    with house.database.writing() as connection:
        connection.execute(update(Registration).values(pending=True, active=False))


def test_each_institution_with_its_platforms_and_nothing_to_do(house: House, operator: Staff) -> None:
    text = text_of(operator, "/hub/")
    assert "in gebruik" in text
    assert "Nog geen module geopend" in text
    assert "er wacht niets op jou" in text


def test_when_somebody_last_came(house: House, operator: Staff) -> None:
    visitor(house)
    assert "Laatst geopend om 14:00" in text_of(operator, "/hub/")
    # somebody who comes again takes the quick way; once in five minutes it is noted all the same
    house.clock.move(minutes=4)
    visitor(house)
    assert "Laatst geopend om 14:00" in text_of(operator, page(house))
    house.clock.move(minutes=1)
    visitor(house)
    assert "Laatst geopend om 14:05" in text_of(operator, page(house))


def test_a_registration_that_waits_is_activated_with_one_click(house: House, operator: Staff) -> None:
    set_pending(house)
    hub = operator.get("/hub/").get_data(as_text=True)
    assert "wacht op activering" in hub
    assert f'class="button" href="{page(house)}"' in hub
    answer = operator.post(page(house) + "/activate", page(house))
    assert answer.headers["Location"] == page(house)
    assert "wacht op activering" not in text_of(operator, page(house))
    assert visitor(house).home


def test_only_what_waits_can_be_activated_and_only_by_that(house: House, operator: Staff) -> None:
    operator.post(page(house) + "/switch", to="off")
    operator.post(page(house) + "/activate")
    assert "uitgeschakeld" in text_of(operator, page(house)), "activating is not a way round the switch"
    set_pending(house)
    assert operator.post(page(house) + "/switch", to="on").status_code == 409


def test_a_deployment_that_waits_is_adopted_with_one_click(house: House, operator: Staff) -> None:
    refused = house.lms.open(house.browser(), house.clock(), {CLAIM + "deployment_id": "faculteit-2"})
    assert refused.status_code == 403
    hub = operator.get("/hub/").get_data(as_text=True)
    assert "één deployment wacht" in hub
    assert f'class="button" href="{page(house)}"' in hub
    text = text_of(operator, page(house))
    assert "faculteit-2" in text
    assert "Eén keer geprobeerd" in text
    operator.post(page(house) + "/adopt", page(house), deployment="faculteit-2")
    assert visitor(house, changes={CLAIM + "deployment_id": "faculteit-2"}).home
    with house.database.reading() as connection:
        assert connection.execute(select(WaitingDeployment)).all() == []


def test_a_deployment_that_is_not_ours_is_forgotten_until_it_comes_again(
    house: House, operator: Staff
) -> None:
    changes = {CLAIM + "deployment_id": "a stranger's"}
    for _ in range(2):
        assert house.lms.open(house.browser(), house.clock(), changes).status_code == 403
        assert "één deployment wacht" in text_of(operator, "/hub/")
        operator.post(page(house) + "/forget", page(house), deployment="a stranger's")
        assert "één deployment wacht" not in text_of(operator, "/hub/")


def test_forgetting_takes_nothing_that_is_in_use(house: House, operator: Staff) -> None:
    for named in ("1", "no such", "a\0b"):
        assert operator.post(page(house) + "/forget", page(house), deployment=named).status_code == 303
    assert visitor(house).home
    assert operator.post("/hub/platforms/999/forget", deployment="1").status_code == 404


def test_that_no_more_deployments_are_noted_is_said_where_one_looks(house: House, operator: Staff) -> None:
    with house.database.writing() as connection:
        for number in range(MOST_WAITING):
            note_waiting_deployment(connection, house.registration_id, f"d-{number}", house.clock())
    assert "geen deployments meer bij" in text_of(operator, "/hub/")
    assert "lti_deployments_many" in text_of(operator, page(house))
    operator.post(page(house) + "/forget", page(house), deployment="d-7")
    assert "geen deployments meer bij" not in text_of(operator, "/hub/")
    assert "lti_deployments_many" not in text_of(operator, page(house))


def test_a_deployment_that_does_not_wait_is_not_adopted(house: House, operator: Staff) -> None:
    operator.post(page(house) + "/adopt", deployment="made up")
    with house.database.reading() as connection:
        assert "made up" not in connection.execute(select(Deployment.deployment_id)).scalars().all()


def test_a_platform_is_switched_off_and_on(house: House, operator: Staff) -> None:
    learner = visitor(house)
    assert learner.get(learner.home).status_code == 200
    operator.post(page(house) + "/switch", page(house), to="off")
    assert "uitgeschakeld" in text_of(operator, "/hub/")
    assert learner.get(learner.home).status_code == 401
    with house.database.reading() as connection:
        assert connection.execute(select(BrowserSession)).all() == []
    operator.post(page(house) + "/switch", page(house), to="on")
    assert visitor(house).home


def test_a_deployment_is_switched_off_and_on(house: House, operator: Staff) -> None:
    learner = visitor(house)
    with house.database.reading() as connection:
        named = connection.execute(select(Deployment.deployment_id)).scalar_one()
    operator.post(page(house) + "/deployment", page(house), deployment=named, to="off")
    assert learner.get(learner.home).status_code == 401
    assert house.lms.open(house.browser(), house.clock()).status_code == 403
    # it knocked, and so it waits; adopting it switches it on
    operator.post(page(house) + "/adopt", page(house), deployment=named)
    assert visitor(house).home
    operator.post(page(house) + "/deployment", page(house), deployment=named, to="off")
    operator.post(page(house) + "/deployment", page(house), deployment=named, to="on")
    assert visitor(house).home


def test_what_is_not_there_or_no_answer(house: House, operator: Staff) -> None:
    for path in ("/hub/platforms/99", "/hub/platforms/x", "/hub/platforms/²", "/hub/platforms/" + "9" * 40):
        answer = operator.get(path)
        assert answer.status_code == 404
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert operator.get("/hub/guides/webct").status_code == 404
    assert operator.post("/hub/platforms/99/switch", to="off").status_code == 404
    assert operator.post(page(house) + "/switch", to="sideways").status_code == 400
    assert operator.post(page(house) + "/deployment", deployment="none", to="off").status_code == 404
    assert operator.post(page(house) + "/deployment", deployment="a\0b", to="off").status_code == 404
    assert operator.post(page(house) + "/adopt", deployment="a\0b").status_code == 303
    assert operator.post("/hub/language", locale="tlh").status_code == 400


def test_the_values_to_copy(house: House, operator: Staff) -> None:
    text = text_of(operator, page(house))
    for path in ("/lti/login", "/lti/launch", "/lti/deep-linking", "/lti/jwks"):
        assert BASE_URL + path in text
    assert house.lms.issuer in text
    assert house.lms.client_id in text


def test_a_platform_of_lti_1_1_has_a_launch_address_and_a_key(house: House, operator: Staff) -> None:
    with house.database.writing() as connection:
        connection.execute(update(Registration).values(version="1.1", issuer="lti-1.1", client_id="hogent"))
    text = text_of(operator, page(house))
    assert BASE_URL + "/lti/1.1/launch" in text
    assert "Consumer key hogent" in text
    # it is ours, and goes into the LMS
    assert text.index("In te vullen in het leerplatform") < text.index("Consumer key hogent")
    assert "Wat het leerplatform gaf" not in text
    assert "jwks" not in text


def test_every_lms_has_its_page_in_both_languages(operator: Staff) -> None:
    assert {one.key for one in GUIDES} == {
        "canvas", "blackboard", "brightspace", "moodle", "sakai", "chamilo", "cosnics", "openedx", "ilias", "other",
    }  # fmt: skip
    with in_locale(ENGLISH):
        english = {one.key: [str(step.text) for step in one.steps] for one in GUIDES}
    for language, shown in ((DUTCH, False), (ENGLISH, True)):
        assert operator.post("/hub/language", locale=language, next="/hub/").status_code == 303
        for key, steps in english.items():
            text = html.unescape(text_of(operator, f"/hub/guides/{key}"))
            assert {sentence in text for sentence in steps} == {shown}


@pytest.mark.parametrize("lms", ["blackboard", "brightspace"])
def test_a_step_shows_the_address_that_it_asks_for_and_no_other(operator: Staff, lms: str) -> None:
    page = operator.get(f"/hub/guides/{lms}").get_data(as_text=True)
    step = next(one for one in page.split("<li ") if "met ons deep-linking-adres" in one)
    assert f"{BASE_URL}/lti/deep-linking" in step
    assert f"{BASE_URL}/lti/login" not in step


def test_several_deployments_wait_and_one_of_them_is_the_next_step(house: House, operator: Staff) -> None:
    with house.database.writing() as connection:
        for name in ("toledo", "faculteit"):
            note_waiting_deployment(connection, house.registration_id, name, house.clock())
    page = operator.get(f"/hub/platforms/{house.registration_id}").get_data(as_text=True)
    assert page.count(">In gebruik nemen</button>") == 2
    assert page.count('class="button"') == 1


def test_the_configuration_for_canvas(operator: Staff) -> None:
    answer = operator.get("/hub/guides/canvas.json")
    read = json.loads(answer.get_data(as_text=True))
    assert read["oidc_initiation_url"] == BASE_URL + "/lti/login"
    assert read["public_jwk_url"] == BASE_URL + "/lti/jwks"
    assert BASE_URL + "/lti/launch" in read["redirect_uris"]
    placements = read["extensions"][0]["settings"]["placements"]
    assert {one["message_type"] for one in placements} == {"LtiDeepLinkingRequest"}


def test_the_hub_shows_many_platforms_with_the_same_few_statements(house: House, operator: Staff) -> None:
    def statements() -> int:
        ran: list[str] = []
        event.listen(house.database.engine, "before_cursor_execute", lambda *seen: ran.append(seen[2]))
        assert operator.get("/hub/").status_code == 200
        return len(ran)

    few = statements()
    with house.database.writing() as connection:
        row = connection.execute(select(Registration)).one()._asdict()
        del row["id"]
        for number in range(20):
            connection.execute(insert(Registration), {**row, "client_id": f"c{number}", "name": f"n{number}"})
    text = text_of(operator, "/hub/")
    assert all(f"n{number} " in text for number in range(20))
    assert statements() == few


def test_a_learner_is_nobody_here_and_an_operator_is_nobody_there(house: House, operator: Staff) -> None:
    learner = visitor(house)
    assert learner.get("/hub/").status_code == 303
    assert operator.get(learner.home).status_code == 401
    assert operator.get("/teach/").status_code == 401
    # a learner's token is none in the hub, and the other way round
    cookie = learner.browser.get_cookie("__Host-s", domain="127.0.0.1")
    assert cookie is not None
    operator.browser.set_cookie("__Host-s", cookie.value, domain="127.0.0.1", secure=True)
    refused = operator.send(page(house) + "/switch", csrf_token=learner.csrf, to="off")
    assert refused.status_code == 403


@pytest.mark.parametrize("deed", ["activate", "switch", "adopt", "deployment"])
def test_a_forged_request_changes_nothing(house: House, operator: Staff, deed: str) -> None:
    for origin, token in (
        (BASE_URL, ""),
        (BASE_URL, "A" * 43),
        ("https://evil.example", "right"),
        (None, "right"),
    ):
        found = re.search(r'name="csrf_token" value="([^"]*)"', operator.get("/hub/").get_data(as_text=True))
        assert found is not None
        given = found[1] if token == "right" else token
        answer = operator.send(
            f"{page(house)}/{deed}", origin=origin, csrf_token=given, to="off", deployment="1"
        )
        assert answer.status_code == 403
    assert "in gebruik" in text_of(operator, "/hub/")


def test_no_page_of_the_hub_may_be_framed(house: House, operator: Staff) -> None:
    for path in (
        "/hub/",
        "/hub/sign-in",
        page(house),
        "/hub/guides/moodle",
        "/hub/nothing",
        "/hub/guides/canvas.json",
    ):
        answer = operator.get(path)
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], path
        assert answer.headers["Cache-Control"] == "no-store"
    refused = operator.send("/hub/sign-out")
    assert refused.status_code == 403
    assert "frame-ancestors 'none'" in refused.headers["Content-Security-Policy"]


def test_texts_of_the_lms_stay_texts(house: House, operator: Staff) -> None:
    evil = '"><script>alert(1)</script>'
    house.lms.open(house.browser(), house.clock(), {CLAIM + "deployment_id": evil})
    with house.database.writing() as connection:
        connection.execute(update(Registration).values(name=evil))
    for path in ("/hub/", page(house)):
        assert "<script>alert" not in operator.get(path).get_data(as_text=True)
    operator.post(page(house) + "/adopt", page(house), deployment=evil)
    with house.database.reading() as connection:
        assert evil in connection.execute(select(Deployment.deployment_id)).scalars().all()
